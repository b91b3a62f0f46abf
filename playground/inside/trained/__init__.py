"""The view that looks at a trained network while it reads."""
