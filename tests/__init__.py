"""What has to be so before anything else is imported: threads, memory, compiled modules."""

import gc
import os
import sys

# The cores are for the test workers: threads of one BLAS call would wait for those of another.
for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")

# Where the environment asks that no compiled modules be kept, each process that a test starts
# compiles gradproof anew: as long as a short check takes. They go to __pycache__, unknown to git.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# Garbage is looked for less often: SymPy's expressions are many small objects that stay.
gc.set_threshold(200_000, 50, 50)
