"""Where an array is wrong: at an index along an axis, or where an input is negative."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from gradproof.arguments.returned import gradient_name
from gradproof.numeric.problem import Array
from gradproof.text import Text

# Elements that are wrong exactly where a condition holds by chance: less than one draw in so many.
_CHANCE = 1_000
_LISTED = 6


def slices(wrong: Array, telling: Array) -> Text | None:
    """The indices along one axis at which all is wrong, everything else being right."""
    for axis in range(wrong.ndim):
        others = tuple(a for a in range(wrong.ndim) if a != axis)
        hit = np.asarray(wrong.any(axis=others))
        told = np.asarray(telling.any(axis=others))
        shape = [1] * wrong.ndim
        shape[axis] = -1
        whole = np.broadcast_to(hit.reshape(shape), wrong.shape)
        if hit.all() or not told[~hit].any() or (whole & telling & ~wrong).any():
            continue
        return _along(np.flatnonzero(hit), len(hit), axis)
    return None


def element(name: str, wrong: Array) -> Text | None:
    """The one element that is wrong."""
    where = np.argwhere(wrong)
    if len(where) != 1 or not wrong.ndim:
        return None
    text = f"{gradient_name(name)}[{', '.join(map(str, where[0]))}]"
    return Text(f"{text} alone", f"{text} 하나")


def _along(indices: Array, length: int, axis: int) -> Text:
    at = [int(i) for i in indices]
    if len(at) == 1:
        return Text(f"index {at[0]} along axis {axis}", f"축 {axis}의 인덱스 {at[0]}")
    steps = set(np.diff(at).tolist())
    if steps == {1}:
        return Text(
            f"indices {at[0]} to {at[-1]} along axis {axis}",
            f"축 {axis}의 인덱스 {at[0]}부터 {at[-1]}까지",
        )
    if steps == {2} and len(at) == len(range(at[0] % 2, length, 2)):
        return Text(
            f"every second index along axis {axis}, from {at[0]}",
            f"축 {axis}의 인덱스 {at[0]}부터 하나 걸러 하나",
        )
    listed = ", ".join(map(str, at[:_LISTED])) + (" ..." if len(at) > _LISTED else "")
    return Text(f"indices {listed} along axis {axis}", f"축 {axis}의 인덱스 {listed}")


def condition(wrong: Array, telling: Array, known: Mapping[str, Array]) -> Text | None:
    """A condition on an array of the same shape that holds exactly where it is wrong."""
    bad, good = int((wrong & telling).sum()), int((telling & ~wrong).sum())
    if min(bad, good) < 2 or math.comb(bad + good, bad) < _CHANCE:
        return None
    for name, values in known.items():
        if values.shape != wrong.shape or values.dtype.kind not in "fiu":
            continue
        inside, outside = values[wrong & telling], values[telling & ~wrong]
        text = _parted(name, inside, outside)
        if text is not None:
            return text
    return None


def _parted(name: str, inside: Array, outside: Array) -> Text | None:
    if (inside == 0).all() and (outside != 0).all():
        return Text(f"{name} is 0", f"{name}이(가) 0인 곳")
    if inside.max() < outside.min():
        if inside.max() <= 0 <= outside.min():
            return Text(f"{name} is negative", f"{name}이(가) 음수인 곳")
        return _beside(name, "below", outside.min(), inside.max())
    if inside.min() > outside.max():
        if inside.min() >= 0 >= outside.max():
            return Text(f"{name} is positive", f"{name}이(가) 양수인 곳")
        return _beside(name, "above", outside.max(), inside.min())
    return None


def _beside(name: str, side: str, right: float, wrong: float) -> Text:
    ko = "작은" if side == "below" else "큰"
    return Text(
        f"{name} is {side} a limit between {min(right, wrong):.3g} and {max(right, wrong):.3g}",
        f"{name}이(가) {min(right, wrong):.3g}과 {max(right, wrong):.3g} 사이의 어떤 값보다 "
        f"{ko} 곳",
    )


def counted(wrong: Array, telling: Array) -> Text:
    """How many elements are wrong."""
    bad, size = int(wrong.sum()), int((telling | wrong).sum())
    return Text(f"{bad} of {size} elements", f"원소 {size}개 중 {bad}개")


def shown(indices: Sequence[int]) -> str:
    """An index in brackets."""
    return f"[{', '.join(map(str, indices))}]"


__all__ = ["condition", "counted", "element", "shown", "slices"]
