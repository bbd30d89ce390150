"""The linear unit, y = w_0 + x·w."""

import sympy as sp

from gradproof.operation.derivation import (
    Chain,
    Derivation,
    Fact,
    Input,
    Layout,
    Mode,
    Node,
    SpecialValue,
    Step,
)
from gradproof.operation.rules import DEFINITION, DELTA, LINEARITY, SUM_RULE
from gradproof.text import Text

n, i, j, d = sp.symbols("n i j d", integer=True, positive=True)
N, D = sp.symbols("N D", integer=True, positive=True)
x, w, y, dy = (sp.IndexedBase(name) for name in ("x", "w", "y", "dy"))
dx, dw = sp.IndexedBase("dx"), sp.IndexedBase("dw")
w_0, dw_0 = sp.symbols("w_0 dw_0", real=True)

delta = sp.KroneckerDelta


def output(sample: sp.Expr) -> sp.Expr:
    """The forward definition, for one sample."""
    return w_0 + sp.Sum(w[j] * x[sample, j], (j, 1, D))


def over_samples(term: sp.Expr) -> sp.Expr:
    """The sum over the batch."""
    return sp.Sum(term, (i, 1, N))


def opening(variable: sp.Expr) -> tuple[Step, ...]:
    """The first two lines, the same for every gradient."""
    return (
        Step(
            sp.Derivative(over_samples(dy[i] * output(i)), variable),
            DEFINITION,
            Text(
                "The loss, to first order: every output counts with its upstream gradient.",
                "손실의 일차 근사예요. 각 출력에 상류 기울기를 곱해 더해요.",
            ),
        ),
        Step(
            over_samples(dy[i] * sp.Derivative(output(i), variable)),
            LINEARITY,
            Text(
                "The derivative of a sum is the sum of derivatives, and dy is held fixed.",
                "합의 도함수는 도함수의 합이고, dy는 고정되어 있어요.",
            ),
        ),
    )


TO_X = (
    *opening(x[n, d]),
    Step(
        over_samples(dy[i] * sp.Sum(w[j] * delta(i, n) * delta(j, d), (j, 1, D))),
        SUM_RULE,
        Text(
            "∂x_ij/∂x_nd is 1 if both indices agree, else 0: that is δ_in δ_jd.",
            "∂x_ij/∂x_nd는 두 인덱스가 모두 같으면 1, 아니면 0이에요. 곧 δ_in δ_jd예요.",
        ),
    ),
    Step(
        over_samples(dy[i] * w[d] * delta(i, n)),
        DELTA,
        Text("Of the sum over j only j = d is left.", "j에 대한 합에서 j = d인 항만 남아요."),
    ),
    Step(
        dy[n] * w[d],
        DELTA,
        Text(
            "Only the sample itself, i = n: samples do not mix.",
            "i = n, 곧 자기 표본만 남아요. 표본끼리는 섞이지 않아요.",
        ),
    ),
)

TO_W = (
    *opening(w[d]),
    Step(
        over_samples(dy[i] * sp.Sum(x[i, j] * delta(j, d), (j, 1, D))),
        SUM_RULE,
        Text("∂w_j/∂w_d = δ_jd, and w_0 is constant.", "∂w_j/∂w_d = δ_jd이고 w_0은 상수예요."),
    ),
    Step(
        over_samples(dy[i] * x[i, d]),
        DELTA,
        Text(
            "Only j = d is left. The sum over samples stays: all of them share w.",
            "j = d만 남아요. 모든 표본이 w를 함께 쓰므로 표본에 대한 합은 그대로 있어요.",
        ),
    ),
)

TO_W_0 = (
    *opening(w_0),
    Step(
        over_samples(dy[i]),
        SUM_RULE,
        Text(
            "w_0 enters every output with slope 1: the upstream gradients add up.",
            "w_0은 모든 출력에 기울기 1로 들어가므로 상류 기울기를 모두 더해요.",
        ),
    ),
)

