"""Find the updates of parameters in a program: by the flow of data, and by no name.

An update is an add or subtract ``p + G`` whose ``G`` depends on ``p`` and whose result takes the
place of ``p``: it is written into p's memory, or it is used afterwards where p was used before, or
the author's statement gives it p's name. What an earlier update gave counts as a new parameter.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradproof.claims.statements import Statements
from gradproof.program.steps import GATHER, LEAF, Place, Program, Ref, references

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Update:
    """One update of one parameter.

    step:   the add or subtract.
    source: the step that holds the parameter; where an array is updated in part (``w[1:] += ...``),
            the whole array.
    part:   which elements of the source are updated, counted in C order; None for all.
    change: the step of what is added or subtracted.
    sign:   1 where it is added, -1 where it is subtracted.
    size:   how many elements are updated.
    place:  the line of the update.
    """

    step: int
    source: int
    part: Array | None
    change: int
    sign: int
    size: int
    place: Place

    @property
    def key(self) -> tuple[Place, bytes]:
        """What is the same for the updates of one parameter by one line."""
        return self.place, b"" if self.part is None else self.part.tobytes()


def updates_of(program: Program, statements: Statements) -> list[Update]:
    """Return all updates in the order in which they were made."""
    uses, banned = _uses(program), set[int]()
    for _ in range(_PASSES):
        found = _all(program, statements, uses, banned)
        false = _that_are_none(program, found)
        if not false:
            return found
        banned |= false
    return found


def _all(
    program: Program, statements: Statements, uses: Mapping[int, set[Any]], banned: set[int]
) -> list[Update]:
    sums = [
        each
        for index, step in enumerate(program.steps)
        if step.name in ("add", "subtract")
        and len(step.args) == 2
        and index not in banned
        and not step.place.inside
        for each in _candidates(program, statements, index, uses)
    ]
    by_step: dict[int, list[_Sum]] = {}
    for each in sums:
        by_step.setdefault(each.step, []).append(each)
    depends = _Depends(program, {s for each in sums for s in (each.source, each.parameter)})
    out: list[Update] = []
    for index in range(len(program.steps)):
        depends.add(index)
        update = next(filter(None, (_taken(program, depends, s) for s in by_step.get(index, ()))),
                      None)  # fmt: skip
        if update is not None:
            depends.cut(index)
            out.append(update)
    return out


class _Depends:
    """Which of some sources each step is made of, in whole numbers whose bits are the sources.

    What an update gives is cut off from what it was made of: it counts as a new parameter.
    """

    def __init__(self, program: Program, sources: set[int]) -> None:
        self.program = program
        self.bit = {source: 1 << k for k, source in enumerate(sorted(sources))}
        self.of: list[int] = []

    def add(self, index: int) -> None:
        bits = self.bit.get(index, 0)
        for ref in self.program.steps[index].refs:
            bits |= self.of[ref]
        self.of.append(bits)

    def cut(self, index: int) -> None:
        self.of[index] = self.bit.get(index, 0)

    def has(self, index: int, source: int) -> bool:
        return bool(self.of[index] & self.bit[source])


def _that_are_none(program: Program, found: list[Update]) -> set[int]:
    """Return the steps of what looks like an update and is none: of a value that is computed from
    parameters (``h = h + f(h)``, ``z = z - z.max()``), or of data that are moved once
    (``X = X - X.mean()``)."""
    cut = frozenset(each.step for each in found)
    sources = {each.source for each in found}
    out, looks = set[int](), 0
    for update in found:
        before = program.steps[update.source]
        if before.place == update.place and not all(isinstance(arg, Ref) for arg in before.args):
            continue  # it began as a plain 0, and was given this a round before
        if update.source not in cut and before.refs:
            others = (cut | sources) - {update.source, update.step}
            if program.made_of(update.source, cut=cut) & others:
                out.add(update.step)
                continue
        if update.step in sources or update.source in cut or looks > _LOOKS:
            continue
        looks += 1
        if _moves_data(program, update):
            out.add(update.step)
    return out


def _moves_data(program: Program, update: Update) -> bool:
    """Whether what is done once to an array depends on no other data than on the array itself."""
    own = {k for k in program.made_of(update.source) if program.steps[k].name == LEAF}
    return not any(
        program.steps[k].name == LEAF and np.size(program.value(k)) > 1 and k not in own
        for k in program.made_of(update.change)
    )


def rounds_of(program: Program, updates: list[Update]) -> list[list[Update]]:
    """Return the updates round by round: a new one begins where the result of an update of this
    round is itself updated again."""
    rounds: list[list[Update]] = []
    for update in updates:
        done = {each.step for each in rounds[-1]} if rounds else set[int]()
        if not rounds or program.made_of(update.source, min(done)) & done:
            rounds.append([])
        rounds[-1].append(update)
    return rounds


@dataclass(frozen=True)
class _Sum:
    """A sum that may be an update: of which parameter, by which change."""

    step: int
    parameter: int
    source: int
    part: Array | None
    change: int
    sign: int
    in_place: bool


def _candidates(
    program: Program, statements: Statements, index: int, uses: Mapping[int, set[Any]]
) -> Iterator[_Sum]:
    """Yield the ways in which a sum may be an update: it is written over one of its terms, or takes
    its name or its place."""
    steps, step = program.steps, program.steps[index]
    augmented = statements.is_augmented(step.place)
    for a, b in ((0, 1),) if step.name == "subtract" or augmented else ((0, 1), (1, 0)):
        first, second = step.args[a], step.args[b]
        if not (isinstance(first, Ref) and isinstance(second, Ref)):
            continue
        parameter = first.index
        if not augmented:
            parameter = _undecayed(program, parameter, index, uses)
        if np.shape(steps[parameter].value) != np.shape(step.value):
            continue
        source, part = _source(program, parameter)
        in_place = step.written and step.home == steps[source].home and step.home >= 0
        again = bool(uses.get(parameter, set()) & uses.get(index, set()))
        if in_place or again or augmented or statements.is_renewed(step.place):
            sign = -1 if step.name == "subtract" else 1
            yield _Sum(index, parameter, source, part, second.index, sign, in_place)


def _taken(program: Program, depends: _Depends, found: _Sum) -> Update | None:
    """Return the update that a sum is: its change depends on the parameter, and by more than a
    constant times it in the same statement. ``m += c * (g - m)`` is an average that follows g, and
    ``W -= c * W`` a decay, neither of them a gradient step."""
    source, part, change = found.source, found.part, found.change
    if not depends.has(change, source) or not found.in_place:
        source, part = found.parameter, None  # a new array: its old self is what was read
    if not depends.has(change, source) or not _feels(program, depends, found, source):
        return None
    step = program.steps[found.step]
    size = int(np.size(step.value))
    return Update(found.step, source, part, change, found.sign, size, step.place)


_PASSES = 12  # in which false updates are found out, one behind the other
_LOOKS = 50  # updates that were made once, of which it is asked whether they move data
_FEW = 8  # numbers that a learning rate is made of, at most
_MOVES = ("add", "subtract", "negative", "copy", "astype", "broadcast_to", GATHER)


def _feels(program: Program, depends: _Depends, found: _Sum, source: int) -> bool:
    steps, place = program.steps, program.steps[found.step].place[:2]
    pending, seen = [found.change], set[int]()
    while pending:
        index = pending.pop()
        if index == source or index in seen or not depends.has(index, source):
            continue
        seen.add(index)
        step = steps[index]
        moves = step.name in _MOVES or (
            step.name in ("multiply", "divide") and any(_is_literal(program, a) for a in step.args)
        )
        if step.place[:2] != place or not moves:
            return True
        pending += step.refs
    return False


def _is_literal(program: Program, arg: object) -> bool:
    """Whether an operand is a number that was written down, or made of a few such."""
    if not isinstance(arg, Ref):
        return np.size(np.asarray(arg)) == 1
    pending, seen = [arg.index], set[int]()
    while pending:
        index = pending.pop()
        seen.add(index)
        if len(seen) > _FEW or np.size(program.value(index)) != 1:
            return False
        step = program.steps[index]
        if not step.refs and step.name != LEAF:
            return False
        pending += [ref for ref in step.refs if ref not in seen]
    return True


def _undecayed(program: Program, parameter: int, index: int, uses: Mapping[int, set[Any]]) -> int:
    """Return the parameter of ``(1 - c) * p - G``, where only a number scales it."""
    steps = program.steps
    step = steps[parameter]
    if step.name != "multiply" or step.place != steps[index].place:
        return parameter
    if uses.get(parameter, set()) & uses.get(index, set()):
        return parameter
    scaled = [
        ref
        for ref in step.refs
        if np.shape(steps[ref].value) == np.shape(step.value) and np.size(step.value) > 1
    ]
    others = [ref for ref in step.refs if np.size(steps[ref].value) == 1]
    return scaled[0] if len(scaled) == 1 and len(others) + 1 == len(step.refs) else parameter


def _source(program: Program, parameter: int) -> tuple[int, Array | None]:
    step = program.steps[parameter]
    if step.name == GATHER:
        return step.args[0].index, step.args[1]
    return parameter, None


def _uses(program: Program) -> dict[int, set[Any]]:
    """For each step, by which functions on which lines it is used."""
    out: dict[int, set[Any]] = {}
    for step in program.steps:
        for ref in references((step.args, step.kwargs)):
            if step.place.line:
                out.setdefault(ref, set()).add((step.place, step.name))
    return out


__all__ = ["Update", "rounds_of", "updates_of"]
