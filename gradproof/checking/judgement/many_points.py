"""One pair at many points that nobody can foresee: as many as some hundred.

All points go over in one message, so that they take little time. What comes back is held against
differences with a loose tolerance; where that says no, the point is looked at in earnest. The
numbers are of the size of those of the check: farther out floats lose what is right.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from gradproof.checking.conventions.match import Match
from gradproof.checking.judgement.point_slopes import (
    Asked,
    Point,
    Slopes,
    batches,
    drawn,
    output_shapes,
    several_slopes,
    slopes,
)
from gradproof.checking.judgement.redraw_inputs import finely_moved, several
from gradproof.checking.judgement.special_points import KINDS, special
from gradproof.checking.trials.input_trials import Array
from gradproof.numeric.side_effects.hygiene import quiet

POINTS = (30, 100)
_ELEMENTS = 400_000  # in one message
_SECONDS, _CALLS = 2.0, 3  # for all of them; each takes as long as so many calls at the most
_SLOW, _TIMED = 0.2, 6  # seconds; points that tell what a call takes
_MOST, FEW = 4, 8  # points that are looked at in earnest, and of a batch of one
_HANDED = 3  # points with arrays that are others than new ones of floats
_HELD = 1e-2  # below that, float16 has few digits or none
LATE = "at numbers drawn in secret, like those of the check, it {what}"
# How the same numbers are handed over, what is said of it, and how much of the result may be other,
# relatively: more than sums in another order differ by, and than floats of fewer digits do.
_FORMS = {
    "laid": (
        "where its arrays lie otherwise in memory: transposed, or as a part of a larger one", 1e-6,
    ),
    "locked": ("where its arrays may not be written to", 1e-6),
    "turned": ("with the bytes of each number in the other order", 1e-6),
    "of a class": ("in arrays of a class made of NumPy's", 1e-6),
    "long": ("as arrays of long doubles", 1e-6),
    "single": ("as arrays of float32", 1e-2),
    "half": ("as arrays of float16", 0.3),
}  # fmt: skip
_SIZES = (1, 1 / 8, 1 / 64)  # of the numbers
_FEWER = 3 * 2.0**13  # what float16 loses more than float32, with room
OTHERWISE = "{which} gives another result for the same numbers {how}"


@dataclass(frozen=True)
class Doubts:
    """What came of many points: why the pair is not believed at all, points to look at, and why
    single gradients are not believed."""

    reason: str = ""
    points: tuple[Point, ...] = ()
    special: Mapping[str, str] = field(default_factory=dict)
    count: int = 0  # how many points it were, fewer of slow functions

    def against(self, name: str) -> str:
        """Why the gradient of an input is not believed; "" where it is."""
        return self.reason or self.special.get(name, "")


def doubts(match: Match, rng: np.random.Generator) -> Doubts:
    """Ask for many points; nothing where the pair's code is not in another process."""
    if getattr(match.backward, "batch", None) is None:
        return Doubts()
    try:
        with quiet():
            count = _count(match)
            points = several(match.inputs, rng, count, match.near)
            found = tuple(_suspicious(match, points, rng))[:_MOST]
            if match.near:  # inputs that it does not take, or at which its gradient is missing
                found += _without_gradient(match, rng)
    except Exception as error:
        what = f"raises {type(error).__name__}: {error}"
        if match.near:  # another domain
            return Doubts()
        return Doubts(LATE.format(what=error if "TimeoutError" in what else what))
    with quiet():
        kinds = len(KINDS) if count >= FEW else count // 2
        return Doubts(handed_otherwise(match, rng, kinds), found, special(match, rng, kinds), count)


