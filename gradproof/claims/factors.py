"""Whether a gradient is added by the author's own number, and what explains another one."""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from math import prod

import numpy as np

from gradproof.claims.fits import Fit, Reading
from gradproof.claims.rules import close, written_factors
from gradproof.program.steps import LEAF, Program


def other_factor(program: Program, best: Reading, fit: Fit) -> tuple[float, bool, int] | None:
    """Return the factor of the others if this one's is another, whether both are steps of one
    learning rate, and the length of an axis that their ratio is (0 for none)."""
    shared = best.factor
    beside = [each for each in best.fits if each.shared_rates & fit.shared_rates]
    same = len(beside) > 1
    if same and best.loss is not None and best.loss.computed:
        sizes = [rate for rate, step in fit.rates.items() if step in fit.shared_rates]
        factors = sorted(each.factor for each in beside if each.factor is not None)
        shared = next((f for f in factors if any(close(abs(f), v) for v in sizes)), shared)
    if shared is None or fit.factor is None or close(fit.factor, shared) or len(best.fits) < 2:
        return None
    ratio = fit.factor / shared
    others = [written_factors(program, f.update) for f in best.agreeing if f is not fit]
    written = written_factors(program, fit.update)
    rate = Counter(written) if others else Counter[tuple[str, float]]()
    for each in others:
        rate &= each
    if _explains(program, written - rate, ratio):
        return shared, False, 0
    if rate and best.loss is not None and best.loss.computed:
        same = same or close(abs(shared), _product(program, rate))
    whole = round(max(abs(ratio), 1 / abs(ratio)))
    is_length = ratio > 0 and close(max(ratio, 1 / ratio), whole)
    return shared, same, whole if is_length and whole in _lengths(program, best) else 0


def _explains(program: Program, numbers: Counter[tuple[str, float]], ratio: float) -> bool:
    """Whether a ratio is a product of numbers that a statement has beyond those of the others: it
    may then be meant, as a learning rate of its own."""
    return any(
        close(abs(ratio), _product(program, Counter(chosen)) ** power)
        for count in range(1, sum(numbers.values()) + 1)
        for chosen in combinations(numbers.elements(), count)
        for power in (1, -1)
    )


def _product(program: Program, factors: Counter[tuple[str, float]]) -> float:
    """The size of a product of numbers and variables."""
    sizes = (
        float(np.asarray(program.value(int(value)))) if kind == "variable" else value
        for kind, value in factors.elements()
    )
    return abs(prod(sizes))


def _lengths(program: Program, best: Reading) -> set[int]:
    """Return the lengths of axes in a round, from 2 on."""
    first, last = best.fits[0].update.source, best.fits[-1].update.step
    return {n for step in program.steps[first:last] for n in np.shape(step.value) if n > 1}


def off_its_rate(program: Program, best: Reading, fit: Fit) -> tuple[float, float, bool] | None:
    """Return how often the gradient of a loss that the author computes is in a step, where the
    number that stands before the gradient says otherwise; that number; and whether a mean, a sum or
    the 2 of a square explains it. None where there is nothing to say: only of ``rate * dw``, with a
    dw that was worked out before, does the number say how large dw is meant to be."""
    whole, change = next(iter(fit.rates), 0.0), program.steps[fit.update.change]
    if change.name != "multiply" or len(fit.rates) != 1 or not whole or fit.at_rate:
        return None
    if any(program.steps[ref].place[:2] == change.place[:2] for ref in change.refs):
        return None
    if not fit.direct or best.loss is None or not best.loss.computed:
        return None
    ratio = abs(fit.factor or 0.0) / whole
    size = max(ratio, 1 / ratio)
    lengths = sorted(_lengths(program, best))
    usual = [1.0, *lengths, *(a * b for a, b in combinations(lengths, 2)), *_areas(program, best)]
    explained = any(close(size, each * by) for each in usual for by in (1, 2, 0.5))
    return ratio, whole, explained


def _areas(program: Program, best: Reading) -> set[int]:
    """The sizes of arrays in a round: a mean may be over all of one."""
    first, last = best.fits[0].update.source, best.fits[-1].update.step
    return {int(np.size(step.value)) for step in program.steps[first:last]}


def has_penalty(program: Program, best: Reading, fit: Fit) -> bool:
    """Whether the author's loss has a term that is made of this parameter alone, as
    ``(w * w).sum()`` is."""
    loss, source = best.loss, fit.update.source
    if loss is None or not loss.computed:
        return False
    sources = {fit.update.source for fit in best.fits}
    low = min(sources)
    made = program.made_of_any([step for step, _ in loss.terms], low)
    for index in made - sources:
        step = program.steps[index]
        if np.size(step.value) != 1 or not step.refs or index <= source:
            continue
        of = program.made_of(index, 0, frozenset({source}))
        others = of - {source}
        if source in of and not any(
            k in sources or (program.steps[k].name == LEAF and np.size(program.value(k)) > 1)
            for k in others
        ):
            return True
    return False


__all__ = ["has_penalty", "off_its_rate", "other_factor"]
