"""Batch normalisation at inference: the statistics are constants, gathered in training."""

import sympy as sp

from derivations._batch_norm_symbols import (
    EPS,
    beta,
    dbeta,
    dgamma,
    dx,
    dy,
    eps,
    gamma,
    i,
    j,
    m,
    over_batch,
    running_mean,
    running_var,
    x,
    x_hat,
    y,
)
from gradproof.operation import rules
from gradproof.operation.derivation import (
    Chain,
    Domain,
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

r = sp.sqrt(running_var + eps)

INFERENCE = Mode(
    name="inference",
    inputs=(
        Input("x", x),
        Input("gamma", gamma),
        Input("beta", beta),
        Input("running_mean", running_mean, differentiable=False),
        Input("running_var", running_var, Domain("positive"), differentiable=False),
    ),
    graph=(
        Node(x_hat[i], (x[i] - running_mean) / r),
        Node(y[i], gamma * x_hat[i] + beta),
    ),
    layouts=(
        Layout(
            "rows of features",
            {
                "x": ("N", "D"),
                "gamma": ("D",),
                "beta": ("D",),
                "running_mean": ("D",),
                "running_var": ("D",),
            },
            output=("N", "D"),
            mapped=("D",),
            flatten=True,
        ),
        Layout(
            "images",
            {
                "x": ("N", "C", "H", "W"),
                "gamma": ("C",),
                "beta": ("C",),
                "running_mean": ("C",),
                "running_var": ("C",),
            },
            output=("N", "C", "H", "W"),
            mapped=("C",),
            flatten=True,
        ),
    ),
    sizes={m: "*"},
    dy=dy,
    loss=over_batch(dy[j] * y[j]),
    chains=(
        Chain(
            of=x[i],
            gradient=dx[i],
            steps=(
                Step(
                    dy[i] * sp.Derivative(gamma * (x[i] - running_mean) / r + beta, x[i]),
                    rules.CHAIN_RULE,
                    Text(
                        "The statistics are constants now: xᵢ has one way out, through yᵢ.",
                        "이제 통계량은 상수이므로 xᵢ에서 나가는 길은 yᵢ 하나예요.",
                    ),
                ),
                Step(
                    gamma * dy[i] / r,
                    rules.LINEARITY,
                    Text("A line with slope γ/√(σ̄² + ε).", "기울기가 γ/√(σ̄² + ε)인 일차식이에요."),
                ),
            ),
        ),
        Chain(
            of=gamma,
            gradient=dgamma,
            steps=(
                Step(
                    over_batch(dy[j] * sp.Derivative(gamma * x_hat[j] + beta, gamma)),
                    rules.CHAIN_RULE,
                    Text("γ reaches every row.", "γ는 모든 행에 쓰여요."),
                ),
                Step(
                    over_batch(dy[j] * x_hat[j]),
                    rules.LINEARITY,
                    Text("As in training.", "학습할 때와 같아요."),
                ),
                Step(
                    over_batch(dy[j] * (x[j] - running_mean)) / r,
                    rules.SUBSTITUTE,
                    Text("x̂ written out.", "x̂를 풀어 써요."),
                ),
            ),
        ),
        Chain(
            of=beta,
            gradient=dbeta,
            steps=(
                Step(
                    over_batch(dy[j] * sp.Derivative(gamma * x_hat[j] + beta, beta)),
                    rules.CHAIN_RULE,
                    Text("β reaches every row.", "β는 모든 행에 쓰여요."),
                ),
                Step(
                    over_batch(dy[j]),
                    rules.LINEARITY,
                    Text("Slope 1, so the rows add up.", "기울기가 1이므로 행을 그대로 더해요."),
                ),
            ),
        ),
    ),
    forms=(
        Form(
            y[i],
            gamma / r * x[i] + (beta - gamma * running_mean / r),
            Text(
                "One scale and one shift per feature: they can be folded into the layer before.",
                "특성마다 배율 하나와 이동 하나예요. 앞 층에 합쳐 넣을 수 있어요.",
            ),
        ),
    ),
    facts=(
        Fact(
            over_batch(dx[j]),
            gamma / r * dbeta,
            Text(
                "Not zero as in training: the running mean does not follow a shift of the batch.",
                "학습할 때와 달리 0이 아니에요. 이동 평균은 배치가 옮겨져도 따라가지 않아요.",
            ),
        ),
    ),
    parameters=(EPS,),
    special_values=(
        SpecialValue(
            {
                "x": [[1.0], [float("nan")], [float("inf")], [-0.0]],
                "gamma": [3.0],
                "beta": [0.5],
                "running_mean": [1.0],
                "running_var": [0.75],
            },
            [[0.5], [float("nan")], [float("inf")], [-2.5]],
            {"x": [[3.0], [3.0], [3.0], [3.0]], "gamma": [float("nan")], "beta": [4.0]},
            parameters={"eps": 0.25},
            note=Text(
                "Each row alone: a NaN or ∞ stays in its own row.",
                "행은 서로 무관해요. NaN이나 ∞는 자기 행에만 머물러요.",
            ),
        ),
    ),
    assumptions=Text(
        "Statistics gathered during training, held constant; no gradient is taken of them.",
        "학습 중에 모은 통계량을 상수로 두며, 그에 대한 기울기는 구하지 않아요.",
    ),
    forward="forward_inference",
    backwards=("backward_inference",),
)
