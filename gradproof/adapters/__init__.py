"""Gradients of other people's arrays: PyTorch, JAX, and whatever turns into a NumPy array.

Nothing of another library is imported before one of these functions is called. Each of them turns
what it is given into a forward and a backward of NumPy arrays, which ``check_gradient`` judges.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gradproof.adapters.jax_check import check_jax
    from gradproof.adapters.kernels import arrays, check_arrays
    from gradproof.adapters.torch_check import check_torch

__all__ = ["arrays", "check_arrays", "check_jax", "check_torch"]

_HOMES = {
    "arrays": "gradproof.adapters.kernels",
    "check_arrays": "gradproof.adapters.kernels",
    "check_jax": "gradproof.adapters.jax_check",
    "check_torch": "gradproof.adapters.torch_check",
}


def __getattr__(name: str) -> Any:
    try:
        home = _HOMES[name]
    except KeyError:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}") from None
    return getattr(importlib.import_module(home), name)
