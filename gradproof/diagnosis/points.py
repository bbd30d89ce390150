"""The points at which a gradient is looked at: a tape, the true gradients and those given."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from gradproof.diagnosis.naming import Naming, Sources
from gradproof.diagnosis.numbers import Numbers
from gradproof.diagnosis.outputs import flat, with_tuples
from gradproof.diagnosis.recorder import TooLongError
from gradproof.diagnosis.recording import record
from gradproof.diagnosis.rules import NoRuleError, adjoints
from gradproof.diagnosis.tape import Array, Tape
from gradproof.diagnosis.terms import plain_number
from gradproof.diagnosis.turns import Turns
from gradproof.tracing.record import Program

TOLERANCE = 1e-7
POINTS = 3
_TRIES = 8


@dataclass
class Point:
    """One point: what was run there, and what the gradients should have been."""

    tape: Tape
    true: dict[str, Array]
    adjoints: dict[int, Array]
    inputs: Mapping[str, Array] = field(default_factory=dict)

    def given(self, name: str) -> Array:
        """Return the gradient that the author's backward returned."""
        return np.asarray(self.tape.value(self.tape.gradients[name]), dtype=float)


def close(a: Any, b: Any, tolerance: float = TOLERANCE) -> bool:
    """Whether two arrays have the same shape and, up to rounding, the same values."""
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    if a.shape != b.shape or not np.isfinite(a).all():
        return False
    scale = float(np.abs(b).max(initial=0.0))
    return bool(np.abs(a - b).max(initial=0.0) <= tolerance * max(scale, 1e-3))


@dataclass
class Scene:
    """Several points of one program, alike in what was done at each of them."""

    program: Program
    points: list[Point]
    naming: Naming
    numbers: Numbers
    pool: Any = None

    @cached_property
    def turns(self) -> Turns:
        """Which entries of the tape are the same step, carried out several times."""
        return Turns(self.first.tape)

    @property
    def first(self) -> Point:
        """The point at which explanations are looked for; the others confirm them."""
        return self.points[0]

    def wrong(self) -> list[str]:
        """Return the inputs whose gradient is wrong at some point."""
        names = list(self.first.tape.gradients)
        return [n for n in names if not all(close(p.given(n), p.true[n]) for p in self.points)]


def scene_of(program: Program, seed: int = 0, sources: Sources | None = None,
             points: int = POINTS) -> Scene | None:  # fmt: skip
    """Run the program at random points; None where its tape cannot be followed."""
    program = with_tuples(program)
    other = with_other_parameters(program, seed) or program
    for changed in (resized(other), resized(program), other, program):
        scene = None if changed is None else _scene(changed, seed, sources, points)
        if scene is not None:
            return scene
    return None


LENGTHS = (7, 5, 3, 11, 13)


def resized(program: Program) -> Program | None:
    """Return the program with axes of other lengths, all different and none of them 2 or 4.

    A sum over 4 elements divided by 2 and one multiplied by 2/m differ only for another m. None
    where nothing changes or too many lengths occur.
    """
    arrays = {k: np.asarray(v) for k, v in program.inputs.items()}
    known = list(dict.fromkeys(n for v in arrays.values() for n in v.shape if n > 1))
    if len(known) > len(LENGTHS) or not known or max(known) > 64:
        return None
    lengths = dict(zip(known, LENGTHS)) | {1: 1, 0: 0}
    inputs = {k: _resized(v, tuple(lengths[n] for n in v.shape)) for k, v in arrays.items()}
    return replace(program, inputs=inputs)


def _resized(value: Array, shape: tuple[int, ...]) -> Array:
    """Return values of the same kind in another shape; rows of one 1 stay such rows."""
    if not value.size or value.shape == shape:
        return value
    if value.ndim == 2 and set(np.unique(value)) == {0, 1} and (value.sum(axis=1) == 1).all():
        return np.eye(shape[1], dtype=value.dtype)[np.arange(shape[0]) % shape[1]]
    return np.resize(value, shape)


def with_other_parameters(program: Program, seed: int) -> Program | None:
    """Return the program with other values of its real parameters: with alpha = 1 or a tiny eps,
    a slip about them would hardly show. None if it has no such parameter."""
    rng = np.random.default_rng([seed, 8])
    try:
        signature = inspect.signature(program.forward).parameters.values()
    except (TypeError, ValueError):
        return None
    known = {p.name: p.default for p in signature if p.kind is not p.VAR_KEYWORD}
    known = {k: v for k, v in known.items() if k not in program.inputs} | dict(program.constants)
    reals = {k: v for k, v in known.items() if type(v) is float}
    if not reals:
        return None
    drawn = {k: _other(v, rng) for k, v in reals.items()}
    return replace(program, constants=dict(program.constants) | drawn)


def _other(value: float, rng: np.random.Generator) -> float:
    if 0 < value < 0.01:
        return round(float(rng.uniform(0.05, 0.3)), 3)
    return round(value * float(rng.uniform(0.6, 0.9)), 3) if value else value


