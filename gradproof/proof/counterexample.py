"""Counterexamples: short real numbers at which the code and the derivative differ.

A counterexample is found on the traced expressions, confirmed with 50 digits, shrunk, and then
confirmed again by running the code itself in floats beside a difference quotient of its forward.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from gradproof.arguments.backward_calls import split_output
from gradproof.proof.branch_regions import subjects
from gradproof.proof.narrow_places import narrow_places
from gradproof.proof.zero.reals import FLOATS, PRECISE, evaluate
from gradproof.tracing.nodes import NEG, POS, Node, postorder, table
from gradproof.tracing.record_trace import Program, Trace

# The difference, beside the size of the derivative, that makes a counterexample plain to see.
PLAIN = 1e-2
TRIES = 400
SHRINKING_PASSES = 3
# Nearer to equality of a condition than this, a difference quotient would straddle it.
CLOSE = 1e-3
TINY = 1e-9  # what must not be 0 is not nearer to it
_SHORT = [Fraction(n, 2) for n in range(-6, 7) if n]
_POOLS = (
    _SHORT,
    [Fraction(n, 10) for n in range(1, 10)],
    [Fraction(n, 4) for n in range(1, 13)],
    [10 * f for f in _SHORT],
    [Fraction(n, 100) for n in range(-30, 31) if n],
)
_SIMPLEST = [Fraction(n) for n in (0, 1, -1, 2, -2, 3)] + [Fraction(1, 2), Fraction(-1, 2)]

Point = dict[str, Fraction]
Solved = tuple[Node, Node] | None


@dataclass(frozen=True)
class Difference:
    """A point at which two expressions differ, with their values there."""

    point: Point
    code: float
    true: float


def symbols_of(record: Trace) -> list[Node]:
    """Return every symbol of the trace: inputs, cotangent and parameters."""
    arrays = [*record.inputs.values(), record.dy]
    found = [node for array in arrays for node in array.data.reshape(-1)]
    return [*found, *record.parameters.values()]


def draw(symbols: Sequence[Node], rng: random.Random, pool: Sequence[Fraction]) -> Point:
    """Draw a short number for each symbol, respecting its sign or its number of classes."""
    point: Point = {}
    for node in symbols:
        info = node.payload
        if info.choices:
            point[info.name] = Fraction(rng.randrange(info.choices))
        else:
            value = rng.choice(pool)
            point[info.name] = abs(value) if info.signs & ~POS == 0 else value
    return point


class Search:
    """Looks for points at which an element of the code's gradient is wrong."""

    def __init__(self, record: Trace, seed: int) -> None:
        self.symbols = symbols_of(record)
        self.outputs = list(record.y.data.reshape(-1))
        self.seed = seed
        self._conditions: list[Node] = []
        self._close = CLOSE

    def find(self, code: Node, true: Node, solved: Solved = None) -> Difference | None:
        """Return a point where the two differ plainly; on the surface of ``solved`` if given.

        No condition but the one of ``solved`` holds with equality there.
        """
        roots = [code, true] if solved is not None else [code, true, *self.outputs]
        self._close = CLOSE
        self._conditions = [q for kind, q in subjects(roots) if kind == "sign"]
        found = next(self._differences(code, true, solved), None)
        if found is None:
            return None
        return self._shrunk(code, true, found, solved)

    def _differences(self, code: Node, true: Node, solved: Solved) -> Iterator[Difference]:
        rng = random.Random(f"counterexample {self.seed}")
        used = set(self.symbols) & set(postorder([code, true]))
        best: Difference | None = None
        for attempt in range(TRIES):
            if attempt % 16 == 0:
                table().check_work()
            point = draw(self.symbols, rng, _POOLS[attempt % len(_POOLS)])
            difference = self._at(code, true, point, solved)
            if difference is None:
                continue
            if _plain(difference):
                yield difference
                return
            if best is None or abs(difference.code - difference.true) > abs(best.code - best.true):
                best = difference
            if not used:
                break
        if best is not None and self._certain(code, true, best.point):
            yield best
            return
        if solved is None:
            yield from self._in_narrow_places(code, true, rng)

    def _in_narrow_places(self, code: Node, true: Node, rng: random.Random) -> Iterator[Difference]:
        """Points between two conditions that hold almost with equality, where they have to be."""
        self._close = TINY
        for point in narrow_places(self._conditions, rng, lambda: draw(self.symbols, rng, _SHORT)):
            difference = self._at(code, true, point, None)
            if difference is not None and _plain(difference):
                yield difference

    def _at(self, code: Node, true: Node, point: Point, solved: Solved) -> Difference | None:
        point = put_on_surface(point, solved)
        got, wanted, *away = evaluate([code, true, *self._conditions], point, FLOATS)
        if got is None or wanted is None:
            return None
        if any(value is not None and abs(value) < self._close for value in away):
            return None
        difference = Difference(point, got, wanted)
        return difference if got == wanted or self._exists(point) else None

    def _exists(self, point: Point) -> bool:
        """Whether forward has values at a point, and nothing is divided by 0 on any branch."""
        divisors = [node for node, signs in table().obligations if signs == NEG | POS]
        values = evaluate([*self.outputs, *divisors], point, FLOATS)
        made, below = values[: len(self.outputs)], values[len(self.outputs) :]
        return None not in made and all(v is None or abs(v) > TINY for v in below)

    def _certain(self, code: Node, true: Node, point: Point) -> bool:
        got, wanted = evaluate([code, true], point, PRECISE)
        return got is not None and wanted is not None and abs(got - wanted) > 1e-25 * (
            1 + abs(wanted)
        )  # fmt: skip

    def _shrunk(
        self, code: Node, true: Node, found: Difference, solved: Solved
    ) -> Difference | None:
        """Make one number after another simpler while the difference stays plain."""
        fixed = solved[0].payload.name if solved is not None else None
        keep: Callable[[Difference], bool] = _plain if _plain(found) else (lambda d: False)
        for _ in range(SHRINKING_PASSES):
            before = found
            for node in reversed(self.symbols):
                if node.payload.name != fixed and not node.payload.choices:
                    found = self._simpler(code, true, found, solved, node, keep)
            if found is before:
                break
        return found if self._certain(code, true, found.point) else None

    def _simpler(
        self,
        code: Node,
        true: Node,
        found: Difference,
        solved: Solved,
        node: Node,
        keep: Callable[[Difference], bool],
    ) -> Difference:
        """Give one symbol the simplest number with which the difference stays plain."""
        name = node.payload.name
        for value in _SIMPLEST:
            if value == found.point[name]:
                break
            if node.payload.signs & ~POS == 0 and value <= 0:
                continue
            other = self._at(code, true, {**found.point, name: value}, solved)
            if other is not None and keep(other):
                return other
        return found


