"""Whose code is this: the caller's own, or that of Python, of a package, or of gradproof?"""

from __future__ import annotations

import functools
import sys
import sysconfig
import types
from pathlib import Path

_LIBRARIES = tuple(
    str(Path(sysconfig.get_paths()[key]).resolve()) for key in ("stdlib", "purelib", "platlib")
)
_OURS = str(Path(__file__).resolve().parent)


@functools.lru_cache(maxsize=4096)
def is_library(file: str) -> bool:
    """Whether code comes with Python, from an installed package, or from here."""
    if file.startswith("<"):  # of a prompt, a notebook or exec
        return file.startswith("<frozen")
    try:
        path = str(Path(file).resolve())
    except (OSError, ValueError):
        return False
    return path.startswith((*_LIBRARIES, _OURS))


def is_library_module(module: types.ModuleType) -> bool:
    """Whether a module comes with Python, from an installed package, or from here."""
    file = getattr(module, "__file__", None)
    if file is None:
        return module.__name__ in sys.builtin_module_names
    return is_library(file)


def is_library_class(kind: type) -> bool:
    """Whether a class does."""
    if kind.__module__ == "builtins":
        return True
    module = sys.modules.get(kind.__module__)
    return module is not None and is_library_module(module)


__all__ = ["is_library", "is_library_class", "is_library_module"]
