"""What is measured of a network: its gradient flow, Jacobians, activations, and how each number is checked."""
