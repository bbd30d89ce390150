"""Local derivatives of the steps of forward, as terms that can be written into a backward."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gradproof.diagnosis.quantities.terms import Term, apply, entry, number, slope_term
from gradproof.diagnosis.tape.adjoints import NoRuleError, adjoints
from gradproof.diagnosis.tape.tape import Op, Ref, Tape

_ONE, _ZERO = number(1), number(0)
_CHOICES = {"maximum": "greater", "minimum": "less"}  # where the first is the one chosen


def local_derivatives(tape: Tape, used: set[int]) -> Iterator[tuple[int, Term]]:
    """Yield, for the steps of forward that y depends on, their local derivatives."""
    for index in sorted(used):
        op = tape.ops[index]
        if index < tape.start:
            for operand in op.args[:3]:
                if isinstance(operand, Ref):
                    term = derivative(tape, index, operand.index, 0)
                    if term is not None and term.name not in ("entry", "number"):
                        yield index, term
            chain = _below(tape, index)
            term = derivative(tape, index, chain[-1], 0) if len(chain) > 1 else None
            if term is not None:
                yield index, term
            if op.name in _CHOICES:
                yield index, _active(op, index)
            if op.name == "max":
                yield index, _winner(op, index)
            if op.name == "where":
                yield from _slopes(tape, used, index)
            if op.name in ("divide", "reciprocal", "power"):
                yield from _of_output(tape, index)


def _below(tape: Tape, index: int) -> list[int]:
    """Return what a step is made of one after the other: of log(1 + exp(x)) down to x."""
    found: list[int] = []
    while len(found) <= 3:
        made = [a.index for a in tape.ops[index].args if isinstance(a, Ref)]
        if len(made) != 1 or np.shape(tape.value(made[0])) != np.shape(tape.value(index)):
            break
        index = made[0]
        found.append(index)
    return found


def _active(op: Op, index: int) -> Term:
    """Return where max(0, x) is x, by its own value."""
    other = op.args[0] if isinstance(op.args[1], Ref) else op.args[1]
    bound = entry(other.index) if isinstance(other, Ref) else number(other)
    return apply("greater" if op.name == "maximum" else "less", entry(index), bound)


def _of_output(tape: Tape, index: int) -> Iterator[tuple[int, Term]]:
    """Yield s * (1 - s) and 1 - y**2 where they are the derivative of what was written out."""
    y = np.asarray(tape.value(index), dtype=float)
    own = entry(index)
    forms = [apply("multiply", own, apply("subtract", _ONE, own)),
             apply("subtract", _ONE, apply("power", own, number(2)))]  # fmt: skip
    if not y.ndim or not y.size:
        return
    try:
        found = adjoints(tape, {index: np.ones(y.shape)})
    except NoRuleError:
        return
    for form in forms:
        value = form.at(tape)
        if any(a.shape == y.shape and np.allclose(a, value) for a in found.values()):
            yield index, form


def _slopes(tape: Tape, used: set[int], index: int) -> Iterator[tuple[int, Term]]:
    """Yield the derivatives of a choice by what has a name in backward: a slope per branch."""
    for by in sorted(used):
        named = tape.ops[by].own and tape.ops[by].value.dtype.kind == "f"
        if by < index and named and tape.ops[by].value.shape == tape.ops[index].value.shape:
            term = derivative(tape, index, by, 0)
            if term is not None and {_ONE, _ZERO} != set(term.parts[1:]):
                yield index, term


def _winner(op: Op, index: int) -> Term:
    kept = entry(index)
    axis = op.kwargs.get("axis")
    if not op.kwargs.get("keepdims") and isinstance(axis, int):
        kept = apply("expand_dims", kept, axis=axis)
    return apply("equal", entry(op.args[0].index), kept)


def derivative(tape: Tape, index: int, by: int, depth: int) -> Term | None:
    """Return the derivative of one entry by another, elementwise; None where it is none."""
    if index == by:
        return _ONE
    op = tape.ops[index]
    if by not in tape.uses[index] or depth > 3:
        return _through(tape, index, by, depth) if depth <= 3 else None
    parts = [derivative(tape, a.index, by, depth + 1) if isinstance(a, Ref) else None
             for a in op.args]  # fmt: skip
    return _combined(tape, op, index, parts)


def _through(tape: Tape, index: int, by: int, depth: int) -> Term | None:
    op = tape.ops[index]
    parts = [derivative(tape, a.index, by, depth + 1) if isinstance(a, Ref) and a.index > by
             else None for a in op.args]  # fmt: skip
    return _combined(tape, op, index, parts)


def _combined(tape: Tape, op: Op, index: int, parts: list[Term | None]) -> Term | None:
    if all(p is None for p in parts):
        return None
    values = [entry(a.index) if isinstance(a, Ref) else
              _number(tape, a) if type(a) in (int, float) else _ZERO for a in op.args]  # fmt: skip
    if op.name == "where":
        return apply("where", values[0], parts[1] or _ZERO, parts[2] or _ZERO)
    if op.name in _CHOICES:
        name = _CHOICES[op.name]
        if parts[0] is not None and parts[1] is not None:
            return apply("where", apply(name, values[0], values[1]), parts[0], parts[1])
        first, second = (0, 1) if parts[0] is not None else (1, 0)
        inner = parts[first]
        return None if inner is None else _times(apply(name, values[first], values[second]), inner)
    known = [k for k, part in enumerate(parts) if part is not None]
    slope = slope_term(op.name, known[0], values, entry(index)) if len(known) == 1 else None
    inner = parts[known[0]]
    return None if slope is None or inner is None else _times(slope, inner)


def _number(tape: Tape, value: float) -> Term:
    """Return a number under its name, if it has one."""
    named = {v: k for k, v in [*tape.foreign.items(), *tape.constants.items()]}
    return number(value, named.get(value, "") if not float(value).is_integer() else "")


def _times(a: Term, b: Term) -> Term:
    if a == _ONE or b == _ONE:
        return b if a == _ONE else a
    if a == number(-1):
        return apply("negative", b)
    if a.name == "number" and b.name == "multiply" and b.parts[0].name == "number":
        return _times(number(a.value * b.parts[0].value), b.parts[1])
    return apply("multiply", a, b)
