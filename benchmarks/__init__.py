"""Measurements of the engine and the app, as ratios wherever there is something to compare with: `python -m benchmarks`."""
