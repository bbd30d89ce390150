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
    """Return all updates in the order in which they were made; of a very long program without any
    that can be told, none."""
    uses, banned = _uses(program), set[int]()
    for _ in range(_PASSES):
        found = _all(program, statements, uses, banned)
        false = {each.step for each in found if _is_none(program, found, each)}
        if not false:
            return found
        banned |= false
    return found


def _all(
    program: Program, statements: Statements, uses: Mapping[int, set[Any]], banned: set[int]
) -> list[Update]:
    cut, out = set[int](), []
    left = _WORK
    for index, step in enumerate(program.steps):
        if left < 0:
            break
        if step.op not in ("add", "subtract") or len(step.args) != 2 or index in banned:
            continue
        for found in _candidates(program, index):
            update, spent = _taken(program, statements, found, uses, frozenset(cut))
            left -= spent
            if update is not None:
                cut.add(index)
                out.append(update)
                break
    return out


def _is_none(program: Program, found: list[Update], update: Update) -> bool:
    """Whether what looks like an update is none: of a value that is computed from parameters
    (``h = h + f(h)``, ``z = z - z.max()``), or of data that are moved once (``X = X - X.mean()``)."""
    cut = frozenset(each.step for each in found)
    before = program.steps[update.source]
    if before.place == update.place and not all(isinstance(arg, Ref) for arg in before.args):
        return False  # it began as a plain 0, and was given this a round before
    if update.source not in cut:
        others = cut | {each.source for each in found if each.source != update.source}
        if program.made_of(update.source, cut=cut) & (others - {update.step}):
            return True
    if any(each.source == update.step for each in found) or update.source in cut:
        return False
    made_of = program.made_of(update.change)
    data = [k for k in made_of if program.steps[k].op == LEAF and np.size(program.value(k)) > 1]
    own = {k for k in program.made_of(update.source) if program.steps[k].op == LEAF}
    return not set(data) - own


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


def _candidates(program: Program, index: int) -> Iterator[tuple[int, int, int, int]]:
    """Yield (step, parameter, change, sign) for the ways in which a sum may be an update."""
    step = program.steps[index]
    for a, b in ((0, 1), (1, 0)):
        first, second = step.args[a], step.args[b]
        if step.op == "subtract" and a == 1:
            return
        if isinstance(first, Ref) and isinstance(second, Ref):
            yield index, first.step, second.step, -1 if step.op == "subtract" else 1


def _taken(
    program: Program,
    statements: Statements,
    found: tuple[int, int, int, int],
    uses: Mapping[int, set[Any]],
    cut: frozenset[int],
) -> tuple[Update | None, int]:
    """Return the update that a sum is, if it is one, and how many steps were looked at."""
    index, parameter, change, sign = found
    steps, step = program.steps, program.steps[index]
    augmented = statements.is_augmented(step.place)
    renamed = statements.is_renewed(step.place) or augmented
    if augmented and step.args[0] != Ref(parameter):
        return None, 1
    if not augmented:
        parameter = _undecayed(program, parameter, index, uses)
    if np.shape(steps[parameter].value) != np.shape(step.value):
        return None, 1
    source, part = _source(program, parameter)
    in_place = step.written and step.home == steps[source].home and step.home >= 0
    again = bool(uses.get(parameter, set()) & uses.get(index, set()))
    if not (in_place or again or renamed):
        return None, 1
    above = program.made_of(change, source, cut)
    if source not in above and parameter not in above:
        return None, len(above)
    if source not in above or not in_place:  # a new array: its old self is what was read
        source, part = parameter, None
    if source not in above or not _feels(program, change, source, step.place):
        return None, len(above)
    size = int(np.size(step.value))
    return Update(index, source, part, change, sign, size, step.place), len(above)


_PASSES = 12  # in which false updates are found out, one behind the other
_WORK = 2_000_000  # steps that are looked at in one of them
_FEW = 8  # numbers that a learning rate is made of, at most
_MOVES = ("add", "subtract", "negative", "copy", "astype", "broadcast_to", GATHER)


def _feels(program: Program, change: int, source: int, place: Place) -> bool:
    """Whether a change depends on a parameter by more than a constant times it: ``m += c * (g - m)``
    is an average that follows g, and ``W -= c * W`` a decay, neither of them a gradient step."""
    steps, pending, seen = program.steps, [(change, False)], set[tuple[int, bool]]()
    while pending:
        index, felt = at = pending.pop()
        if index == source and felt:
            return True
        if at in seen or index < source:
            continue
        seen.add(at)
        plain = steps[index].place[:2] == place[:2] and (
            steps[index].op in _MOVES
            or steps[index].op in ("multiply", "divide")
            and any(_is_literal(program, arg) for arg in steps[index].args)
        )
        pending += [(ref, felt or not plain) for ref in steps[index].refs]
    return False


def _is_literal(program: Program, arg: object) -> bool:
    """Whether an operand is a number that was written down, or made of a few such."""
    if not isinstance(arg, Ref):
        return np.size(np.asarray(arg)) == 1
    pending, seen = [arg.step], set[int]()
    while pending:
        index = pending.pop()
        seen.add(index)
        if len(seen) > _FEW or np.size(program.value(index)) != 1:
            return False
        step = program.steps[index]
        if not step.refs and step.op != LEAF:
            return False
        pending += [ref for ref in step.refs if ref not in seen]
    return True


def _undecayed(
    program: Program, parameter: int, index: int, uses: Mapping[int, set[Any]]
) -> int:
    """Return the parameter of ``(1 - c) * p - G``, where only a number scales it."""
    steps = program.steps
    step = steps[parameter]
    if step.op != "multiply" or step.place != steps[index].place:
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
    if step.op == GATHER:
        return step.args[0].step, step.args[1]
    return parameter, None


def _uses(program: Program) -> dict[int, set[Any]]:
    """For each step, by which functions on which lines it is used."""
    out: dict[int, set[Any]] = {}
    for step in program.steps:
        for ref in references((step.args, step.kwargs)):
            if step.place.line:
                out.setdefault(ref, set()).add((step.place, step.op))
    return out


__all__ = ["Update", "rounds_of", "updates_of"]
