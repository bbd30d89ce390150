"""The points at which a gradient is looked at: a tape, the true gradients and those given."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from gradproof.diagnosis.quantities.readable_numbers import Numbers
from gradproof.diagnosis.quantities.terms import plain_number
from gradproof.diagnosis.scene.call_parameters import given_values
from gradproof.diagnosis.scene.class_labels import with_classes
from gradproof.diagnosis.scene.joined_outputs import flat, with_tuples
from gradproof.diagnosis.scene.resized import variants
from gradproof.diagnosis.scene.sample_inputs import drawn, drawn_near
from gradproof.diagnosis.tape.adjoints import NoRuleError, adjoints
from gradproof.diagnosis.tape.author_words import Naming, Sources
from gradproof.diagnosis.tape.iterations import Turns
from gradproof.diagnosis.tape.record_run import record
from gradproof.diagnosis.tape.tape import Array, Tape
from gradproof.diagnosis.tape.tape_recorder import MOST_ENTRIES, TooLongError, is_number
from gradproof.tracing.record_trace import Program
from gradproof.work import PER_SECOND, Budget, Net

TOLERANCE = 1e-7
POINTS = 3
_TRIES = 8
_NUMBERS = 2  # what is hardly a length where code takes no other sizes
WORK = 1.6 * PER_SECOND  # after which no other point, or size, is tried
SHORT = 600  # entries of a tape that is looked through quickly


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
    if a.shape != b.shape or not (np.isfinite(a).all() and np.isfinite(b).all()):
        return False
    scale = float(np.abs(b).max(initial=0.0))
    return bool(np.abs(a - b).max(initial=0.0) <= tolerance * max(scale, 1e-3))


@dataclass
class Scene:
    """Several points of one program, alike in what was done at each of them.

    asked: the program as it was given. branches: whether the code does other things elsewhere, so
    that the points had to be near each other. net: the seconds of the whole diagnosis. undecided:
    whether a proof has reached a limit.
    """

    program: Program
    points: list[Point]
    naming: Naming
    numbers: Numbers
    asked: Program
    branches: bool = False
    net: Net = field(default_factory=Net)
    undecided: bool = False
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
             points: int = POINTS, keep: Collection[str] = (),
             net: Net | None = None, small: bool = False) -> Scene | None:  # fmt: skip
    """Run the program at random points; None where its tape cannot be followed.

    keep: parameters that stay as they are. net: seconds for all that is done with the scene. small:
    at small inputs.
    """
    net = net or Net()
    program = with_classes(with_tuples(program))
    long: list[Program] = []
    late = Budget(WORK, net)
    shape = _shape_of_output(program)
    odd: Scene | None = None  # at whose sizes a gradient has another shape than its input
    for changed in variants(program, seed, keep):
        if long and late():
            break
        if long and _size(changed) > _size(program):
            continue  # it has loops: few turns of them tell as much
        try:
            scene = _scene(changed, program, seed, sources, points, net, SHORT, small=small)
        except TooLongError:
            long.append(changed)
            continue
        if scene is None or _is_trivial(scene, shape):
            continue
        if fitting(scene.first) or not _is_resized(changed, program):
            own = fitting(scene.first) or odd is None
            return _telling(scene if own else odd or scene, program, seed, sources, points)
        odd = odd or scene
    if odd is not None:
        return _telling(odd, program, seed, sources, points)
    if not long:
        return None
    try:
        scene = _scene(min(long, key=_size), program, seed, sources, points, net)
    except TooLongError:
        return None
    return None if scene is None else _telling(scene, program, seed, sources, points)


def scene_at(scene: Scene, program: Program, seed: int) -> Scene | None:
    """Return a scene of what another one is of, with other settings; None where its tape cannot be
    followed. Forward's own numbers keep the values that they have as the code is called."""
    try:
        other = _scene(program, scene.asked, seed, scene.naming.sources, POINTS, scene.net)
    except TooLongError:
        return None
    if other is not None:
        other.naming.given = dict.fromkeys(other.naming.given) | dict(scene.naming.given)
    return other


