"""Settings shared by all tests."""

from __future__ import annotations

import os

from hypothesis import settings

# The cores are for the test workers: threads of one BLAS call would wait for those of another.
for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")

# Without a deadline: a slow machine is no reason to fail. On a build server the same draws every
# time, so that a change is judged by what it changed; elsewhere new ones, to find what was missed.
settings.register_profile("default", deadline=None)
settings.register_profile("build server", deadline=None, derandomize=True)
settings.load_profile("build server" if os.environ.get("CI") else "default")
