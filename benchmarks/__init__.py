"""Measures the engine and the app, in ratios wherever there is something to compare with: `python -m benchmarks`."""

import os

# Before NumPy is loaded: a second thread of its library would go on spinning, on the next side's account.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
