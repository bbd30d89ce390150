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

from gradproof.diagnosis.tape import Array, Later, Op, Tape, function_of, resolved

_BY_ELEMENT = frozenset(("where", "clip", "positive", "returned", "expit", "log_expit", "scaled"))
_REDUCTIONS = frozenset(("sum", "mean", "max", "min", "prod", "var", "std", "any", "all"))
_SAME_ELEMENTS = frozenset(("reshape", "ravel", "expand_dims", "squeeze", "copy"))


class NotStackedError(Exception):
    """A function that is not carried out on stacked values here."""


@dataclass(frozen=True, slots=True)
class Stack:
    """Values of one entry after each of several changes, along the first axis."""

    values: Array


def rerun_many(tape: Tape, overrides: Mapping[int, Any], target: int) -> Array:
    """Return the values of one entry after each of several changes, along the first axis.

    overrides: a Stack for an entry, or an Op with a Stack among its operands; the values keep the
    shapes that are on the tape. Raises NotStackedError where a function cannot be carried out so,
    and whatever NumPy raises.
    """
    changed: dict[int, Stack] = {}
    ops = tape.ops

    def value(index: int) -> Any:
        return changed[index] if index in changed else ops[index].value

    for index in tape.order(overrides, (target,)):
        given = overrides.get(index, ops[index])
        if not isinstance(given, Stack):
            given = Stack(_evaluated(given, resolved(given.args, value), ops[index].value))
        changed[index] = given
    if target not in changed:
        raise NotStackedError("no change")
    return changed[target].values


def _evaluated(op: Op, args: Sequence[Any], before: Any) -> Array:
    """Carry out one entry on stacked operands; ``before`` is its value on the tape."""
    rule = _rule(op.name)
    later = any(isinstance(a, Later) for a in op.args)
    if rule is None or later or isinstance(before, list):
        raise NotStackedError(op.name)
    made = rule(op, args, before)
    if made.shape[1:] != before.shape:
        raise NotStackedError(op.name)
    return made


Rule = Callable[[Op, Sequence[Any], Array], Array]


@cache
def _rule(name: str) -> Rule | None:
    if name in _RULES:
        return _RULES[name]
    if name in _REDUCTIONS:
        return _reduced
    if name in _SAME_ELEMENTS:
        return _reshaped
    function = function_of(name)
    plain = isinstance(function, np.ufunc) and function.signature is None and function.nout == 1
    return _by_element if plain or name in _BY_ELEMENT else None


def is_by_element(name: str) -> bool:
    """Whether a function takes its operands element by element."""
    return _rule(name) is _by_element


def _by_element(op: Op, args: Sequence[Any], before: Array) -> Array:
    if op.kwargs and op.name != "scaled":
        raise NotStackedError(op.name)
    return np.asarray(function_of(op.name)(*_aligned(args, before.ndim), **op.kwargs))


def _aligned(args: Sequence[Any], ndim: int) -> list[Any]:
    """Give stacked values axes of length 1, so that they broadcast below the first axis."""
    return [_wide(a, ndim) if isinstance(a, Stack) else a for a in args]


def _wide(stack: Stack, ndim: int) -> Array:
    shape = stack.values.shape
    return stack.values.reshape(shape[0], *(1,) * (ndim - len(shape) + 1), *shape[1:])


def _only(op: Op, args: Sequence[Any]) -> Array:
    """Return the values of the first operand, where no other is stacked."""
    if not isinstance(args[0], Stack) or any(isinstance(a, Stack) for a in args[1:]):
        raise NotStackedError(op.name)
    return args[0].values


def _reduced(op: Op, args: Sequence[Any], before: Array) -> Array:
    x, options = _only(op, args), dict(op.kwargs)
    if len(args) > 1 or set(options) - {"axis", "keepdims", "ddof"}:
        raise NotStackedError(op.name)
    axis = options.pop("axis", None)
    axes = range(x.ndim - 1) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    moved = tuple(int(k) + 1 if k >= 0 else int(k) for k in axes)
    return np.asarray(function_of(op.name)(x, axis=moved, **options))


def _reshaped(op: Op, args: Sequence[Any], before: Array) -> Array:
    x = _only(op, args)
    if "order" in op.kwargs:
        raise NotStackedError(op.name)
    return x.reshape(len(x), *before.shape)


def _broadcast(op: Op, args: Sequence[Any], before: Array) -> Array:
    x = _only(op, args)
    return np.broadcast_to(_wide(args[0], before.ndim), (len(x), *before.shape))


def _transposed(op: Op, args: Sequence[Any], before: Array) -> Array:
    x = _only(op, args)
    axes = op.args[1] if len(op.args) > 1 else op.kwargs.get("axes")
    order = range(before.ndim)[::-1] if axes is None else (int(k) % before.ndim for k in axes)
    return np.transpose(x, (0, *(k + 1 for k in order)))


def _multiplied(op: Op, args: Sequence[Any], before: Array) -> Array:
    sizes = [a.values.ndim - 1 if isinstance(a, Stack) else np.ndim(a) for a in args]
    if min(sizes) < 2 or op.kwargs:
        raise NotStackedError(op.name)
    left, right = _aligned(args, before.ndim)
    return np.asarray(np.matmul(left, right))


def _taken(op: Op, args: Sequence[Any], before: Array) -> Array:
    return np.asarray(_only(op, args)[_below(op, args[1])])


def _set(op: Op, args: Sequence[Any], before: Array) -> Array:
    array, key, value = args
    count = next(len(a.values) for a in (array, value) if isinstance(a, Stack))
    inside = _below(op, key)
    whole = array.values if isinstance(array, Stack) else np.broadcast_to(
        array, (count, *before.shape))  # fmt: skip
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


def _is_array(part: Any) -> bool:
    return isinstance(part, np.ndarray)


_RULES: dict[str, Rule] = {
    "broadcast_to": _broadcast, "transpose": _transposed, "matmul": _multiplied,
    "getitem": _taken, "setitem": _set,
    "astype": lambda op, args, before: _only(op, args).astype(args[1]),
}  # fmt: skip
