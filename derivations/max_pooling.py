"""Max pooling, y_nij = the largest of a K × K window of x, windows side by side."""

import sympy as sp

from gradproof.operation import rules
from gradproof.operation.derivation import (
    Chain,
    Derivation,
    Input,
    Layout,
    Mode,
    Node,
    Parameter,
    Selector,
    SpecialValue,
    Step,
)
from gradproof.text import Text

N, P, Q = sp.symbols("N P Q", integer=True, positive=True)
K = sp.Symbol("size", integer=True, positive=True)
n, i, j, h, w, k = sp.symbols("n i j h w k", integer=True, positive=True)
a, r, s = sp.symbols("a r s", integer=True, positive=True)  # image and window, when summed over
x, y, dy, dx = (sp.IndexedBase(name, real=True) for name in ("x", "y", "dy", "dx"))
winner = sp.IndexedBase("k*", integer=True, positive=True)
same = sp.KroneckerDelta


def row(window: sp.Expr, pixel: sp.Expr) -> sp.Expr:
    """The row in the image of a window's pixel; the pixels are numbered row by row."""
    return K * (window - 1) + sp.floor((pixel - 1) / K) + 1


def column(window: sp.Expr, pixel: sp.Expr) -> sp.Expr:
    """The column in the image of a window's pixel."""
    return K * (window - 1) + pixel - K * sp.floor((pixel - 1) / K)


def won(image: sp.Expr, i: sp.Expr, j: sp.Expr) -> sp.Expr:
    """The number of the largest pixel in that window."""
    return winner[image, i, j]


def largest(image: sp.Expr, i: sp.Expr, j: sp.Expr) -> sp.Expr:
    """The largest pixel in that window."""
    best = won(image, i, j)
    return x[image, row(i, best), column(j, best)]


def is_largest(image: sp.Expr, i: sp.Expr, j: sp.Expr) -> sp.Expr:
    """1 where pixel (h, w) is the largest of that window, else 0."""
    best = won(image, i, j)
    return same(row(i, best), h) * same(column(j, best), w)


STEPS = (
    Step(
        sp.Sum(
            dy[a, r, s] * sp.Derivative(largest(a, r, s), x[n, h, w]),
            (r, 1, P),
            (s, 1, Q),
            (a, 1, N),
        ),
        rules.CHAIN_RULE,
        Text(
            "Every window counts with its upstream gradient; which pixel wins does not change when "
            "x changes a little.",
            "각 창에 상류 기울기를 곱해 더해요. x가 조금 변해도 이기는 화소는 바뀌지 않아요.",
        ),
    ),
    Step(
        sp.Sum(dy[n, r, s] * is_largest(n, r, s), (r, 1, P), (s, 1, Q)),
        rules.DELTA,
        Text(
            "The largest pixel of a window gets all of its gradient, the others nothing.",
            "창에서 가장 큰 화소가 그 창의 기울기를 모두 받고, 나머지는 받지 못해요.",
        ),
    ),
)

DERIVATION = Derivation(
    title=Text("Max pooling", "최대 풀링"),
    summary=Text(
        "Puts the largest pixel in the place of each K × K window.",
        "K × K 창마다 가장 큰 화소로 바꿔요.",
    ),
    chapter=3,
    position=7,
    story=(
        Text(
            "The gradient is routed: forward remembers who won, and backward sends dy there. It is "
            "ReLU's gate with K² inputs, and maxout's choice among pixels.",
            "기울기는 길을 따라가요. 순전파는 누가 이겼는지 기억하고, 역전파는 그리로 dy를 "
            "보내요. 입력이 K²개인 ReLU의 문이며, 화소 사이에서 고르는 맥스아웃이에요.",
        ),
        Text(
            "The usual slips: dy to all pixels of the window, as in average pooling; x == max as a "
            "mask, which pays twice where two pixels are equal.",
            "흔한 실수는 평균 풀링처럼 창의 모든 화소에 dy를 주는 것, x == max를 마스크로 써서 두 "
            "화소가 같을 때 두 번 주는 것이에요.",
        ),
    ),
    modes=(
        Mode(
            name="windows side by side",
            inputs=(Input("x", x),),
            parameters=(Parameter("size", K, 2, tried=(2,), whole=True, least=1),),
            graph=(Node(y[n, i, j], largest(n, i, j)),),
            selectors=(
                Selector(winner[n, i, j], x[n, row(i, k), column(j, k)], (k, sp.Integer(1), K**2)),
            ),
            layouts=(
                Layout("images", {"x": ("N", "P * size", "Q * size")}, ("N", "P", "Q"), most=2),
            ),
            sizes={N: "N", P: "P", Q: "Q"},
            dy=dy,
            loss=sp.Sum(dy[n, i, j] * y[n, i, j], (n, 1, N), (i, 1, P), (j, 1, Q)),
            chains=(Chain(of=x[n, h, w], steps=STEPS, gradient=dx[n, h, w]),),
            special_values=(
                SpecialValue(
                    {"x": [[[1.0, 2.0], [3.0, -6.0]]]},
                    [[[3.0]]],
                    {"x": [[[0.0, 0.0], [1.0, 0.0]]]},
                ),
                SpecialValue(
                    {"x": [[[2.0, 2.0], [2.0, 2.0]]]},
                    [[[2.0]]],
                    {"x": [[[1.0, 0.0], [0.0, 0.0]]]},
                    note=Text(
                        "Of equals the first gets it all.",
                        "같은 화소 가운데 첫째가 모두 받아요.",
                    ),
                ),
            ),
        ),
    ),
    references=(
        "Ranzato, Huang, Boureau & LeCun, Unsupervised Learning of Invariant Features, 2007",
    ),
)