def _count(match: Match) -> int:
    """How many points: a number that nobody knows, fewer of large arrays and of slow functions."""
    size = sum(value.size for value in match.inputs.values())
    calls = _SECONDS / _call_takes(match)
    secret = random.SystemRandom().randrange(*POINTS)
    return max(min(secret, _ELEMENTS // (3 * size + 1), int(calls / _CALLS)), 1)


def _call_takes(match: Match) -> float:
    """Seconds for one call of the author's code. On a busy machine each message takes long, however
    quick the code is: so unless one call is slow at any rate, several are made by one message."""
    start = time.perf_counter()
    y, _ = match.forward(*_copies(match))
    took = max(time.perf_counter() - start, 1e-9)
    for points in (1, _TIMED):
        if took > _SLOW:
            break
        stacked = [np.stack([value] * 3 * points) for value in _copies(match)]
        dys = np.ones((points, *np.shape(y)))
        start = time.perf_counter()
        match.backward.batch(stacked, dys)  # type: ignore[attr-defined]
        each = max(time.perf_counter() - start, 1e-9) / points
        # Backward may take longer than forward by far, and only one in four calls is one.
        took = each if each > _SLOW else min(took, each / 4)
    return took


def _copies(match: Match) -> list[Array]:
    return [np.array(value) for value in match.inputs.values()]


def suspicious_of(matches: Sequence[Match], rng: np.random.Generator) -> Iterator[Match]:
    """One pair at several inputs, of other sizes say: as it is to be looked at in earnest, at a few
    points at which its gradients are not as they should be; none where the code raises."""
    for asked, found in _slopes_at(matches, rng):
        if isinstance(found, Slopes):
            at = np.flatnonzero(found.is_other)[:_MOST]
            points = tuple({k: v[number] for k, v in asked.points.items()} for number in at)
            yield from at_points(asked.match, Doubts(points=points))


def _slopes_at(
    matches: Sequence[Match], rng: np.random.Generator
) -> list[tuple[Asked, Slopes | Exception]]:
    """Slopes of one pair at a few points of each size, where forward has values there."""
    many = [several(each.inputs, rng, FEW) for each in matches]
    firsts = [replace(each, inputs={k: v[0] for k, v in points.items()})
              for each, points in zip(matches, many)]  # fmt: skip
    with suppress(Exception), quiet():
        sized = zip(matches, many, output_shapes(firsts))
        asked = [drawn(each, at, rng, shape) for each, at, shape in sized if shape is not None]
        return list(zip(asked, several_slopes(asked))) if asked else []
    return []


def _without_gradient(match: Match, rng: np.random.Generator) -> tuple[Point, ...]:
    """Points of all sizes at which forward has a slope, and backward gives no number."""
    points = several(match.inputs, rng, FEW)
    with suppress(Exception):
        missing = slopes(drawn(match, points, rng)).is_missing
        at = np.flatnonzero(missing)[:_MOST]
        return tuple({name: each[one] for name, each in points.items()} for one in at)
    return ()


def _suspicious(match: Match, points: Point, rng: np.random.Generator) -> Iterator[Point]:
    """The points at which gradients and differences along a direction are not the same, roughly."""
    for at in np.flatnonzero(slopes(drawn(match, points, rng)).is_other):
        yield {name: each[at] for name, each in points.items()}


def handed_otherwise(match: Match, rng: np.random.Generator, most: int = len(_FORMS)) -> str:
    """What the pair gives otherwise where its arrays lie otherwise in memory, may not be written
    to, or have fewer digits, for numbers of so few digits; "" if it does not. So many forms of
    arrays are tried.

    A function that loses digits, as the logarithm of 1 - p does, gives other results by itself:
    but hardly so at numbers of all sizes.
    """
    points = [_few_digits(each) for each in several(match.inputs, rng, _HANDED).values()]
    forms = [str(each) for each in rng.permutation([*_FORMS])[:most]]
    said = ""
    with suppress(Exception):  # such numbers are outside the domain of the author's code
        for size in _SIZES:
            smaller = [each * size if each.dtype.kind == "f" else each for each in points]
            said = _otherwise(match, smaller, rng, forms)
            if not said:
                break
    return said


def _otherwise(
    match: Match, points: Sequence[Array], rng: np.random.Generator, forms: Sequence[str]
) -> str:
    """The same at some points, in these forms."""
    stacked = [np.repeat(each, 3, axis=0) for each in points]
    shape = np.shape(match.forward(*[np.array(each[0]) for each in points])[0])
    dys = _few_digits(rng.uniform(-2, 2, (_HANDED, *shape)))
    asked = dict.fromkeys(("", *forms, *(["single"] if "half" in forms else [])))
    found = dict(zip(asked, batches(match, [(stacked, dys, form) for form in asked])))
    plain = found[""]
    for form in forms:
        other = found[form]
        if isinstance(plain, Exception) or isinstance(other, Exception):
            continue  # the author's code may well not take such arrays
        how, most_off = _FORMS[form]
        if form == "half":  # as many times as much as float32 loses as it has fewer digits
            single = found["single"]
            if isinstance(single, Exception):
                continue
            pairs = [(plain[0], single[0]), *zip(plain[1], single[1])]
            most_off = max(most_off, _FEWER * max(_off(one, two) for one, two in pairs))
        off = [_differ(one, two, most_off) for one, two in zip(plain[1], other[1])]
        which = "forward" if _differ(plain[0], other[0], most_off) else "backward" * any(off)
        if which:
            return OTHERWISE.format(which=which, how=how)
    return ""


def _few_digits(value: Array) -> Array:
    """Numbers that float16 holds."""
    return value.astype(np.float16).astype(value.dtype) if value.dtype.kind == "f" else value


def _differ(before: Any, after: Any, most: float) -> bool:
    before, after = np.asarray(before), np.asarray(after)
    if after.dtype.itemsize < 4 and np.abs(before).mean() < _HELD:
        return False
    return _off(before, after) > most


def _off(before: Any, after: Any) -> float:
    """By how much arrays differ, all of them: a step of the function is crossed by single elements
    where there are few digits. 0 for what is not finite."""
    before, after = np.asarray(before, dtype=float), np.asarray(after, dtype=float)
    size, off = float(np.abs(before).sum()), float(np.abs(before - after).sum())
    if not np.isfinite([size, off]).all():
        return 0.0
    return off / size if size else (np.inf if off else 0.0)


def at_points(match: Match, found: Doubts) -> Iterator[Match]:
    """The pair at each of the points, or rather close to it: not where two sums are the same."""
    for point in found.points:
        yield replace(match, inputs={name: finely_moved(each) for name, each in point.items()})


__all__ = ["FEW", "Doubts", "at_points", "doubts", "handed_otherwise", "suspicious_of"]
