"""Average pooling, y_nij = the mean over a K × K window of x, windows side by side."""

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
    SpecialValue,
    Step,
)
from gradproof.text import Text

N, P, Q = sp.symbols("N P Q", integer=True, positive=True)
K = sp.Symbol("size", integer=True, positive=True)
n, i, j, u, v, h, w = sp.symbols("n i j u v h w", integer=True, positive=True)
a, r, s = sp.symbols("a r s", integer=True, positive=True)  # image and window, when summed over
x, y, dy, dx = (sp.IndexedBase(name, real=True) for name in ("x", "y", "dy", "dx"))
same = sp.KroneckerDelta


def window(image: sp.Expr, row: sp.Expr, column: sp.Expr) -> sp.Expr:
    """The mean over the window in that row and column of windows."""
    inside = x[image, K * (row - 1) + u, K * (column - 1) + v]
    return sp.Sum(inside, (u, 1, K), (v, 1, K)) / K**2


def over_windows(term: sp.Expr) -> sp.Sum:
    """The sum over all images and windows."""
    return sp.Sum(term, (a, 1, N), (r, 1, P), (s, 1, Q))


def inside(row: sp.Expr, column: sp.Expr) -> sp.Expr:
    """Whether pixel (h, w) lies in that window: 1 or 0."""
    return sp.Sum(same(K * (row - 1) + u, h) * same(K * (column - 1) + v, w), (u, 1, K), (v, 1, K))


STEPS = (
    Step(
        over_windows(dy[a, r, s] * sp.Derivative(window(a, r, s), x[n, h, w])),
        rules.CHAIN_RULE,
        Text(
            "Every window counts with its upstream gradient.",
            "각 창에 상류 기울기를 곱해 더해요.",
        ),
    ),
    Step(
        over_windows(dy[a, r, s] * same(a, n) * inside(r, s) / K**2),
        rules.LINEARITY,
        Text(
            "A window has slope 1/K² by the pixels that lie in it, and 0 by all others.",
            "창의 기울기는 그 안에 있는 화소에 대해 1/K²이고, 나머지에 대해서는 0이에요.",
        ),
    ),
    Step(
        sp.Sum(dy[n, r, s] * inside(r, s), (r, 1, P), (s, 1, Q)) / K**2,
        rules.DELTA,
        Text(
            "Only the image n is left. Each pixel lies in one window, and gets a share of 1/K² of "
            "its gradient.",
            "n번째 영상만 남아요. 화소는 창 하나에 들어 있고, 그 창의 기울기의 1/K²을 받아요.",
        ),
    ),
)

DERIVATION = Derivation(
    title=Text("Average pooling", "평균 풀링"),
    summary=Text(
        "Puts the mean in the place of each K × K window.",
        "K × K 창마다 그 평균으로 바꿔요.",
    ),
    chapter=3,
    position=6,
    story=(
        Text(
            "A window of K² pixels shares its gradient out evenly. It is a linear map, the same "
            "for "
            "every input, so backward needs nothing but the window's size.",
            "K²개의 화소로 된 창은 기울기를 똑같이 나누어 줘요. 입력과 무관한 선형 사상이므로 "
            "역전파에는 창의 크기만 있으면 돼요.",
        ),
        Text(
            "The usual slips: 1/K for 1/K², or none; and rows repeated twice instead of rows and "
            "columns.",
            "흔한 실수는 1/K² 대신 1/K로 나누거나 아예 나누지 않는 것, 행과 열이 아니라 행만 두 번 "
            "되풀이하는 것이에요.",
        ),
    ),
    modes=(
        Mode(
            name="windows side by side",
            inputs=(Input("x", x),),
            parameters=(Parameter("size", K, 2, tried=(2, 3), whole=True, least=1),),
            graph=(Node(y[n, i, j], window(n, i, j)),),
            layouts=(
                Layout("images", {"x": ("N", "P * size", "Q * size")}, ("N", "P", "Q"), most=2),
            ),
            sizes={N: "N", P: "P", Q: "Q"},
            dy=dy,
            loss=sp.Sum(dy[n, i, j] * y[n, i, j], (n, 1, N), (i, 1, P), (j, 1, Q)),
            chains=(Chain(of=x[n, h, w], steps=STEPS, gradient=dx[n, h, w]),),
            special_values=(
                SpecialValue(
                    {"x": [[[1.0, 2.0], [3.0, 6.0]]]},
                    [[[3.0]]],
                    {"x": [[[0.25, 0.25], [0.25, 0.25]]]},
                ),
                SpecialValue(
                    {"x": [[[1.6e308, 1.6e308], [1.6e308, 1.6e308]]]},
                    [[[1.6e308]]],
                    note=Text(
                        "The sum leaves the range of floats, the mean does not.",
                        "합은 부동소수점의 범위를 벗어나지만 평균은 벗어나지 않아요.",
                    ),
                ),
            ),
        ),
    ),
    references=("LeCun, Bottou, Bengio & Haffner, Gradient-Based Learning, 1998, section II.B",),
)
