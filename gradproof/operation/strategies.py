"""Hypothesis strategies for an operation's arguments: shapes, inputs, parameters, cotangents.

What fails shrinks to something a person can retype: few axes of length 1, whole numbers, zeros.

Needs the ``strategies`` extra (``pip install gradproof[strategies]``).
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from hypothesis import strategies as st

from gradproof.operation.derivation import Input, Layout, Mode, Parameter
from gradproof.operation.layouts import axes_of, lengths_for, shape_of
from gradproof.operation.sampling import Array, Case, kept_somewhere

# Values at which code goes wrong: numbers whose exponentials vanish beside 1, or leave the range of
# float32 and float64; zeros of both signs, numbers so large that squares leave the range, and the
# smallest ones.
_OF_EXPONENTIALS = (20.0, -20.0, 37.0, -37.0, 88.8, -104.0, 709.8, -745.2)
_ENDS = (0.0, -0.0, 1e8, -1e8, 1e154, -1e160, 1e300, -1.7e308, 1e-160, -1e-160, 1e-310, 5e-324,
         -5e-324)  # fmt: skip
EXTREMES = (*_OF_EXPONENTIALS, *_ENDS)

# The longest axis tried, by the number of axes: 50-digit sums run over all of them.
_LONGEST = {1: 5, 2: 3, 3: 3}

# So many numbers are drawn for an array at most; a larger one repeats them.
_MOST = 8


def short_decimals(least: int = -4, most: int = 4, above: bool = False) -> st.SearchStrategy[float]:
    """Numbers from ``least`` to ``most`` with up to two decimals: 0 before 1, 1 before 0.1.

    above: ``least`` itself is none of them.
    """
    return st.one_of(
        st.integers(least + above, most).map(float),
        st.integers(10 * least + above, 10 * most).map(lambda tenths: tenths / 10),
        st.integers(100 * least + above, 100 * most).map(lambda hundredths: hundredths / 100),
    )


_ORDINARY = short_decimals()
_EXTREME = st.one_of(
    _ORDINARY.map(lambda value: value),  # as one of four, not as three of six
    st.sampled_from(_OF_EXPONENTIALS),
    st.sampled_from(_ENDS),
    st.floats(allow_nan=False, allow_infinity=False, width=64),
)
_POSITIVE = short_decimals(0, 4, above=True)
_UNIT = short_decimals(0, 1)
_ELEMENTS = {
    ("real", "ordinary"): _ORDINARY,
    ("real", "extreme"): _EXTREME,
    ("positive", "ordinary"): _POSITIVE,
    ("positive", "extreme"): _POSITIVE | _EXTREME.map(abs).filter(lambda value: value > 0),
    ("sign", "ordinary"): st.sampled_from((1.0, -1.0)),
    ("sign", "extreme"): st.sampled_from((1.0, -1.0)),
    ("unit", "ordinary"): _UNIT,
    ("unit", "extreme"): _UNIT | st.floats(0, 1),
}
# Products of these overflow, and sums of such products cancel: what is left is exact, and short.
_SIZES = st.sampled_from([2.0**power for power in (0, 1023, 600, -600, 127, 80)])
_BALANCED = {
    "real": _SIZES.map(lambda size: st.sampled_from((size, -size))),
    "positive": _SIZES.map(st.just),
    "unit": st.just(st.sampled_from((0.0, 1.0, 0.5))),
    "sign": st.just(st.sampled_from((1.0, -1.0))),
}

NUMBERS = ("ordinary", "extreme", "balanced")

_ANY_SHAPE = st.lists(st.integers(1, 3), max_size=3).map(tuple)


def finite_floats(extreme: bool = False) -> st.SearchStrategy[float]:
    """Finite float64 numbers: short decimals in [-4, 4], or with ``extreme`` any magnitude."""
    return _EXTREME if extreme else _ORDINARY


@cache  # Hypothesis looks closely at a strategy that is new
def _several(elements: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(elements, min_size=1, max_size=_MOST)


@st.composite
def arrays(draw: st.DrawFn, shape: tuple[int, ...], elements: st.SearchStrategy[Any]) -> Array:
    """Arrays of ``shape``; now and then all elements are equal, or all but one, which is close.

    How many numbers are drawn does not depend on the shape, so that an example that fails can
    shrink in either without the other.
    """
    values = np.resize(draw(_several(elements)), shape)
    if draw(st.sampled_from((False, False, False, True))) and values.size and values.dtype == float:
        values.flat[0] = np.nextafter(values.flat[-1], 0.0)
    return values


@st.composite
def cases(
    draw: st.DrawFn,
    mode: Mode,
    numbers: str = "ordinary",
    layout: Layout | None = None,
    dtypes: tuple[Any, ...] = (np.float64,),
) -> Case:
    """Arguments for ``mode``: layout, axis lengths, inputs, parameters and upstream gradient.

    numbers: "ordinary": short decimals in [-4, 4]; "extreme": of every size, zeros of both signs,
             subnormal ones; "balanced": powers of 2 whose products overflow, and cancel.
    dtypes:  of all float arrays together, one of these; numbers are rounded to it.
    """
    dtype = draw(st.sampled_from(dtypes))
    chosen = layout or draw(st.sampled_from(mode.layouts))
    # Lengths may depend on what counts; what else there is comes last, as it shrinks best.
    parameters = {item.name: draw(_values_of(item)) for item in mode.parameters if item.whole}
    longest = chosen.most or _LONGEST.get(len(axes_of(chosen, parameters)), 2)
    lengths = lengths_for(
        chosen, lambda _, least: draw(st.integers(least, max(least, longest))), parameters
    )
    any_shape = draw(_ANY_SHAPE)
    named = {**parameters, **lengths}
    inputs = {}
    for item in mode.inputs:
        shape = shape_of(chosen.shapes[item.name], named, any_shape)
        rounded = _rounded(draw(_values(item, shape, lengths, numbers)), dtype)
        if item.domain.kind == "positive":  # also where it is so small that it rounds to 0
            rounded = np.maximum(rounded, np.finfo(dtype).smallest_subnormal)
        inputs[item.name] = rounded
    parameters.update(
        {item.name: draw(_values_of(item)) for item in mode.parameters if not item.whole}
    )
    dy = None
    if mode.dy is not None:
        shape = shape_of(chosen.output, named, any_shape)
        dy = _rounded(draw(_array(shape, "real", numbers)), dtype)
    return Case(chosen, inputs, parameters, lengths, dy, numbers)


def _values_of(item: Parameter) -> st.SearchStrategy[Any]:
    return st.sampled_from((item.default, *item.tried))


def _rounded(values: Array, dtype: Any) -> Array:
    """Floats as the nearest finite ones of ``dtype``; labels as they are."""
    if values.dtype.kind != "f":
        return values
    largest = np.finfo(dtype).max
    with np.errstate(under="ignore"):
        return np.asarray(np.clip(values, -float(largest), float(largest)), dtype)


def _values(
    item: Input, shape: tuple[int, ...], lengths: dict[str, int], numbers: str
) -> st.SearchStrategy[Any]:
    if item.domain.whole:
        drawn = arrays(shape, st.integers(0, item.domain.choices(lengths) - 1))
        return drawn.map(kept_somewhere) if item.domain.kind == "mask" else drawn
    return _array(shape, item.domain.kind, numbers)


def _array(shape: tuple[int, ...], kind: str, numbers: str) -> st.SearchStrategy[Array]:
    if numbers == "balanced":  # one size for all elements
        return _BALANCED[kind].flatmap(lambda elements: arrays(shape, elements))
    return arrays(shape, _ELEMENTS[kind, numbers])


__all__ = ["EXTREMES", "NUMBERS", "arrays", "cases", "finite_floats", "short_decimals"]
