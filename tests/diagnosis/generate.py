"""Single slips, double slips and right rewrites of every subject, the same for the same seed."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from functools import cache

import numpy as np

from tests.diagnosis.array_changes import UPSTREAM
from tests.diagnosis.changes import confused, renamed, single, untouchable
from tests.diagnosis.namespaces import variables
from tests.diagnosis.planting import Change, Site, Slip, slips, together
from tests.diagnosis.screening import Outcome, outcome, wrong_ones
from tests.diagnosis.subjects import HELD_OUT, SUBJECTS, Subject
from tests.proof.rewriting import right

# Slips of these kinds need square matrices to run at all, all others are easier to tell apart
# where no two axes are of one length.
_SQUARE_ONLY = ("TRANSPOSED", "ELEMENTWISE")


@cache
def alike(subject: Subject) -> dict[str, list[str]]:
    """Variables of the backward -> those one could take for it: of its shape and of its sort."""
    found = {name: value for name, value in variables(subject).items() if np.ndim(value)}
    return {
        name: [
            other
            for other in found
            if other != name
            and np.shape(found[other]) == np.shape(found[name])
            and _is_gradient(other) == _is_gradient(name)
        ]
        for name in found
    }


def _is_gradient(name: str) -> bool:
    bare = name.removeprefix("self.")
    return bare.startswith("d") or bare in UPSTREAM


def candidates(subject: Subject) -> Iterator[Slip]:
    """Every single slip that could be planted in a subject, wrong or not."""
    every = [
        *slips(subject, single), *slips(subject, confused),
        *slips(subject, renamed(alike(subject))),
    ]  # fmt: skip
    seen = set()
    for slip in every:
        if subject.square and slip.kinds[0].name not in _SQUARE_ONLY:
            continue
        if slip.text not in seen:
            seen.add(slip.text)
            yield slip


def family(held_out: bool) -> list[Subject]:
    """The subjects of the first or the second family."""
    return HELD_OUT if held_out else SUBJECTS


def singles(
    count: int, seed: int = 0, held_out: bool = False, only: str = "",
    outcomes: Counter[str] | None = None,
) -> list[Slip]:  # fmt: skip
    """``count`` wrong single slips, spread over operations and kinds; 0 for all of them.

    outcomes: counts what became of the slips tried on the way.
    """
    outcomes = outcomes if outcomes is not None else Counter()
    rng = random.Random(f"singles {seed}")
    groups: dict[tuple[str, str], list[Slip]] = {}
    for subject in family(held_out):
        if only in ("", subject.operation):
            for slip in candidates(subject):
                groups.setdefault((slip.kinds[0], subject.operation), []).append(slip)
    return _spread(groups, count, rng, outcomes)


def _spread(
    groups: dict[tuple[str, str], list[Slip]], count: int, rng: random.Random,
    outcomes: Counter[str],
) -> list[Slip]:  # fmt: skip
    """Take one of each group in turn, so that no kind and no operation crowds out the others."""
    for group in groups.values():
        rng.shuffle(group)
    order = sorted(groups)
    rng.shuffle(order)
    waiting = {key: wrong_ones(iter(groups[key]), outcomes) for key in order}
    chosen: list[Slip] = []
    while waiting and (not count or len(chosen) < count):
        for key in list(waiting):
            slip = next(waiting[key], None)
            if slip is None:
                del waiting[key]
            elif not count or len(chosen) < count:
                chosen.append(slip)
    return chosen


def doubles(
    count: int, seed: int = 0, held_out: bool = False, only: str = "",
    outcomes: Counter[str] | None = None,
) -> list[Slip]:  # fmt: skip
    """``count`` pairs of wrong single slips of one backward, each pair wrong too."""
    outcomes = outcomes if outcomes is not None else Counter()
    rng = random.Random(f"doubles {seed}")
    pools = [_by_kind(s) for s in family(held_out) if only in ("", s.operation)]
    chosen: list[Slip] = []
    seen: set[str] = set()
    for _ in range(60):
        for pool in pools:
            pair = _pair(pool, rng, outcomes)
            if pair is not None and pair.text not in seen:
                seen.add(pair.text)
                chosen.append(pair)
                if len(chosen) == count:
                    return chosen
    return chosen


def _by_kind(subject: Subject) -> dict[str, list[Slip]]:
    groups: dict[str, list[Slip]] = {}
    for slip in candidates(subject):
        groups.setdefault(slip.kinds[0], []).append(slip)
    return groups


def _pair(pool: dict[str, list[Slip]], rng: random.Random, outcomes: Counter[str]) -> Slip | None:
    """Two slips of kinds drawn first, so that the kind with most slips does not fill the sample."""
    for _ in range(10 if pool else 0):
        one, other = (rng.choice(pool[rng.choice(sorted(pool))]) for _ in range(2))
        both = together(one, other)
        if both is not None and len(list(wrong_ones([one, other, both], outcomes))) == 3:
            return both
    return None


def rewrites(count: int, seed: int = 0, held_out: bool = False, only: str = "") -> list[Slip]:
    """``count`` other ways to write a right backward, each proved right."""
    rng = random.Random(f"rewrites {seed}")
    pools = []
    for subject in family(held_out):
        if only in ("", subject.operation) and not subject.square:
            pool = list(slips(subject, _rewritten))
            rng.shuffle(pool)
            pools.append(iter(pool))
    chosen: list[Slip] = []
    while pools and len(chosen) < count:
        for pool_ in list(pools):
            slip = next((s for s in pool_ if outcome(s) is Outcome.EQUAL), None)
            if slip is None:
                pools.remove(pool_)
            elif len(chosen) < count:
                chosen.append(slip)
    return chosen


def _rewritten(site: Site) -> Iterator[Change]:
    if not untouchable(site):
        for _, new in right(site.node, []):
            yield (), new, ""


__all__ = ["alike", "candidates", "doubles", "family", "rewrites", "singles"]
