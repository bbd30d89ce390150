"""Whether the derivative that a proof rests on is what differences of the traced function say.

A gradient is compared with a derivative that is worked out here. Were that wrong, a gradient that
is wrong in the same way would be proved: so it is held against differences of the same expression
at a few points, first in floats, and with 50 digits where floats say that it is another one.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from gradproof.proof.counterexample import draw, symbols_of
from gradproof.proof.differentiate import contract
from gradproof.proof.zero.reals import FLOATS, PRECISE, Arithmetic, evaluate
from gradproof.tracing import expression as ex
from gradproof.tracing.arrays.traced_array import TracedArray
from gradproof.tracing.nodes import Node, number
from gradproof.tracing.record_trace import Trace

OTHER = (
    "the derivative that was worked out here is not what differences of the function say: this is "
    "a fault of gradproof, please report it"
)
_POINTS, _TRIES = 3, 9
_STEPS = Fraction(1, 10**6), Fraction(1, 10**4)
_ALIKE, _OFF = 1e-3, 1e-2  # relatively: the two sides where it is smooth, and what is another one
_FLAT = 1e-6  # of the value: where a function is as good as constant, differences are rounding
_POOL = [Fraction(n, 100) for n in range(-300, 301) if n % 25]


@dataclass(frozen=True)
class _Line:
    """The function along a direction, and the derivative that was worked out for it."""

    value: Node
    slope: Node
    direction: Mapping[str, Fraction]

    def differs(self, point: Mapping[str, Fraction], arithmetic: Arithmetic) -> bool | None:
        """Whether differences say something else; None where they say nothing."""
        here, slope = evaluate([self.value, self.slope], point, arithmetic)
        found: list[Any] = []
        for step in _STEPS:
            up, down = (self._moved(point, t, arithmetic) for t in (step, -step))
            if None in (here, slope, up, down):
                return None
            found.append((float(up - here) / float(step), float(here - down) / float(step)))
        scale = max(abs(each) for pair in found for each in pair) + abs(float(slope))
        middles = [(up + down) / 2 for up, down in found]
        apart = [up - down for up, down in found] + [middles[0] - middles[1]]
        if max(map(abs, apart)) > _ALIKE * scale:
            return None  # a kink, or too steep
        return abs(middles[0] - float(slope)) > _OFF * scale + _FLAT * abs(float(here))

    def _moved(self, point: Mapping[str, Fraction], step: Fraction, arithmetic: Arithmetic) -> Any:
        moved = {k: v + step * self.direction.get(k, 0) for k, v in point.items()}
        return evaluate([self.value], moved, arithmetic)[0]


def is_other(record: Trace, true: Mapping[str, TracedArray], seed: int) -> bool:
    """Whether the derivative by any of these inputs is not what differences say."""
    if record.y.batch or any(array.batch for array in record.inputs.values()):
        return False
    rng = random.Random(f"own derivative {seed}")
    symbols = symbols_of(record)
    directions = {
        node: Fraction(rng.choice((-1, 1)) * rng.randint(5, 10), 10)
        for name in true for node in record.inputs[name].data.reshape(-1)
    }  # fmt: skip
    slope = ex.add(*(
        ex.mul(number(directions[node]), value)
        for name, array in true.items()
        for node, value in zip(record.inputs[name].data.reshape(-1), array.data.reshape(-1))
    ))  # fmt: skip
    named = {node.payload.name: by for node, by in directions.items()}
    line = _Line(contract(record.y, record.dy), slope, named)
    said = 0
    for _ in range(_TRIES):
        point = draw(symbols, rng, _POOL)
        differs = line.differs(point, FLOATS)
        if differs and line.differs(point, PRECISE):
            return True
        said += differs is not None
        if said == _POINTS:
            break
    return False


__all__ = ["OTHER", "is_other"]
