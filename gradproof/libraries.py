"""Whose code is this: the caller's own, or that of Python, of the great packages, or of gradproof?

What the latter keep for themselves is not looked at. A package that somebody wrote and installed,
with layers in it, counts as the caller's.
"""

from __future__ import annotations

import functools
import itertools
import sys
import sysconfig
import types
from pathlib import Path

from gradproof.home import ENGINE

_PACKAGES = frozenset(
    [
        "IPython",
        "_pytest",
        "cupy",
        "hypothesis",
        "ipykernel",
        "jax",
        "jaxlib",
        "matplotlib",
        "mpmath",
        "numba",
        "numpy",
        "pandas",
        "pluggy",
        "pytest",
        "scipy",
        "sklearn",
        "sympy",
        "tensorflow",
        "torch",
        "tqdm",
    ]
)
_INSTALLED = ("site-packages", "dist-packages")
_STANDARD = str(Path(sysconfig.get_paths()["stdlib"]).resolve())
_OURS, _US = str(ENGINE.resolve()), __name__.partition(".")[0]


@functools.lru_cache(maxsize=10_000)
def position_of(code: types.CodeType, instruction: int) -> tuple[int | None, ...]:
    """Where an instruction (``frame.f_lasti``) stands: line, end line, column, end column."""
    return next(itertools.islice(code.co_positions(), instruction // 2, None), (None,) * 4)


@functools.lru_cache(maxsize=4096)
def is_library(file: str) -> bool:
    """Whether a file of code comes with Python, with a great package, or from here."""
    if file.startswith("<"):  # of a prompt, a notebook or exec
        return file.startswith("<frozen")
    try:
        path = Path(file).resolve()
    except (OSError, ValueError):
        return False
    for name in _INSTALLED:
        if name in path.parts[:-1]:
            return Path(path.parts[path.parts.index(name) + 1]).stem in _PACKAGES
    return str(path).startswith((_STANDARD, _OURS))


def is_library_module(module: types.ModuleType) -> bool:
    """Whether a module is such a file, or built into Python."""
    file = getattr(module, "__file__", None)
    return module.__name__ in sys.builtin_module_names if file is None else is_library(file)


def is_library_class(kind: type) -> bool:
    """Whether a class is defined in such a module."""
    if kind.__module__ == "builtins" or kind.__module__.partition(".")[0] == _US:
        return True  # ours are hidden by name: checking.sandbox.hidden_modules
    module = sys.modules.get(kind.__module__)
    return module is not None and is_library_module(module)


__all__ = ["is_library", "is_library_class", "is_library_module"]
