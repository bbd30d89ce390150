"""A function of JAX with its arrays, and how to put others in their places."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import jax
import numpy as np
from jax import numpy as jnp

from gradproof.adapters.converted import Array, chosen, numbers_among, positional_names


@dataclass
class Called:
    """A function with its arrays, and how to put others in their places."""

    name: str
    function: Callable[..., Any]
    names: tuple[str, ...]
    arrays: list[Array]
    constants: list[str]
    place: Callable[[Sequence[Any]], tuple[Any, ...]]
    keywords: dict[str, Any] = field(default_factory=dict)
    numbers: dict[str, float] = field(default_factory=dict)

    def run(self, arrays: Sequence[Any]) -> Any:
        """Call the function."""
        return self.function(*self.place(arrays), **self.keywords)


def _is_array(value: Any) -> bool:
    """Whether it turns into a NumPy array; keys of random numbers do not."""
    known = isinstance(value, (np.ndarray, np.generic, jax.Array))
    return known and not jnp.issubdtype(value.dtype, jax.dtypes.extended)


def called(
    function: Callable[..., Any],
    inputs: tuple[Any, ...],
    keywords: dict[str, Any],
    names: Sequence[str] | None,
    label: str,
) -> Called:
    if not callable(function):
        raise TypeError(f"check_jax: expected a function, got {function!r}")
    if names is not None and len(names) != len(inputs):
        raise ValueError(f"names: expected {len(inputs)}, one per argument, got {len(names)}")
    labels = list(names or positional_names(function, len(inputs)))
    static = {int(at) for at in getattr(function, "nondiff_argnums", ()) or ()}
    found, structure = jax.tree_util.tree_flatten_with_path(
        {at: value for at, value in enumerate(inputs) if at not in static}
    )
    leaves = [leaf for _, leaf in found]
    slots = [at for at, leaf in enumerate(leaves) if _is_array(leaf)]
    called = [labels[path[0].key] + jax.tree_util.keystr(path[1:]) for path, _ in found]

    def place(arrays: Sequence[Any]) -> tuple[Any, ...]:
        new = list(leaves)
        for at, each in zip(slots, arrays):
            new[at] = each
        values = jax.tree_util.tree_unflatten(structure, new)
        return tuple(inputs[at] if at in static else values[at] for at in range(len(inputs)))

    # As JAX takes them: without x64, double becomes single precision.
    own = [np.array(jnp.asarray(leaves[at])) for at in slots]
    constants = [called[at] for at, leaf in enumerate(leaves) if isinstance(leaf, (int, float))]
    name = label or getattr(function, "__name__", "") or type(function).__name__
    return Called(
        name,
        function,
        tuple(called[at] for at in slots),
        own,
        constants,
        place,
        keywords,
        numbers_among(labels, inputs),
    )


def wanted(call: Called, wrt: str | Sequence[str] | None) -> tuple[str, ...]:
    """The arrays with a gradient; the name of an argument stands for all arrays in it."""
    floats = [name for name, each in zip(call.names, call.arrays) if floating(each)]
    asked = (wrt,) if isinstance(wrt, str) else wrt
    if asked is not None:
        asked = [
            name for each in asked
            for name in ([each] if each in floats
                         else [n for n in floats if n.startswith(f"{each}[")] or [each])
        ]  # fmt: skip
    wanted = chosen(asked, floats, floats)
    if not wanted:
        raise ValueError(f"{call.name}: expected an array of floats among its arguments")
    return wanted


def floating(array: Array) -> bool:
    """Whether an array holds floats or complex numbers, by which there are derivatives."""
    return bool(jnp.issubdtype(array.dtype, jnp.inexact))


__all__ = ["Called", "called", "floating", "wanted"]
