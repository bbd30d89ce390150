"""Points between the places at which conditions change: where only a narrow range of numbers leads.

Numbers drawn at random do not come between 7.1 and 7.2. Along one symbol at a time, the place where
each condition changes is found (as if it were linear there), and the symbol is put between two of
them, or beyond the last: again and again, so that several symbols come to where they have to be.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction

from gradproof.proof.zero.reals import FLOATS, evaluate
from gradproof.tracing.nodes import POS, Node, postorder, table

_WALKS, _STEPS = 12, 24
_MOST = 300  # conditions
Point = dict[str, Fraction]
_APART = Fraction(1, 7)  # between two values that show the slope of a condition


def narrow_places(
    conditions: Sequence[Node], rng: random.Random, start: Callable[[], Point]
) -> Iterator[Point]:
    """Points on such walks, each of which starts at one that ``start`` gives."""
    inside = {node for node in postorder(list(conditions)) if node.kind == "symbol"}
    symbols = sorted((n for n in inside if not n.payload.choices), key=lambda n: n.payload.name)
    if not symbols or len(conditions) > _MOST:
        return
    for _ in range(_WALKS):
        point = start()
        table().check_work()
        for _ in range(_STEPS):
            node = rng.choice(symbols)
            places = _changes(conditions, point, node.payload.name)
            if node.payload.signs & ~POS == 0:
                places = [0.0, *(each for each in places if each > 0)]
            if places:
                point = {**point, node.payload.name: _between(places, rng)}
                yield point


def _changes(conditions: Sequence[Node], point: Point, name: str) -> list[float]:
    """Where along one symbol conditions are 0, in order, as far as lines through two of their
    values say so."""
    here = Fraction(point[name])
    low = evaluate(conditions, {**point, name: here}, FLOATS)
    high = evaluate(conditions, {**point, name: here + _APART}, FLOATS)
    found = set()
    for one, two in zip(low, high):
        if one is not None and two is not None and one != two:
            found.add(float(here) - float(_APART) * one / (two - one))
    return sorted(each for each in found if math.isfinite(each) and abs(each) < 1e9)


def _between(places: Sequence[float], rng: random.Random) -> Fraction:
    """A short number between two neighbours, or beyond the first or last of them."""
    low, high = rng.choice([*zip([places[0] - 2, *places], [*places, places[-1] + 2])])
    middle = (low + high) / 2
    for digits in range(13):
        short = Fraction(round(middle * 10**digits), 10**digits)
        if 4 * abs(float(short) - middle) <= high - low:
            return short
    return Fraction(middle)


__all__ = ["narrow_places"]
