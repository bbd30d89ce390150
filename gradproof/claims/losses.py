"""The scalars of which updates may be the gradient: those computed, and the usual losses.

Where the author computes no scalar before the update, the loss is what they have in mind: half the
sum of squares of a difference, a cross-entropy of what was computed, a hinge. Such a loss is said
to be assumed.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Literal

import numpy as np

from gradproof.claims.statements import Statements
from gradproof.claims.updates import Update
from gradproof.program.steps import Place, Program, Ref, is_real

Array = np.ndarray[Any, Any]
Kind = Literal["scalar", "squares", "cross-entropy", "binary cross-entropy", "hinge"]
Over = Literal["", "first", "sum"]
_Term = tuple[int, Callable[[Any], Any]]  # a step, and what is made of its value

_PREFERENCE = {"scalar": 1.0, "cross-entropy": 2.0, "binary cross-entropy": 2.0, "squares": 3.0,
               "hinge": 4.0}  # fmt: skip
_SHOWN = -1.0  # what the author prints comes first
_CALLED = -0.5  # then what they call the loss
# What is only a part of a line, such as the sum before it is halved, comes after the whole of it.
_PART = 0.02
_MOST_PARTS = 8
_MOST_WHOLES = 4  # losses of the author's, of which others may be a part
# What authors call a loss, and what of a loss: its derivative.
_LOSS = re.compile(
    r"loss|cost|objective|nll|neg_?log|bce|xent|cross_?ent|hinge|손실|비용|목적", re.I
)
_FALLS = re.compile(r"loss|cost|nll|neg_?log|bce|xent|cross_?ent|hinge|손실|비용", re.I)
_LETTER = re.compile(r"(total_?)?[JL](_\w+)?")
_DERIVATIVE = re.compile(r"grad|delta|deriv|^d_?\w+_d_?\w|^d[A-Z(lc]|기울기|미분", re.I)
_MOST_PLACES = 60  # lines that are looked at, the last ones before the update first


@dataclass(frozen=True)
class Loss:
    """A scalar of which an update may be the gradient.

    kind:  "scalar" where the author computed it; else which usual loss is assumed.
    place: the line that computed it, or what it is of.
    over:  of a line that ran several times in a round: "sum" over all, or the "first" alone.
    terms: the steps that it is made of, each with its function.
    shown: whether the author prints it.
    called: whether the author gives it the name of a loss; falls: of one that is made smaller.
    whole: the line of the author's loss that it is a part of: of a loss that depends on the
           parameters in another way as well, as by a penalty.
    """

    kind: Kind
    place: Place
    over: Over
    terms: tuple[tuple[int, Callable[[Any], Any]], ...]
    preference: float
    shown: bool = False
    called: bool = False
    falls: bool = False
    whole: Place | None = None

    @property
    def computed(self) -> bool:
        """Whether the author computes it, rather than that it is assumed."""
        return self.kind == "scalar"

    def of(self, values: dict[int, Any]) -> complex | None:
        """Return its value from those of the steps; None where one of them is missing."""
        if any(step not in values for step, _ in self.terms):
            return None
        return sum(complex(function(values[step])) for step, function in self.terms)


def losses_of(
    program: Program, statements: Statements, order: Iterable[int], cone: set[int],
    updates: list[Update],
) -> list[Loss]:  # fmt: skip
    """Return the scalars that a round may be about; ``order`` are the steps that depend on its
    parameters, ``cone`` the same as a set."""
    found: dict[tuple[Kind, Place], list[_Term]] = {}
    shown = {program.steps[index].place for index in program.shown}
    excluded = _themselves(program, updates)
    places = {update.place[:2] for update in updates}
    for index in order:
        step = program.steps[index]
        if not is_real(step.value) or not np.size(step.value) or index in excluded:
            continue
        if np.size(step.value) == 1 and step.place[:2] not in places:
            found.setdefault(("scalar", step.place), []).append((index, np.sum))
        if step.name == "subtract":
            for kind, at, function in _usual(program, index, cone):
                found.setdefault((kind, step.place), []).append((at, function))
    kept = list(found.items())[-_MOST_PLACES:]
    first = min(update.step for update in updates)
    within = _within(program, found)
    losses = []
    for (kind, place), terms in kept:
        depth = min(within[place], _MOST_PARTS)
        name = statements.target(place) if kind == "scalar" and not depth else ""
        called = is_loss_name(name)
        basis = Loss(kind, place, "", (), _PREFERENCE[kind] + _PART * depth + _CALLED * called,
                     place in shown, called, called and bool(_FALLS.search(name)))  # fmt: skip
        losses += list(_told(basis, terms, first))
    return list(_with_wholes(program, losses, within, {u.source for u in updates}))


def is_loss_name(name: str) -> bool:
    """Whether an author gives a loss this name.

    >>> [is_loss_name(each) for each in ("total_loss", "J", "self.cost", "dLoss_dw", "accuracy")]
    [True, True, True, False, False]
    """
    last = name.rpartition(".")[2]
    if _DERIVATIVE.search(last):
        return False
    return bool(_LOSS.search(last) or _LETTER.fullmatch(last))


def _with_wholes(
    program: Program, losses: list[Loss], within: Mapping[Place, int], sources: set[int]
) -> Iterator[Loss]:
    """Yield the losses, each with the author's loss that it is a part of, if there is one."""
    lines = {place[:2] for place, depth in within.items() if depth}
    wholes = [
        loss
        for loss in losses
        if loss.computed and not loss.over and not within[loss.place]
        and (loss.called or loss.shown or loss.place[:2] in lines)
    ][-_MOST_WHOLES:]  # fmt: skip
    low = min(sources)
    made = [program.made_of(loss.terms[-1][0], low) for loss in wholes]
    for loss in losses:
        end, place = loss.terms[-1][0], None
        for whole, steps in zip(wholes, made):
            top = whole.terms[-1][0]
            named = whole.called or whole.shown or whole.place[:2] == loss.place[:2]
            if not named or not loss.computed or whole.place == loss.place:
                continue
            if end in steps and end != top:
                beside = program.made_of(top, low, frozenset({end}))
                place = place if beside.isdisjoint(sources) else whole.place
        yield replace(loss, whole=place)


