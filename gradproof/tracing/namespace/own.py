"""Whose code is copied into a namespace: the user's, and what passes the user's arrays on."""

from __future__ import annotations

import sys
import types

from gradproof.libraries import is_library

_ENGINE = ("tracing", "proof", "diagnosis", "algebra", "libraries", "ops")


def is_engine(module: str) -> bool:
    """Whether a module is of what traces and decides, which the user's arrays never go through."""
    parts = module.split(".")
    return parts[0] == "gradproof" and len(parts) > 1 and parts[1] in _ENGINE


def is_own(module: str, file: str) -> bool:
    """Whether the functions of a module, in this file, are copied.

    >>> is_own("layers", "layers.py"), is_own("types", types.__file__)
    (True, False)
    """
    if not is_library(file):
        return True
    return module.partition(".")[0] == "gradproof" and not is_engine(module)


def is_own_module(module: types.ModuleType) -> bool:
    """Whether the functions of a module are copied."""
    file = getattr(module, "__file__", None)
    if file is None:  # a notebook is one, and a part of Python
        return module.__name__ == "__main__" or (
            module.__name__.partition(".")[0] not in sys.stdlib_module_names
        )
    return is_own(module.__name__, file)


__all__ = ["is_engine", "is_own", "is_own_module"]