def _telling(
    scene: Scene, program: Program, seed: int, sources: Sources | None, points: int
) -> Scene:
    """Return a scene; that of the program as it is, where a slip shows in its sizes alone."""
    if scene.program is program or scene.wrong():
        return scene
    try:
        given = _scene(program, program, seed, sources, points, scene.net, SHORT)
    except TooLongError:
        return scene
    if given is not None and given.wrong():
        return given
    try:  # a loss that is flat nearly everywhere, such as a hinge, is so at what is drawn
        near = _scene(program, program, seed, sources, points, scene.net, SHORT, near=True)
    except TooLongError:
        return scene
    return near if near is not None and near.wrong() else scene


def fitting(point: Point) -> bool:
    """Whether every gradient has the shape of its input."""
    return all(point.given(name).shape == true.shape for name, true in point.true.items())


def _is_resized(changed: Program, program: Program) -> bool:
    return any(np.shape(changed.inputs[k]) != np.shape(v) for k, v in program.inputs.items())


def _shape_of_output(program: Program) -> tuple[int, ...]:
    """Return the shape of what forward returns; () where that is no array or it fails."""
    parameters = program.parameters
    try:
        with np.errstate(all="ignore"):
            out = program.outputs(map(np.array, program.inputs.values()), parameters)
        return np.shape(out[0] if isinstance(out, tuple) else out)
    except Exception:  # of the author's code; it is said where the program itself is run
        return ()


def _is_trivial(scene: Scene, shape: tuple[int, ...]) -> bool:
    """Whether an axis of the output has become one element long, so that its order shows nothing.

    So it is with the windows of a pooling that have grown as large as the image.
    """
    tape = scene.first.tape
    made = np.shape(tape.value(tape.y))
    return len(made) == len(shape) and any(n == 1 < m for n, m in zip(made, shape))


def _size(program: Program) -> int:
    return sum(np.size(v) for v in program.inputs.values())


def _scene(
    program: Program, asked: Program, seed: int, sources: Sources | None, points: int,
    net: Net, most: int = MOST_ENTRIES, near: bool = False, small: bool = False,
) -> Scene | None:  # fmt: skip
    """Run the program at random points; with other inputs than asked, the first must not fail.

    near: at the inputs as they are, and close to them."""
    strict = program.inputs is not asked.inputs
    rng = np.random.default_rng([seed, 6])
    found: list[Point] = []
    branches = False
    late = Budget(WORK, net)
    for attempt in range(points + _TRIES):
        if found and late():
            break
        if near:
            own = {k: np.array(v) for k, v in program.inputs.items()}
            inputs = drawn_near(own, rng) if attempt else own
        else:
            inputs = (drawn_near(found[0].inputs, rng) if branches
                      else drawn(program, rng, attempt, small))  # fmt: skip
        try:
            point = point_at(program, inputs, seed + attempt, most=most, sources=sources)
        except NoRuleError:
            return None
        except TooLongError:
            raise
        except Exception:  # the author's code does not take these inputs
            if strict and not found:
                return None
            continue
        if point is not None and (not found or alike(point.tape, found[0].tape)):
            found.append(point)
        else:
            branches |= point is not None and attempt > 1
        if len(found) == points:
            break
    if not found:
        return None
    tape = found[0].tape
    lengths = _lengths(program, tape)
    if not _is_resized(program, asked):  # the code takes no other sizes: 2 is a number there
        lengths = {name: length for name, length in lengths.items() if length > _NUMBERS}
    foreign = {k: v for k, v in tape.foreign.items() if v not in tape.constants.values()
               and not float(v).is_integer()}  # fmt: skip
    naming = Naming(tape, sources or Sources())
    naming.given = given_values(naming, asked)
    known = tape.constants | foreign | _written_in_forward(tape, naming, lengths)
    naming.numbers = {**naming.numbers, **{k: v for k, v in known.items() if k.isidentifier()}}
    return Scene(program, found, naming, Numbers(known, lengths), asked, branches, net)


