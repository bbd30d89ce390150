"""Batch normalisation, y = gamma * (x - mu) / sqrt(var + eps) + beta, one feature at a time.

Read ``_batch_norm_backward.py`` first: the forward graph and the six backward equations. Here
stand the other ways to write the result, and what a learner can check their own code by.
"""

import sympy as sp

from derivations._batch_norm_backward import GRAPH, SIX_EQUATIONS
from derivations._batch_norm_inference import INFERENCE
from derivations._batch_norm_running import RUNNING_AVERAGE
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
    mu,
    over_batch,
    var,
    x,
    x_hat,
    y,
)
from gradproof.operation.derivation import (
    Branch,
    Derivation,
    Fact,
    Form,
    HardCase,
    Input,
    Layout,
    Mode,
    SpecialValue,
)
from gradproof.text import Text

c = sp.Symbol("c", real=True)
a = sp.Symbol("a", positive=True)
s = sp.sqrt(var + eps)
ONE_SAMPLE = Branch("m = 1", {m: sp.Integer(1), i: sp.Integer(1)})

# dx = A dy + B x + C with the same three numbers for the whole feature.
B = -gamma * over_batch(dy[j] * x_hat[j]) / (m * (var + eps))
A, C = gamma / s, -gamma * over_batch(dy[j]) / (m * s) - B * mu

FORMS = (
    Form(
        dx[i],
        gamma / (m * s) * (m * dy[i] - dbeta - x_hat[i] * dgamma),
        Text(
            "The two sums are ∂ℓ/∂β and ∂ℓ/∂γ: compute those first and reuse them.",
            "두 합은 ∂ℓ/∂β와 ∂ℓ/∂γ예요. 먼저 구해 두고 다시 써요.",
        ),
    ),
    Form(
        dx[i],
        A * dy[i] + B * x[i] + C,
        Text(
            "Affine in dyᵢ and xᵢ with three numbers per feature: one pass, no temporary arrays.",
            "dyᵢ와 xᵢ의 일차식이고 계수는 특성마다 세 개뿐이에요. 임시 배열 없이 한 번에 끝나요.",
        ),
    ),
    Form(
        dx[i],
        gamma / s * (dy[i] - over_batch(dy[j]) / m - x_hat[i] * over_batch(dy[j] * x_hat[j]) / m),
        Text(
            "dy without its mean and without its component along x̂, then scaled.",
            "dy에서 평균을 빼고 x̂ 방향 성분을 뺀 뒤 배율을 곱한 것이에요.",
        ),
    ),
    Form(
        var,
        over_batch(x[j] ** 2) / m - mu**2,
        Text(
            "Equal on paper. In floating point it cancels when |μ| is large: do not compute it so.",
            "수식으로는 같아요. 부동소수점에서는 |μ|가 크면 자릿수를 잃으므로 쓰지 않아요.",
        ),
    ),
)

