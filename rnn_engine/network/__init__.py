"""Recurrent networks: cells, layers over time, and the way back through time. Knows nothing of training."""
