"""Convolution of images: each output is a window of the image times a filter, plus a bias."""

import sympy as sp

from gradproof.operation import rules
from gradproof.operation.derivation import (
    Chain,
    Derivation,
    Fact,
    Input,
    Layout,
    Mode,
    Node,
    Parameter,
    SpecialValue,
    Step,
)
from gradproof.text import Text

N, C, F, H, L, U, V, rows, columns = sp.symbols("N C F H L U V I J", integer=True, positive=True)
n, c, f, h, w, u, v, i, j = sp.symbols("n c f h w u v i j", integer=True, positive=True)
a, g, k, p, q, r, s = sp.symbols("a g k p q r s", integer=True, positive=True)  # when summed over
stride = sp.Symbol("S", integer=True, positive=True)
padding = sp.Symbol("P", integer=True, nonnegative=True)
x, W, b, y, dy = (sp.IndexedBase(name, real=True) for name in ("x", "W", "b", "y", "dy"))
dx, dW, db = (sp.IndexedBase(name, real=True) for name in ("dx", "dW", "db"))
delta = sp.KroneckerDelta


def sees(row: sp.Expr, of_filter: sp.Expr, pixel: sp.Expr) -> sp.Expr:
    """1 where that row of the filter lies on that row of the image, else 0; so for columns."""
    return delta(stride * (row - 1) + of_filter, pixel + padding)


def output(image: sp.Expr, which: sp.Expr, row: sp.Expr, column: sp.Expr) -> sp.Expr:
    """The forward definition: what a filter sees from one place, times its weights."""
    seen = x[image, k, p, q] * W[which, k, r, s] * sees(row, r, p) * sees(column, s, q)
    return b[which] + sp.Sum(seen, (p, 1, H), (q, 1, L), (r, 1, U), (s, 1, V), (k, 1, C))


def over_outputs(term: sp.Expr) -> sp.Expr:
    """The sum over all images, filters and places."""
    return sp.Sum(term, (i, 1, rows), (j, 1, columns), (g, 1, F), (a, 1, N))


def opening(variable: sp.Expr) -> Step:
    """The first line, the same for every gradient."""
    return Step(
        over_outputs(dy[a, g, i, j] * sp.Derivative(output(a, g, i, j), variable)),
        rules.LINEARITY,
        Text(
            "Every output counts with its upstream gradient.",
            "각 출력에 상류 기울기를 곱해 더해요.",
        ),
    )


TO_X = (
    opening(x[n, c, h, w]),
    Step(
        sp.Sum(
            dy[n, g, i, j] * W[g, c, r, s] * sees(i, r, h) * sees(j, s, w),
            (r, 1, U),
            (s, 1, V),
            (i, 1, rows),
            (j, 1, columns),
            (g, 1, F),
        ),
        rules.DELTA,
        Text(
            "The pixel gets back from every place that saw it, through the weight it was seen "
            "with.",
            "화소는 자신을 본 모든 자리에서, 그때 곱해진 가중치를 거쳐 기울기를 돌려받아요.",
        ),
    ),
)

TO_W = (
    opening(W[f, c, u, v]),
    Step(
        sp.Sum(
            dy[a, f, i, j] * x[a, c, p, q] * sees(i, u, p) * sees(j, v, q),
            (p, 1, H),
            (q, 1, L),
            (i, 1, rows),
            (j, 1, columns),
            (a, 1, N),
        ),
        rules.DELTA,
        Text(
            "The weight is used at every place of every image: their pixels, times dy, add up.",
            "가중치는 모든 영상의 모든 자리에서 쓰이므로, 거기서 본 화소에 dy를 곱해 모두 더해요.",
        ),
    ),
)

TO_B = (
    opening(b[f]),
    Step(
        sp.Sum(dy[a, f, i, j], (i, 1, rows), (j, 1, columns), (a, 1, N)),
        rules.DELTA,
        Text(
            "The bias of a filter is added at every place.",
            "필터의 편향은 모든 자리에 더해져요.",
        ),
    ),
)

