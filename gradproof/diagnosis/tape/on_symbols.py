"""Explanations confirmed by proof: the tape is carried out on symbols, and the gradient decided.

Numbers at random points suggest an explanation; here the change is made to a tape whose values are
expressions, and the difference to the derivative of its forward is decided as ``prove_gradient``
decides it, on every branch. What holds so holds for all inputs of these shapes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np

from gradproof.diagnosis.scene.sample_inputs import drawn
from gradproof.diagnosis.tape.points import Scene, alike, point_at
from gradproof.diagnosis.tape.tape import Tape, evaluate, refs, rerun, resolved
from gradproof.proof.branch_regions import Branches, transform
from gradproof.proof.differentiate import gradient, vjp
from gradproof.tracing import expression as ex
from gradproof.tracing.arrays.lifting import lift, numbers
from gradproof.tracing.arrays.traced_array import TracedArray
from gradproof.tracing.nodes import Node, SizeLimitError, fresh_table
from gradproof.tracing.record_trace import make_inputs, symbols_like
from gradproof.work import PER_SECOND, Budget, TimeLimitError, WorkLimitError

WORK = 2.0 * PER_SECOND  # what mostly bounds it are the next two
NODES, BRANCHES = 100_000, 200
MOST_STEPS = 400
MOST_ELEMENTS = 100  # of inputs that are small
_EXACT = ("getitem", "setitem", "reshape", "transpose", "expand_dims", "astype", "stack")
Slot = tuple[int, int]
Changes = Callable[[Tape], Mapping[int, Any] | None]


def as_asked(scene: Scene) -> Scene | None:
    """Return the scene with the inputs as given, where they are small and the code does there what
    it does at those that were drawn."""
    program = scene.asked
    if sum(map(np.size, program.inputs.values())) > MOST_ELEMENTS:
        return None
    try:
        with np.errstate(all="ignore"):
            point = point_at(program, drawn(program, np.random.default_rng(6), 0), 0)
    except Exception:  # the author's code does not take these inputs
        return None
    if point is None or not alike(point.tape, scene.first.tape):
        return None
    return replace(scene, program=program, points=[point])


def holds_exactly(scene: Scene, name: str, changes: Changes) -> bool | None:
    """Whether a gradient is the derivative after a change; None where that cannot be decided."""

    def difference(tape: Tape) -> list[Node]:
        overrides = changes(tape)
        if overrides is None:
            raise ValueError("no change")
        given = rerun(tape, dict(overrides), [tape.gradients[name]])[0]
        return _minus(given, _true(tape, name, tape.value(tape.y)))

    return _decided(scene, difference)


def equals_exactly(scene: Scene, name: str, other: Changes) -> bool | None:
    """Whether a gradient is the derivative of a changed forward; None if that is not decided."""

    def difference(tape: Tape) -> list[Node]:
        y = rerun(tape, dict(other(tape) or {}), [tape.y])[0]
        return _minus(tape.value(tape.gradients[name]), _true(tape, name, y))

    return _decided(scene, difference)


def is_cut_exactly(scene: Scene, name: str, cut: frozenset[Slot]) -> bool | None:
    """Whether a gradient is the true one without the paths through some operands."""

    def difference(tape: Tape) -> list[Node]:
        apart, meant = _cut(tape, cut)
        true = _true(tape, name, apart)
        nodes = _minus(tape.value(tape.gradients[name]), true)
        return transform(nodes, meant)

    return _decided(scene, difference)


def is_diagonal_exactly(scene: Scene, name: str) -> bool | None:
    """Whether a gradient is dy times the diagonal of the Jacobian."""

    def difference(tape: Tape) -> list[Node]:
        x, y = tape.value(tape.inputs[name]).data.flat, numbers(lift(tape.value(tape.y))).flat
        own = [gradient(b, [a])[0] for a, b in zip(x, y)]
        given = numbers(lift(tape.value(tape.gradients[name]))).flat
        dy = tape.value(tape.dy).data.flat
        return [ex.sub(g, ex.mul(d, o)) for g, d, o in zip(given, dy, own)]

    return _decided(scene, difference)


def _true(tape: Tape, name: str, y: Any) -> TracedArray:
    return vjp(_real(y), tape.value(tape.dy), [tape.value(tape.inputs[name])])[0]


def _real(value: Any) -> TracedArray:
    array = lift(value)
    return TracedArray(numbers(array), array.dtype)


def _minus(given: Any, true: TracedArray) -> list[Node]:
    array = _real(given)
    if array.data.shape != true.data.shape:
        raise ValueError("another shape")
    return [ex.sub(a, b) for a, b in zip(array.data.flat, true.data.flat)]


class _Branches(Branches):
    """Decides by evaluation in a prime field alone: it is wrong once in 2**100 times, and quick."""

    def _confirmed(self, node: Node, bits: int) -> bool:
        return True


def _decided(scene: Scene, difference: Callable[[Tape], list[Node]]) -> bool | None:
    if len(scene.first.tape.ops) > MOST_STEPS or scene.undecided:
        return None
    try:
        with on_symbols(scene) as tape:
            nodes = difference(tape)
            branches = _Branches(0, BRANCHES)
            zero = branches.zero(nodes)
            left = [node for node, is_zero in zip(nodes, zero) if not is_zero]
            zero_all = all(branches.nonzero_region(node) is None for node in left)
            return zero_all or (None if _rounded(scene.first.tape) else False)
    except (SizeLimitError, WorkLimitError, TimeLimitError):  # so it will with another gradient
        scene.undecided = True
        return None
    except Exception:  # code, or a change, that symbols cannot pass through
        return None


def _rounded(tape: Tape) -> bool:
    """Whether numbers of the code were rounded before symbols came in, such as tan(u) of data u:
    then two that are equal may differ in their last digit."""
    plain = {k for k, op in enumerate(tape.ops) if op.name == "constant"}
    for index, op in enumerate(tape.ops):
        own = list(refs(op.args))
        numbers = [a for a in op.args if type(a) is float]
        if any(float(f"{a:.15g}") != a for a in numbers):
            return True
        if own and all(k in plain for k in own) and not isinstance(op.value, list):
            plain.add(index)
            if op.value.dtype.kind == "f" and op.name not in _EXACT:
                return True
    return False


@contextmanager
def on_symbols(scene: Scene, work: float = WORK) -> Iterator[Tape]:
    """Give the tape of a scene with expressions for values. Raises what tracing raises."""
    with fresh_table(NODES, Budget(work, scene.net)):
        yield traced(scene)


def traced(scene: Scene) -> Tape:
    """Carry out the first tape of a scene on symbols."""
    tape, inputs = scene.first.tape, make_inputs(scene.program)
    names = {index: name for name, index in tape.inputs.items()}
    made: list[Any] = []
    for index, op in enumerate(tape.ops):
        if op.name == "input":
            made.append(inputs[names[index]])
        elif op.name == "upstream":
            made.append(symbols_like("dy", np.shape(op.value), np.dtype(float)))
        elif op.name == "constant":
            made.append(lift(op.value) if op.value.dtype.kind == "f" else op.value)
        else:
            args = resolved(op.args, made.__getitem__)
            made.append(evaluate(op.name, args, op.kwargs))
    ops = [replace(op, value=value) for op, value in zip(tape.ops, made)]
    return replace(tape, ops=ops)


def _cut(tape: Tape, cut: frozenset[Slot]) -> tuple[Any, dict[Node, Node]]:
    """Return y with symbols of their own for the cut operands, and what these stand for."""
    meant: dict[Node, Node] = {}
    made: dict[int, Any] = {}

    def operand(index: int, k: int, arg: Any) -> Any:
        value = resolved(arg, lambda j: made.get(j, tape.value(j)))
        if (index, k) not in cut:
            return value
        # What is cut is a constant for the derivative: its true value, none of what is above it.
        true = _real(resolved(arg, tape.value))
        symbols = symbols_like(f"cut_{index}_{k}", true.data.shape, np.dtype(float))
        meant.update(zip(symbols.data.flat, true.data.flat))
        return symbols

    first = min(index for index, _ in cut)
    for index in range(first, tape.y + 1):
        op = tape.ops[index]
        if op.name in ("input", "constant", "upstream"):
            continue
        args = tuple(operand(index, k, arg) for k, arg in enumerate(op.args))
        made[index] = evaluate(op.name, args, op.kwargs)
    return made.get(tape.y, tape.value(tape.y)), meant
