"""The environment of processes that run or judge somebody's code: a list of known names.

A token or a password that stands in a variable is no business of a file under check, and what a
file does not see stands in no report.
"""

from __future__ import annotations

import os
import site
from collections.abc import Mapping

from gradproof.checking.sandbox.process_groups import MARK

# Where programs, libraries and Python's packages are found, and which language is spoken.
_KNOWN = (
    "PATH", "LANG", "LANGUAGE", "TZ", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "CONDA_PREFIX",
    "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH", "PYTHONUTF8",
    "SYSTEMROOT", "WINDIR", "SYSTEMDRIVE", "COMSPEC", "PATHEXT", "NUMBER_OF_PROCESSORS",
    "PROCESSOR_ARCHITECTURE", "OS",
)  # fmt: skip
_HOMES = ("HOME", "USERPROFILE", "LOCALAPPDATA", "APPDATA")
_PLACES = ("TMPDIR", "TEMP", "TMP")
_CACHES = ("MPLCONFIGDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME")
_FEW_THREADS = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def known(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables that are passed on, of all that there are."""
    return {
        name: value
        for name, value in environment.items()
        if name.upper() in _KNOWN or name.startswith("LC_")
    }


def of_a_file(folder: str, mark: str) -> dict[str, str]:
    """For a file under check: no windows, no bytecode, few threads, and a home of its own."""
    return {
        **known(os.environ), **dict.fromkeys((*_HOMES, *_PLACES, *_CACHES), folder), MARK: mark,
        "MPLBACKEND": "Agg", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUSERBASE": site.getuserbase(),
        "PYTHONIOENCODING": "utf-8:replace", **_FEW_THREADS,
    }  # fmt: skip


def of_a_judge(folder: str, mark: str) -> dict[str, str]:
    """For a process that judges: the user's home, and a folder for what it starts."""
    homes = {name: os.environ[name] for name in _HOMES if name in os.environ}
    return {
        **known(os.environ), **homes, **dict.fromkeys(_PLACES, folder), MARK: mark,
        "PYTHONIOENCODING": "utf-8:replace", **_FEW_THREADS,
    }  # fmt: skip


def home_of_user() -> str:
    """The home of the user as the system has it, whatever stands in the environment."""
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_dir
    except KeyError:
        return "/nonexistent"


__all__ = ["home_of_user", "known", "of_a_file", "of_a_judge"]
