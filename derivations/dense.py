"""The dense (fully connected) layer, y = x W + b."""

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

n, d, k = sp.symbols("n d k", integer=True, positive=True)  # sample, feature, unit
i, c, r = sp.symbols("i c r", integer=True, positive=True)  # the same three, when summed over
N, D, M = sp.symbols("N D M", integer=True, positive=True)
x, W, b, y, dy = (sp.IndexedBase(name) for name in ("x", "W", "b", "y", "dy"))
dx, dW, db = (sp.IndexedBase(name) for name in ("dx", "dW", "db"))

delta = sp.KroneckerDelta


def output(sample: sp.Expr, unit: sp.Expr) -> sp.Expr:
    """The forward definition, for one sample and one unit."""
    return sp.Sum(x[sample, c] * W[c, unit], (c, 1, D)) + b[unit]


def over_outputs(term: sp.Expr) -> sp.Expr:
    """The sum over all samples and units."""
    return sp.Sum(term, (i, 1, N), (r, 1, M))


def opening(variable: sp.Expr) -> tuple[Step, ...]:
    """The first two lines, the same for every gradient."""
    return (
        Step(
            sp.Derivative(over_outputs(dy[i, r] * output(i, r)), variable),
            DEFINITION,
            Text(
                "The loss, to first order: every output counts with its upstream gradient.",
                "손실의 일차 근사예요. 각 출력에 상류 기울기를 곱해 더해요.",
            ),
        ),
        Step(
            over_outputs(dy[i, r] * sp.Derivative(output(i, r), variable)),
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
        over_outputs(dy[i, r] * sp.Sum(W[c, r] * delta(i, n) * delta(c, d), (c, 1, D))),
        SUM_RULE,
        Text(
            "∂x_ic/∂x_nd is 1 if both indices agree, else 0: that is δ_in δ_cd.",
            "∂x_ic/∂x_nd는 두 인덱스가 모두 같으면 1, 아니면 0이에요. 곧 δ_in δ_cd예요.",
        ),
    ),
    Step(
        over_outputs(dy[i, r] * W[d, r] * delta(i, n)),
        DELTA,
        Text("Of the sum over c only c = d is left.", "c에 대한 합에서 c = d인 항만 남아요."),
    ),
    Step(
        sp.Sum(dy[n, r] * W[d, r], (r, 1, M)),
        DELTA,
        Text(
            "Only i = n is left. Row n of dy times row d of W: dx = dy Wᵀ.",
            "i = n만 남아요. dy의 n행과 W의 d행을 곱해 더하므로 dx = dy Wᵀ예요.",
        ),
    ),
)

TO_W = (
    *opening(W[d, k]),
    Step(
        over_outputs(dy[i, r] * sp.Sum(x[i, c] * delta(c, d) * delta(r, k), (c, 1, D))),
        SUM_RULE,
        Text(
            "∂W_cr/∂W_dk = δ_cd δ_rk, and b is constant.",
            "∂W_cr/∂W_dk = δ_cd δ_rk이고 b는 상수예요.",
        ),
    ),
    Step(
        over_outputs(dy[i, r] * x[i, d] * delta(r, k)),
        DELTA,
        Text("Of the sum over c only c = d is left.", "c에 대한 합에서 c = d인 항만 남아요."),
    ),
    Step(
        sp.Sum(x[i, d] * dy[i, k], (i, 1, N)),
        DELTA,
        Text(
            "Only r = k is left. Column d of x times column k of dy: dW = xᵀ dy.",
            "r = k만 남아요. x의 d열과 dy의 k열을 곱해 더하므로 dW = xᵀ dy예요.",
        ),
    ),
)