def _within(
    program: Program, found: Mapping[tuple[Kind, Place], list[_Term]]
) -> defaultdict[Place, int]:
    """How many scalars of its line a scalar stands within: 1 for the sum in 0.5 * np.sum(r * r)."""
    steps = program.steps
    scalars = {index for (kind, _), terms in found.items() if kind == "scalar"
               for index, _ in terms}  # fmt: skip
    depth = defaultdict[Place, int](int)
    for index in sorted(scalars, reverse=True):
        outer = steps[index].place
        for ref in scalars.intersection(steps[index].refs):
            inner = steps[ref].place  # the same place for what is added up: total += ...
            if inner[:2] == outer[:2] and inner != outer:
                depth[inner] = max(depth[inner], depth[outer] + 1)
    return depth


def _told(basis: Loss, terms: list[_Term], updated: int) -> Iterator[Loss]:
    """Yield the losses of one line. A state that is carried on makes the loss of the next round
    depend on these parameters, too: then those terms alone that come before the first update are
    a loss as well."""
    before = [term for term in terms if term[0] < updated]
    if before and len(before) < len(terms):
        yield from _told(basis, before, updated)
    first = basis.preference
    yield replace(basis, terms=tuple(terms[-1:]), preference=first + _SHOWN * basis.shown)
    if len(terms) > 1:
        several = replace(basis, shown=False, called=False, falls=False)
        yield replace(several, over="sum", terms=tuple(terms), preference=first + 0.2)
        yield replace(several, over="first", terms=tuple(terms[:1]), preference=first + 0.5)


def _usual(
    program: Program, index: int, cone: set[int]
) -> Iterator[tuple[Kind, int, Callable[[Any], Any]]]:
    """Yield the usual losses of a difference: of itself, and of what was predicted in it."""
    step = program.steps[index]
    yield "squares", index, lambda v: np.sum(v * v) / 2
    if any(isinstance(arg, (int, float)) and arg == 1 for arg in step.args[:1]):
        yield "hinge", index, lambda v: np.sum(np.where(np.real(v) > 0, v, 0 * v))
    for k in (0, 1):
        arg, other = step.args[k], step.args[1 - k]
        if not isinstance(arg, Ref) or arg.index not in cone:
            continue
        label = program.value(other.index) if isinstance(other, Ref) else other
        inside = np.asarray(program.value(arg.index))
        if isinstance(other, Ref) and other.index in cone:
            continue
        if np.asarray(label).dtype.kind not in "biuf" or not _between(inside):
            continue
        t = np.broadcast_to(np.asarray(label, float), np.shape(step.value))
        yield "cross-entropy", arg.index, partial(_cross_entropy, t)
        yield "binary cross-entropy", arg.index, partial(_binary_cross_entropy, t)


def _cross_entropy(t: Array, v: Any) -> Any:
    with np.errstate(all="ignore"):
        return -np.sum(t * np.log(v))


def _binary_cross_entropy(t: Array, v: Any) -> Any:
    with np.errstate(all="ignore"):
        return -np.sum(t * np.log(v) + (1 - t) * np.log(1 - v))


def _between(value: Array) -> bool:
    return bool(((value >= 0) & (value <= 1)).all())


def _themselves(program: Program, updates: list[Update]) -> set[int]:
    """Return the steps that are a change but for a number: half the sum of squares of such a one
    would have that change for its gradient, whatever it is."""
    out: set[int] = set()
    for update in updates:
        pending = [update.change]
        while pending:
            index = pending.pop()
            out.add(index)
            step = program.steps[index]
            wide = [r for r in step.refs if np.size(program.value(r)) > 1] or list(step.refs)
            if step.name in ("multiply", "divide", "negative") and len(wide) <= 1:
                pending += wide
            elif step.name in ("multiply", "divide") and np.size(step.value) == 1:
                pending += [r for r in step.refs if program.steps[r].name == "subtract"]
    return {index for index in out if program.steps[index].name == "subtract"}


__all__ = ["Loss", "is_loss_name", "losses_of"]
