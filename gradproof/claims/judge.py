"""Hold the updates of a round against the gradients of the scalars that the script computes.

The round is carried out again from other parameters, with a step in the imaginary part along random
directions: that gives the slope of every scalar. An update is a multiple of the gradient of one of
them if what was added or subtracted has that slope times one number, the same at all points and in
all directions. Which scalar is meant is decided by what fits most parameters with one number.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gradproof.claims.fits import COARSE, Reading
from gradproof.claims.losses import Loss, losses_of
from gradproof.claims.measured import Run, is_single
from gradproof.claims.points import RADII, last_of, points_beside, small_numbers, steps_after
from gradproof.claims.statements import Statements
from gradproof.claims.updates import Update
from gradproof.program.steps import Program

Array = np.ndarray[Any, Any]

TOLERANCE = {False: 1e-9, True: 1e-4}  # relative; True where single precision is used
_LIKELY = 6  # losses that are looked at closely, after a first look


@dataclass(frozen=True)
class Round:
    """A round of a script: its updates, and where its loss may be.

    cut:  what all updates of the script give: each is a new parameter.
    last: the step that bounds those in which the scalar may be computed.
    """

    program: Program
    statements: Statements
    updates: list[Update]
    cut: frozenset[int]
    last: int
    seed: int


def read_round(of: Round) -> Reading:
    """Return what a round of updates is of which scalar.

    Parameters that do not serve the scalar of the others may have one of their own: an actor beside
    its critic, a generator after its discriminator.
    """
    best = _read_alone(of)
    left = [fit for fit in best.fits if fit.factor is None and not fit.zero]
    if best.loss is None or not left or len(left) == len(best.fits):
        return best
    own = _read_alone(replace(of, updates=[fit.update for fit in left]))
    if own.loss is None or not own.loss.computed or not own.sure or not _is_another(of, best, own):
        return best
    kept = [fit for fit in best.fits if fit not in left]
    return replace(best, fits=kept, others=[own])


def _is_another(of: Round, best: Reading, own: Reading) -> bool:
    """Whether some updates have a scalar of their own: that of the others does not depend on their
    parameters, or theirs is computed when the others are done. Neither is a part of the other."""
    assert best.loss is not None
    assert own.loss is not None
    program = of.program
    ends, own_ends = ({step for step, _ in loss.terms} for loss in (best.loss, own.loss))
    if program.made_of_any(ends, cut=of.cut) & own_ends:
        return False
    if program.made_of_any(own_ends, cut=of.cut) & ends:
        return False
    done = {fit.update.step for fit in best.fits if fit.factor is not None}
    mine = {id(fit.update) for fit in own.fits}
    alone = all(fit.apart for fit in best.fits if id(fit.update) in mine)
    return alone or not done.isdisjoint(program.made_of_any(own_ends))


def _read_alone(of: Round) -> Reading:
    found = [_read(of, RADII[0])]
    if found[0].loss is None and not all(fit.zero for fit in found[0].fits):
        found.append(_read(of, RADII[1]))
    best = max(found, key=lambda each: each.rank)
    near = any(0 < fit.off < COARSE and (fit.factor is None or fit.decay) for fit in best.fits)
    if near or best.loss is None or not best.loss.computed:
        guards = small_numbers(of.program, of.updates, of.last)
        if guards:
            bare = _read(of, RADII[0], guards)
            if bare.loss is not None and bare.rank > best.rank:
                lines = {line for g in guards for line in _used_on(of.program, g)}
                return replace(bare, without=tuple(sorted(lines)))
    return best


def _used_on(program: Program, leaf: int) -> set[int]:
    return {step.place.line for step in program.steps if leaf in step.refs and step.place.line}


def _read(
    of: Round, radii: tuple[float, ...], guards: dict[int, Array] | None = None
) -> Reading:  # fmt: skip
    program, updates = of.program, of.updates
    order, cone = steps_after(program, updates, last_of(updates, of.last), of.cut)
    losses = losses_of(program, of.statements, order, cone, updates)
    run = Run(program, updates, order, of.cut, TOLERANCE[is_single(program, order)])
    points, branch = points_beside(program, updates, order, np.random.default_rng(of.seed), radii)
    points = [{**(guards or {}), **point} for point in points]
    whole = run.together(losses, points, of.seed)
    if whole is not None and not _is_doubtful(whole, losses):
        return replace(whole, points=len(points), branch=branch)
    # At one point alone, whatever is parallel to the gradient is a multiple of it.
    seen = run.measured(losses, points[:2], of.seed)
    readings = sorted(run.readings(losses, seen), key=lambda each: each.rank, reverse=True)
    likely = [each.loss for each in readings[:_LIKELY] if each.loss is not None]
    likely += [w for w in _wholes(likely, losses) if w not in likely]
    run.only(likely)
    seen = run.measured(likely, points, of.seed)
    found = [*run.readings(likely, seen), *([] if whole is None else [whole])]
    best = max(
        found, key=lambda each: each.rank,
        default=Reading(None, [run.unfitted(each, seen) for each in updates]),
    )  # fmt: skip
    best = _by_the_whole(best, found, losses)
    for fit in best.fits:
        if fit.inner is not None:
            fit.way = run.way_of(fit, points)
    return replace(best, points=len(points), branch=branch)


def _is_doubtful(reading: Reading, losses: list[Loss]) -> bool:
    """Whether a reading that fits all parameters may still be of the wrong scalar: the author
    prints another one, or computes a whole of which it is a part."""
    loss = reading.loss
    assert loss is not None
    return (loss.whole is not None or not loss.computed or not reading.is_of_shown) and any(
        each.shown or each.called or each.place == loss.whole for each in losses
    )


def _wholes(parts: list[Loss], losses: list[Loss]) -> list[Loss]:
    places = {part.whole for part in parts if part.whole is not None}
    return [loss for loss in losses if loss.place in places and not loss.over and loss.computed]


def _by_the_whole(best: Reading, found: list[Reading], losses: list[Loss]) -> Reading:
    """The reading by the scalar that the author computes as the loss, where the one that fits best
    is a part of it or is assumed: what fits the part lacks the rest. It is taken where another
    parameter fits it, so that the difference is seen; else what is meant is remembered."""
    loss = best.loss
    if loss is None:
        return best
    if loss.whole is not None:
        meant = _wholes([loss], losses)
    elif not loss.computed:
        meant = [each for each in losses if each.called and each.computed and not each.over]
    else:
        return best
    for whole in reversed(meant):
        by_it = next((each for each in found if each.loss == whole), None)
        if by_it is not None and by_it.sure:
            return by_it
    return replace(best, meant=meant[-1]) if meant else best


__all__ = ["Round", "read_round"]
