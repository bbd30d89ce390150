"""What backward returned: by the name of each input, as arrays, or in words why it is none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

# A sparse gradient with more elements than this is not written out.
_DENSE = 10_000_000


class NoGradientError(LookupError):
    """Backward returned no gradient for something that is to have one: ``args[0]`` says for what.

    whole: it is missing for a whole input, not for a part of one.
    """

    def __init__(self, name: str, why: str = "", whole: bool = False) -> None:
        super().__init__(f"no gradient for {name}" + (f": {why}" if why else ""))
        self.name, self.whole = name, whole

    def __str__(self) -> str:
        return str(self.args[0])


@dataclass
class Reading:
    """How a gradient is read: of which leaves, and by which convention where they are complex."""

    wanted: set[str]
    sign: int = 1
    scale: float = 1.0


def gradient_array(name: str, found: Any) -> Any:
    """A gradient as an array; symbols and recorded arrays stay as they are.

    Raises NoGradientError for None, ValueError for what is no array of numbers, and for a sparse
    array that is too large to be written out.
    """
    if found is None:
        raise NoGradientError(name, "backward returned None for it")
    if isinstance(found, np.ma.MaskedArray):
        return np.array(found.filled(0))
    if isinstance(found, np.matrix):
        return np.asarray(found)
    if is_sparse(found):
        size = int(np.prod(found.shape))
        if size > _DENSE:
            raise ValueError(
                f"the gradient of {name} is a sparse array of shape {found.shape}: {size} elements "
                "are too many to be written out; use fewer, or check the function that calls it"
            )
        return found.toarray()
    if isinstance(found, np.ndarray) and found.dtype.kind in "fiubc":
        return found
    try:
        array = np.asarray(found)
    except ValueError:  # rows of different lengths
        array = np.empty(0, dtype=object)
    if array.dtype.kind not in "fiubc":
        raise ValueError(
            f"the gradient of {name} is no array of numbers: backward returned "
            f"{_shown(found)} of type {type(found).__name__}"
        )
    return array


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def is_sparse(value: Any) -> bool:
    """Whether a value is one of SciPy's sparse arrays or matrices."""
    return type(value).__module__.startswith("scipy.sparse") and hasattr(value, "tocoo")


def has_fields(value: Any) -> bool:
    return isinstance(value, tuple) and hasattr(value, "_fields")


def gradient_name(name: str) -> str:
    """What the gradient of an input is called: dx, or d(params["W1"]).

    >>> gradient_name("x"), gradient_name("layers[0].W")
    ('dx', 'd(layers[0].W)')
    """
    return f"d{name}" if name.isidentifier() else f"d({name})"


def named_gradients(
    found: Any, wrt: Sequence[str], names: Sequence[str], shape: tuple[int, ...] | None = None
) -> dict[str, Any]:
    """The gradients that backward returned, by the name of their input.

    found: one, or several in the order of ``wrt`` or of all inputs; or a mapping or NamedTuple
    whose keys are names of inputs, also as dx or grad_x. Raises NoGradientError where one is
    missing, or ValueError. shape: of the input, where wrt has one alone, whose gradient may be a
    list of numbers.

    >>> named_gradients({"dw": 2, "dx": 1}, ("x", "w"), ("x", "w"))
    {'x': 1, 'w': 2}
    """
    fields = found._asdict() if has_fields(found) else found
    if isinstance(fields, Mapping):
        return {name: _by_key(fields, name) for name in wrt}
    if len(wrt) == 1 and is_list_of(found, shape):
        return {wrt[0]: found}
    values = tuple(found) if isinstance(found, (tuple, list)) else (found,)
    if len(values) == len(wrt):
        return dict(zip(wrt, values))
    if len(values) == len(names):
        by_position = dict(zip(names, values))
        return {name: by_position[name] for name in wrt}
    raise ValueError(
        f"backward returned {len(values)} gradients, expected {len(wrt)}: "
        + ", ".join(map(gradient_name, wrt))
    )


def is_list_of(found: Any, shape: tuple[int, ...] | None) -> bool:
    """Whether a list or tuple holds numbers, or lists of them, and has this shape.

    >>> is_list_of([1.0, 2.0], (2,)), is_list_of((np.ones(2),), (1, 2))
    (True, False)
    """
    if not isinstance(found, (tuple, list)) or not shape or len(found) != shape[0]:
        return False
    if len(shape) > 1:
        return all(is_list_of(each, shape[1:]) for each in found)
    return all(each is not None and np.ndim(each) == 0 for each in found)


def _by_key(found: Mapping[str, Any], name: str) -> Any:
    key = next((k for k in (f"d{name}", name, f"grad_{name}") if k in found), None)
    if key is None:
        has = ", ".join(map(repr, found)) or "nothing"
        raise NoGradientError(name, f"backward returned {has}", whole=True)
    return found[key]


__all__ = [
    "NoGradientError", "Reading", "gradient_array", "gradient_name", "has_fields", "is_list_of",
    "is_sparse",
    "named_gradients",
]  # fmt: skip