FACTS = (
    Fact(
        over_batch(x_hat[j]),
        sp.S.Zero,
        Text("x̂ has mean 0.", "x̂의 평균은 0이에요."),
    ),
    Fact(
        over_batch(x_hat[j] ** 2),
        m * var / (var + eps),
        Text(
            "The variance of x̂ is σ²/(σ² + ε): a little below 1, because of ε.",
            "x̂의 분산은 σ²/(σ² + ε)이에요. ε 때문에 1보다 조금 작아요.",
        ),
    ),
    Fact(
        over_batch(dx[j]),
        sp.S.Zero,
        Text(
            "∂ℓ/∂x sums to 0 over the batch: a shift of all xᵢ changes nothing. Check your code"
            " by it.",
            "∂ℓ/∂x를 배치에 걸쳐 더하면 0이에요. 모든 xᵢ를 함께 옮겨도 달라지는 것이 없기"
            " 때문이에요. 코드를 이것으로 검사해 보세요.",
        ),
    ),
    Fact(
        over_batch(dx[j] * x_hat[j]),
        eps * gamma * dgamma / (var + eps) ** sp.Rational(3, 2),
        Text(
            "∂ℓ/∂x is almost perpendicular to x̂: what is left is proportional to ε, and 0 for ε →"
            " 0.",
            "∂ℓ/∂x는 x̂와 거의 수직이에요. 남는 값은 ε에 비례하며 ε → 0이면 0이에요.",
        ),
    ),
    Fact(
        y[i],
        y[i],
        Text(
            "Adding a constant to every xᵢ leaves y as it is: a bias before batch norm is useless.",
            "모든 xᵢ에 같은 수를 더해도 y는 그대로예요. 배치 정규화 앞의 편향은 쓸모가 없어요.",
        ),
        replace={x[i]: x[i] + c},
    ),
    Fact(
        dx[i],
        dx[i],
        Text("Nor does the gradient notice the shift.", "기울기도 이 이동을 알아채지 못해요."),
        replace={x[i]: x[i] + c},
    ),
    Fact(
        y[i],
        y[i],
        Text(
            "Scaling x by a > 0 leaves y as it is once ε is scaled by a²: ε is a variance.",
            "x에 a > 0을 곱해도, ε에 a²을 곱하면 y는 그대로예요. ε은 분산의 단위를 가져요.",
        ),
        replace={x[i]: a * x[i], eps: a**2 * eps},
    ),
    Fact(
        dx[i],
        dx[i] / a,
        Text(
            "And the gradient shrinks by a: large weights before batch norm learn more slowly.",
            "그리고 기울기는 1/a로 줄어들어요. 배치 정규화 앞의 가중치는 클수록 천천히 학습돼요.",
        ),
        replace={x[i]: a * x[i], eps: a**2 * eps},
    ),
    Fact(
        dx[i],
        sp.S.Zero,
        Text(
            "If dy is the same in every row, dx is 0: test with a random dy, never with ones.",
            "모든 행의 dy가 같으면 dx는 0이에요. 검사할 때는 1로 채운 dy 말고 난수를 쓰세요.",
        ),
        replace={dy[i]: c},
    ),
    Fact(
        y[i],
        beta,
        Text(
            "A batch of one is its own mean: y = β, whatever x is.",
            "표본이 하나면 그 값이 곧 평균이에요. x와 상관없이 y = β예요.",
        ),
        branch=ONE_SAMPLE,
    ),
    Fact(
        dx[i],
        sp.S.Zero,
        Text("So nothing flows back to x.", "따라서 x로 돌아가는 기울기는 없어요."),
        branch=ONE_SAMPLE,
    ),
    Fact(
        y[i],
        beta,
        Text(
            "A constant feature has σ² = 0 and x̂ = 0: again y = β, and ε prevents 0/0.",
            "값이 모두 같은 특성은 σ² = 0, x̂ = 0이므로 y = β예요. ε이 0/0을 막아 줘요.",
        ),
        replace={x[i]: c},
    ),
    Fact(
        dx[i],
        gamma / sp.sqrt(eps) * (dy[i] - over_batch(dy[j]) / m),
        Text(
            "There the gradient is finite but multiplied by 1/√ε, about 316 for ε = 1e-5.",
            "이때 기울기는 유한하지만 1/√ε배가 돼요. ε = 1e-5이면 약 316배예요.",
        ),
        replace={x[i]: c},
    ),
)

