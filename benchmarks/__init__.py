"""Timings and detection power, measured side by side in one run, on one thread."""

import os

# Before NumPy is loaded: afterwards it is too late.
for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")
