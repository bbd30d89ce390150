"""Look for the repairs after which a gradient is true, and put the likeliest first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from itertools import chain, islice
from typing import Any

import numpy as np

from gradproof.diagnosis.quantities.missing_terms import path_quantities
from gradproof.diagnosis.quantities.quantities import pool_of
from gradproof.diagnosis.scene.named_adjoints import is_true, named_steps
from gradproof.diagnosis.search.repair import Repair, ancestors, region
from gradproof.diagnosis.search.second_slips import Likely
from gradproof.diagnosis.search.slip_pairs import (
    Pair,
    add_operands,
    added,
    changed_scene,
    cost_of,
    crossed,
    nested,
    pair_holds,
)
from gradproof.diagnosis.search.trial_batch import Bundle, Screen
from gradproof.diagnosis.slips.loop_slips import LoopOperands
from gradproof.diagnosis.slips.operands import Operands
from gradproof.diagnosis.slips.result_slips import (
    unused,
    unused_results,
    unused_variables,
)
from gradproof.diagnosis.slips.slip_family import Looked, WholeFamily, entry_repairs, families
from gradproof.diagnosis.source.visibility import out_of_scope
from gradproof.diagnosis.tape.points import Scene, close
from gradproof.diagnosis.tape.tape import Array, Ref, Tape, rerun
from gradproof.diagnosis.weights import weight
from gradproof.slip_kinds import Kind
from gradproof.work import PER_SECOND, Budget

MOST_CONFIRMED = 60
LEFT_WRONG = 6  # so many true steps weigh as much as one that stays wrong under its name
FARTHEST = 2.9  # what costs more is no explanation any more
# What it costs not to use what backward has computed for some purpose; to use a name that is not
# known there; to change forward, in a step that backward alone uses; to change code that only
# adapts one function to another.
AGREES = weight("any: less, for each step it makes true")
CALLERS = weight("any: undoes a change of the caller's array")
IDLE, STRANGE = weight("any: leaves a result unused"), weight("any: uses a name not known there")
ODD = weight("any: a factor in a mask, a sign at the end")
BEFORE, GLUE = weight("any: changes forward"), weight("any: changes what only adapts")
AFTER = 0.3 * PER_SECOND  # of work to look for the second of two slips, for each of the first
PLAIN = 2.4  # two plain slips cost no more than this together
MOST_PAIRS = 3  # of each sort of pairs
MOST_CROSSED, MOST_NESTED = 160, 200


class Search:
    """The search for one gradient."""

    def __init__(self, scene: Scene, name: str, budget: Budget) -> None:
        self.scene, self.name = scene, name
        self.late = budget
        self.tape, self.wrong = scene.first.tape, set(scene.wrong())
        self.live = region(self.tape, name)
        self.pool = pool_of(scene) + path_quantities(scene, name)
        self.operands = Operands(scene, name, self.live, self.pool)
        self.screen = Screen(scene, name, self.operands.weights if self.operands.fits else None)
        self.filled = set[bool]()
        self.loops = LoopOperands(scene, name, self.live, self.pool)

    def candidates(self) -> Iterator[Repair | Bundle]:
        """Yield every single repair that may hold, unconfirmed: those seen at once come first."""
        looked = Looked(self.scene, self.name, self.live, self.pool, self.loops)
        for family in families(WholeFamily):
            yield from family.repairs(looked)
        for indexes in self._sites():
            yield from everywhere([entry_repairs(self.scene, k, by_form=True) for k in indexes])
        for operands in (self.operands, self.loops):
            for slots in operands.slots:
                yield from operands.repairs(slots)
        for indexes in self._sites():
            yield from everywhere([entry_repairs(self.scene, k) for k in indexes])
        # A gradient of another shape is most likely made so near its end.
        for slots in sorted(self.operands.slots, reverse=not self.operands.fits):
            yield from self.operands.growing(slots)
        for slots in self.operands.slots:
            yield from self.operands.unseen(slots)
        yield from self.loops.others()

    def _sites(self) -> Iterator[list[int]]:
        """Yield the entries of one place together: in a loop, or a helper that is called twice.

        What is done once comes first: it is soon tried.
        """
        found: dict[object, list[int]] = {}
        for index in self.live:
            op = self.tape.ops[index]
            found.setdefault(index if op.site is None else (op.site, op.name), []).append(index)
        return iter(sorted(found.values(), key=len))

    @np.errstate(all="ignore")
    def singles(self) -> list[Repair]:
        """Return the single repairs that hold at every point, the likeliest first."""
        for change in self.candidates():
            if self.late():
                break
            self.screen.take(change)
        self.screen.finish()
        screened = self.screen.held(MOST_CONFIRMED)
        return self.weighed([r for r in screened if r.holds(self.scene, self.name)])

    @np.errstate(all="ignore")
    def weighed(self, held: list[Repair]) -> list[Repair]:
        """Return repairs in the order of how likely they are, with all that they do considered."""
        agreement = Agreement(self.scene, self.name)
        idle, file = set(unused(self.tape)), self._file()
        costed = [
            r.costing(self._elsewhere(r) - AGREES * agreement.of(r)
                      + CALLERS * self._shared(r)
                      + STRANGE * out_of_scope(self.scene.naming, r)
                      + IDLE * bool(idle and idle.isdisjoint(r.uses))
                      + ODD * self._odd(r)
                      + BEFORE * (r.index < self.tape.start)
                      + GLUE * (self._file_of(r.index) not in (file, "")))
            for r in held
        ]  # fmt: skip
        return sorted((r for r in costed if r.cost < FARTHEST), key=lambda r: r.cost)

    def _odd(self, repair: Repair) -> bool:
        """Whether a factor is brought into a mask or before an index is taken, or a sign in where
        the result is handed on."""
        op = self.tape.ops[repair.index]
        taken = [op.args[k] for i, k in repair.slots if i == repair.index]
        of_mask = any(isinstance(a, Ref) and _is_mask(self.tape, a.index) for a in taken)
        factor = repair.kind in (Kind.MISSING_FACTOR, Kind.WRONG_FACTOR)
        of_part = op.name == "getitem" and any(k == 0 for _, k in repair.slots)
        scaled = repair.kind in (Kind.MISSING_FACTOR, Kind.WRONG_FACTOR, Kind.WRONG_SIGN)
        return (
            (factor and of_mask)
            or (of_part and scaled)
            or (repair.kind is Kind.WRONG_SIGN and op.place is None)
        )

    def _file_of(self, index: int) -> str:
        place = self.tape.ops[index].place
        return "" if place is None else place.file

    def _file(self) -> str:
        """Return the file in which most of the gradient is computed."""
        counts = Counter(filter(None, map(self._file_of, self.live)))
        return max(counts, key=lambda file: counts[file], default="")

    def _shared(self, repair: Repair) -> bool:
        """Whether a repair changes what an in-place statement does to an array of the caller."""
        before = self.tape.replaced.get(repair.index)
        given = before is not None and self.tape.ops[before].name in ("input", "upstream")
        return given and repair.kind is not Kind.IN_PLACE

    @np.errstate(all="ignore")
    def doubles(self, most: float = np.inf) -> list[Pair]:
        """Return pairs of repairs that hold together, the likeliest first.

        most: what they may cost together.
        """
        found: list[Pair] = []
        for pairs in self._pairs(most):
            found += islice((pair for pair in pairs if cost_of(pair) < most), MOST_PAIRS)
            if found and min(map(cost_of, found)) < PLAIN:
                break
        return sorted(found, key=cost_of)

    def _pairs(self, most: float) -> Iterator[Iterator[Pair]]:
        """Yield the sorts of pairs: added up, one after another, one inside the other."""
        yield self.added(most=most)
        yield self._after()
        likely = self.screen.likely(MOST_NESTED)
        plain = likely[:MOST_CROSSED]
        confirmed = crossed(self.scene, self.name, plain, self.late, most)
        yield (pair for pair in confirmed if pair_holds(self.scene, self.name, *pair))
        second = Likely(self.operands)
        firsts = [*likely, *second.firsts()]
        yield nested(self.scene, self.name, firsts, second, self.late, most)
        yield self.added(composed=True, most=most)
        every = crossed(self.scene, self.name, [*plain, *second.firsts()], self.late, most,
                        len(plain))  # fmt: skip
        yield (pair for pair in every if pair_holds(self.scene, self.name, *pair))

    def added(self, composed: bool = False, most: float = np.inf) -> Iterator[Pair]:
        """Yield pairs whose effects add up; composed: of products of two quantities as well."""
        for each in (False, composed):
            if self.operands.fits and each not in self.filled:
                self.filled.add(each)
                add_operands(self.screen.effects, self.operands, self.late, each)
        for one, other in added(self.screen.effects, self.operands.missing, most):
            if self.late():
                return
            if pair_holds(self.scene, self.name, one, other):
                yield one, other

    def _after(self) -> Iterator[Pair]:
        """Yield pairs of which the first puts to use what was computed and not used."""
        firsts = chain(
            unused_results(self.scene, self.name), unused_variables(self.scene, self.live)
        )
        for first in firsts:
            if self.late():
                return
            try:
                after = changed_scene(self.scene, first)
                held = Search(after, self.name, self.late.part(AFTER)).singles()
            except Exception:  # the changed formula does not fit these shapes
                continue
            elsewhere = [r for r in held if first.index not in (r.index, *(k for k, _ in r.slots))]
            if elsewhere:
                yield first, elsewhere[0]

    def _elsewhere(self, repair: Repair) -> float:
        """Weigh what a repair does to the other gradients: it may mend them, or break them."""
        point = self.scene.first
        names = [n for n in point.tape.gradients if n != self.name]
        if not names:
            return 0.0
        try:
            values = rerun(self.tape, repair.changes(self.tape),
                           [point.tape.gradients[n] for n in names])  # fmt: skip
        except Exception:
            return weight("any: does not fit the other gradients")
        more = 0.0
        for name, value in zip(names, values):
            right, wrong = close(value, point.true[name]), name in self.wrong
            if wrong:
                mends = weight("any: mends another gradient, or not")
                more += -mends if right else mends
            elif not right:
                more += weight("any: breaks another gradient")
        return more


def _is_mask(tape: Tape, index: int) -> bool:
    value = tape.value(index)
    return not isinstance(value, list) and value.dtype.kind == "b"


def everywhere(several: list[Iterator[Repair]]) -> Iterator[Repair]:
    """Yield the repairs of one place in the source, carried out each time it is passed."""
    if len(several) == 1:
        yield from several[0]
        return
    for same in zip(*several, strict=False):
        if len({(r.kind, r.cost) for r in same}) == 1:
            yield replace(same[0], changes=partial(_all_changes, same))


def _all_changes(repairs: tuple[Repair, ...], tape: Tape) -> dict[int, Any]:
    return {k: v for repair in repairs for k, v in repair.changes(tape).items()}


class Agreement:
    """How many intermediate quantities are true after a repair: dvar, dmu, dx_hat ..."""

    def __init__(self, scene: Scene, name: str) -> None:
        self.scene, self.tape = scene, scene.first.tape
        self.target = self.tape.gradients[name]
        made = ancestors(self.tape, [self.tape.y])
        self.true = {_key(v) for k, v in scene.first.adjoints.items() if k in made}
        self.named = dict(named_steps(scene, name))
        live = (k for k in region(self.tape, name) if k != self.target)
        self.steps = [k for k in live if scene.turns.is_last(k)]  # a loop counts once
        held = (self.tape.value(k) for k in made)
        self.forward = {_key(v) for v in held if np.size(v) > 1 and not isinstance(v, list)}
        self.before = self._again([self.tape.value(k) for k in self.steps])

    def _again(self, values: list[Array]) -> int:
        """Return how many steps compute again what forward has."""
        return len([v for v in values if _key(v) in self.forward])

    def of(self, repair: Repair) -> int:
        """Return the number of steps whose value is the adjoint of some step of forward.

        A repair that leaves dmu wrong and makes up for it later is hardly the slip; nor is one
        that spoils what backward computes just as forward does, such as a sigmoid.
        """
        try:
            values = rerun(self.tape, repair.changes(self.tape), [*self.steps, self.target])
        except Exception:
            return 0
        known = dict(zip(self.steps, values))
        wrong = [k for k, true in self.named.items() if k in known and not is_true(known[k], true)]
        more = self._again(values[:-1]) - self.before
        found = len({_key(v) for v in values[:-1]} & self.true) + 2 * max(-2, min(more, 2))
        return found - LEFT_WRONG * bool(wrong)


def _key(value: Array) -> tuple[float, ...]:
    if isinstance(value, list):
        return ()
    flat = np.squeeze(np.asarray(value, dtype=float))
    return (*flat.shape, *np.round(flat.ravel(), 9).tolist())