nan, inf = float("nan"), float("inf")
SPECIAL_VALUES = (
    SpecialValue(
        {"x": [[3.0], [3.0]], "gamma": [1.0], "beta": [0.5]},
        [[0.5], [0.5]],
        {"x": [[2.0], [-2.0]], "gamma": [0.0], "beta": [0.0]},
        cotangent=[[1.0], [-1.0]],
        parameters={"eps": 0.25},
        note=Text("A constant feature: σ² = 0.", "값이 모두 같은 특성: σ² = 0."),
    ),
    SpecialValue(
        {"x": [[-0.0], [-0.0]], "gamma": [2.0], "beta": [1.0]},
        [[1.0], [1.0]],
        {"x": [[4.0], [-4.0]], "gamma": [0.0], "beta": [0.0]},
        cotangent=[[1.0], [-1.0]],
        parameters={"eps": 0.25},
        note=Text("All values -0.", "모든 값이 -0."),
    ),
    SpecialValue(
        {"x": [[7.0, -2.0]], "gamma": [1.5, 2.0], "beta": [0.25, -1.0]},
        [[0.25, -1.0]],
        {"x": [[0.0, 0.0]], "gamma": [0.0, 0.0], "beta": [3.0, -5.0]},
        cotangent=[[3.0, -5.0]],
        note=Text("A batch of one: y = β.", "표본이 하나뿐인 배치: y = β."),
    ),
    SpecialValue(
        {"x": [[nan, 1.0], [0.0, 1.0]], "gamma": [1.0, 1.0], "beta": [0.0, 0.0]},
        [[nan, 0.0], [nan, 0.0]],
        {"x": [[nan, 0.0], [nan, 0.0]], "gamma": [nan, 0.0], "beta": [2.0, 2.0]},
        parameters={"eps": 0.25},
        note=Text(
            "A NaN spoils its feature and no other.",
            "NaN은 그 특성만 망치고 다른 특성은 그대로예요.",
        ),
    ),
    SpecialValue(
        {"x": [[inf], [0.0]], "gamma": [1.0], "beta": [0.0]},
        [[nan], [nan]],
        {"x": [[nan], [nan]], "gamma": [nan], "beta": [2.0]},
        note=Text("∞ - ∞ in x - μ is NaN.", "x - μ의 ∞ - ∞는 NaN이에요."),
    ),
)

TRAINING = Mode(
    name="training",
    inputs=(Input("x", x), Input("gamma", gamma), Input("beta", beta)),
    graph=GRAPH,
    layouts=(
        Layout(
            "rows of features",
            {"x": ("N", "D"), "gamma": ("D",), "beta": ("D",)},
            output=("N", "D"),
            mapped=("D",),
            flatten=True,
        ),
        Layout(
            "images",
            {"x": ("N", "C", "H", "W"), "gamma": ("C",), "beta": ("C",)},
            output=("N", "C", "H", "W"),
            mapped=("C",),
            flatten=True,
        ),
    ),
    sizes={m: "*"},
    dy=dy,
    loss=over_batch(dy[j] * y[j]),
    chains=SIX_EQUATIONS,
    forms=FORMS,
    facts=FACTS,
    parameters=(EPS,),
    hard_cases=(
        HardCase(
            {"x": [[5e-324], [0]], "gamma": [1], "beta": [0], "dy": [[1], [1]], "eps": 1e-3},
            Text(
                "x - mu is as small, and becomes larger again when it is divided by sqrt(var + "
                "eps).",
                "x - mu가 아주 작고, sqrt(var + eps)로 나누면 다시 커져요.",
            ),
        ),
        HardCase(
            {"x": [[5.5e142]] * 3, "gamma": [1], "beta": [0], "dy": [[1], [0], [0]], "eps": 1.0},
            Text(
                "A third of 3 times 5.5e142 needs more than 50 digits, where its square stands "
                "beside eps.",
                "5.5e142의 세 배의 3분의 1은 제곱이 eps 옆에 설 때 50자리로 모자라요.",
            ),
        ),
        HardCase(
            {"x": [[2.0**600]] * 3, "gamma": [1], "beta": [1], "dy": [[1], [1], [1]]},
            Text(
                "And so it does where squares of 4e180 are multiplied with each other before "
                "they cancel.",
                "4e180의 제곱끼리 곱한 뒤 상쇄되는 곳도 그래요.",
            ),
        ),
        HardCase(
            {
                "x": [[1]] * 3,
                "gamma": [2.0**1023],
                "beta": [1],
                "dy": [[2.0**1023]] * 3,
                "eps": 0.1,
            },
            Text(
                "dx is 0, as a difference of 1e616 and 1e616: what rounding leaves of that is "
                "infinite.",
                "dx는 1e616끼리의 차로서 0이에요. 반올림이 남긴 것은 무한대예요.",
            ),
        ),
        HardCase(
            {"x": [[2.0**600], [-(2.0**600)]], "gamma": [1], "beta": [0], "dy": [[1], [0]]},
            Text(
                "The variance overflows; so does gamma times x_hat, but not with beta added.",
                "분산이 오버플로해요. gamma와 x_hat의 곱도 그렇지만 beta를 더하면 그렇지 않아요.",
            ),
        ),
        HardCase(
            {"x": [[1], [1], [4]], "gamma": [1.7e308], "beta": [-1e308], "dy": [[1], [0], [2]]},
            Text(
                "gamma times x_hat overflows, but not with beta added.",
                "gamma와 x_hat의 곱이 오버플로하지만 beta를 더하면 그렇지 않아요.",
            ),
        ),
        HardCase(
            {"x": [[1e154], [-1e154]], "gamma": [1], "beta": [0], "dy": [[1], [0]], "eps": 1.5e308},
            Text(
                "The variance does not overflow, nor does eps, but their sum.",
                "분산도 eps도 오버플로하지 않지만 둘의 합은 오버플로해요.",
            ),
        ),
    ),
    special_values=SPECIAL_VALUES,
    backwards=("backward", "backward_fused"),
)

