"""Layer norm, y_i = gamma_i (x_i - mu) / sqrt(var + eps) + beta_i, one row at a time."""

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

D, i, j, k = sp.symbols("D i j k", integer=True, positive=True)
c = sp.Symbol("c", real=True)
eps, s = sp.symbols("eps s", positive=True)
mu = sp.Symbol("mu", real=True)
x, gamma, beta, x_hat, y, dy = (
    sp.IndexedBase(name, real=True) for name in ("x", "gamma", "beta", "x_hat", "y", "dy")
)
dx, dgamma, dbeta = (sp.IndexedBase(name, real=True) for name in ("dx", "dgamma", "dbeta"))
same = sp.KroneckerDelta


def mean(term: sp.Expr, index: sp.Symbol) -> sp.Expr:
    """The mean of ``term`` over the features of the row."""
    return sp.Sum(term, (index, 1, D)) / D


def over_features(term: sp.Expr, index: sp.Symbol) -> sp.Sum:
    """The sum of ``term`` over the features of the row."""
    return sp.Sum(term, (index, 1, D))


STD = sp.sqrt(mean((x[k] - mu) ** 2, k) + eps)
NORMALISED = (x[i] - mean(x[k], k)) / STD.xreplace({mu: mean(x[k], k)})

TO_X = (
    Step(
        over_features(dy[i] * gamma[i] * sp.Derivative(NORMALISED, x[j]), i),
        rules.CHAIN_RULE,
        Text(
            "xⱼ reaches every output of the row: directly, through μ and through s.",
            "xⱼ는 행의 모든 출력에 닿아요. 직접, μ를 거쳐, s를 거쳐 닿아요.",
        ),
    ),
    Step(
        over_features(
            dy[i] * gamma[i] * ((same(i, j) - 1 / D) / s - x_hat[i] * x_hat[j] / (D * s)), i
        ),
        rules.QUOTIENT_RULE,
        Text(
            "xᵢ - μ has slope δᵢⱼ - 1/D, and s has slope (xⱼ - μ)/(D s): what passes through μ "
            "cancels there, since the differences to a mean sum to 0.",
            "xᵢ - μ의 기울기는 δᵢⱼ - 1/D이고, s의 기울기는 (xⱼ - μ)/(D s)예요. s 안에서 μ를 "
            "거치는 부분은 평균과의 차를 모두 더하면 0이므로 사라져요.",
        ),
    ),
    Step(
        (
            gamma[j] * dy[j]
            - mean(gamma[i] * dy[i], i)
            - x_hat[j] * mean(gamma[i] * dy[i] * x_hat[i], i)
        )
        / s,
        rules.DELTA,
        Text(
            "Off the gradient of x̂ goes its mean, and its share along x̂: batch norm's formula, "
            "along the other axis.",
            "x̂의 기울기에서 그 평균과, x̂ 방향의 몫을 빼요. 배치 정규화의 식을 다른 축으로 쓴 "
            "것이에요.",
        ),
    ),
)

TO_GAMMA = (
    Step(
        over_features(dy[i] * sp.Derivative(gamma[i] * x_hat[i] + beta[i], gamma[j]), i),
        rules.DEFINITION,
        Text("γ is a factor of one output only.", "γ는 출력 하나에만 곱해져요."),
    ),
    Step(
        over_features(dy[i] * same(i, j) * x_hat[i], i),
        rules.LINEARITY,
        Text("∂γᵢ/∂γⱼ is 1 for i = j, else 0.", "∂γᵢ/∂γⱼ는 i = j이면 1, 아니면 0이에요."),
    ),
    Step(
        dy[j] * x_hat[j],
        rules.DELTA,
        Text(
            "Of one row; the code sums it over the rows, which share γ.",
            "한 행의 값이에요. 행들이 γ를 함께 쓰므로 코드에서는 행에 걸쳐 더해요.",
        ),
    ),
)