def put_on_surface(point: Point, solved: Solved) -> Point:
    """Give the solved variable the value that makes the condition an equality."""
    if solved is None:
        return point
    variable, expression = solved
    (value,) = evaluate([expression], point, FLOATS)
    if value is None:
        return point
    return {**point, variable.payload.name: Fraction(value)}


def _plain(difference: Difference) -> bool:
    gap = abs(difference.code - difference.true)
    return gap > PLAIN * max(1.0, abs(difference.true), abs(difference.code) * 1e-3) and gap < 1e12


# --- the code itself ------------------------------------------------------------------------------


def arrays_at(program: Program, record: Trace, point: Point) -> dict[str, np.ndarray]:
    """Return the input arrays of the program at a point."""
    out: dict[str, np.ndarray] = {}
    for name, example in program.inputs.items():
        traced = record.inputs.get(name)
        if traced is None:
            out[name] = np.array(example)
            continue
        values = [float(point[node.payload.name]) for node in traced.data.reshape(-1)]
        dtype = np.int64 if name in program.labels else np.float64
        out[name] = np.array(values, dtype=dtype).reshape(traced.data.shape)
    return out


def cotangent_at(record: Trace, point: Point) -> Any:
    """Return dy at a point: an array, or a float for a scalar output."""
    values = [float(point[node.payload.name]) for node in record.dy.data.reshape(-1)]
    if not record.dy.data.ndim:
        return values[0]
    return np.array(values).reshape(record.dy.data.shape)


def parameters_at(program: Program, point: Point) -> dict[str, Any]:
    """Return the keyword parameters at a point."""
    symbolic = {name: float(point[name]) for name in program.symbolic}
    return {**program.constants, **symbolic}


@dataclass(frozen=True)
class RealRun:
    """What the code itself returns at a point."""

    y: np.ndarray
    gradients: dict[str, np.ndarray]


def run_code(program: Program, record: Trace, point: Point) -> RealRun | None:
    """Run the code in floats; None where it raises an error."""
    inputs = arrays_at(program, record, point)
    dy = cotangent_at(record, point)
    made: list[np.ndarray] = []

    def cotangent(y: Any) -> Any:
        made.append(np.array(y, dtype=float))
        return np.array(dy) if np.ndim(dy) else dy

    try:
        with np.errstate(all="ignore"):
            _, _, grads = program.run(inputs, parameters_at(program, point), cotangent)
        gradients = {name: np.asarray(value, dtype=float) for name, value in grads.items()}
        return RealRun(made[0], gradients)
    except Exception:
        return None


def slope(
    program: Program, record: Trace, point: Point, name: str, index: tuple[int, ...], side: int = 0
) -> float | None:
    """Return a difference quotient of sum(dy * y) by one input element, one-sided if asked."""
    dy = np.asarray(cotangent_at(record, point))
    parameters = parameters_at(program, point)

    def loss(shift: float) -> float:
        inputs = arrays_at(program, record, point)
        inputs[name][index] += shift
        y, _, _ = split_output(program.outputs(inputs.values(), parameters), program.backward)
        return float(np.sum(dy * np.asarray(y, dtype=float)))

    h = 1e-6
    low, high = (-h, h) if side == 0 else ((0.0, h) if side > 0 else (-h, 0.0))
    try:
        with np.errstate(all="ignore"):
            value = (loss(high) - loss(low)) / (high - low)
    except Exception:
        return None
    return value if np.isfinite(value) else None


def confirmed(
    program: Program, record: Trace, found: Difference, name: str, index: tuple[int, ...]
) -> bool:
    """Whether the code, run in floats, differs from its own difference quotient as found."""
    run = run_code(program, record, found.point)
    quotient = slope(program, record, found.point, name, index)
    if (
        run is None
        or quotient is None
        or run.gradients[name].shape != record.inputs[name].data.shape
    ):
        return False
    got = float(run.gradients[name][index])
    gap = abs(found.code - found.true)
    return abs(got - found.code) < 0.1 * gap and abs(quotient - found.true) < 0.1 * gap
