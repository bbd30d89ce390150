"""Where gradproof itself lies: to tell its own files and frames from those of its users."""

import os
from pathlib import Path

ENGINE = Path(os.path.abspath(__file__)).parent
ROOT = ENGINE.parent
