"""Which way to call a pair is meant: the first that is right, in the most general layout."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from gradproof.checking.conventions.match import (
    SELECT,
    Match,
    as_broadcast,
    differences,
    distance,
    distances,
    fits,
    numeric,
    run,
    slope_along,
)
from gradproof.checking.judgement.telling_errors import Problem
from gradproof.checking.source.argument_roles import role_of
from gradproof.checking.trials.input_trials import Array
from gradproof.checking.trials.target_values import is_generic, others

_DRAWS = 3  # inputs at which a function is asked whether it takes several values


def best(
    options: Iterator[Match], preferred: str = "input", problem: Problem | None = None
) -> Match | None:
    """Choose how a pair is meant: the first way in which it is right, else the likeliest one.

    A pair that is wrong in every way is judged in the first way whose shapes fit, with the
    contract that its argument's name speaks for.
    """
    fitting: list[Match] = []
    for match in options:
        try:
            if not fits(match):
                broadcast = as_broadcast(match)
                if broadcast is None:
                    continue
                match = broadcast
            right = distance(match) < SELECT
            other = _wrong_elsewhere(match) or _wrong_for_numbers(match, fitting) if right else None
            fitting.append(other or match)
            if right and other is None:
                return replace(match, doubt=_doubt(fitting[:-1], match))
        except Exception as error:  # what the author's code raises: these inputs are not for it
            if problem is not None:
                problem.met(2, error)
    likely = next((m for m in fitting if m.contract == preferred), fitting[0] if fitting else None)
    if likely is None:
        return None
    alike = [m for m in fitting if (m.contract, m.wrt) == (likely.contract, likely.wrt)]
    if len(likely.wrt) < 2:
        return _nearer(likely, alike)
    return max([likely, *alike[:_ALIKE]], key=_right_ones)


def _nearer(likely: Match, alike: Sequence[Match]) -> Match:
    """Of what is wrong, the pair with targets of classes if it is much less so and they may be what
    it is meant for: so the slip stands alone there."""
    for name, value in likely.inputs.items():
        if role_of(name) != "labels" or name in likely.wrt:
            continue
        coded = [m for m in alike if name in m.fixed and np.shape(m.fixed[name]) == value.shape
                 and _shows_all(likely, name, m.fixed[name])]  # fmt: skip
        nearest = min(coded, key=distance, default=likely)
        if distance(nearest) < 0.9 * distance(likely):
            return nearest
    return likely


def _wrong_elsewhere(match: Match) -> Match | None:
    """The pair for other targets of the same kind, where it is wrong for some: right for one choice
    of classes is right by chance."""
    again = match.again
    if again is None:
        return None
    for name, value in match.fixed.items():
        if role_of(name) != "labels":
            continue
        for other in others(value):
            try:
                changed = again({name: other})
                if fits(changed) and not distance(changed) < SELECT:
                    return changed
            except Exception:  # the author's code may raise anything at values it is not for
                continue
    return None


def _wrong_for_numbers(match: Match, wrong: Sequence[Match]) -> Match | None:
    """The pair for targets of any numbers, where it is wrong for those and the function is not
    linear in them, as a cross-entropy is: with (p - y)^2, zeros and ones hide a y^2 for y."""
    for name, value in match.held.items():
        if role_of(name) != "labels" or not np.ndim(value) or is_generic(value):
            continue
        for other in wrong:
            numbers = other.inputs.get(name)
            alike = numbers is not None and numbers.shape == np.shape(value)
            if alike and other.wrt == match.wrt and not _shows_all(other, name, value):
                return other
    return None


def _shows_all(match: Match, name: str, value: Array) -> bool:
    """Whether targets of these values stand for all that the function is meant for: of -1 and 1
    where they only turn the sign of a margin."""
    if set(np.unique(value)) != {-1, 1}:
        return _is_affine(match, name)
    data = [n for n in match.inputs if n != name and n not in match.wrt] or match.wrt
    without = {**match.inputs, name: np.zeros_like(match.inputs[name])}
    moved = without | {n: match.inputs[n] * 0.5 + 0.1 for n in data}
    try:
        here, there = (run(replace(match, inputs=inputs))[0] for inputs in (without, moved))
    except Exception:  # of the author's code
        return False
    return bool(np.allclose(here, there))


def _is_affine(match: Match, name: str) -> bool:
    """Whether the function is a line in one of its inputs, so that halfway it is in the middle."""

    def at(value: Array) -> Array:
        changed = replace(match, inputs={**match.inputs, name: value})
        return np.asarray(run(changed)[0])

    first = match.inputs[name]
    second = first / 2 + np.where(first < 0, -_APART, _APART)  # inside of its domain
    try:
        ends, middle = (at(first), at(second)), at((first + second) / 2)
    except Exception:  # of the author's code
        return False
    scale = np.abs(ends).max(initial=0)
    return bool(np.abs(middle - (ends[0] + ends[1]) / 2).max(initial=0) <= SELECT * scale)


_APART = 0.1
_ALIKE = 8  # ways to call a pair, as with other targets, of which the one counts that fits best


def _right_ones(match: Match) -> int:
    """How many gradients are right: a slip in one of them is none of the others."""
    try:
        return sum(off < SELECT for off in distances(match).values())
    except Exception:  # of the author's code, or too many elements
        return 0


def first_fitting(
    groups: Iterator[list[Match]], problem: Problem
) -> tuple[Match | None, Match | None]:
    """The match of the first group of trials that has one, and else the first of those that run in
    which most gradients have the shape of their input: the others are what is wrong.

    A wrong gradient is not tried again in smaller shapes, in which it may be right. But a vector
    may have been meant as a column: there it has as many elements.
    """
    first: Match | None = None
    rough: tuple[int, Match | None] = (-1, None)
    ran: list[Match] = []  # runs with every length its own, but with gradients of wrong shapes
    weak: Match | None = None
    narrow: Match | None = None
    still: Match | None = None  # its loops are over nothing: every gradient is right as zero
    for ways in groups:
        raised = problem.is_in_matrices
        if (
            first is not None
            and not all(map(_is_column, ways))
            and not (_is_labelled(first) and all(map(_one_number_each, ways)))
        ):
            continue
        match = best(way for way in ways if not _same_targets(way)) or best(iter(ways))
        if raised and (match is None or _says_less(match)):
            continue
        if match is None:
            nearest = max(((_fitting(way), way) for way in ways), key=lambda f: f[0], default=rough)
            rough = nearest if nearest[0] > rough[0] else rough
            ran += filter(_is_general, ways)
            continue
        if first is None and _stands_still(match):
            still = still or match
            continue
        wider = next((way for way in ran if _is_less_general(match, way)), None)
        if wider is not None:
            narrow = _narrower(match, wider, narrow)
            if narrow is not None and _is_all_right(narrow):
                return narrow, None
            continue
        right = distance(match) < SELECT
        if right and _same_targets(match):  # so that half of a formula is never seen
            weak = weak or match
            continue
        if first is None and (right or not (_is_vector(match) or _is_labelled(match))):
            return _one_row(_beside(match, ran)), None
        if right and first is not None and _is_labelled(first):
            if match.wrt != first.wrt or _vanishes(match) or not _is_other_layout(match, first):
                continue
            return _per_example_only(match, first), None
        if right:
            shapes = " and ".join(str(v.shape) for v in first.inputs.values()) if first else ""
            return match.noted(f"for columns; it is wrong for shape {shapes}"), None
        first = first or match
        if first.one_of:  # made for what the code takes apart: other layouts are other readings
            break
    # What is seen in general layouts, with gradients of a wrong shape, is not right where forward
    # stands still.
    return first or narrow or weak or (None if ran else still), rough[1]


def _per_example_only(match: Match, wider: Match) -> Match:
    """The match, with the shapes for which it is wrong."""
    shapes = " and ".join(str(wider.inputs[name].shape) for name in match.wrt)
    return match.noted(f"for one number per example; it is wrong for shape {shapes}")


def _is_other_layout(match: Match, other: Match) -> bool:
    """Whether an array has another number of axes there; other numbers are no other reading."""
    mine, theirs = ({**m.fixed, **m.inputs} for m in (match, other))
    return any(
        _rank(np.asarray(mine[n])) != _rank(np.asarray(theirs[n]))
        for n in mine.keys() & theirs.keys()
        if isinstance(mine[n], np.ndarray) and isinstance(theirs[n], np.ndarray)
    )


def _narrower(match: Match, wider: Match, before: Match | None) -> Match | None:
    """The match as a loss that predicts one number for each example, weights (n,) and a number for
    the bias, where more is right than in a wider layout; else the one before."""
    shapes = [match.inputs[name].shape for name in match.wrt]
    one_each = all(len(s) < 2 or s[1:] == (1,) for s in shapes) and any(
        s[:1] > (2,) for s in shapes
    )
    targets = [np.ndim(v) for n, v in match.held.items() if role_of(n) == "labels"]
    if not (one_each and any(targets) and not np.ndim(run(match)[0])):
        return before
    if (
        _vanishes(match)
        or _same_targets(match)
        or (before is not None and not _is_all_right(match))
    ):
        return before
    better = _right_ones(match) > _right_ones(wider)
    return _per_example_only(match, wider) if better else before


def _is_all_right(match: Match) -> bool:
    return _right_ones(match) == len(match.wrt)


def _beside(match: Match, ran: Sequence[Match]) -> Match:
    """The match, with the shapes for which it runs as well and is wrong."""
    wrong = next((way for way in ran if way.wrt == match.wrt), None)
    if wrong is None:
        return match
    mine, theirs = (" and ".join(str(m.inputs[n].shape) for n in m.wrt) for m in (match, wrong))
    return match.noted(f"for shapes {mine}; it is wrong for {theirs}") if mine != theirs else match


def _one_row(match: Match) -> Match:
    """The match, with a note where its data are a single example."""
    rows = [v.shape for n, v in match.inputs.items() if role_of(n) == "data" and v.ndim == 2]
    single = bool(rows) and all(shape[0] == 1 for shape in rows)
    return match.noted(f"for one example, of shape {rows[0]}") if single else match


def _is_labelled(match: Match) -> bool:
    """Whether it is a loss with targets, which may be meant for one number per example."""
    return any(role_of(n) == "labels" and np.ndim(v) for n, v in match.held.items())


def _is_general(match: Match) -> bool:
    """Whether none of its inputs has a length of 1, at which sums do not show.

    It is no layout of its own where it was made for what the code takes apart; or has more than two
    axes, and not one gradient the shape of its input: a sum over pairs also runs on images.
    """
    if match.one_of or any(1 in value.shape for value in match.inputs.values()):
        return False
    return all(value.ndim <= 2 for value in match.inputs.values()) or _fitting(match) > 0


def _is_less_general(match: Match, other: Match) -> bool:
    """Whether it is a special case of another layout: one column of weights, one bias for all.

    One example in place of a batch is none: its data have an axis less, its weights all of theirs.
    """
    if match.wrt != other.wrt:
        return set(match.wrt) < set(other.wrt)  # it leaves out what is wrong
    if any(_rank(match.inputs[n]) == 0 < _rank(other.inputs[n]) for n in match.wrt):
        return True  # one number
    if any(1 in match.inputs[n].shape and 1 not in other.inputs[n].shape
           and match.inputs[n].ndim == other.inputs[n].ndim for n in match.wrt):  # fmt: skip
        return True  # a batch of one, one column
    less = {n for n in match.wrt if _rank(match.inputs[n]) < _rank(other.inputs[n])}
    more = {n for n in match.wrt if _rank(match.inputs[n]) > _rank(other.inputs[n])}
    fewer_axes = {n for n in less if role_of(n) == "data"}
    return bool(less - fewer_axes) and not more


def _rank(value: Array) -> int:
    """How many axes are longer than 1."""
    return sum(length > 1 for length in value.shape)


def _fitting(match: Match) -> int:
    """How many gradients have the shape of their input."""
    try:
        gradients = run(match)[2]
    except Exception:  # of the author's code, which these inputs are not for
        return 0
    shapes = [np.shape(match.inputs[name]) for name in match.wrt]
    return sum(np.shape(g) == shape for g, shape in zip(gradients, shapes))


def _is_vector(match: Match) -> bool:
    return all(match.inputs[name].ndim == 1 for name in match.wrt)


def _is_column(match: Match) -> bool:
    return all(match.inputs[name].shape[1:] == (1,) for name in match.wrt)


def _doubt(wrong: Sequence[Match], right: Match) -> str:
    """What is wrong for class numbers is not made right by being right for one-hot rows.

    Only where N numbers cannot be meant as anything else beside N rows of another length.
    """
    same = (right.contract, right.notes, right.wrt)
    for match in wrong:
        if (match.contract, match.notes, match.wrt) != same:
            continue  # called in another way
        for name, value in match.fixed.items():
            if not isinstance(value, np.ndarray) or value.dtype.kind != "i" or value.ndim != 1:
                continue
            rows = [match.inputs[of].shape for of in match.wrt if match.inputs[of].ndim == 2]
            if any(shape[0] == len(value) != shape[1] for shape in rows):
                return f"right for one-hot {name}, but wrong for {name} = {value.tolist()}"
    return ""


def chosen(
    groups: Iterator[list[Match]], preferred: str, problem: Problem, loss: bool = False
) -> Match | None:
    """The best match of the first group that has one.

    A loss may be written for one number per example, ``/ len(y)`` beside a mean over all elements;
    then it is right for vectors and columns only, and is judged and reported for these.
    """
    first: Match | None = None
    rough: Match | None = None  # runs, but with gradients of wrong shapes
    ran: list[Match] = []
    narrow: Match | None = None
    still: Match | None = None  # its loops are over nothing: every gradient is right as zero
    for ways in groups:
        raised = problem.is_in_matrices
        if first is not None and not all(map(_one_number_each, ways)):
            continue
        match = best(iter(ways), preferred, problem)
        if raised and (match is None or _says_less(match)):
            continue
        if match is None:
            running = [way for way in ways if _runs(way) and any(map(_rank, _judged(way)))]
            ran += filter(_is_general, running)
            nearest = max(running, key=_fitting, default=None)
            if nearest is not None and (rough is None or _fitting(nearest) > _fitting(rough)):
                rough = nearest
            continue
        if first is None and _stands_still(match):
            still = still or match
            continue
        wider = next((way for way in ran if _is_less_general(match, way)), None)
        if wider is not None:
            narrow = _narrower(match, wider, narrow)
            if narrow is not None and _is_all_right(narrow):
                return narrow
            continue
        if first is not None and match.wrt != first.wrt:
            continue  # another argument is no other reading of what is wrong
        right = not loss or distance(match) < SELECT
        if (
            first is not None
            and right
            and (_vanishes(match) or _same_targets(match) or not _is_other_layout(match, first))
        ):
            continue  # a softmax over one class, targets all 1: right because nothing is left of it
        if first is None and right:
            return match
        if right and first is not None:
            return _per_example_only(match, first)
        first = first or match
        if first.one_of:
            break
    return first or narrow or (ran[0] if ran else _varied(still) or rough)


def _judged(match: Match) -> list[Array]:
    """The arrays whose gradients are judged."""
    return [match.inputs[name] for name in match.wrt]


def _runs(match: Match) -> bool:
    try:
        return numeric(run(match)[0])
    except Exception:  # of the author's code, which these inputs are not for
        return False


def _says_less(match: Match) -> bool:
    """Whether a layout in which backward runs says less than that it raises in matrices: it is
    wrong in arrays of more axes, or right for a single row of data or for whole numbers in place of
    data, where a gradient may be 0 whatever the code says."""
    every = {**match.inputs, **match.fixed}
    arrays = {name: v for name, v in every.items() if isinstance(v, np.ndarray)}
    if not distance(match) < SELECT:
        return any(value.ndim > _MATRIX for value in arrays.values())
    data = [v for name, v in arrays.items() if role_of(name) in ("data", "probability")]
    if any(v.ndim == _MATRIX and 1 in v.shape and (v.shape[0] == 1 or v.dtype.kind != "f")
           for v in data):  # fmt: skip
        return True
    single = any(1 in value.shape for value in data)
    wanted = [want for _, want in differences(match).values()] if single else []
    return any(float(np.abs(each).max()) < SELECT for each in wanted)


_MATRIX = 2


def _vanishes(match: Match) -> bool:
    return all(float(np.abs(wanted).max()) < SELECT for _, wanted in differences(match).values())


def _stands_still(match: Match) -> bool:
    """Whether forward does not change along a random direction of any input."""
    rng = np.random.default_rng(2)
    try:
        _, dy, _ = run(match)
        ways = {n: np.asarray(rng.uniform(0.5, 1, match.inputs[n].shape)) for n in match.wrt}
        return not any(slope_along(match, name, way, dy) for name, way in ways.items())
    except Exception:  # whatever the author's code raises
        return False


def _varied(match: Match | None) -> Match | None:
    """A match whose forward stands still, if it takes several values, as a staircase does."""
    if match is None:
        return None
    rng = np.random.default_rng(3)
    try:
        values = [np.asarray(match.forward(*(rng.normal(0, 3, x.shape)
                                             for x in match.inputs.values()))[0], float)
                  for _ in range(_DRAWS)]  # fmt: skip
    except Exception:  # whatever the author's code raises
        return match
    return match if any(np.ptp(values, axis=0).ravel()) else None


def _same_targets(match: Match) -> bool:
    """Whether some targets are all the same, so that half of a formula is never seen."""
    return any(
        role_of(name) == "labels" and np.ptp(np.asarray(value, dtype=float)) == 0
        for name, value in match.held.items()
        if isinstance(value, (np.ndarray, np.number, int, float))
    )


def _one_number_each(match: Match) -> bool:
    shapes = [match.inputs[name].shape for name in match.wrt]
    return all(len(shape) in (1, 2) and shape[1:] in ((), (1,)) and shape[0] > 2
               for shape in shapes)  # fmt: skip


__all__ = ["best", "chosen", "first_fitting"]
