"""What rounding does to a gradient, measured by the same code in a wider precision.

Where forward and backward take ``np.longdouble`` and follow it, what they return in it differs from
what they return in double precision by the rounding of the latter, and by nothing else: a mask, a
factor or a wrong sign is the same in both. Where longdouble is double, or the code does not follow
(it casts, or calls what knows only double precision), nothing is known.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from gradproof.numeric.noise import Bounded
from gradproof.numeric.prepare import Measured
from gradproof.numeric.problem import Array, Problem

_WIDE: Any = np.longdouble
# Digits that double precision does not have, in everything that is computed from dy.
_THIRD = _WIDE(1) / 3
# The wider result has an error of its own, smaller by the ratio of the two precisions.
_MARGIN = 2.0
# On top, so many roundings of a gradient itself.
_ROUNDINGS = 8.0
# Next to zero all digits may be lost in both, so that nothing shows: multiples of x say by how much
# they differ further out, which grows towards zero like 1 / x at least.
_SMALL, _MULTIPLES = 2.0**-16, (8.0, 64.0, 512.0, 4096.0)
Gradients = Mapping[str, Array]


def rounding_along(
    problem: Problem, moved: Callable[[float], Sequence[Array]]
) -> Callable[[float], Array] | None:
    """By how much rounding moves the outputs at a displacement, as far as wider precision shows.

    moved: the inputs at a displacement. None where forward does not follow wider precision.
    """
    if problem.formula is not None or not _is_wider(problem) or not _follows(problem, moved(0.0)):
        return None

    def lost(t: float) -> Array:
        got, wide = problem.displaced(moved(t)), problem.displaced(_widened(moved(t)))
        with np.errstate(all="ignore"):
            return np.nan_to_num(_MARGIN * np.abs(wide - got), posinf=0.0)

    return lost


def _follows(problem: Problem, inputs: Sequence[Array]) -> bool:
    """Whether forward returns longdouble for longdouble."""
    told, problem.called.wide = problem.called.wide, False
    try:
        problem.outputs(_widened(inputs))
        return problem.called.wide
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
    """The same with what wider precision shows of the rounding of gradients."""
    known = known_rounding(problem, dy, measured.gradients)
    return measured if known is None else replace(measured, gradients=known)


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
    if any(each.any() for each in small.values()):
        for by in _MULTIPLES:
            moved = list(problem.inputs)
            for name, its in small.items():
                moved[problem.at(name)] = np.where(its, by * inputs[name], inputs[name])
            further = _lost(problem, moved, dy)
            for name, its in small.items():
                if further is not None:
                    lost[name] = np.fmax(lost[name], np.where(its, by * further[name], 0.0))
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


def _followed(values: Array) -> bool:
    """Whether numbers have digits that double precision does not."""
    if values.dtype != _WIDE:
        return False
    some = values[np.isfinite(values) & (values != 0)]
    return not some.size or bool((some != some.astype(np.float64)).any())


__all__ = ["apart", "known_rounding", "rounding_along", "wider", "with_known_rounding"]
