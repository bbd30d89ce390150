"""What rounding does to a gradient, measured by the same code in a wider precision.

Where forward and backward take ``np.longdouble`` and follow it, what they return in it differs from
what they return in double precision by the rounding of the latter, and by nothing else: a mask, a
factor or a wrong sign is the same in both. Where longdouble is double, or the code does not follow
(it casts, or calls what knows only double precision), nothing is known.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np

from gradproof.numeric.measured import Measured
from gradproof.numeric.problem import Array, Problem
from gradproof.numeric.rounding.noise import Bounded
from gradproof.numeric.rounding.of_data import with_rounding_of_data

_WIDE: Any = np.longdouble
# Digits that double precision does not have, in everything that is computed from dy.
_THIRD = _WIDE(1) / 3
# The wider result has an error of its own, which is smaller than what rounding typically does near
# by: of longdouble's digits, 11 are more than double's.
_MARGIN, _OWN = 2.0, 2.0**-8
_NEARBY = (1 + 2.0**-11, 1 - 2.0**-10, 1 + 2.0**-9)
# On top, so many roundings of a gradient itself.
_ROUNDINGS = 8.0
# Two numbers are the same, but for rounding.
_SAME = 1e-9
# Next to zero all digits may be lost in both, so that nothing shows: multiples of x say by how much
# they differ further out, which grows towards zero like 1 / x at least.
_SMALL, _MULTIPLES = 2.0**-16, (8.0, 64.0, 512.0, 4096.0)
Gradients = Mapping[str, Array]


def rounding_along(
    problem: Problem,
    moved: Callable[[float], Sequence[Array]],
    known: Mapping[float, Array] = MappingProxyType({}),
) -> Callable[[float], Array] | None:
    """By how much rounding moves the outputs at a displacement, as far as wider precision shows.

    moved: the inputs at a displacement; known: the outputs at some. None where forward does not
    follow wider precision.
    """
    if problem.formula is not None or not _is_wider(problem) or not _follows(problem, moved(0.0)):
        return None

    def lost(t: float) -> Array:
        told, got = problem.called.wide, known.get(t)
        if got is None:
            got = problem.displaced(moved(t))
        wide = problem.displaced(_widened(moved(t)))
        problem.called.wide = told
        with np.errstate(all="ignore"):
            return np.nan_to_num(_MARGIN * np.abs(wide - got), posinf=0.0)

    return lost


def _follows(problem: Problem, inputs: Sequence[Array]) -> bool:
    """Whether forward returns longdouble for longdouble, and not the same numbers otherwise put."""
    told, problem.called.wide = problem.called.wide, False
    try:
        wide = problem.outputs(_widened(inputs))
        return problem.called.wide and not _reordered(wide, problem.outputs(inputs))
    except Exception:  # whatever it raises, it does not take longdouble
        return False
    finally:
        problem.called.wide = told


def _widened(inputs: Sequence[Array]) -> list[Array]:
    return [each.astype(_WIDE) if each.dtype == np.float64 else each for each in inputs]


def _is_wider(problem: Problem) -> bool:
    """Whether there is a wider precision than that of the problem."""
    double = float(np.finfo(np.float64).eps)
    floats = [each.dtype for each in problem.inputs if each.dtype.kind == "f"]
    alike = all(each == np.float64 for each in floats) and problem.unit <= double
    return bool(np.finfo(_WIDE).eps < double) and alike


def with_known_rounding(problem: Problem, dy: Array, measured: Measured) -> Measured:
    """The same with what wider precision shows of the rounding of gradients, or data close by."""
    known = known_rounding(problem, dy, measured.gradients)
    found = with_rounding_of_data(problem, dy, measured.gradients) if known is None else known
    return replace(measured, gradients=dict(found))


def known_rounding(
    problem: Problem, dy: Array, gradients: Mapping[str, Bounded]
) -> dict[str, Bounded] | None:
    """The gradients, bounded by how much they differ from the same in wider precision, and no more.

    None where the functions do not follow it.
    """
    lost = _lost(problem, problem.inputs, dy)
    if lost is None:
        return None
    inputs = {name: problem.inputs[problem.at(name)] for name in problem.wrt}
    small = {name: (np.abs(x) < _SMALL) & (x != 0) for name, x in inputs.items()}
    further = _MULTIPLES if any(each.any() for each in small.values()) else ()
    for by in (*_NEARBY, *further):
        moved = list(problem.inputs)
        for name, its in small.items():
            where = its if by in further else True
            moved[problem.at(name)] = np.where(where, by * inputs[name], inputs[name])
        there = _lost(problem, moved, dy)
        for name, its in small.items() if there is not None else ():
            assert there is not None
            least = np.where(its, by, 0.0) if by in further else _OWN
            lost[name] = np.fmax(lost[name], least * there[name])
    return {
        name: Bounded(got.value, lost[name] + _ROUNDINGS * problem.unit * np.abs(got.value))
        for name, got in gradients.items()
    }


def _lost(problem: Problem, inputs: Sequence[Array], dy: Array) -> dict[str, Array] | None:
    """By how much each gradient at ``inputs`` differs from the same in wider precision."""
    wide = replace(problem, dtype=_WIDE)

    def pulled(inputs: Sequence[Array], by: Any) -> Gradients:
        return wide.gradients(inputs, dy.astype(_WIDE) * by)

    found = wider(problem, inputs, pulled)
    if found is None:
        return None
    try:
        got = problem.gradients(list(inputs), dy)
    except (ValueError, ArithmeticError, np.linalg.LinAlgError):
        return None
    if any(_reordered(value, got[name]) for name, value in found.items()):
        return None
    return {name: apart(value, got[name]) for name, value in found.items()}


def apart(wide: Array, got: Array) -> Array:
    """What rounding has done to ``got``, which is ``wide`` in double precision."""
    with np.errstate(all="ignore"):
        lost = _MARGIN * np.abs(wide - got.astype(_WIDE)).astype(np.float64)
    return np.where(np.isfinite(lost), lost, 0.0)


def wider(
    problem: Problem, inputs: Sequence[Array], pulled: Callable[[Sequence[Array], Any], Gradients]
) -> Gradients | None:
    """What ``pulled`` gives for inputs in longdouble; None where that says nothing more.

    It takes the inputs and a factor, in which its results are linear.
    """
    if not _is_wider(problem):
        return None
    told, moved = problem.called.wide, _widened(inputs)
    try:
        found, third = (pulled(moved, by) for by in (_WIDE(1), _THIRD))
    except Exception:  # whatever it raises, it does not take longdouble
        return None
    finally:
        problem.called.wide = told
    return found if all(map(_followed, third.values())) else None


def _reordered(one: Array, other: Array) -> bool:
    """Whether two arrays hold the same numbers, but in different places.

    What sorts in part, for one, may leave the rest as it likes, in each precision otherwise.
    """
    one, other = one.ravel().astype(np.float64), other.ravel().astype(np.float64)
    far = np.abs(one - other) > _SAME * np.maximum(np.abs(one), np.abs(other))
    same = np.abs(np.sort(one[far]) - np.sort(other[far])) <= _SAME * np.abs(np.sort(one[far]))
    return bool(far.any() and same.all())


def _followed(values: Array) -> bool:
    """Whether numbers have digits that double precision does not."""
    if values.dtype != _WIDE:
        return False
    some = values[np.isfinite(values) & (values != 0)]
    return not some.size or bool((some != some.astype(np.float64)).any())


__all__ = ["apart", "known_rounding", "rounding_along", "wider", "with_known_rounding"]
