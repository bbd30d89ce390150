"""How arguments are drawn: of one array, of two, of matrices, with axes and splits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.strangers.draws import Draw

# All arguments, the keywords, and the places of those that are differentiated.
Made = tuple[tuple[Any, ...], dict[str, Any], tuple[int, ...]]
Maker = Callable[[Draw], Made]


def unary(domain: Callable[[Draw, tuple[int, ...]], Any]) -> Maker:
    return lambda d: ((domain(d, d.shape()),), {}, (0,))


def real(d: Draw, shape: tuple[int, ...]) -> Any:
    return d.real(shape)


def within(low: float, high: float) -> Callable[[Draw, tuple[int, ...]], Any]:
    return lambda d, shape: d.within(shape, low, high)


def above(low: float) -> Callable[[Draw, tuple[int, ...]], Any]:
    return lambda d, shape: d.above(shape, low)


POSITIVE: Callable[[Draw, tuple[int, ...]], Any] = lambda d, shape: d.positive(shape)  # noqa: E731
NONZERO: Callable[[Draw, tuple[int, ...]], Any] = lambda d, shape: d.nonzero(shape)  # noqa: E731


def binary(first: Any = real, second: Any = real) -> dict[str, Maker]:
    def same(d: Draw) -> Made:
        shape = d.shape()
        return (first(d, shape), second(d, shape)), {}, (0, 1)

    def broadcast(d: Draw) -> Made:
        n, m = d.shape(2)
        other = [(m,), (1, m), (n, 1), ()][int(d.rng.integers(4))]
        shapes = [(n, m), other]
        if d.rng.random() < 0.5:
            shapes.reverse()
        return (first(d, shapes[0]), second(d, shapes[1])), {}, (0, 1)

    return {"": same, "broadcast": broadcast}


def array(make: Callable[[Draw, Any], tuple[tuple[Any, ...], dict[str, Any]]],
           ndim: int | None = None, domain: Any = real) -> dict[str, Maker]:  # fmt: skip
    """x of ``ndim`` axes, with what else ``make`` gives after it."""

    def maker(d: Draw) -> Made:
        x = domain(d, d.shape(ndim))
        rest, kwargs = make(d, x)
        return (x, *rest), kwargs, (0,)

    return {"": maker}


def reduction(ndim: int | None = None) -> dict[str, Maker]:
    def maker(d: Draw) -> Made:
        x = d.real(d.shape(2 if ndim is None else ndim))
        axis = d.axis_or_none(x.shape)
        return (x,), {"axis": axis, "keepdims": bool(d.rng.integers(2))}, (0,)

    return {"": maker}


def with_axis(d: Draw, x: Any) -> Any:
    return (), {"axis": d.axis(x.shape)}


def even(x: Any, axis: int = 0) -> Any:
    """x with an even length along an axis."""
    return np.concatenate([x, x * 1.25], axis)


def split(ndim: int, axis: int, pass_axis: bool) -> dict[str, Maker]:
    def maker(d: Draw) -> Made:
        x = even(d.real(d.shape(ndim)), axis)
        return (x, 2), {"axis": axis} if pass_axis else {}, (0,)

    return {"": maker}


def transpose(d: Draw, x: Any) -> Any:
    axes = None if d.rng.random() < 0.3 else tuple(int(i) for i in d.rng.permutation(x.ndim))
    return (axes,), {}


def product(kind: str) -> Maker:
    def maker(d: Draw) -> Made:
        n, m = d.shape(2, most=400)
        k = int(d.rng.integers(1, 5))
        shapes = {
            "mm": ((n, m), (m, k)), "mv": ((n, m), (m,)), "vv": ((m,), (m,)),
            "vm": ((m,), (m, k)), "stack": ((2, n, m), (2, m, k)), "inner": ((n, m), (k, m)),
            "outer": ((n,), (m,)), "kron": ((min(n, 9), k), (k, min(m, 9))),
        }[kind]  # fmt: skip
        return (d.real(shapes[0]), d.real(shapes[1])), {}, (0, 1)

    return maker


def einsum(d: Draw) -> Made:
    n, m = d.shape(2, most=200)
    k = int(d.rng.integers(1, 5))
    text, shapes = [
        ("ij,jk->ik", ((n, m), (m, k))), ("ij,ij->i", ((n, m), (n, m))), ("i,j->ij", ((n,), (m,))),
        ("ij,j->", ((n, m), (m,))), ("bij,bjk->bik", ((2, n, m), (2, m, k))),
    ][int(d.rng.integers(5))]  # fmt: skip
    return (text, *(d.real(s) for s in shapes)), {}, (1, 2)


def tensordot(d: Draw) -> Made:
    n, m = d.shape(2, most=200)
    return (d.real((2, n, m)), d.real((n, m, 3))), {"axes": 2}, (0, 1)


def where(d: Draw) -> Made:
    shape = d.shape()
    return (d.rng.random(shape) < 0.5, d.real(shape), d.real(shape)), {}, (1, 2)


def distinct(d: Draw) -> Made:
    return (d.real(d.shape(1)),), {}, (0,)


def gradient(d: Draw) -> Made:
    n, m = d.shape(2)
    return (d.real((n + 5, m + 5)),), {}, (0,)


def square(d: Draw, most: int = 36) -> Any:
    n = max(1, round(min(d.count, most) ** 0.5))
    spread = d.scale if 1e-3 <= d.scale <= 1e3 else 1.0
    return spread * (d.rng.normal(size=(n, n)) + 2 * np.sqrt(n) * np.eye(n))


def spd(d: Draw) -> Any:
    a = square(d)
    return a @ a.T


def of_square(d: Draw) -> Made:
    return (square(d),), {}, (0,)


def solve(d: Draw) -> Made:
    a = square(d)
    return (a, d.real((len(a), int(d.rng.integers(1, 4))))), {}, (0, 1)


def norm(d: Draw) -> Made:
    x = d.real(d.shape(2))
    order = [None, "fro", "axis"][int(d.rng.integers(3))]
    return (x,), {"axis": 1} if order == "axis" else {"ord": order}, (0,)


def order_and(domain: Any, low: int = 0) -> dict[str, Maker]:
    def maker(d: Draw) -> Made:
        return (int(d.rng.integers(low, 5)), domain(d, d.shape())), {}, (1,)

    return {"": maker}


def two_positive(d: Draw) -> Made:
    shape = d.shape()
    return (d.moderate(shape), d.moderate(shape)), {}, (0, 1)


def betainc(d: Draw) -> Made:
    shape = d.shape()
    return (d.moderate(shape), d.moderate(shape), d.within(shape, 0, 1)), {}, (2,)


def gammainc(d: Draw) -> Made:
    shape = d.shape()
    return (d.moderate(shape), d.positive(shape)), {}, (1,)


def logsumexp(d: Draw) -> Made:
    x = d.real(d.shape(2))
    return (x,), {"axis": d.axis_or_none(x.shape)}, (0,)


def clip(d: Draw) -> Made:
    return (d.real(d.shape()), -1.0, 1.0), {}, (0,)


def normal(d: Draw) -> Made:
    shape = d.shape()
    return (d.real(shape), d.real(shape), d.moderate(shape)), {}, (0, 1, 2)


def density(domain: Any, parameters: int, at: tuple[int, ...]) -> Maker:
    def maker(d: Draw) -> Made:
        shape = d.shape()
        return (domain(d, shape), *(d.moderate(shape) for _ in range(parameters))), {}, at

    return maker


def normal_density(d: Draw) -> Made:
    n = min(d.count, 4)
    a = d.rng.normal(size=(n, n)) + 2 * np.sqrt(n) * np.eye(n)
    return (d.real((n,)), d.real((n,)), a @ a.T / n), {}, (0, 1)


def banded(d: Draw) -> Made:
    n = max(3, min(d.count, 12))
    a = d.rng.normal(size=(3, n))
    a[1] += 5
    return ((1, 1), a, d.real((n,))), {}, (2,)


def broadcast_to(d: Draw) -> Made:
    (n,) = d.shape(1)
    return (d.real((1, n)), (3, n)), {}, (0,)


def convolve(d: Draw) -> Made:
    n = max(3, min(d.count, 40))
    return (d.real((n,)), d.real((3,))), {}, (0, 1)