def _lengths(program: Program, tape: Tape) -> dict[str, int]:
    """Return the lengths of axes, as they can be written in backward."""
    arrays = [(op.names[0], op.value) for op in tape.ops
              if op.own and not isinstance(op.value, list)]  # fmt: skip
    named = {name for name, _ in arrays}
    arrays += [(name, np.asarray(value)) for name, value in program.inputs.items()]
    shapes: dict[str, set[tuple[int, ...]]] = {}
    for name, value in arrays:
        shapes.setdefault(name, set()).add(value.shape)
    arrays = [(n, v) for n, v in arrays if len(shapes[n]) == 1]  # else which is meant is not known
    lengths: dict[str, int] = {}
    for name, value in arrays:
        for axis, length in enumerate(value.shape):
            if length > 2 or name in named:  # else a plain 2 is meant
                lengths.setdefault(f"{name}.shape[{axis}]", length)
    for name, value in arrays:
        if value.ndim > 1:
            lengths.setdefault(f"{name}.size", value.size)
    return lengths


def _written_in_forward(tape: Tape, naming: Naming, lengths: Mapping[str, int]) -> dict[str, float]:
    """Return the numbers that stand in forward as expressions, or as a slope without a name; what
    forward alone has a name for is written as the length of an axis."""
    found: dict[str, float] = {}
    known = {*tape.constants.values(), *tape.foreign.values()}
    later = {op.site.file for op in tape.ops[tape.start :] if op.site is not None}
    for op in tape.ops[: tape.start]:
        for k, value in enumerate(op.args):
            if is_number(value) and not float(value).is_integer() and value not in known:
                node = naming.operand_node(op, k)
                written = (
                    node is not None
                    and not isinstance(node, ast.Constant)
                    and not (isinstance(node, ast.Name) and op.site and op.site.file not in later)
                )
                text = _in_lengths(node, tape, lengths) if written else plain_number(value)
                found[text] = float(value)
    return found


def _in_lengths(node: Any, tape: Tape, lengths: Mapping[str, int]) -> str:
    text = ast.unparse(node)
    for part in ast.walk(node):
        if isinstance(part, ast.Name) and part.id not in tape.constants:
            value = tape.foreign.get(part.id)
            own = next((name for name, length in lengths.items() if length == value), part.id)
            text = re.sub(rf"(?<![\w.]){part.id}(?!\w)", own, text)
    return text


def point_at(program: Program, inputs: Mapping[str, Array], seed: int, dy: Any = None,
             most: int = MOST_ENTRIES, sources: Sources | None = None) -> Point | None:  # fmt: skip
    """Run the program at one point; None where values are not finite or not followed."""
    tape = record(program, inputs, dy, seed, most, sources=sources)
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


def is_derivative(program: Program, point: Point, seed: int = 0) -> bool:
    """Whether the true gradients agree with differences of forward: the guard against our rules.

    A forward that computes in float32 has no such differences: there it is that on the tape.
    """
    rng = np.random.default_rng([seed, 7])
    directions = {n: rng.normal(size=np.shape(point.inputs[n])) for n in point.true}
    parameters = program.parameters

    def run(moved: Mapping[str, Array]) -> Array:
        out = program.outputs(moved.values(), parameters)
        return flat(out[0] if isinstance(out, tuple) else out)

    def recorded(moved: Mapping[str, Array]) -> Array:
        tape = record(program, moved, point.tape.value(point.tape.dy))
        return tape.value(tape.y)

    return any(_agrees(point, directions, forward) for forward in (run, recorded))


def _agrees(
    point: Point,
    directions: Mapping[str, Array],
    forward: Callable[[Mapping[str, Array]], Array],
) -> bool:
    h = 1e-5

    def total(step: float) -> float:
        moved = {
            k: np.array(v) + step * directions[k] if k in directions else np.array(v)
            for k, v in point.inputs.items()
        }
        return float(np.sum(forward(moved) * point.tape.value(point.tape.dy)))

    with np.errstate(all="ignore"):
        numeric = (8 * (total(h) - total(-h)) - (total(2 * h) - total(-2 * h))) / (12 * h)
    analytic = sum(float(np.sum(point.true[n] * directions[n])) for n in directions)
    size = sum(float(np.abs(point.true[n] * directions[n]).sum()) for n in directions)
    return abs(numeric - analytic) <= 1e-5 * (1 + size)