DERIVATION = Derivation(
    title=Text("Linear perceptron", "선형 퍼셉트론"),
    summary=Text(
        "A weighted sum of the features plus a bias: the smallest thing that learns by gradients.",
        "특성의 가중합에 편향을 더해요. 기울기로 학습하는 가장 작은 단위예요.",
    ),
    chapter=1,
    position=3,
    story=(
        Text(
            "Without a jump every small change of a weight moves the output, so the gradient has "
            "something to say: change w_d in proportion to the feature it multiplies.",
            "불연속점이 없으므로 가중치를 조금만 바꾸어도 출력이 움직여요. 그래서 기울기가 "
            "쓸모 있는 정보를 줘요. w_d는 자신이 곱해지는 특성의 크기에 비례해 바뀌어요.",
        ),
        Text(
            "What is shared is summed: w and w_0 serve every sample, so their gradients sum over "
            "the batch; x_n serves one sample, so its gradient does not. The usual slips: a mean "
            "for the sum, or a dw_0 with one entry per sample because the sum was forgotten.",
            "함께 쓰는 것은 더해요. w와 w_0은 모든 표본이 쓰므로 기울기를 배치에 대해 더하고, "
            "x_n은 한 표본만 쓰므로 더하지 않아요. 합 대신 평균을 쓰거나, 합을 잊어 dw_0이 표본 "
            "수만큼 나오는 것이 흔한 실수예요.",
        ),
    ),
    modes=(
        Mode(
            name="default",
            inputs=(Input("x", x), Input("w", w), Input("w_0", w_0)),
            graph=(Node(y[n], output(n)),),
            layouts=(
                Layout("N × D", shapes={"x": ("N", "D"), "w": ("D",), "w_0": ()}, output=("N",)),
            ),
            sizes={N: "N", D: "D"},
            dy=dy,
            loss=sp.Sum(dy[n] * y[n], (n, 1, N)),
            chains=(
                Chain(of=x[n, d], steps=TO_X, gradient=dx[n, d]),
                Chain(of=w[d], steps=TO_W, gradient=dw[d]),
                Chain(of=w_0, steps=TO_W_0, gradient=dw_0),
            ),
            facts=(
                Fact(
                    dw[d],
                    dw_0,
                    Text(
                        "The bias is the weight of a feature that is always 1.",
                        "편향은 값이 늘 1인 특성의 가중치예요.",
                    ),
                    replace={x[n, d]: sp.Integer(1)},
                ),
                Fact(
                    y[n],
                    w_0,
                    Text("Without weights only the bias is left.", "가중치가 0이면 편향만 남아요."),
                    replace={w[d]: sp.Integer(0)},
                ),
                Fact(
                    sp.Sum(dx[n, d], (n, 1, N)),
                    w[d] * dw_0,
                    Text(
                        "The rows of dx add up to w times dw_0.",
                        "dx의 행을 모두 더하면 w에 dw_0을 곱한 것과 같아요.",
                    ),
                ),
            ),
            special_values=(
                SpecialValue(
                    {"x": [[1.0], [1.0], [1.0]], "w": [1.0], "w_0": 0.0},
                    [1.0, 1.0, 1.0],
                    {"x": [[1.5e308], [1.5e308], [-1.5e308]], "w": [1.5e308], "w_0": 1.5e308},
                    cotangent=[1.5e308, 1.5e308, -1.5e308],
                    note=Text(
                        "Sums that leave the range of floats on the way, and come back.",
                        "더하는 도중에 부동소수점의 범위를 벗어났다가 돌아오는 합이에요.",
                    ),
                ),
                SpecialValue(
                    {"x": [[1.0, 2.0], [3.0, 4.0]], "w": [0.5, -1.0], "w_0": 0.25},
                    [-1.25, -2.25],
                    {"x": [[1.0, -2.0], [-0.5, 1.0]], "w": [-1.0, 0.0], "w_0": 1.0},
                    cotangent=[2.0, -1.0],
                    note=Text("Small enough to do by hand.", "손으로 계산해 볼 수 있는 예예요."),
                ),
                SpecialValue(
                    {"x": [[0.0]], "w": [3.0], "w_0": 7.0},
                    [7.0],
                    {"x": [[3.0]], "w": [0.0], "w_0": 1.0},
                ),
                SpecialValue(
                    {"x": [[float("nan")], [1.0]], "w": [2.0], "w_0": 0.0},
                    [float("nan"), 2.0],
                    {"x": [[2.0], [2.0]], "w": [float("nan")], "w_0": 2.0},
                    note=Text(
                        "A NaN in one sample spoils its own output, and the weight they all share.",
                        "한 표본의 NaN은 자신의 출력과, 모두가 함께 쓰는 가중치의 기울기를 망쳐요.",
                    ),
                ),
                SpecialValue(
                    {"x": [[float("inf")]], "w": [1.0], "w_0": 0.0},
                    [float("inf")],
                    {"x": [[1.0]], "w": [float("inf")], "w_0": 1.0},
                ),
            ),
        ),
    ),
    references=("Widrow & Hoff, Adaptive Switching Circuits, 1960",),
)