def _scene(program: Program, seed: int, sources: Sources | None, points: int) -> Scene | None:
    rng = np.random.default_rng([seed, 6])
    found: list[Point] = []
    for attempt in range(points + _TRIES):
        inputs = drawn(program, rng, attempt)
        try:
            point = point_at(program, inputs, seed + attempt)
        except (NoRuleError, TooLongError):
            return None
        except Exception:  # the author's code does not take these inputs
            continue
        if point is not None and (not found or alike(point.tape, found[0].tape)):
            found.append(point)
        if len(found) == points:
            break
    if not found:
        return None
    tape = found[0].tape
    lengths = _lengths(program, tape)
    foreign = {k: v for k, v in tape.foreign.items() if v not in tape.constants.values()
               and not float(v).is_integer()}  # fmt: skip
    known = tape.constants | foreign | _written_in_forward(tape)
    return Scene(program, found, Naming(tape, sources or Sources()), Numbers(known, lengths))


def _lengths(program: Program, tape: Tape) -> dict[str, int]:
    """Return the lengths of axes, as they can be written in backward."""
    arrays = [(op.names[0], op.value) for op in tape.ops
              if op.own and not isinstance(op.value, list)]  # fmt: skip
    arrays += [(name, np.asarray(value)) for name, value in program.inputs.items()]
    lengths: dict[str, int] = {}
    for name, value in arrays:
        for axis, length in enumerate(value.shape):
            lengths.setdefault(f"{name}.shape[{axis}]", length)
    for name, value in arrays:
        if value.ndim > 1:
            lengths.setdefault(f"{name}.size", value.size)
    return lengths


def _written_in_forward(tape: Tape) -> dict[str, float]:
    """Return the numbers that stand in forward without a name, such as a slope."""
    found: dict[str, float] = {}
    for op in tape.ops[: tape.start]:
        for value in op.args:
            plain = type(value) in (int, float) and not float(value).is_integer()
            if plain and value not in (*tape.constants.values(), *tape.foreign.values()):
                found[plain_number(value)] = float(value)
    return found


def point_at(program: Program, inputs: Mapping[str, Array], seed: int, dy: Any = None
             ) -> Point | None:  # fmt: skip
    """Run the program at one point; None where values are not finite or not followed."""
    tape = record(program, inputs, dy, seed)
    if not np.isfinite(np.asarray(tape.value(tape.y), dtype=float)).all():
        return None
    with np.errstate(all="ignore"):
        found = adjoints(tape, {tape.y: tape.value(tape.dy)})
    true = {}
    for name in tape.gradients:
        at = tape.inputs[name]
        true[name] = found.get(at, np.zeros(np.shape(tape.value(at))))
    if not all(np.isfinite(value).all() for value in true.values()):
        return None
    return Point(tape, true, found, inputs)


def alike(a: Tape, b: Tape) -> bool:
    """Whether two tapes hold the same functions in the same order."""
    return len(a.ops) == len(b.ops) and all(p.name == q.name for p, q in zip(a.ops, b.ops))


def drawn(program: Program, rng: np.random.Generator, attempt: int) -> dict[str, Array]:
    """Return new inputs: like those given, then ever nearer to them.

    Integers and truth values stay as given; targets and probabilities stay in [0, 1].
    """
    out: dict[str, Array] = {}
    for name, value in program.inputs.items():
        example = np.asarray(value)
        if example.dtype.kind != "f":
            out[name] = example
            continue
        x = example.astype(float)
        scale = float(np.abs(x).max(initial=0.0)) or 1.0
        fraction = bool(x.size) and x.min() >= 0 and x.max() <= 1
        if fraction and (name not in program.wrt or attempt >= 3):
            out[name] = rng.uniform(0.1, 0.9, x.shape)
            if x.ndim and _sums_to_one(x):
                out[name] /= out[name].sum(axis=-1, keepdims=True)
        elif name in program.positive or (x.size and x.min() > 0 and attempt >= 3):
            out[name] = x * rng.uniform(0.5, 1.5, x.shape)
        elif attempt < 6:
            out[name] = rng.normal(size=x.shape) * min(max(scale, 0.5), 2.0)
        else:
            out[name] = x * rng.uniform(0.9, 1.1, x.shape)
    return out


def _sums_to_one(x: Array) -> bool:
    return bool(np.allclose(x.sum(axis=-1), 1.0)) and x.shape[-1] > 1


def is_derivative(program: Program, point: Point, seed: int = 0) -> bool:
    """Whether the true gradients agree with differences of forward: the guard against our rules."""
    rng = np.random.default_rng([seed, 7])
    directions = {n: rng.normal(size=np.shape(point.inputs[n])) for n in point.true}
    h = 1e-5

    def total(step: float) -> float:
        moved = {
            k: np.array(v) + step * directions[k] if k in directions else np.array(v)
            for k, v in point.inputs.items()
        }
        parameters = dict(program.constants) | {k: v for k, (v, _) in program.symbolic.items()}
        out = program.forward(*moved.values(), **parameters)
        y = flat(out[0] if isinstance(out, tuple) else out)
        return float(np.sum(y * point.tape.value(point.tape.dy)))

    with np.errstate(all="ignore"):
        numeric = (8 * (total(h) - total(-h)) - (total(2 * h) - total(-2 * h))) / (12 * h)
    analytic = sum(float(np.sum(point.true[n] * directions[n])) for n in directions)
    size = sum(float(np.abs(point.true[n] * directions[n]).sum()) for n in directions)
    return abs(numeric - analytic) <= 1e-5 * (1 + size)
