"""Whose code is copied into a namespace: the user's, and what passes the user's arrays on."""

from __future__ import annotations

from gradproof.libraries import is_library

_ENGINE = ("tracing", "proof", "diagnosis", "algebra", "libraries")


def is_engine(module: str) -> bool:
    """Whether a module is of what traces and decides, which the user's arrays never go through."""
    parts = module.split(".")
    return parts[0] == "gradproof" and len(parts) > 1 and parts[1] in _ENGINE


def is_own(module: str, file: str) -> bool:
    """Whether the functions of a module, in this file, are copied.

    >>> is_own("layers", "layers.py"), is_own("fractions", fractions.__file__)
    (True, False)
    """
    if module.partition(".")[0] == "gradproof":
        return not is_engine(module)
    return not is_library(file)


__all__ = ["is_engine", "is_own"]