TO_BETA = (
    Step(
        over_features(dy[i] * sp.Derivative(gamma[i] * x_hat[i] + beta[i], beta[j]), i),
        rules.DEFINITION,
        Text("β is added to one output only.", "β는 출력 하나에만 더해져요."),
    ),
    Step(
        dy[j],
        rules.DELTA,
        Text(
            "Of one row; the code sums it over the rows.",
            "한 행의 값이에요. 코드에서는 행에 걸쳐 더해요.",
        ),
    ),
)

DERIVATION = Derivation(
    title=Text("Layer norm", "층 정규화"),
    summary=Text(
        "Normalises each row by its own mean and variance, whatever the batch.",
        "배치와 상관없이 각 행을 그 행의 평균과 분산으로 정규화해요.",
    ),
    chapter=5,
    position=2,
    story=(
        Text(
            "Batch norm turned by a quarter: the statistics run over the features of one example. "
            "Examples do not see each other, and a batch of one is as good as any.",
            "배치 정규화를 90도 돌린 것이에요. 통계를 표본 하나의 특성에 걸쳐 내요. 표본끼리는 "
            "서로 영향을 주지 않으며, 표본이 하나뿐인 배치도 괜찮아요.",
        ),
        Text(
            "The usual slips: means over the batch axis; γ left out of the two means of dx, or put "
            "in front of them; dγ and dβ not summed over the rows.",
            "흔한 실수는 평균을 배치 축으로 내는 것, dx의 두 평균에서 γ를 빠뜨리거나 평균 앞으로 "
            "꺼내는 것, dγ와 dβ를 행에 걸쳐 더하지 않는 것이에요.",
        ),
    ),
    modes=(
        Mode(
            name="rows",
            inputs=(Input("x", x), Input("gamma", gamma), Input("beta", beta)),
            parameters=(Parameter("eps", eps, 1e-5, tried=(1e-5, 0.1)),),
            graph=(
                Node(mu, mean(x[k], k)),
                Node(s, STD),
                Node(x_hat[i], (x[i] - mu) / s),
                Node(y[i], gamma[i] * x_hat[i] + beta[i]),
            ),
            layouts=(
                Layout(
                    "rows",
                    {"x": ("N", "D"), "gamma": ("D",), "beta": ("D",)},
                    output=("N", "D"),
                    mapped=("N",),
                ),
            ),
            sizes={D: "D"},
            dy=dy,
            loss=over_features(dy[i] * y[i], i),
            chains=(
                Chain(of=x[j], steps=TO_X, gradient=dx[j]),
                Chain(of=gamma[j], steps=TO_GAMMA, gradient=dgamma[j]),
                Chain(of=beta[j], steps=TO_BETA, gradient=dbeta[j]),
            ),
            facts=(
                Fact(
                    over_features(dx[j], j),
                    sp.S.Zero,
                    Text(
                        "Each row of dx sums to 0: a shift of the row changes nothing.",
                        "dx의 각 행은 합이 0이에요. 행을 통째로 옮겨도 그대로이기 때문이에요.",
                    ),
                ),
                Fact(
                    y[i],
                    y[i],
                    Text(
                        "Adding a number to the row changes nothing.",
                        "행에 같은 수를 더해도 그대로예요.",
                    ),
                    replace={x[i]: x[i] + c},
                ),
            ),
            special_values=(
                SpecialValue(
                    {"x": [[2.0, 2.0]], "gamma": [1.0, 3.0], "beta": [0.5, -1.0]},
                    [[0.5, -1.0]],
                    {"gamma": [0.0, 0.0], "beta": [1.0, 1.0]},
                ),
                SpecialValue(
                    {"x": [[1e200, -1e200]], "gamma": [1.0, 1.0], "beta": [0.0, 0.0]},
                    [[1.0, -1.0]],
                    note=Text(
                        "The variance leaves the range of floats.",
                        "분산은 부동소수점의 범위를 벗어나요.",
                    ),
                ),
            ),
        ),
    ),
    references=("Ba, Kiros & Hinton, Layer Normalization, 2016",),
)
