"""Many changes of a tape at once: what depends on them is carried out with the changes stacked.

Hundreds of changes of one entry differ in its value alone. One call of a NumPy function on all of
their values, along a first axis of its own, takes hardly longer than on one of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from gradproof.diagnosis.tape.tape import Array, Later, Op, Ref, Tape, resolved
from gradproof.ops import Kind, find, function_of
from gradproof.work import CARRIED, ELEMENTS, spend


class NotStackedError(Exception):
    """A function that is not carried out on stacked values here."""


@dataclass(frozen=True, slots=True)
class Stack:
    """Values of one entry after each of several changes, along the first axis."""

    values: Array


def rerun_many(tape: Tape, overrides: Mapping[int, Any], target: int) -> Array:
    """Return the values of one entry after each of several changes, along the first axis.

    overrides: a Stack for an entry, or an Op with a Stack among its operands. Raises
    NotStackedError where a function cannot be carried out so, and whatever NumPy raises.
    """
    changed: dict[int, Stack] = {}
    ops = tape.ops

    def value(index: int) -> Any:
        return changed[index] if index in changed else ops[index].value

    for index in tape.order(overrides, (target,)):
        given = overrides.get(index, ops[index])
        if not isinstance(given, Stack):
            given = Stack(_evaluated(given, resolved(given.args, value), tape))
        changed[index] = given
    if target not in changed:
        raise NotStackedError("no change")
    return changed[target].values


def _evaluated(op: Op, args: Sequence[Any], tape: Tape) -> Array:
    """Carry out one entry on stacked operands."""
    rule = _rule(op.name)
    if rule is None or any(isinstance(a, Later) for a in op.args):
        raise NotStackedError(op.name)
    if rule is _reshaped and _is_reshaped(op, args, tape):
        raise NotStackedError(op.name)
    made = rule(op, args)
    spend(CARRIED + made.size // ELEMENTS)
    return made


Rule = Callable[[Op, Sequence[Any]], Array]


@cache
def _rule(name: str) -> Rule | None:
    if name in _RULES:
        return _RULES[name]
    record = find(name)
    if record is not None:
        return _BY_KIND.get(record.kind)
    function = function_of(name)
    plain = isinstance(function, np.ufunc) and function.signature is None and function.nout == 1
    return _by_element if plain else None


def is_by_element(name: str) -> bool:
    """Whether a function takes its operands element by element."""
    return _rule(name) is _by_element


def _by_element(op: Op, args: Sequence[Any]) -> Array:
    if op.kwargs and op.name != "scaled":
        raise NotStackedError(op.name)
    return np.asarray(function_of(op.name)(*_aligned(args), **op.kwargs))


def _aligned(args: Sequence[Any]) -> list[Any]:
    """Give stacked values axes of length 1, so that they broadcast below the first axis."""
    ndim = max(map(_ndim, args))
    return [_wide(a, ndim) if isinstance(a, Stack) else a for a in args]


def _ndim(operand: Any) -> int:
    return operand.values.ndim - 1 if isinstance(operand, Stack) else np.ndim(operand)


def _wide(stack: Stack, ndim: int) -> Array:
    shape = stack.values.shape
    return stack.values.reshape(shape[0], *(1,) * (ndim - len(shape) + 1), *shape[1:])


def _only(op: Op, args: Sequence[Any]) -> Array:
    """Return the values of the first operand, where no other is stacked."""
    if not isinstance(args[0], Stack) or any(isinstance(a, Stack) for a in args[1:]):
        raise NotStackedError(op.name)
    return args[0].values


def _reduced(op: Op, args: Sequence[Any]) -> Array:
    x, options = _only(op, args), dict(op.kwargs)
    if len(args) > 1 or set(options) - {"axis", "keepdims", "ddof"}:
        raise NotStackedError(op.name)
    axis = options.pop("axis", None)
    axes = range(x.ndim - 1) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    moved = tuple(int(k) + 1 if k >= 0 else int(k) for k in axes)
    return np.asarray(function_of(op.name)(x, axis=moved, **options))


def _reshaped(op: Op, args: Sequence[Any]) -> Array:
    x = _only(op, args)
    if op.value is None or "order" in op.kwargs:
        raise NotStackedError(op.name)
    return x.reshape(len(x), *op.value.shape)


def _broadcast(op: Op, args: Sequence[Any]) -> Array:
    x, shape = _only(op, args), args[1]
    return np.broadcast_to(_wide(args[0], len(shape)), (len(x), *shape))


def _transposed(op: Op, args: Sequence[Any]) -> Array:
    x = _only(op, args)
    ndim = x.ndim - 1
    axes = op.args[1] if len(op.args) > 1 else op.kwargs.get("axes")
    order = range(ndim)[::-1] if axes is None else (int(k) % ndim for k in axes)
    return np.transpose(x, (0, *(k + 1 for k in order)))


def _multiplied(op: Op, args: Sequence[Any]) -> Array:
    if op.kwargs:
        raise NotStackedError(op.name)
    sizes = [_ndim(a) for a in args]
    left, right = (_as_matrix(a, axis) for a, axis in zip(args, (-2, -1)))
    out = np.matmul(*_aligned((left, right)))
    out = out[..., 0] if sizes[1] == 1 else out
    return np.asarray(out if sizes[0] > 1 else out[..., 0] if sizes[1] == 1 else out[..., 0, :])


def _as_matrix(operand: Any, axis: int) -> Any:
    """Return a vector as a row or a column."""
    if _ndim(operand) != 1:
        return operand
    if isinstance(operand, Stack):
        return Stack(np.expand_dims(operand.values, axis))
    return np.expand_dims(operand, axis)


def _taken(op: Op, args: Sequence[Any]) -> Array:
    return np.asarray(_only(op, args)[_below(op, args[1])])


def _set(op: Op, args: Sequence[Any]) -> Array:
    array, key, value = args
    count = next(len(a.values) for a in (array, value) if isinstance(a, Stack))
    inside = _below(op, key)
    whole = array.values if isinstance(array, Stack) else np.broadcast_to(
        array, (count, *np.shape(array)))  # fmt: skip
    out = np.array(whole)
    ndim = out[inside].ndim - 1
    out[inside] = _wide(value, max(ndim, value.values.ndim - 1)) if isinstance(value, Stack) else (
        value)  # fmt: skip
    return out


def _below(op: Op, key: Any) -> tuple[Any, ...]:
    """Return a key for every change at once; it takes whole axes, or has one array of positions."""
    parts = key if isinstance(key, tuple) else (key,)
    if any(isinstance(p, (Stack, list)) for p in parts) or sum(map(_is_array, parts)) > 1:
        raise NotStackedError(op.name)
    if any(map(_is_array, parts)) and any(isinstance(p, (int, np.integer)) for p in parts):
        raise NotStackedError(op.name)
    return (slice(None), *parts)


def _is_reshaped(op: Op, args: Sequence[Any], tape: Tape) -> bool:
    """Whether what is given another shape has another one than on the tape."""
    own = op.args[0]
    before = tape.value(own.index) if isinstance(own, Ref) else None
    return before is None or before.shape != _only(op, args).shape[1:]


def _is_array(part: Any) -> bool:
    return isinstance(part, np.ndarray)


_RULES: dict[str, Rule] = {
    "broadcast_to": _broadcast, "transpose": _transposed, "matmul": _multiplied,
    "getitem": _taken, "setitem": _set,
    "astype": lambda op, args: _only(op, args).astype(args[1]),
}  # fmt: skip
_BY_KIND: dict[Kind, Rule] = {
    Kind.ELEMENTWISE: _by_element, Kind.REDUCTION: _reduced, Kind.SAME_ELEMENTS: _reshaped,
}  # fmt: skip