DERIVATION = Derivation(
    title=Text("Batch normalisation", "배치 정규화"),
    summary=Text(
        "Gives every feature mean 0 and variance 1 over the batch, then a learned scale and shift.",
        "각 특성을 배치에 걸쳐 평균 0, 분산 1로 맞춘 뒤, 학습된 배율을 곱하고 이동시켜요.",
    ),
    chapter=5,
    position=1,
    modes=(TRAINING, INFERENCE, RUNNING_AVERAGE),
    story=(
        Text(
            "Every xᵢ moves the mean and the variance, and through them every output. So the"
            " gradient"
            " has three ways back to xᵢ: through x̂ᵢ, through σ², through μ. Whoever forgets one"
            " gets"
            " a gradient that looks plausible and is wrong.",
            "xᵢ 하나가 평균과 분산을 움직이고, 그것을 통해 모든 출력을 움직여요. 그래서 기울기가"
            " xᵢ로 돌아오는 길은 x̂ᵢ, σ², μ의 셋이에요. 하나라도 빠뜨리면 그럴듯하지만 틀린 "
            "기울기가"
            " 나와요.",
        ),
        Text(
            "Read the short form as a projection: from dy take away its mean, then its part along"
            " x̂,"
            " and scale what is left by γ/√(σ² + ε). What the normalisation removes from x, the"
            " backward pass removes from the gradient.",
            "짧은 식은 사영으로 읽을 수 있어요. dy에서 평균을 빼고, x̂ 방향 성분을 빼고, 남은 것에"
            " γ/√(σ² + ε)을 곱해요. 정규화가 x에서 없앤 것을 역전파는 기울기에서 없애요.",
        ),
        Text(
            "The usual slips: exponent -1/2 where -3/2 belongs, a lost -1/2 or 1/m, ε in forward"
            " but"
            " not in backward, m - 1 in one and m in the other, a mean where dγ and dβ are sums.",
            "흔한 실수는 이렇어요. 지수 -3/2 자리에 -1/2를 쓰는 것, -1/2이나 1/m을 빠뜨리는 것,"
            " ε을 순전파에만 넣는 것, 한쪽은 m - 1로 다른 쪽은 m으로 나누는 것, 합이어야 할 dγ와"
            " dβ를 평균으로 구하는 것이에요.",
        ),
    ),
    references=(
        "Ioffe & Szegedy, Batch Normalization: Accelerating Deep Network Training by Reducing"
        " Internal Covariate Shift, ICML 2015, section 3 (arXiv:1502.03167)",
    ),
)
