"""Which layout of arrays a pair is judged in, where the usual one may be none that it is meant for.

Usual layouts (input_trials) are tried first, and have equal lengths where names say so. Here the
pair is asked itself: is it right in a layout that its forward takes as well and that is no special
case of the usual one? Then that is what it is meant for. Is it right in the usual one only as long
as two lengths are equal by chance? Then it is judged where they are not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gradproof.checking.conventions.choosing import best
from gradproof.checking.conventions.match import SELECT, Match, differences, distances, fits
from gradproof.checking.conventions.match import run as once
from gradproof.checking.source.argument_roles import role_of
from gradproof.checking.trials.generic_layouts import (
    axes_of,
    generic_trials,
    indices,
    with_ranks,
)
from gradproof.checking.trials.input_trials import SCALARS, Trial, Trials, is_mask, zeros_and_ones

_ARRAYS = ("recurrent", "bias", "gamma", "beta", "state", "labels", "probability")
_USED_AS_ARRAY = (
    r"(?<![\w.]){name}\s*(\.(T|shape|ndim|size|sum|mean|dot|reshape|transpose|max|ravel|flatten)\b"
    r"|\[|@)|@\s*{name}\b|len\({name}\)|in {name}\b|enumerate\({name}\)"
)
_MAY_BE_MASK = re.compile(r"([MI]|omega|valid\w*|known\w*|present|indicators?)$", re.I)
_MATRIX = 2
_LARGER = 4
_MOST_AXES = 3  # of arrays whose lengths are freed


@dataclass(frozen=True)
class Layouts:
    """What a pair is asked with.

    trials: of its usual layouts; run: calls the function with values for its arguments and returns
    the output; ways: the ways to call the pair with a trial; code: the function's text; free:
    whether backward runs in none of its usual layouts, so that nothing is known of what it takes.
    """

    trials: Trials
    run: Callable[[Mapping[str, Any]], Any]
    ways: Callable[[Trial], Iterable[Match]]
    code: str
    free: bool = False

    def each(self, same: Iterable[Trial]) -> Iterator[Match]:
        """The ways to call the pair in the trials of one layout."""
        for trial in same:
            try:
                yield from self.ways(trial)
            except Exception:  # the author's code may raise anything
                continue

    def as_many_axes(
        self, found: Match, larger: int = 0, ones: bool = False
    ) -> Iterator[list[Trial]]:
        """The trials with as many axes as a match has, every length its own that may be, and so
        much larger than usual; ones: lengths of 1 stay that."""
        wanted, shapes = self.trials.needed(), _shapes(found)
        arrays = {a.name: len(shapes.get(a.name, ())) for a in wanted
                  if a.role not in SCALARS or a.name in shapes}  # fmt: skip
        coded = any(_is_coded(v) for n, v in found.held.items() if not is_mask(n))
        if coded or any(rank > _MOST_AXES for rank in arrays.values()):
            return
        whole = indices(self.code, list(arrays)) | {
            n for n, v in found.fixed.items() if isinstance(v, np.ndarray) and v.dtype.kind in "iu"
        }
        rest = {a.name: found.fixed.get(a.name) for a in wanted if a.name not in arrays}
        short = {n: [at for at, length in enumerate(shape) if length == 1]
                 for n, shape in shapes.items()} if ones else None  # fmt: skip
        yield from with_ranks(self.trials, self.run, arrays, whole, rest, larger, short)


def settled(found: Match | None, layouts: Layouts) -> Match | None:
    """The match in the layout in which it is judged; None where there is none that fits.

    found: in a usual layout, None where it fits none.
    """
    chosen = _settled(found, layouts)
    if chosen is not None and _wrong(chosen):
        chosen = _with_mask(chosen, layouts) or chosen
    if chosen is not None and _wrong(chosen) and _fits_these_sizes_only(chosen, layouts):
        return None  # a Jacobian by three parameters is none by three examples
    return chosen


def _with_mask(found: Match, layouts: Layouts) -> Match | None:
    """The match with zeros and ones in what may be a mask by its name, if more is right there."""
    given = found.held.items()
    arrays = [n for n, v in given if isinstance(v, np.ndarray) and v.ndim]
    masks = [n for n in arrays if _MAY_BE_MASK.match(n)]
    for same in layouts.as_many_axes(found) if masks else ():
        coded = [replace(trial, values={
            n: zeros_and_ones(np.shape(v)) if n in masks else v for n, v in trial.values.items()
        }) for trial in same]  # fmt: skip
        other = best(way for way in layouts.each(coded) if way.wrt == found.wrt)
        if other is not None and _right_ones(other) > _right_ones(found):
            coded_ones = {n: v for n, v in other.inputs.items() if n in masks}
            note = f"for {', '.join(masks)} of zeros and ones; it is wrong for others"
            return other.fixing(coded_ones).noted(note)
    return None


def _fits_these_sizes_only(match: Match, layouts: Layouts) -> bool:
    """Whether it fits only because a length is equal to a number in the code: forward takes arrays
    that are larger, and the gradient then has a shape that is none of them."""
    given = {a.name for a in layouts.trials.needed()} - set(layouts.trials.stated)
    plain = set(match.inputs) <= given and not match.one_of  # nothing says how long they are
    if not plain or not _fits(match) or _is_as_called(match, layouts.trials):
        return False
    larger = list(layouts.as_many_axes(match, _LARGER, ones=True))
    return bool(larger) and not any(_fits(way) for same in larger for way in layouts.each(same))


def _settled(found: Match | None, layouts: Layouts) -> Match | None:
    if found is None:
        return _instead_of(None, layouts)
    if found.one_of:
        return found
    if _is_as_called(found, layouts.trials):
        return found if _wrong(found) else _as_far_as_called(found, layouts)
    if not _wrong(found):
        return _not_square(_freed(found, layouts), layouts)
    if (
        not _unasked(found, layouts)
        and not _is_narrow(found)
        and not _is_open(found, layouts)
        and not _is_by_chance(found, layouts)
    ):  # what is right of it may be so by equal lengths
        return _not_square(_freed(found, layouts), layouts)
    return _instead_of(found, layouts) or _not_square(_freed(found, layouts), layouts)


def _as_far_as_called(found: Match, layouts: Layouts) -> Match:
    """The match as the file calls it, with a note where it is wrong in a wider layout."""
    other = _freed(found, layouts)
    return found if other is found or not _wrong(other) else _wrong_for(found, other)


def _wrong_for(match: Match, other: Match) -> Match:
    """The match with a note that it is wrong in another layout."""
    mine, theirs = (" and ".join(str(m.inputs[n].shape) for n in match.wrt) for m in (match, other))
    return match.noted(f"for shapes {mine}; it is wrong for {theirs}") if mine != theirs else match


def _beside_wider(match: Match, wrong: Iterable[Match]) -> Match:
    """The match with a note where it is wrong in a layout of more axes that fits as well."""
    wider = (m for m in wrong if m.wrt == match.wrt and _is_wider(m, match) and _fits(m))
    other = next(wider, None)
    return match if other is None else _wrong_for(match, other)


def _instead_of(found: Match | None, layouts: Layouts) -> Match | None:
    """The match in a layout in which the pair is right, else in the likeliest that is wider."""
    others = [] if found is None else [found]
    right: list[Match] = []
    for same in generic_trials(layouts.trials, layouts.run, layouts.code, any_bias=layouts.free):
        match = best(layouts.each(same))
        if match is None:
            continue
        if _wrong(match) or not (found is None or _may_be_meant(match, found, layouts)):
            others.append(match)
        elif not _numbers(match):
            return _beside_wider(match, others)
        else:
            right.append(match)
    fitting = [m for m in others if _fits(m) and _wrong(m)]
    for match in right:
        if not any(_shows_more(other, match) for other in fitting):
            return match
    if found is not None and _unasked(found, layouts):
        plain = [m for m in fitting if m is not found and not _unasked(m, layouts)]
        return max(plain, key=_right_ones, default=None)
    if found is not None and _is_narrow(found) and not _fits(found):
        wide = [m for m in fitting if not _is_narrow(m) and len(m.wrt) >= len(found.wrt)]
        return min(wide, key=lambda m: _unlikely(m, layouts), default=None)
    if found is not None:
        least = _right_ones(found)
        far = _unlikely(found, layouts)
        others = [m for m in others if len(m.wrt) >= len(found.wrt) and _is_wider(m, found)
                  and (_unlikely(m, layouts) < far or _right_ones(m) > least)]  # fmt: skip
    return max(others, key=_right_ones, default=None)  # the first of them is the likeliest


def _unlikely(match: Match, layouts: Layouts) -> int:
    """By how many axes the data are not what their names say first."""
    shapes, far = _shapes(match), 0
    for a in (each for each in layouts.trials.needed() if each.role == "data"):
        likely, axes = axes_of(a, layouts.trials, False), len(shapes.get(a.name, ()))
        far += likely.index(axes) if axes in likely else len(likely)
    return far


def _shows_more(wrong: Match, right: Match) -> bool:
    """Whether an array fits as well where a number is right, and is wrong: the number is too little
    to see that."""
    more = _numbers(right) - _numbers(wrong)
    same = np.ndim(once(wrong)[0]) == np.ndim(once(right)[0])
    return bool(more) and same and _is_wider(wrong, right)


def _numbers(match: Match) -> set[str]:
    """The arguments that are real numbers there, without axes."""
    every = {**match.inputs, **match.fixed}
    return {k for k, v in every.items() if isinstance(v, np.ndarray) and not v.ndim}


def _is_open(found: Match, layouts: Layouts) -> bool:
    """Whether an argument may have more axes than there, or be a number."""
    shapes = _shapes(found)
    return any(
        max(axes_of(a, layouts.trials, False)) > len(shapes[a.name])
        or (shapes[a.name] and _may_be_number(a.name, layouts.code))
        for a in layouts.trials.needed() if a.name in shapes
    )  # fmt: skip


def _wrong(match: Match) -> list[str]:
    """The gradients that are wrong there, all where it cannot be told."""
    try:
        return [name for name, off in distances(match).items() if not off < SELECT]
    except Exception:  # of the author's code, or too many elements
        return list(match.wrt)


def _right_ones(match: Match) -> int:
    return len(match.wrt) - len(_wrong(match))


def _fits(match: Match) -> bool:
    try:
        return fits(match)
    except Exception:  # whatever the author's code raises
        return False


def _shapes(match: Match) -> dict[str, tuple[int, ...]]:
    """The shape of every argument that is an array."""
    every = {**match.inputs, **match.fixed}
    return {k: v.shape for k, v in every.items() if isinstance(v, np.ndarray)}


def _generality(match: Match) -> tuple[int, int, int]:
    """How many lengths but 1 are different, how many axes there are, and how few of length 1."""
    lengths = [n for shape in _shapes(match).values() for n in shape]
    return len({*lengths} - {1}), len(lengths), -lengths.count(1)


def _is_wider(match: Match, other: Match) -> bool:
    """Whether it has every axis of another layout, and more axes or more lengths that differ."""
    mine, theirs = _shapes(match), _shapes(other)
    wide = all(len(mine.get(name, ())) >= len(shape) for name, shape in theirs.items())
    return wide and _generality(match) > _generality(other)


def _may_be_meant(match: Match, found: Match, layouts: Layouts) -> bool:
    """Whether a layout in which the pair is right is no special case of one in which it is wrong.

    A number in place of an array is none either, where nothing says that it is an array.
    """
    if _is_wider(match, found):
        return True
    if (
        _is_narrow(found)
        and not _is_narrow(match)
        and _generality(match)[0] > _generality(found)[0]
    ):
        return True  # all its lengths are its own, which those of one column are not
    mine, theirs = _shapes(match), _shapes(found)
    fewer = [n for n, shape in theirs.items() if len(mine.get(n, ())) < len(shape)]
    if any(_is_whole(found, n) and not mine.get(n, ()) for n in fewer):
        return False  # one index of several: none comes twice
    numbers = all(not mine.get(n, ()) and _may_be_number(n, layouts.code) for n in fewer)
    if fewer and numbers and any(map(len, mine.values())):
        return True
    if fewer and set(fewer) <= _unasked(found, layouts):
        return True
    return bool(fewer) and _is_by_chance(found, layouts)


def _is_narrow(match: Match) -> bool:
    """Whether something is a single number, row or column there."""
    return any(not shape or 1 in shape for shape in _shapes(match).values())


def _is_whole(match: Match, name: str) -> bool:
    value = match.inputs.get(name, match.fixed.get(name))
    return isinstance(value, np.ndarray) and value.dtype.kind in "iu"


def _unasked(match: Match, layouts: Layouts) -> set[str]:
    """The arguments with more than two axes there, of which nothing in the code speaks."""
    return {n for n, shape in _shapes(match).items()
            if len(shape) > _MATRIX and n not in layouts.trials.shapes}  # fmt: skip


def _may_be_number(name: str, code: str) -> bool:
    used = re.search(_USED_AS_ARRAY.replace("{name}", re.escape(name)), code)
    return role_of(name) not in _ARRAYS and name != "X" and not used


def _is_by_chance(found: Match, layouts: Layouts) -> bool:
    """Whether the pair fits a layout only because some of its lengths are equal."""
    freed = list(layouts.as_many_axes(found))
    return bool(freed) and not any(_fits(way) for same in freed for way in layouts.each(same))


def _freed(found: Match, layouts: Layouts) -> Match:
    """The match where every length is its own, if it fits there; a wrong one only where each of
    its numbers matters, so that nothing was left out there."""
    here = found.wrt, found.contract
    for same in layouts.as_many_axes(found):
        other = best(way for way in layouts.each(same) if (way.wrt, way.contract) == here)
        if other is None or not _generality(other) > _generality(found):
            continue
        if not _wrong(other) or _all_matter(other):
            return other
    return found


def _not_square(found: Match, layouts: Layouts) -> Match:
    """The match; one with images that are not as wide as high, if it fits and is wrong there."""
    if not any(v.ndim > 2 and len(set(v.shape)) < v.ndim for v in found.inputs.values()):
        return found
    here = found.wrt, found.contract
    axes = {name: len(shape) for name, shape in _shapes(found).items()}
    for same in replace(layouts.trials, oblong=True).groups():
        other = best(way for way in layouts.each(same) if (way.wrt, way.contract) == here)
        if other is not None and axes == {n: len(s) for n, s in _shapes(other).items()}:
            return other if _wrong(other) and (_fits(other) or not _fits(found)) else found
    return found


def _is_coded(value: Any) -> bool:
    """Whether an array is one-hot rows or zeros and ones, which others of that size are not."""
    if not isinstance(value, np.ndarray) or value.dtype.kind != "f" or not value.size:
        return isinstance(value, np.ndarray) and value.dtype.kind == "b"
    return set(np.unique(value)) <= {0.0, 1.0} or bool(np.allclose(value.sum(axis=-1), 1))


def _all_matter(match: Match) -> bool:
    """Whether no slice of an input is without effect, as what zip leaves out is."""
    try:
        wanted = [want for _, want in differences(match).values()]
    except Exception:  # of the author's code, or too many elements
        return False
    return all(
        bool((np.abs(want).max(axis=tuple(a for a in range(want.ndim) if a != axis)) > 0).all())
        for want in wanted for axis in range(want.ndim)
    )  # fmt: skip


def _is_as_called(found: Match, trials: Trials) -> bool:
    """Whether the file itself calls it with arrays laid out like these."""
    shapes = _shapes(found)
    return any(
        all(n in example and _parts(example[n]) == shape for n, shape in shapes.items())
        for example in trials.examples
    )


def _parts(value: Any) -> tuple[int, ...]:
    """The shape in which an array is judged: a complex one has its two parts in a last axis."""
    return (*np.shape(value), 2) if np.iscomplexobj(value) else np.shape(value)


__all__ = ["Layouts", "settled"]
