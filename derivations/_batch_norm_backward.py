"""Batch normalisation forward, and the six backward equations of Ioffe & Szegedy (2015)."""

import sympy as sp

from derivations._batch_norm_symbols import (
    beta,
    dbeta,
    dgamma,
    dmu,
    dvar,
    dx,
    dx_hat,
    dy,
    eps,
    gamma,
    i,
    j,
    m,
    mu,
    over_batch,
    var,
    x,
    x_hat,
    y,
)
from gradproof.operation import rules
from gradproof.operation.derivation import Chain, Node, Step
from gradproof.text import Text

s = sp.sqrt(var + eps)


def in_turn(*terms: sp.Expr) -> sp.Expr:
    """A sum that keeps its terms in this order from line to line: x_hat, var, mu."""
    return sp.Add(*terms, evaluate=False)


MEAN = over_batch(x[j]) / m
VARIANCE = over_batch((x[j] - mu) ** 2) / m

# Forward, Algorithm 1 of the paper.
GRAPH = (
    Node(mu, MEAN),
    Node(var, VARIANCE),
    Node(x_hat[i], (x[i] - mu) / s),
    Node(y[i], gamma * x_hat[i] + beta),
)

# Backward, the six equations of section 3 in the paper's order.
D_X_HAT = Chain(
    of=x_hat[i],
    gradient=dx_hat[i],
    steps=(
        Step(
            dy[i] * sp.Derivative(gamma * x_hat[i] + beta, x_hat[i]),
            rules.CHAIN_RULE,
            Text(
                "x̂ᵢ reaches the loss through yᵢ alone.",
                "x̂ᵢ는 yᵢ를 통해서만 손실에 영향을 줘요.",
            ),
        ),
        Step(
            dy[i] * gamma,
            rules.LINEARITY,
            Text("yᵢ is a line in x̂ᵢ with slope γ.", "yᵢ는 x̂ᵢ의 일차식이고 기울기는 γ예요."),
        ),
    ),
)

D_VAR = Chain(
    of=var,
    gradient=dvar,
    steps=(
        Step(
            over_batch(dx_hat[j] * sp.Derivative((x[j] - mu) / s, var)),
            rules.CHAIN_RULE,
            Text(
                "One variance serves the whole batch, so every x̂ⱼ sends a gradient back: add them.",
                "분산 하나를 배치 전체가 함께 쓰므로, 모든 x̂ⱼ가 보내는 기울기를 더해요.",
            ),
        ),
        Step(
            over_batch(
                dx_hat[j] * (x[j] - mu) * sp.Rational(-1, 2) * (var + eps) ** sp.Rational(-3, 2)
            ),
            rules.POWER_RULE,
            Text(
                "(σ² + ε)^(-1/2) has derivative -1/2 (σ² + ε)^(-3/2): the exponent drops by one.",
                "(σ² + ε)^(-1/2)의 도함수는 -1/2 (σ² + ε)^(-3/2)이에요. 지수가 1 줄어들어요.",
            ),
        ),
        Step(
            -over_batch(dx_hat[j] * (x[j] - mu)) / (2 * (var + eps) ** sp.Rational(3, 2)),
            rules.FACTOR,
            Text(
                "What does not depend on j leaves the sum.",
                "j와 무관한 인수는 합 밖으로 나와요.",
            ),
        ),
    ),
)

D_MU = Chain(
    of=mu,
    gradient=dmu,
    steps=(
        Step(
            in_turn(
                over_batch(dx_hat[j] * sp.Derivative((x[j] - mu) / s, mu)),
                dvar * sp.Derivative(VARIANCE, mu),
            ),
            rules.TOTAL_DERIVATIVE,
            Text(
                "μ is used twice: in every x̂ⱼ and inside the variance. Both ways back count.",
                "μ는 두 번 쓰여요. 모든 x̂ⱼ에, 그리고 분산 안에 있으므로 두 경로를 모두 더해요.",
            ),
        ),
        Step(
            in_turn(over_batch(dx_hat[j] * (-1 / s)), dvar * over_batch(-2 * (x[j] - mu)) / m),
            rules.POWER_RULE,
            Text(
                "x̂ⱼ falls by 1/√(σ² + ε) per unit of μ; (xⱼ - μ)² has slope -2(xⱼ - μ) in μ.",
                "μ가 늘면 x̂ⱼ는 1/√(σ² + ε)의 비율로 줄고, (xⱼ - μ)²의 μ에 대한 도함수는"
                " -2(xⱼ - μ)예요.",
            ),
        ),
        Step(
            over_batch(dx_hat[j] * (-1 / s)) - 2 * dvar * (over_batch(x[j]) - m * mu) / m,
            rules.LINEARITY,
            Text(
                "Sum term by term: the constant μ is counted m times.",
                "항별로 더해요. 상수 μ는 m번 더해져요.",
            ),
        ),
        Step(
            -over_batch(dx_hat[j]) / s,
            rules.IDENTITY,
            Text(
                "Σxⱼ = mμ by the definition of μ, so the second term is exactly zero.",
                "μ의 정의에서 Σxⱼ = mμ이므로 둘째 항은 정확히 0이에요.",
            ),
        ),
    ),
)

