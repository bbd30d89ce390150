"""Hypothesis strategies for an operation's arguments: shapes, inputs, parameters, cotangents.

Needs the ``strategies`` extra (``pip install gradproof[strategies]``).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from gradproof.derivation import Input, Layout, Mode
from gradproof.sampling import Array, Case, axes_of, shape_of

# Values at which code goes wrong: zeros of both signs, the smallest numbers, and numbers so large
# that squares or exponentials leave the range of float64.
EXTREMES = (0.0, -0.0, 5e-324, -5e-324, 1e-310, 1e-160, -1e-160, 37.0, -37.0, 88.8, -104.0, 709.8,
            -745.2, 1e8, -1e8, 1e154, -1e160, 1e300, -1.7e308)  # fmt: skip

# Values for which derivatives can be compared: short, and neither tiny nor huge.
_ORDINARY = st.integers(-400, 400).map(lambda hundredths: hundredths / 100)


def finite_floats(extreme: bool = False) -> st.SearchStrategy[float]:
    """Finite float64 numbers: short decimals in [-4, 4], or with ``extreme`` any magnitude."""
    if not extreme:
        return _ORDINARY
    return st.one_of(
        _ORDINARY,
        st.sampled_from(EXTREMES),
        st.floats(allow_nan=False, allow_infinity=False, width=64),
    )


@st.composite
def arrays(draw: st.DrawFn, shape: tuple[int, ...], elements: st.SearchStrategy[float]) -> Array:
    """Float64 arrays of ``shape``; now and then all elements are equal, or nearly."""
    size = int(np.prod(shape, dtype=int))
    pattern = draw(st.sampled_from(("free", "free", "free", "constant", "near-constant")))
    if pattern == "free":
        values = draw(st.lists(elements, min_size=size, max_size=size))
    else:
        values = [draw(elements)] * size
        if pattern == "near-constant" and size:
            with np.errstate(over="ignore"):
                values[0] = float(np.nextafter(values[0], 0.0))
    return np.array(values, dtype=np.float64).reshape(shape)


@st.composite
def cases(
    draw: st.DrawFn,
    mode: Mode,
    extreme: bool = False,
    longest: int = 4,
    layout: Layout | None = None,
) -> Case:
    """Arguments for ``mode``: layout, axis lengths, inputs, parameters and upstream gradient.

    extreme: also draw zeros of both signs, subnormal and huge values, in inputs, parameters and
             upstream gradient.
    longest: the longest axis.
    """
    chosen = layout or draw(st.sampled_from(mode.layouts))
    lengths = {
        axis: draw(st.integers(chosen.least.get(axis, 1), longest), label=axis)
        for axis in axes_of(chosen)
    }
    any_shape = draw(st.lists(st.integers(1, longest), max_size=3).map(tuple))
    inputs = {
        item.name: draw(
            _values(item, shape_of(chosen.shapes[item.name], lengths, any_shape), lengths, extreme),
            label=item.name,
        )
        for item in mode.inputs
    }
    parameters = {
        item.name: draw(st.sampled_from(item.tried or (item.default,)), label=item.name)
        for item in mode.parameters
    }
    dy = None
    if mode.dy is not None:
        shape = shape_of(chosen.output, lengths, any_shape)
        dy = draw(arrays(shape, finite_floats(extreme)), label="dy")
    return Case(chosen, inputs, parameters, lengths, dy, "extreme" if extreme else "ordinary")


def _values(
    item: Input, shape: tuple[int, ...], lengths: dict[str, int], extreme: bool
) -> st.SearchStrategy[Any]:
    kind = item.domain.kind
    if kind == "label":
        size = int(np.prod(shape, dtype=int))
        label = st.integers(0, lengths[item.domain.below] - 1)
        return st.lists(label, min_size=size, max_size=size).map(
            lambda values: np.array(values, dtype=np.int64).reshape(shape)
        )
    if kind == "unit":
        return arrays(shape, st.integers(0, 100).map(lambda percent: percent / 100))
    if kind == "positive":
        return arrays(shape, st.integers(1, 400).map(lambda hundredths: hundredths / 100))
    return arrays(shape, finite_floats(extreme))


__all__ = ["EXTREMES", "arrays", "cases", "finite_floats"]
