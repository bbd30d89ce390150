"""A trace beside real runs of the code: the guard against errors of the tracing itself."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from gradproof.arguments.returned import gradient_name
from gradproof.proof.branch_regions import subjects
from gradproof.proof.zero.reals import FLOATS, evaluate
from gradproof.tracing.nodes import Node, table
from gradproof.tracing.record_trace import Program, Trace

RUNS, MORE_RUNS = 3, 20
RUNS_ELSEWHERE, MORE_RUNS_ELSEWHERE = 5, 7
TOLERANCE = 1e-6  # relatively
ROUNDING = 64 * 2.0**-52  # of the largest number that went in, or came out beside it
Inputs = dict[str, np.ndarray]


def disagreement(program: Program, record: Trace, seed: int, elsewhere: bool = False) -> str:
    """Return what differs between the trace and runs in floats; "" if they agree.

    The runs are at the example inputs and at short random numbers. Where either has no finite value
    (outside the domain, or an overflow), or one that rounding alone may make, there is nothing to
    compare; but every element of the output and of the gradients is compared in some run, relative
    to its own size.

    A trace that was made elsewhere may have been made to fit. It is not tried at the example, which
    is known there, but near it, at more random numbers and at their opposites; on both sides of as
    many of its conditions as can be reached; and where the output is finite, it has to be right
    about gradients that are not.
    """
    return (_Elsewhere if elsewhere else _Validation)(program, record, seed).disagreement()


@dataclass(frozen=True)
class _Draw:
    """Inputs for one run; strict: whether it counts if the code gives no number there."""

    inputs: Inputs
    strict: bool = False


@dataclass
class _Validation:
    program: Program
    record: Trace
    seed: int
    largest: float = 1.0  # of the numbers that went into the last run

    def __post_init__(self) -> None:
        record = self.record
        self.rng = random.Random(f"validate {self.seed}")
        self.arrays = {"y": record.y} | {gradient_name(k): v for k, v in record.gradients.items()}
        self.elements = {(k, at) for k, v in self.arrays.items() for at in range(v.data.size)}
        self.agreed: set[tuple[str, int]] = set()
        self.zeros: set[tuple[str, int]] = set()  # where both were exactly 0, which says little
        self.tiny: set[tuple[str, int]] = set()  # where rounding may have made what was seen

    @property
    def missing(self) -> set[tuple[str, int]]:
        """The elements of which nothing was seen, or nothing but what rounding may have made."""
        return self.elements - self.zeros - self.agreed

    def draws(self) -> Iterator[_Draw]:
        """Yield inputs for as many runs as may be needed."""
        yield _Draw(self.example())
        for attempt in range(1, RUNS + MORE_RUNS):
            if attempt >= RUNS and not self.missing:
                return
            yield _Draw(self.near() if attempt > RUNS and attempt % 4 == 0 else self.redrawn())

    def disagreement(self) -> str:
        """Run the code until everything has been compared; return the first difference."""
        for draw in self.draws():
            text = self.compare(draw)
            if text:
                return text
        if not self.missing:
            return ""
        if len(self.missing) == sum(array.data.size for array in self.arrays.values()):
            return "no input was found at which the code gives a finite number"
        label, _ = min(self.missing)
        return f"no input was found at which {label}, as traced, was seen in a run of the code"

    # --- inputs -------------------------------------------------------------------------------

    def example(self) -> Inputs:
        return {name: np.array(value) for name, value in self.program.inputs.items()}

    def redrawn(self, scale: int = 1) -> Inputs:
        """Short random numbers."""
        return {k: self._redrawn(k, v, scale) for k, v in self.example().items()}

    def near(self) -> Inputs:
        """The example moved by up to a quarter: as a rule in the domain of the code, if it is."""
        return {k: self._near(k, v) for k, v in self.example().items()}

    def opposite(self, inputs: Inputs) -> Inputs:
        """The same numbers with the other sign, where they have one."""
        return {k: -v if self._varies(k) else v for k, v in inputs.items()}

    def _varies(self, name: str) -> bool:
        program = self.program
        known = name in program.labels or name in program.positive
        return name in self.record.inputs and not known

    def _redrawn(self, name: str, value: np.ndarray, scale: int) -> np.ndarray:
        program, rng = self.program, self.rng
        if name not in self.record.inputs:
            return value
        if name in program.labels:
            labels = [rng.randrange(program.labels[name]) for _ in range(value.size)]
            return np.array(labels, dtype=value.dtype).reshape(value.shape)
        draws = [rng.choice([-1, 1]) * rng.randrange(1, 40) / 16 for _ in range(value.size)]
        array = scale * np.array(draws, dtype=float).reshape(value.shape)
        return np.abs(array) if name in program.positive else array

    def _near(self, name: str, value: np.ndarray) -> np.ndarray:
        if name not in self.record.inputs or name in self.program.labels:
            return self._redrawn(name, value, 1)
        draws = [self.rng.randrange(48, 81) / 64 for _ in range(value.size)]
        factors = np.array(draws, dtype=float).reshape(value.shape)
        return np.where(value == 0, factors - 0.5, value * factors)

    # --- one run ------------------------------------------------------------------------------

    def compare(self, draw: _Draw) -> str:
        """Run the code and hold its arrays against the trace."""
        program, record, inputs = self.program, self.record, draw.inputs
        point: dict[str, Any] = {}
        for name, array in record.inputs.items():
            _assign(point, array.data, array.batch, np.asarray(inputs[name], dtype=float))
            if inputs[name].dtype.kind == "f":
                inputs[name] = inputs[name].astype(np.float64)
        parameters = dict(program.constants)
        for name, (example, _) in program.symbolic.items():
            parameters[name] = example
            point[name] = Fraction(example)
        made: dict[str, np.ndarray] = {}

        def cotangent(y: Any) -> Any:
            made["y"] = np.array(y, dtype=float)
            draws = [self.rng.randrange(-20, 21) / 8 for _ in range(made["y"].size)]
            made["dy"] = np.array(draws, dtype=float).reshape(made["y"].shape)
            return made["dy"].copy() if made["y"].ndim else float(made["dy"])

        arrays = {name: value.copy() for name, value in inputs.items()}
        try:
            with np.errstate(all="ignore"):
                _, _, grads = program.run(arrays, parameters, cotangent)
        except Exception as error:
            return "" if record.refused else f"the code raises {type(error).__name__}: {error}"
        size = next((len(inputs[n]) for n, a in record.inputs.items() if a.batch), 0)
        _assign(point, record.dy.data, record.dy.batch, made["dy"])
        self.visit(point, size)
        strict = draw.strict and bool(np.isfinite(made["y"]).all())
        self.largest = max(_largest(each) for each in (*inputs.values(), made["dy"], 1.0))
        real = {"y": made["y"]} | {gradient_name(k): np.asarray(v, float) for k, v in grads.items()}
        found = (self._differs(label, real[label], point, size, strict) for label in real)
        text = next(filter(None, found), "")
        return "" if text and self._is_open(point, size) else text

    def _is_open(self, point: dict[str, Any], size: int) -> bool:
        """Whether elements are equal here whose order NumPy leaves open."""
        for row in table().open_orders:
            values = evaluate(list(row), point, FLOATS, size)
            wide = [v if isinstance(v, list) else [v] * max(size, 1) for v in values]
            if any(len({*column}) < len(column) for column in zip(*wide)):
                return True
        return False

    def visit(self, point: dict[str, Any], size: int) -> None:
        """Take note of a point at which the code has run."""

    def _differs(
        self, label: str, real: np.ndarray, point: dict[str, Any], size: int, strict: bool
    ) -> str:
        nodes, batch = self.arrays[label].data, self.arrays[label].batch
        values = evaluate(list(nodes.reshape(-1)), point, FLOATS, size)
        if batch:
            (axis,) = batch
            if real.ndim != nodes.ndim:
                return f"{label} has shape {real.shape} in a run of the code"
            rows = np.moveaxis(real, axis, -1).reshape(-1, size)
            columns = [v if isinstance(v, list) else [v] * size for v in values]
            both = zip(columns, rows)
            pairs = [(k, a, b) for k, (c, row) in enumerate(both) for a, b in zip(c, row)]
        else:
            if real.shape != nodes.shape:
                return f"{label} has shape {real.shape} in a run of the code, {nodes.shape} traced"
            pairs = list(zip(range(real.size), values, real.reshape(-1)))
        rounding = ROUNDING * max(self.largest, _largest(real))
        for at, traced, run in pairs:
            if traced is None or not (np.isfinite(run) or strict):
                continue
            same = _same(traced, float(run), rounding, _is_zero(nodes.reshape(-1)[at]))
            if same is False:
                return f"{label} is {float(run)!r} in a run of the code, but {traced!r} as traced"
            found = self.tiny if same is None else self.agreed
            (self.zeros if same and traced == run == 0 else found).add((label, at))
        return ""


def _same(traced: float, run: float, rounding: float, is_zero: bool) -> bool | None:
    """Whether two numbers agree; None where both are so small that rounding may have made them, or
    that their difference may be one of few digits (float32).
    """
    difference, size = abs(traced - run), max(abs(traced), abs(run))
    if not difference <= TOLERANCE * (1 + 2 * size):
        return False
    if TOLERANCE * size >= rounding and difference <= 2 * TOLERANCE * size:
        return True
    return True if difference <= rounding and (is_zero or size == 0) else None


def _is_zero(node: Node) -> bool:
    return node.kind == "const" and node.payload == 0


def _largest(values: Any) -> float:
    sizes = np.abs(np.asarray(values, dtype=float))
    return float(np.max(sizes, where=np.isfinite(sizes), initial=0.0))


class _Elsewhere(_Validation):
    """The trace comes from somebody who may want it to fit."""

    def __post_init__(self) -> None:
        super().__post_init__()
        found = subjects([node for array in self.arrays.values() for node in array.data.flat])
        self.conditions = [node for kind, node in found if kind == "sign"]
        self.unseen = {(at, side) for at in range(len(self.conditions)) for side in (False, True)}

    @property
    def missing(self) -> set[tuple[str, int]]:
        """Here zeros do not count beside what rounding may have made: a gradient that is 0 for
        arrays alone is small, but not 0, as traced."""
        return ((self.elements - self.zeros) | self.tiny) - self.agreed

    def draws(self) -> Iterator[_Draw]:
        """Yield inputs near the example and far from it, at larger ones where there is a need."""
        for attempt in range(RUNS_ELSEWHERE + MORE_RUNS_ELSEWHERE + MORE_RUNS):
            sides = self.unseen and attempt < RUNS_ELSEWHERE + MORE_RUNS_ELSEWHERE
            if attempt >= RUNS_ELSEWHERE and not self.missing and not sides:
                return
            scale = (1, 1, 4, 16)[attempt // 3 % 4]
            if attempt % 3 == 0:
                yield _Draw(self.near(), strict=True)
            elif attempt % 3 == 1:
                inputs = self.redrawn(scale)
                yield _Draw(dict(inputs), strict=scale == 1)
            else:
                yield _Draw(self.opposite(inputs), strict=scale == 1)

    def visit(self, point: dict[str, Any], size: int) -> None:
        for at, value in enumerate(evaluate(self.conditions, point, FLOATS, size)):
            for each in value if isinstance(value, list) else [value]:
                if each is not None:
                    self.unseen.discard((at, each > 0))


def _assign(point: dict[str, Any], nodes: Any, batch: frozenset[int], values: np.ndarray) -> None:
    for index in np.ndindex(*nodes.shape):
        node: Node = nodes[index]
        if batch:
            (axis,) = batch
            where: tuple[Any, ...] = (*index[:axis], slice(None), *index[axis + 1 :])
            point[node.payload.name] = [Fraction(float(v)) for v in values[where]]
        else:
            point[node.payload.name] = Fraction(float(values[index]))
