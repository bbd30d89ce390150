"""Reverse mode on a tape: what a small change of each entry does to a weighted sum of others.

What a function passes on is in its record: slopes, an adjoint, or the simpler functions that it
means. What has none is tried as a linear function, by its values on unit vectors, which covers all
that rearranges elements.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from gradproof.diagnosis.tape.simpler_forms import meant
from gradproof.diagnosis.tape.tape import Array, Op, Ref, Tape, evaluate, refs, resolved
from gradproof.ops import ArrayOperation, Elementwise, find, numeric_slope
from gradproof.ops.function_record import NoMeaningError
from gradproof.ops.summations import UnknownSlopeError, fitted
from gradproof.work import SWEPT, spend

_LARGEST = 4096  # elements of an operand that is probed with unit vectors


NoRuleError = UnknownSlopeError


def adjoints(
    tape: Tape,
    seeds: Mapping[int, Array],
    stop: int = 0,
    edges: dict[tuple[int, int], Array] | None = None,
    cut: frozenset[tuple[int, int]] = frozenset(),
) -> dict[int, Array]:
    """Sweep back from ``seeds`` and return the adjoint of every entry that they depend on.

    stop:  entries before this one are not swept through.
    edges: receives what each operand passes on, by (entry, position of the operand).
    cut:   operands through which nothing is passed on.
    """
    return sweep(tape.ops, seeds, stop, edges, cut)


def sweep(
    ops: Sequence[Op],
    seeds: Mapping[int, Array],
    stop: int,
    edges: dict[tuple[int, int], Array] | None = None,
    cut: frozenset[tuple[int, int]] = frozenset(),
) -> dict[int, Array]:
    """Sweep back through steps, as :func:`adjoints` does through those of a tape."""
    found = {k: np.array(v, dtype=float) for k, v in seeds.items()}
    for index in range(max(seeds), stop - 1, -1):
        adjoint = found.get(index)
        if adjoint is None:
            continue
        spend(SWEPT)
        op = ops[index]
        values = resolved(op.args, lambda k: ops[k].value)
        for k, operand in enumerate(op.args):
            if (index, k) in cut or not (type(operand) is Ref or any(True for _ in refs(operand))):
                continue
            try:
                passed = passed_on(op, values, adjoint, k)
            except NoRuleError as error:
                error.place = op.place
                raise
            for target, part in _spread(operand, passed):
                if edges is not None:
                    edges[index, k] = part
                found[target] = _plus(found[target], part) if target in found else part
    return found


def _plus(a: Any, b: Any) -> Any:
    """Add adjoints; of a function with several results they are lists."""
    return [_plus(x, y) for x, y in zip(a, b)] if isinstance(a, list) else a + b


def passed_on(op: Op, values: tuple[Any, ...], adjoint: Array, k: int) -> Any:
    """Return the adjoint of operand k of one entry."""
    record = find(op.name)
    with np.errstate(all="ignore"):
        if isinstance(record, Elementwise):
            slope = numeric_slope(record, k, values, op.value) if k < record.arity else None
            return None if slope is None else fitted(adjoint * slope, values[k])
        if isinstance(record, ArrayOperation) and record.adjoint is not None:
            passed = record.adjoint(op, values, adjoint, k)
            if passed is not NotImplemented:
                return passed
        if isinstance(record, ArrayOperation) and record.meaning is not None:
            try:
                return _by_meaning(record, op, values, adjoint)[k]
            except NoMeaningError as error:
                raise NoRuleError(op.name) from error
    return _as_linear(op, values, adjoint, k)


def _by_meaning(record: ArrayOperation, op: Op, values: tuple[Any, ...], adjoint: Any) -> list[Any]:
    """Return the adjoints of all operands, from the steps that a function stands for."""
    steps, result, at = meant(record, values, op.kwargs)
    found = sweep(steps, {result: adjoint}, 0)
    return [None if index is None else found.get(index, np.zeros(np.shape(value)))
            for index, value in zip(at, values)]  # fmt: skip


def _spread(operand: Any, passed: Any) -> Iterable[tuple[int, Array]]:
    if isinstance(operand, Ref):
        if passed is not None:
            yield operand.index, passed
    elif isinstance(operand, (tuple, list)) and passed is not None:
        for part, each in zip(operand, passed):
            yield from _spread(part, each)


def _as_linear(op: Op, values: tuple[Any, ...], adjoint: Array, k: int) -> Any:
    """Return the adjoint of an operand in which the function turns out to be linear."""
    operand = values[k]
    if isinstance(operand, (list, tuple)):
        return [
            _linear_part(op, values, adjoint, k, j) if isinstance(part, np.ndarray) else None
            for j, part in enumerate(operand)
        ]
    return _linear_part(op, values, adjoint, k, None)


def _linear_part(op: Op, values: Any, adjoint: Array, k: int, j: int | None) -> Any:
    base = np.asarray(values[k] if j is None else values[k][j])
    if base.dtype.kind != "f":
        return None
    if base.size > _LARGEST:
        raise NoRuleError(op.name)

    def at(x: Array) -> Array:
        items = list(values)
        items[k] = x if j is None else [*values[k][:j], x, *values[k][j + 1 :]]
        return np.asarray(evaluate(op.name, tuple(items), op.kwargs), dtype=float)

    try:
        origin = at(np.zeros(base.shape))
        probe = np.random.default_rng(0).normal(size=base.shape)
        rows = np.stack([(at(e.reshape(base.shape)) - origin).ravel() for e in np.eye(base.size)])
        if not np.allclose(at(probe) - origin, (probe.ravel() @ rows).reshape(origin.shape)):
            raise NoRuleError(op.name)
    except (TypeError, ValueError, IndexError) as error:
        raise NoRuleError(op.name) from error
    return (rows @ np.ravel(adjoint)).reshape(base.shape)