D_X = Chain(
    of=x[i],
    gradient=dx[i],
    steps=(
        Step(
            in_turn(
                dx_hat[i] * sp.Derivative((x[i] - mu) / s, x[i]),
                dvar * sp.Derivative(VARIANCE, x[i]),
                dmu * sp.Derivative(MEAN, x[i]),
            ),
            rules.TOTAL_DERIVATIVE,
            Text(
                "xᵢ goes three ways: straight into x̂ᵢ, into σ², and into μ.",
                "xᵢ에서 나가는 길은 셋이에요. x̂ᵢ로 곧장, σ²으로, 그리고 μ로 가요.",
            ),
        ),
        Step(
            in_turn(dx_hat[i] / s, dvar * 2 * (x[i] - mu) / m, dmu / m),
            rules.DELTA,
            Text(
                "In each sum only the term j = i contains xᵢ. This is the paper's equation.",
                "각 합에서 xᵢ가 들어 있는 항은 j = i뿐이에요. 논문의 식이 바로 이것이에요.",
            ),
        ),
        Step(
            in_turn(dx_hat[i] / s, dvar * 2 * (x[i] - mu) / m, -over_batch(dx_hat[j]) / (m * s)),
            rules.SUBSTITUTE,
            Text("Put in ∂ℓ/∂μ.", "∂ℓ/∂μ를 대입해요."),
        ),
        Step(
            in_turn(
                dx_hat[i] / s,
                -(x[i] - mu)
                * over_batch(dx_hat[j] * (x[j] - mu))
                / (m * (var + eps) ** sp.Rational(3, 2)),
                -over_batch(dx_hat[j]) / (m * s),
            ),
            rules.SUBSTITUTE,
            Text(
                "Put in ∂ℓ/∂σ²: its -1/2 cancels the 2.",
                "∂ℓ/∂σ²을 대입해요. -1/2의 분모가 2와 약분돼요.",
            ),
        ),
        Step(
            in_turn(
                dx_hat[i] / s,
                -x_hat[i] * over_batch(dx_hat[j] * x_hat[j]) / (m * s),
                -over_batch(dx_hat[j]) / (m * s),
            ),
            rules.SUBSTITUTE,
            Text(
                "Give one 1/√(σ² + ε) to each x - μ: that makes both of them x̂.",
                "두 x - μ에 1/√(σ² + ε)을 하나씩 나누어 주면 둘 다 x̂가 돼요.",
            ),
        ),
        Step(
            (m * dx_hat[i] - over_batch(dx_hat[j]) - x_hat[i] * over_batch(dx_hat[j] * x_hat[j]))
            / (m * s),
            rules.FACTOR,
            Text(
                "All three terms share 1/(m√(σ² + ε)).",
                "세 항의 공통 인수 1/(m√(σ² + ε))로 묶어요.",
            ),
        ),
        Step(
            gamma
            * (m * dy[i] - over_batch(dy[j]) - x_hat[i] * over_batch(dy[j] * x_hat[j]))
            / (m * s),
            rules.SUBSTITUTE,
            Text(
                "∂ℓ/∂x̂ = γ dy, and γ leaves the bracket.",
                "∂ℓ/∂x̂ = γ dy를 대입하고 γ를 괄호 밖으로 꺼내요.",
            ),
        ),
    ),
)

D_GAMMA = Chain(
    of=gamma,
    gradient=dgamma,
    steps=(
        Step(
            over_batch(dy[j] * sp.Derivative(gamma * x_hat[j] + beta, gamma)),
            rules.CHAIN_RULE,
            Text(
                "One γ scales every row of the batch, so all rows add up.",
                "γ 하나가 배치의 모든 행에 곱해지므로, 모든 행의 몫을 더해요.",
            ),
        ),
        Step(
            over_batch(dy[j] * x_hat[j]),
            rules.LINEARITY,
            Text("yⱼ is a line in γ with slope x̂ⱼ.", "yⱼ는 γ의 일차식이고 기울기는 x̂ⱼ이에요."),
        ),
    ),
)

D_BETA = Chain(
    of=beta,
    gradient=dbeta,
    steps=(
        Step(
            over_batch(dy[j] * sp.Derivative(gamma * x_hat[j] + beta, beta)),
            rules.CHAIN_RULE,
            Text("One β is added to every row.", "β 하나가 모든 행에 더해져요."),
        ),
        Step(
            over_batch(dy[j]),
            rules.LINEARITY,
            Text("Its slope is 1: a sum, not a mean.", "기울기는 1이에요. 평균이 아니라 합이에요."),
        ),
    ),
)

SIX_EQUATIONS = (D_X_HAT, D_VAR, D_MU, D_X, D_GAMMA, D_BETA)
