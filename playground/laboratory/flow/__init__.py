"""The bench that measures untrained networks while a slider is dragged."""
