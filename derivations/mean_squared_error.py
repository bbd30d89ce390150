"""The mean squared error, y = ((x_1 - t_1)^2 + ... + (x_n - t_n)^2) / n, over all elements."""

import sympy as sp

from gradproof.operation import rules
from gradproof.operation.derivation import (
    Chain,
    Derivation,
    Fact,
    Form,
    Input,
    Layout,
    Mode,
    Node,
    SpecialValue,
    Step,
)
from gradproof.text import Text

n, i, j = sp.symbols("n i j", integer=True, positive=True)
c, y, dy = sp.symbols("c y dy", real=True)
x, t, dx = (sp.IndexedBase(name, real=True) for name in ("x", "t", "dx"))
LOSS = sp.Sum((x[j] - t[j]) ** 2, (j, 1, n)) / n

STEPS = (
    Step(
        dy * sp.Derivative(LOSS, x[i]),
        rules.CHAIN_RULE,
        Text("The loss is one number, and so is dy.", "손실은 수 하나이고, dy도 그렇어요."),
    ),
    Step(
        dy * sp.Sum(2 * (x[j] - t[j]) * sp.KroneckerDelta(i, j), (j, 1, n)) / n,
        rules.POWER_RULE,
        Text(
            "u² has derivative 2u·u', and u = xⱼ - tⱼ has u' = 1 for j = i, else 0.",
            "u²의 도함수는 2u·u'이고, u = xⱼ - tⱼ의 u'은 j = i이면 1, 아니면 0이에요.",
        ),
    ),
    Step(
        2 * dy * (x[i] - t[i]) / n,
        rules.DELTA,
        Text(
            "Only the term j = i is left. 1/n stays: the loss is a mean.",
            "j = i인 항만 남아요. 손실이 평균이므로 1/n은 그대로예요.",
        ),
    ),
)

nan, inf = float("nan"), float("inf")

DERIVATION = Derivation(
    title=Text("Mean squared error", "평균 제곱 오차"),
    summary=Text(
        "The mean of the squared differences between prediction and target.",
        "예측과 목표의 차를 제곱하여 평균한 값이에요.",
    ),
    chapter=4,
    position=1,
    modes=(
        Mode(
            name="mean",
            inputs=(Input("x", x), Input("t", t, differentiable=False)),
            graph=(Node(y, LOSS),),
            layouts=(
                Layout("any shape", {"x": ("N", "D"), "t": ("N", "D")}, output=(), flatten=True),
            ),
            sizes={n: "*"},
            dy=dy,
            loss=dy * y,
            chains=(Chain(of=x[i], steps=STEPS, gradient=dx[i]),),
            forms=(
                Form(
                    dx[i],
                    dy / n * (x[i] - t[i]) + dy / n * (x[i] - t[i]),
                    Text(
                        "The 2 is the two equal factors of the square, one derivative each.",
                        "2는 제곱을 이루는 똑같은 두 인수를 한 번씩 미분하여 나온 것이에요.",
                    ),
                ),
            ),
            facts=(
                Fact(
                    sp.Sum(dx[j], (j, 1, n)),
                    2 * dy * (sp.Sum(x[j], (j, 1, n)) / n - sp.Sum(t[j], (j, 1, n)) / n),
                    Text(
                        "The gradients sum to twice the difference of the means, times dy.",
                        "기울기의 합은 두 평균의 차의 두 배에 dy를 곱한 값이에요.",
                    ),
                ),
                Fact(
                    sp.Sum(dx[j] * (x[j] - t[j]), (j, 1, n)),
                    2 * dy * y,
                    Text(
                        "Σ dx (x - t) is 2 dy y: a check of the factor 2/n.",
                        "Σ dx (x - t)는 2 dy y예요. 인수 2/n을 이것으로 검사할 수 있어요.",
                    ),
                ),
                Fact(
                    dy * sp.Derivative(LOSS, t[i]),
                    -dx[i],
                    Text(
                        "Prediction and target may change places: ∂ℓ/∂t is -∂ℓ/∂x.",
                        "예측과 목표는 서로 바꿀 수 있어요. ∂ℓ/∂t는 -∂ℓ/∂x예요.",
                    ),
                ),
                Fact(
                    dx[i],
                    sp.S.Zero,
                    Text(
                        "Where the prediction is right, nothing moves.",
                        "예측이 맞으면 기울기는 0이에요.",
                    ),
                    replace={x[i]: t[i]},
                ),
            ),
            special_values=(
                SpecialValue(
                    {"x": [[1.2e154, 1.2e154]], "t": [[0.0, 0.0]]},
                    1.44e308,
                    {"x": [[1.2e154, 1.2e154]]},
                    note=Text(
                        "The sum leaves the range of floats, the mean does not.",
                        "합은 부동소수점의 범위를 벗어나지만 평균은 벗어나지 않아요.",
                    ),
                ),
                SpecialValue({"x": [[1.0, 3.0]], "t": [[0.0, 0.0]]}, 5.0, {"x": [[1.0, 3.0]]}),
                SpecialValue({"x": [[0.5]], "t": [[0.5]]}, 0.0, {"x": [[0.0]]}),
                SpecialValue({"x": [[-0.0]], "t": [[0.0]]}, 0.0, {"x": [[0.0]]}),
                SpecialValue({"x": [[inf]], "t": [[0.0]]}, inf, {"x": [[inf]]}),
                SpecialValue({"x": [[-inf]], "t": [[0.0]]}, inf, {"x": [[-inf]]}),
                SpecialValue({"x": [[inf]], "t": [[inf]]}, nan, {"x": [[nan]]}),
                SpecialValue({"x": [[nan, 1.0]], "t": [[0.0, 0.0]]}, nan, {"x": [[nan, 1.0]]}),
            ),
        ),
    ),
    story=(
        Text(
            "A parabola per element: the further off, the steeper. The gradient points from"
            " target to"
            " prediction, so gradient descent walks from prediction to target.",
            "원소마다 포물선이에요. 멀리 벗어날수록 가팔라요. 기울기는 목표에서 예측 쪽을"
            " 가리키므로,"
            " 경사하강법은 예측을 목표 쪽으로 옮겨요.",
        ),
        Text(
            "The usual slips: the 2 lost (right only if the loss has a 1/2), 1/N where all N·D"
            " elements were averaged, t - x for x - t.",
            "흔한 실수는 이렇어요. 2를 빠뜨리는 것(손실에 1/2이 있을 때만 맞아요), N·D개를"
            " 평균하고도 N으로만 나누는 것, x - t 대신 t - x를 쓰는 것이에요.",
        ),
    ),
    references=(
        "Rumelhart, Hinton & Williams, Learning Representations by Back-Propagating Errors, 1986",
        "Bishop, Pattern Recognition and Machine Learning, 2006, section 1.2.5",
    ),
)
