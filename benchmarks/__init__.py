"""Measures the engine and the app, in ratios wherever there is something to compare with: `python -m benchmarks`."""