TO_B = (
    *opening(b[k]),
    Step(
        over_outputs(dy[i, r] * delta(r, k)),
        SUM_RULE,
        Text("∂b_r/∂b_k = δ_rk, and x W is constant.", "∂b_r/∂b_k = δ_rk이고 x W는 상수예요."),
    ),
    Step(
        sp.Sum(dy[i, k], (i, 1, N)),
        DELTA,
        Text(
            "Only r = k is left; the sum over samples stays, since all of them share b.",
            "r = k만 남아요. 모든 표본이 b를 함께 쓰므로 표본에 대한 합은 그대로 있어요.",
        ),
    ),
)

DERIVATION = Derivation(
    title=Text("Dense layer", "완전 연결층"),
    summary=Text(
        "M linear units side by side: every output is a weighted sum of all features.",
        "선형 유닛 M개를 나란히 놓은 층이에요. 모든 출력이 모든 특성의 가중합이에요.",
    ),
    chapter=3,
    position=1,
    story=(
        Text(
            "One multiplication forward, two backward: dx sends the upstream gradient on through "
            "W, and dW pairs it with what came in. Each sums over the index that the answer lacks.",
            "순전파에는 곱셈이 하나, 역전파에는 둘 있어요. dx는 상류 기울기를 W를 거쳐 앞 층으로 "
            "보내고, dW는 상류 기울기를 들어온 값과 짝지어 곱해요. 둘 다 답에 없는 인덱스에 대해 "
            "더해요.",
        ),
        Text(
            "The shapes tell where the transpose goes. dx must be (N, D): from dy (N, M) and W "
            "(D, M) only dy Wᵀ fits. dW must be (D, M): from x (N, D) and dy (N, M) only xᵀ dy "
            "fits. Beware of square examples, where dy W and dyᵀ x fit as well and are wrong.",
            "전치를 어디에 둘지는 모양이 알려 줘요. dx는 (N, D)여야 하는데, dy (N, M)와 W (D, "
            "M)로 만들 수 있는 것은 dy Wᵀ뿐이에요. dW는 (D, M)여야 하므로 x (N, D)와 dy (N, "
            "M)에서 xᵀ dy뿐이에요. 정사각행렬 예제를 조심하세요. 틀린 dy W나 dyᵀ x도 모양은 "
            "맞아요.",
        ),
        Text(
            "db sums over the samples only. Left out, db has shape (N, M) and broadcasting hides "
            "it; summed over both axes it is one number. And it is a sum, not a mean: a 1/N, if "
            "there is one, is already in dy.",
            "db는 표본 축으로만 더해요. 합을 빠뜨리면 모양이 (N, M)인데도 브로드캐스팅에 "
            "가려지고, 두 축을 다 더하면 수 하나가 돼요. 평균이 아니라 합이에요. 1/N이 있다면 "
            "이미 dy에 들어 있어요.",
        ),
    ),
    modes=(
        Mode(
            name="default",
            inputs=(Input("x", x), Input("W", W), Input("b", b)),
            graph=(Node(y[n, k], output(n, k)),),
            layouts=(
                Layout(
                    "N × D",
                    shapes={"x": ("N", "D"), "W": ("D", "M"), "b": ("M",)},
                    output=("N", "M"),
                ),
            ),
            sizes={N: "N", D: "D", M: "M"},
            dy=dy,
            loss=sp.Sum(dy[n, k] * y[n, k], (n, 1, N), (k, 1, M)),
            chains=(
                Chain(of=x[n, d], steps=TO_X, gradient=dx[n, d]),
                Chain(of=W[d, k], steps=TO_W, gradient=dW[d, k]),
                Chain(of=b[k], steps=TO_B, gradient=db[k]),
            ),
            facts=(
                Fact(
                    sp.Sum(x[i, c] * dx[i, c], (i, 1, N), (c, 1, D)),
                    sp.Sum(W[c, r] * dW[c, r], (c, 1, D), (r, 1, M)),
                    Text(
                        "x and W enter y as a product, so x·dx and W·dW add up to the same number. "
                        "A forgotten transpose rarely survives this check.",
                        "x와 W는 곱으로 들어가므로 x·dx의 합과 W·dW의 합이 같아요. 전치를 "
                        "빠뜨리면 대개 이 검사에서 드러나요.",
                    ),
                ),
                Fact(
                    dW[d, k],
                    db[k],
                    Text(
                        "The bias is the weight of a feature that is always 1.",
                        "편향은 값이 늘 1인 특성의 가중치예요.",
                    ),
                    replace={x[n, d]: sp.Integer(1)},
                ),
                Fact(
                    y[n, k],
                    b[k],
                    Text("Without weights only the bias is left.", "가중치가 0이면 편향만 남아요."),
                    replace={W[d, k]: sp.Integer(0)},
                ),
                Fact(
                    dx[n, d],
                    dy[n, d],
                    Text(
                        "With the identity for W the upstream gradient passes unchanged (M = D).",
                        "W가 단위행렬이면 상류 기울기가 그대로 통과해요(M = D).",
                    ),
                    replace={W[d, k]: delta(d, k)},
                ),
            ),
            special_values=(
                SpecialValue(
                    {"x": [[1e300, 1e300]], "W": [[1e10], [-1e10]], "b": [1.0]},
                    [[1.0]],
                    {"x": [[1e10, -1e10]], "W": [[1e300], [1e300]], "b": [1.0]},
                    note=Text(
                        "Sums that leave the range of floats on the way, and come back.",
                        "더하는 도중에 부동소수점의 범위를 벗어났다가 돌아오는 합이에요.",
                    ),
                ),
                SpecialValue(
                    {"x": [[1.0], [1.0], [1.0]], "W": [[1e10, -1e10]], "b": [0.0, 0.0]},
                    [[1e10, -1e10], [1e10, -1e10], [1e10, -1e10]],
                    {
                        "x": [[0.0], [0.0], [0.0]],
                        "W": [[1.5e308, 1.5e308]],
                        "b": [1.5e308, 1.5e308],
                    },
                    cotangent=[[1.5e308, 1.5e308], [1.5e308, 1.5e308], [-1.5e308, -1.5e308]],
                ),
                SpecialValue(
                    {
                        "x": [[1.0, 2.0]],
                        "W": [[3.0, 0.0, -1.0], [4.0, 1.0, 0.5]],
                        "b": [5.0, 0.0, 1.0],
                    },
                    [[16.0, 2.0, 1.0]],
                    {
                        "x": [[1.0, 3.0]],
                        "W": [[1.0, -2.0, 2.0], [2.0, -4.0, 4.0]],
                        "b": [1.0, -2.0, 2.0],
                    },
                    cotangent=[[1.0, -2.0, 2.0]],
                    note=Text("Small enough to do by hand.", "손으로 계산해 볼 수 있는 예예요."),
                ),
                SpecialValue(
                    {"x": [[0.0], [0.0]], "W": [[2.0]], "b": [-1.0]},
                    [[-1.0], [-1.0]],
                    {"x": [[2.0], [2.0]], "W": [[0.0]], "b": [2.0]},
                ),
                SpecialValue(
                    {"x": [[float("nan")], [1.0]], "W": [[2.0]], "b": [0.0]},
                    [[float("nan")], [2.0]],
                    {"x": [[2.0], [2.0]], "W": [[float("nan")]], "b": [2.0]},
                    note=Text(
                        "A NaN in one sample spoils its own output, and the weight they all share.",
                        "한 표본의 NaN은 자신의 출력과, 모두가 함께 쓰는 가중치의 기울기를 망쳐요.",
                    ),
                ),
                SpecialValue(
                    {"x": [[float("inf")]], "W": [[1.0]], "b": [0.0]},
                    [[float("inf")]],
                    {"x": [[1.0]], "W": [[float("inf")]], "b": [1.0]},
                ),
            ),
        ),
    ),
    references=(
        "Rumelhart, Hinton & Williams, Learning representations by back-propagating errors, 1986",
        "Giles, Collected Matrix Derivative Results for Forward and Reverse Mode AD, 2008",
    ),
)