DERIVATION = Derivation(
    title=Text("Convolution", "합성곱층"),
    summary=Text(
        "Slides small filters over an image: a dense layer that looks at one window at a time.",
        "작은 필터를 영상 위로 밀고 가요. 한 번에 창 하나를 보는 완전 연결층이에요.",
    ),
    chapter=3,
    position=5,
    story=(
        Text(
            "A row i of y and a row u of the filter meet row S(i - 1) + u - P of the image. That "
            "one "
            "equation is forward and backward: each gradient sums the products of the other two "
            "over all places where it holds. Rows outside the image are 0, so they do not occur.",
            "y의 i행과 필터의 u행은 영상의 S(i - 1) + u - P행에서 만나요. 순전파도 역전파도 이 "
            "등식 하나예요. 각 기울기는 이 등식이 성립하는 모든 자리에서 나머지 둘의 곱을 더한 "
            "값이에요. 영상 밖의 행은 0이므로 나오지 않아요.",
        ),
        Text(
            "The usual slips: a filter that is not turned where dx is written as a convolution; "
            "the "
            "stride forgotten on the way back; the padding not cut off dx; and db summed over the "
            "images only.",
            "흔한 실수는 dx를 합성곱으로 쓰면서 필터를 뒤집지 않는 것, 역전파에서 스트라이드를 "
            "잊는 "
            "것, dx에서 패딩을 잘라 내지 않는 것, db를 영상에 대해서만 더하는 것이에요.",
        ),
    ),
    modes=(
        Mode(
            name="default",
            inputs=(Input("x", x), Input("W", W), Input("b", b)),
            parameters=(
                Parameter("stride", stride, 1, tried=(1, 2), whole=True, least=1),
                Parameter("padding", padding, 0, tried=(0, 1), whole=True, least=0),
            ),
            graph=(Node(y[n, f, i, j], output(n, f, i, j)),),
            layouts=(
                Layout(
                    "images",
                    {"x": ("N", "C", "H", "L"), "W": ("F", "C", "U", "V"), "b": ("F",)},
                    output=(
                        "N",
                        "F",
                        "(H + 2 * padding - U) // stride + 1",
                        "(L + 2 * padding - V) // stride + 1",
                    ),
                    least={"H": "U", "L": "V + 1"},
                ),
            ),
            sizes={
                N: "N",
                C: "C",
                F: "F",
                H: "H",
                L: "L",
                U: "U",
                V: "V",
                rows: "(H + 2 * padding - U) // stride + 1",
                columns: "(L + 2 * padding - V) // stride + 1",
            },
            dy=dy,
            loss=sp.Sum(
                dy[n, f, i, j] * y[n, f, i, j], (n, 1, N), (f, 1, F), (i, 1, rows), (j, 1, columns)
            ),
            chains=(
                Chain(of=x[n, c, h, w], steps=TO_X, gradient=dx[n, c, h, w]),
                Chain(of=W[f, c, u, v], steps=TO_W, gradient=dW[f, c, u, v]),
                Chain(of=b[f], steps=TO_B, gradient=db[f]),
            ),
            facts=(
                Fact(
                    y[n, f, i, j],
                    b[f],
                    Text("Without weights only the bias is left.", "가중치가 0이면 편향만 남아요."),
                    replace={W[f, c, u, v]: sp.Integer(0)},
                ),
            ),
            special_values=(
                SpecialValue(
                    {"x": [[[[1.0, 2.0], [3.0, 4.0]]]], "W": [[[[1.0, -1.0]]]], "b": [0.5]},
                    [[[[-0.5], [-0.5]]]],
                    {
                        "x": [[[[1.0, -1.0], [1.0, -1.0]]]],
                        "W": [[[[4.0, 6.0]]]],
                        "b": [2.0],
                    },
                ),
                SpecialValue(
                    {"x": [[[[1e300, 1e300]]]], "W": [[[[1e10, -1e10]]]], "b": [1.0]},
                    [[[[1.0]]]],
                    {"b": [1.0]},
                    note=Text(
                        "Products that leave the range of floats, and cancel.",
                        "부동소수점의 범위를 벗어났다가 상쇄되는 곱이에요.",
                    ),
                ),
            ),
        ),
    ),
    references=(
        "LeCun et al., Backpropagation Applied to Handwritten Zip Code Recognition, 1989",
        "Dumoulin & Visin, A Guide to Convolution Arithmetic for Deep Learning, 2016",
    ),
)
