"""Which gradproof this is, and where it lies: to tell its own files and frames from its users'."""

import os
from pathlib import Path

ENGINE = Path(os.path.abspath(__file__)).parent
ROOT = ENGINE.parent
VERSION = "0.1.0"
