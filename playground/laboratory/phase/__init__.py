"""The bench that measures a network for each square of a diagram."""
