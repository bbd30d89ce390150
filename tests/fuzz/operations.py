"""What programs are composed of: NumPy operations, each with its gradient, written as people do.

In a template {a} and {b} are what goes in, {v} what comes out, {g} its gradient; {s} the shape of
{a}, {n} its first and {m} its last length; {t} a name for what is needed on the way.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Operation:
    """One operation of one or two arrays.

    forward: lines, the last of which is what {v} is; gradients: of each array, lines, the last of
    which is an expression; axes: how many the first array must have, None for any; shape: of what
    comes out; own: the shape of a second array that is an input of its own, None where it is any
    earlier value of a shape that fits; flat: whether values that are equal, or are both 0 at one
    point, may come out; ties: whether it compares, and gives each of equal values a gradient.
    """

    name: str
    forward: Sequence[str]
    gradients: Sequence[Sequence[str]]
    axes: int | None = None
    shape: Callable[[Shape], Shape] = lambda s: s
    own: Callable[[Shape], Shape] | None = None
    flat: bool = False
    ties: bool = False


def one(name: str, forward: str, gradient: str, **more: object) -> Operation:
    """An operation of one array, each of whose halves is one expression."""
    return Operation(name, [forward], [[gradient]], **more)  # type: ignore[arg-type]


def two(name: str, forward: str, first: str, second: str, **more: object) -> Operation:
    """An operation of two arrays of one shape, or of an array and an input of its own."""
    return Operation(name, [forward], [[first], [second]], **more)  # type: ignore[arg-type]


SMOOTH = (
    one("exp", "np.exp({a} / 2)", "{g} * {v} / 2"),
    one("tanh", "np.tanh({a})", "{g} * (1 - {v} ** 2)"),
    one("sigmoid", "1 / (1 + np.exp(-{a}))", "{g} * {v} * (1 - {v})"),
    one("square", "{a} ** 2", "{g} * 2 * {a}"),
    one("cube", "{a} ** 3 / 4", "{g} * 3 * {a} ** 2 / 4"),
    one("root", "np.sqrt({a} ** 2 + 1)", "{g} * {a} / {v}"),
    one("log", "np.log(1 + {a} ** 2)", "2 * {a} * {g} / (1 + {a} ** 2)"),
    one("log1p", "np.log1p(np.exp(-{a}))", "-{g} / (1 + np.exp({a}))"),
    one("expm1", "np.expm1({a} / 3)", "{g} * np.exp({a} / 3) / 3"),
    one("sin", "np.sin({a})", "{g} * np.cos({a})"),
    one("cos", "np.cos({a})", "-np.sin({a}) * {g}"),
    one("arctan", "np.arctan({a})", "{g} / (1 + {a} ** 2)"),
    one("arcsinh", "np.arcsinh({a})", "{g} / np.sqrt({a} ** 2 + 1)"),
    one("reciprocal", "1.0 / (2 + {a} ** 2)", "-{g} * 2 * {a} * {v} ** 2"),
    one("power", "(1 + {a} ** 2) ** 1.5", "{g} * 3 * {a} * np.sqrt(1 + {a} ** 2)"),
    one("swish", "{a} / (1 + np.exp(-{a}))",
        "{g} * ({v} + (1 - {v} * 0) / (1 + np.exp(-{a})) * (1 - {v}))"),
    one("scaled", "2.5 * {a} - 1", "{g} * 2.5"),
    one("negative", "-{a}", "-{g}"),
    one("softsign", "{a} / (1 + np.abs({a}))", "{g} / (1 + np.abs({a})) ** 2"),
)  # fmt: skip
KINKED = (
    one("relu", "np.maximum({a}, 0)", "{g} * ({a} > 0)", flat=True),
    one("relu by mask", "{a} * ({a} > 0)", "np.where({a} > 0, {g}, 0)", flat=True),
    one("leaky", "np.where({a} > 0, {a}, 0.1 * {a})", "{g} * np.where({a} > 0, 1, 0.1)"),
    one("abs", "np.abs({a})", "{g} * np.sign({a})"),
    one("clip", "np.clip({a}, -1, 1)", "{g} * (np.abs({a}) < 1)", flat=True),
    one("minimum", "np.minimum({a}, 0.75)", "{g} * ({a} < 0.75)", flat=True),
    one("elu", "np.where({a} > 0, {a}, np.exp({a}) - 1)",
        "np.where({a} > 0, {g}, {g} * np.exp({a}))"),
    Operation("assigned", ["{v} = {a}.copy()", "{v}[{a} < 0.2] = 0.2", "{v}"],
              [["{t} = {g}.copy()", "{t}[{a} < 0.2] = 0", "{t}"]], flat=True),
)  # fmt: skip
MATRICES = (
    one("transpose", "{a}.T", "{g}.T", axes=2, shape=lambda s: s[::-1]),
    one("reshape", "{a}.reshape({m}, {n})", "{g}.reshape({a}.shape)", axes=2,
        shape=lambda s: s[::-1]),
    one("sum of rows", "{a}.sum(axis=0)", "np.ones({a}.shape) * {g}", axes=2,
        shape=lambda s: s[1:]),
    one("sum of columns", "np.sum({a}, axis=1, keepdims=True)", "{g} * np.ones_like({a})", axes=2,
        shape=lambda s: (s[0], 1)),
    one("mean", "np.mean({a}, axis=0)", "np.ones({a}.shape) * {g} / {a}.shape[0]", axes=2,
        shape=lambda s: s[1:]),
    one("mean of columns", "{a}.mean(axis=1, keepdims=True)",
        "np.repeat({g}, {a}.shape[1], axis=1) / {a}.shape[1]", axes=2, shape=lambda s: (s[0], 1)),
    one("largest", "{a}.max(axis=1, keepdims=True)", "{g} * ({a} == {v})", axes=2, ties=True,
        shape=lambda s: (s[0], 1)),
    one("smallest", "np.min({a}, axis=0)", "{g} * ({a} == {v})", axes=2, ties=True,
        shape=lambda s: s[1:]),
    one("reversed", "{a}[::-1]", "{g}[::-1]", axes=2),
    one("rolled", "np.roll({a}, 1, axis=0)", "np.roll({g}, -1, axis=0)", axes=2),
    one("cumulative", "np.cumsum({a}, axis=0)", "np.cumsum({g}[::-1], axis=0)[::-1]", axes=2),
    one("row", "{a}[0]", "np.concatenate([{g}[None], np.zeros(({a}.shape[0] - 1, {a}.shape[1]))])",
        axes=2, shape=lambda s: s[1:]),
    one("padded", "np.pad({a}, ((1, 0), (0, 0)))", "{g}[1:]", axes=2,
        shape=lambda s: (s[0] + 1, s[1])),
    one("stacked", "np.vstack([{a}, 2 * {a}])", "{g}[:{n}] + 2 * {g}[{n}:]", axes=2,
        shape=lambda s: (2 * s[0], s[1]), flat=True),
    one("centred", "{a} - {a}.mean(axis=0)", "{g} - {g}.mean(axis=0)", axes=2),
    one("variance", "{a}.var(axis=0)", "{g} * 2 * ({a} - {a}.mean(axis=0)) / {a}.shape[0]", axes=2,
        shape=lambda s: s[1:]),
    one("products", "{a} @ {a}.T", "({g} + {g}.T) @ {a}", axes=2, shape=lambda s: (s[0], s[0])),
    Operation("softmax", ["{t} = np.exp({a} - {a}.max(axis=1, keepdims=True))",
                          "{t} / {t}.sum(axis=1, keepdims=True)"],
              [["{v} * ({g} - ({g} * {v}).sum(axis=1, keepdims=True))"]], axes=2),
    Operation("log-sum-exp", ["{t} = {a}.max(axis=1, keepdims=True)",
                              "{t} + np.log(np.exp({a} - {t}).sum(axis=1, keepdims=True))"],
              [["{g} * np.exp({a} - {v})"]], axes=2, shape=lambda s: (s[0], 1)),
    Operation("normalised", ["{t} = np.sqrt(({a} ** 2).sum(axis=1, keepdims=True) + 1)",
                             "{a} / {t}"],
              [["{t} = np.sqrt(({a} ** 2).sum(axis=1, keepdims=True) + 1)",
                "{g} / {t} - {a} * ({g} * {a}).sum(axis=1, keepdims=True) / {t} ** 3"]], axes=2),
    Operation("loop", ["{v} = np.zeros({a}.shape[1])", "for i in range({n}):",
                       "    {v} = {v} + (i + 1) * {a}[i] ** 2", "{v}"],
              [["{t} = np.zeros({a}.shape)", "for i in range({n}):",
                "    {t}[i] = {g} * (i + 1) * 2 * {a}[i]", "{t}"]], axes=2,
              shape=lambda s: s[1:]),
    Operation("gathered", ["{a}[:, [0, 1, 0]]"],
              [["{t} = np.zeros({a}.shape)", "np.add.at({t}, (slice(None), [0, 1, 0]), {g})",
                "{t}"]], axes=2, shape=lambda s: (s[0], 3), flat=True),
)  # fmt: skip
VECTORS = (
    one("sum", "{a}.sum()", "{g} * np.ones({s})", axes=1, shape=lambda s: ()),
    one("mean of all", "np.mean({a})", "np.full({a}.shape, {g} / {a}.size)", axes=1,
        shape=lambda s: ()),
    one("dot", "{a} @ {a}", "2 * {g} * {a}", axes=1, shape=lambda s: ()),
    one("outer", "np.outer({a}, {a})", "{g} @ {a} + {g}.T @ {a}", axes=1,
        shape=lambda s: (s[0], s[0])),
    one("product", "np.prod(1 + {a} ** 2)", "{g} * {v} * 2 * {a} / (1 + {a} ** 2)", axes=1,
        shape=lambda s: ()),
    one("column", "{a}[:, None] * np.array([1.0, -2.0])", "{g} @ np.array([1.0, -2.0])", axes=1,
        shape=lambda s: (s[0], 2)),
)  # fmt: skip
BETWEEN = (
    two("plus", "{a} + {b}", "{g}", "{g}"),
    two("minus", "{a} - {b}", "{g}", "-{g}"),
    two("times", "{a} * {b}", "{g} * {b}", "{g} * {a}"),
    two("over", "{a} / (2 + {b} ** 2)", "{g} / (2 + {b} ** 2)",
        "-{g} * {a} * 2 * {b} / (2 + {b} ** 2) ** 2"),
    two("hypotenuse", "np.sqrt({a} ** 2 + {b} ** 2 + 1)", "{g} * {a} / {v}", "{g} * {b} / {v}"),
    two("log of sums", "np.logaddexp({a}, {b})", "{g} * np.exp({a} - {v})",
        "{g} * np.exp({b} - {v})"),
    two("larger", "np.maximum({a}, {b})", "{g} * ({a} > {b})", "{g} * ({b} >= {a})", ties=True),
    two("chosen", "np.where({a} > {b}, {a} * 2, {b})", "np.where({a} > {b}, 2 * {g}, 0)",
        "np.where({a} > {b}, 0, {g})", ties=True),
)  # fmt: skip
WEIGHTED = (
    two("matmul", "{a} @ {b}", "{g} @ {b}.T", "{a}.T @ {g}", axes=2,
        own=lambda s: (s[1], 3), shape=lambda s: (s[0], 3)),
    two("dot of the transpose", "np.dot({a}, {b}.T)", "np.dot({g}, {b})", "np.dot({g}.T, {a})",
        axes=2, own=lambda s: (2, s[1]), shape=lambda s: (s[0], 2)),
    two("einsum", "np.einsum('ij,jk->ik', {a}, {b})", "np.einsum('ik,jk->ij', {g}, {b})",
        "np.einsum('ij,ik->jk', {a}, {g})", axes=2, own=lambda s: (s[1], 2),
        shape=lambda s: (s[0], 2)),
    two("bias", "{a} + {b}", "{g}", "{g}.sum(axis=0)", axes=2, own=lambda s: s[1:]),
    two("scale", "{a} * {b}", "{g} * {b}", "({g} * {a}).sum(axis=1, keepdims=True)", axes=2,
        own=lambda s: (s[0], 1)),
    two("one number", "{a} * {b}", "{g} * {b}", "np.sum({g} * {a})", own=lambda s: ()),
)  # fmt: skip
ALL = (*SMOOTH, *KINKED, *MATRICES, *VECTORS, *BETWEEN, *WEIGHTED)

__all__ = ["ALL", "Operation", "Shape"]
