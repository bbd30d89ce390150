"""Reverse mode on a tape: what a small change of each entry does to a weighted sum of others.

A rule returns the adjoint of one operand from that of the result. Functions without a rule are
tried as linear ones, by their values on unit vectors, which covers all that rearranges elements.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from gradproof.diagnosis.tape import Array, Op, Ref, Tape, evaluate, refs, resolved
from gradproof.work import SWEPT, spend

Rule = Callable[[Op, tuple[Any, ...], Array, int], Any]
_LARGEST = 4096  # elements of an operand that is probed with unit vectors


class NoRuleError(Exception):
    """A function whose derivative is not known here."""


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
    found = {k: np.array(v, dtype=float) for k, v in seeds.items()}
    for index in range(max(seeds), stop - 1, -1):
        adjoint = found.get(index)
        if adjoint is None:
            continue
        spend(SWEPT)
        op = tape.ops[index]
        values = resolved(op.args, tape.value)
        for k, operand in enumerate(op.args):
            if (index, k) in cut or not (type(operand) is Ref or any(True for _ in refs(operand))):
                continue
            passed = passed_on(op, values, adjoint, k)
            for target, part in _spread(operand, passed):
                if edges is not None:
                    edges[index, k] = part
                found[target] = found[target] + part if target in found else part
    return found


def passed_on(op: Op, values: tuple[Any, ...], adjoint: Array, k: int) -> Any:
    """Return the adjoint of operand k of one entry."""
    rule = RULES.get(op.name)
    if rule is not None:
        with np.errstate(all="ignore"):
            return rule(op, values, adjoint, k)
    return _as_linear(op, values, adjoint, k)


def _spread(operand: Any, passed: Any) -> Iterable[tuple[int, Array]]:
    if isinstance(operand, Ref):
        if passed is not None:
            yield operand.index, passed
    elif isinstance(operand, (tuple, list)) and passed is not None:
        for part, each in zip(operand, passed):
            yield from _spread(part, each)


def fitted(adjoint: Any, like: Any) -> Array:
    """Sum an adjoint over the axes along which the operand was broadcast."""
    out, shape = np.asarray(adjoint, dtype=float), np.shape(like)
    while out.ndim > len(shape):
        out = out.sum(axis=0)
    for axis, length in enumerate(shape):
        if length == 1 and out.shape[axis] != 1:
            out = out.sum(axis=axis, keepdims=True)
    return out


def _elementwise(*partials: Callable[..., Any]) -> Rule:
    def rule(op: Op, v: tuple[Any, ...], a: Array, k: int) -> Any:
        out = op.value
        return fitted(a * partials[k](out, *v), v[k])

    return rule


def _power(op: Op, v: tuple[Any, ...], a: Array, k: int) -> Any:
    base, exponent = np.asarray(v[0], dtype=float), np.asarray(v[1], dtype=float)
    if k == 0:
        return fitted(a * exponent * np.power(base, exponent - 1), v[0])
    return fitted(a * op.value * np.log(base), v[1])


def _axes(op: Op, x: Any) -> tuple[int, ...]:
    axis = op.kwargs.get("axis")
    if axis is None:
        return tuple(range(np.ndim(x)))
    axes = axis if isinstance(axis, (tuple, list)) else (axis,)
    return tuple(int(k) % max(np.ndim(x), 1) for k in axes)


def opened(op: Op, x: Any, a: Any) -> Array:
    """Give the result of a reduction its axes back, to broadcast against the operand."""
    if op.kwargs.get("keepdims"):
        return np.asarray(a)
    return np.expand_dims(np.asarray(a), _axes(op, x))


def _count(op: Op, x: Any) -> int:
    return math.prod(np.shape(x)[k] for k in _axes(op, x))


def _sum(op: Op, v: tuple[Any, ...], a: Array, k: int) -> Any:
    return np.broadcast_to(opened(op, v[0], a), np.shape(v[0]))


def _mean(op: Op, v: tuple[Any, ...], a: Array, k: int) -> Any:
    return _sum(op, v, a, k) / _count(op, v[0])


def _var(op: Op, v: tuple[Any, ...], a: Array, k: int) -> Any:
    x = np.asarray(v[0], dtype=float)
    centred = x - x.mean(axis=_axes(op, x), keepdims=True)
    return opened(op, x, a) * 2 * centred / (_count(op, x) - op.kwargs.get("ddof", 0))


def _std(op: Op, v: tuple[Any, ...], a: Array, k: int) -> Any:
    return _var(op, v, a / (2 * op.value), k)


def _extreme(op: Op, v: tuple[Any, ...], a: Array, k: int) -> Any:
    hit = np.asarray(v[0]) == opened(op, v[0], op.value)
    first = np.cumsum(hit, axis=_axes(op, v[0])[0]) == 1 if len(_axes(op, v[0])) == 1 else hit
    return opened(op, v[0], a) * (hit & first)


def _norm(op: Op, v: tuple[Any, ...], a: Array, k: int) -> Any:
    if k:
        return None
    if (len(v) > 1 and v[1] is not None) or op.kwargs.get("ord") is not None:
        raise NoRuleError(op.name)
    with np.errstate(all="ignore"):
        slope = opened(op, v[0], np.asarray(a) / op.value)
    return np.where(np.isfinite(slope), slope * v[0], 0.0)


def _prod(op: Op, v: tuple[Any, ...], a: Array, k: int) -> Any:
    return opened(op, v[0], a * op.value) / v[0]


def _matmul(op: Op, v: tuple[Any, ...], a: Array, k: int) -> Any:
    x, w = (np.asarray(each, dtype=float) for each in v)
    left = x[np.newaxis, :] if x.ndim == 1 else x
    right = w[:, np.newaxis] if w.ndim == 1 else w
    wide = np.asarray(a)
    wide = wide[..., np.newaxis] if w.ndim == 1 else wide
    wide = wide[..., np.newaxis, :] if x.ndim == 1 else wide
    if k == 0:
        return fitted(wide @ np.swapaxes(right, -1, -2), left).reshape(x.shape)
    return fitted(np.swapaxes(left, -1, -2) @ wide, right).reshape(w.shape)


def _where(op: Op, v: tuple[Any, ...], a: Array, k: int) -> Any:
    if k == 0:  # as if the condition were a number: true 1, false 0
        return fitted(a * (np.asarray(v[1], float) - np.asarray(v[2], float)), v[0])
    return fitted(np.where(v[0], a, 0) if k == 1 else np.where(v[0], 0, a), v[k])


def _getitem(op: Op, v: tuple[Any, ...], a: Array, k: int) -> Any:
    if k:
        return None
    out = np.zeros(np.shape(v[0]))
    np.add.at(out, v[1], a)
    return out


def _setitem(op: Op, v: tuple[Any, ...], a: Array, k: int) -> Any:
    if k == 1:
        return None
    if k == 2:
        return fitted(a[v[1]], v[2])
    out = np.array(a)
    out[v[1]] = 0
    return out


def _add_at(op: Op, v: tuple[Any, ...], a: Array, k: int) -> Any:
    return None if k == 1 else a if k == 0 else fitted(a[v[1]], v[2])


def _reshape(op: Op, v: tuple[Any, ...], a: Array, k: int) -> Any:
    return np.reshape(a, np.shape(v[0])) if k == 0 else None


def _transpose(op: Op, v: tuple[Any, ...], a: Array, k: int) -> Any:
    if k:
        return None
    axes = op.args[1] if len(op.args) > 1 else op.kwargs.get("axes")
    return np.transpose(a, None if axes is None else np.argsort(axes))


def _broadcast(op: Op, v: tuple[Any, ...], a: Array, k: int) -> Any:
    return fitted(a, v[0]) if k == 0 else None


def _scaled(op: Op, v: tuple[Any, ...], a: Array, k: int) -> Any:
    of, by = op.kwargs["of"], op.kwargs["by"]
    inner = Op(of, op.args, {}, op.value)
    return by * np.asarray(passed_on(inner, (by * np.asarray(v[0]),), a, 0))


def _nothing(op: Op, v: tuple[Any, ...], a: Array, k: int) -> Any:
    return None


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


def _bell(a: Any) -> Any:
    return 2 / math.sqrt(math.pi) * np.exp(-np.square(a))


RULES: dict[str, Rule] = {
    "add": _elementwise(lambda y, a, b: 1.0, lambda y, a, b: 1.0),
    "subtract": _elementwise(lambda y, a, b: 1.0, lambda y, a, b: -1.0),
    "multiply": _elementwise(lambda y, a, b: b, lambda y, a, b: a),
    "divide": _elementwise(lambda y, a, b: 1 / np.asarray(b, float), lambda y, a, b: -y / b),
    "negative": _elementwise(lambda y, a: -1.0),
    "positive": _elementwise(lambda y, a: 1.0),
    "returned": _elementwise(lambda y, a: 1.0),
    "reciprocal": _elementwise(lambda y, a: -y * y),
    "exp": _elementwise(lambda y, a: y),
    "exp2": _elementwise(lambda y, a: y * math.log(2)),
    "expm1": _elementwise(lambda y, a: y + 1),
    "log": _elementwise(lambda y, a: 1 / a),
    "log2": _elementwise(lambda y, a: 1 / (a * math.log(2))),
    "log10": _elementwise(lambda y, a: 1 / (a * math.log(10))),
    "log1p": _elementwise(lambda y, a: 1 / (1 + a)),
    "sqrt": _elementwise(lambda y, a: 0.5 / y),
    "cbrt": _elementwise(lambda y, a: 1 / (3 * y * y)),
    "square": _elementwise(lambda y, a: 2 * a),
    "sin": _elementwise(lambda y, a: np.cos(a)),
    "cos": _elementwise(lambda y, a: -np.sin(a)),
    "tan": _elementwise(lambda y, a: 1 + y * y),
    "tanh": _elementwise(lambda y, a: 1 - y * y),
    "sinh": _elementwise(lambda y, a: np.cosh(a)),
    "cosh": _elementwise(lambda y, a: np.sinh(a)),
    "arctan": _elementwise(lambda y, a: 1 / (1 + a * a)),
    "arcsin": _elementwise(lambda y, a: 1 / np.sqrt(1 - a * a)),
    "arccos": _elementwise(lambda y, a: -1 / np.sqrt(1 - a * a)),
    "arcsinh": _elementwise(lambda y, a: 1 / np.sqrt(1 + a * a)),
    "arctanh": _elementwise(lambda y, a: 1 / (1 - a * a)),
    "abs": _elementwise(lambda y, a: np.sign(a)),
    "fabs": _elementwise(lambda y, a: np.sign(a)),
    "maximum": _elementwise(lambda y, a, b: np.greater(a, b), lambda y, a, b: np.less_equal(a, b)),
    "minimum": _elementwise(lambda y, a, b: np.less(a, b), lambda y, a, b: np.greater_equal(a, b)),
    "logaddexp": _elementwise(lambda y, a, b: np.exp(a - y), lambda y, a, b: np.exp(b - y)),
    "hypot": _elementwise(lambda y, a, b: a / y, lambda y, a, b: b / y),
    "arctan2": _elementwise(
        lambda y, a, b: b / (a * a + b * b), lambda y, a, b: -a / (a * a + b * b)
    ),
    "erf": _elementwise(lambda y, a: _bell(a)),
    "erfc": _elementwise(lambda y, a: -_bell(a)),
    "expit": _elementwise(lambda y, a: y * (1 - y)),
    "log_expit": _elementwise(lambda y, a: 1 - np.exp(y)),
    "logit": _elementwise(lambda y, a: 1 / (a * (1 - np.asarray(a)))),
    "clip": _elementwise(lambda y, a, *b: (y == a), *2 * [lambda y, *b: 0.0]),
    "power": _power, "float_power": _power, "sum": _sum, "mean": _mean, "var": _var, "std": _std,
    "max": _extreme, "min": _extreme, "prod": _prod, "linalg.norm": _norm, "matmul": _matmul,
    "where": _where,
    "getitem": _getitem, "setitem": _setitem, "add_at": _add_at, "reshape": _reshape,
    "transpose": _transpose, "broadcast_to": _broadcast, "scaled": _scaled,
    "astype": lambda op, v, a, k: fitted(a, v[0]) if k == 0 else None,
}  # fmt: skip
RULES |= dict.fromkeys(
    ("greater", "greater_equal", "less", "less_equal", "equal", "not_equal", "isfinite", "isnan",
     "isinf", "logical_and", "logical_or", "logical_not", "logical_xor", "invert", "sign",
     "floor", "ceil", "rint", "trunc", "round", "argmax", "argmin", "argsort", "any", "all",
     "heaviside", "floor_divide", "count_nonzero", "signbit", "nonzero", "input", "constant",
     "upstream", "bitwise_and", "bitwise_or", "zeros_like", "isclose"), _nothing)  # fmt: skip
