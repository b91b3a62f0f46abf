"""Figures of a training run as templates, and the lines they compare it with."""
