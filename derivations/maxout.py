"""The maxout layer: each unit is the largest of K linear pieces."""

import sympy as sp

from gradproof.operation.derivation import (
    Branch,
    Chain,
    Derivation,
    Fact,
    HardCase,
    Input,
    Kink,
    Layout,
    Mode,
    Node,
    Selector,
    SpecialValue,
    Step,
)
from gradproof.operation.rules import CHAIN_RULE, DEFINITION, DELTA, LINEARITY, SUBSTITUTE, SUM_RULE
from gradproof.text import Text

# sample, feature, piece, unit; then the same four when summed over
n, d, k, j = sp.symbols("n d k j", integer=True, positive=True)
i, c, q, r = sp.symbols("i c q r", integer=True, positive=True)
N, D, K, M = sp.symbols("N D K M", integer=True, positive=True)
x, W, b, z, y, dy = (sp.IndexedBase(name) for name in ("x", "W", "b", "z", "y", "dy"))
dx, dW, db, dz = (sp.IndexedBase(name) for name in ("dx", "dW", "db", "dz"))
p = sp.IndexedBase("p", integer=True)  # p[n, j]: which piece wins

t = sp.Symbol("t", real=True)  # any number, to say what two pieces can do
SIDES = (
    Branch("t > 0", {t: sp.Symbol("p", positive=True)}),
    Branch("t < 0", {t: sp.Symbol("q", negative=True)}),
)

delta = sp.KroneckerDelta


def piece(sample: sp.Expr, number: sp.Expr, unit: sp.Expr) -> sp.Expr:
    """One linear piece of one unit, for one sample."""
    return sp.Sum(x[sample, c] * W[number, c, unit], (c, 1, D)) + b[number, unit]


def over_pieces(term: sp.Expr) -> sp.Expr:
    """The sum over all samples, pieces and units."""
    return sp.Sum(term, (i, 1, N), (q, 1, K), (r, 1, M))


def through_pieces(variable: sp.Expr) -> Step:
    """The chain rule, from every piece to ``variable``."""
    return Step(
        over_pieces(dz[i, q, r] * sp.Derivative(piece(i, q, r), variable)),
        CHAIN_RULE,
        Text(
            "Through every piece, each counted with its own gradient dz.",
            "모든 조각을 거치며, 조각마다 그 기울기 dz를 곱해요.",
        ),
    )


TO_Z = (
    Step(
        sp.Derivative(sp.Sum(dy[i, r] * z[i, p[i, r], r], (i, 1, N), (r, 1, M)), z[n, k, j]),
        DEFINITION,
        Text(
            "The output is the winner's score; p, the number of the winner, stays put under small "
            "changes.",
            "출력은 이긴 조각의 점수예요. 이긴 조각의 번호 p는 작은 변화에 바뀌지 않아요.",
        ),
    ),
    Step(
        sp.Sum(dy[i, r] * delta(i, n) * delta(p[i, r], k) * delta(r, j), (i, 1, N), (r, 1, M)),
        SUM_RULE,
        Text(
            "A score is ∂z/∂z = 1 with itself, and 0 with every other.",
            "점수를 자기 자신으로 미분하면 1, 다른 점수로 미분하면 0이에요.",
        ),
    ),
    Step(
        dy[n, j] * delta(p[n, j], k),
        DELTA,
        Text(
            "Only i = n and r = j are left: the winner gets all of dy, the others get 0.",
            "i = n, r = j만 남아요. 이긴 조각이 dy를 모두 받고 나머지는 0을 받아요.",
        ),
    ),
)

TO_X = (
    through_pieces(x[n, d]),
    Step(
        over_pieces(dz[i, q, r] * sp.Sum(W[q, c, r] * delta(i, n) * delta(c, d), (c, 1, D))),
        LINEARITY,
        Text("∂x_ic/∂x_nd = δ_in δ_cd.", "∂x_ic/∂x_nd = δ_in δ_cd예요."),
    ),
    Step(
        sp.Sum(dz[n, q, r] * W[q, d, r], (q, 1, K), (r, 1, M)),
        DELTA,
        Text("Only i = n and c = d are left.", "i = n, c = d만 남아요."),
    ),
    Step(
        sp.Sum(dy[n, r] * delta(p[n, r], q) * W[q, d, r], (q, 1, K), (r, 1, M)),
        SUBSTITUTE,
        Text("Put in dz from above.", "위에서 구한 dz를 넣어요."),
    ),
    Step(
        sp.Sum(dy[n, r] * W[p[n, r], d, r], (r, 1, M)),
        DELTA,
        Text(
            "Of the pieces only the winner is left: like a dense layer with the winners' weights.",
            "조각 중 이긴 것만 남아요. 이긴 조각의 가중치로 된 완전 연결층과 같아요.",
        ),
    ),
)

TO_W = (
    through_pieces(W[k, d, j]),
    Step(
        over_pieces(
            dz[i, q, r] * sp.Sum(x[i, c] * delta(q, k) * delta(c, d) * delta(r, j), (c, 1, D))
        ),
        LINEARITY,
        Text("∂W_qcr/∂W_kdj = δ_qk δ_cd δ_rj.", "∂W_qcr/∂W_kdj = δ_qk δ_cd δ_rj예요."),
    ),
    Step(
        sp.Sum(dz[i, k, j] * x[i, d], (i, 1, N)),
        DELTA,
        Text("Only q = k, c = d and r = j are left.", "q = k, c = d, r = j만 남아요."),
    ),
    Step(
        sp.Sum(dy[i, j] * x[i, d] * delta(p[i, j], k), (i, 1, N)),
        SUBSTITUTE,
        Text(
            "Put in dz: piece k learns from those samples only for which it won.",
            "dz를 넣어요. k번째 조각은 자신이 이긴 표본에서만 배워요.",
        ),
    ),
)

TO_B = (
    through_pieces(b[k, j]),
    Step(
        over_pieces(dz[i, q, r] * delta(q, k) * delta(r, j)),
        LINEARITY,
        Text("∂b_qr/∂b_kj = δ_qk δ_rj.", "∂b_qr/∂b_kj = δ_qk δ_rj예요."),
    ),
    Step(
        sp.Sum(dz[i, k, j], (i, 1, N)),
        DELTA,
        Text("Only q = k and r = j are left.", "q = k, r = j만 남아요."),
    ),
    Step(
        sp.Sum(dy[i, j] * delta(p[i, j], k), (i, 1, N)),
        SUBSTITUTE,
        Text("Put in dz.", "dz를 넣어요."),
    ),
)

TWO_PIECES = tuple(
    Fact(left, right, note, side)
    for side in SIDES
    for left, right, note in (
        (
            sp.Max(t, -t),
            sp.Abs(t),
            Text("|t| is a maxout of t and -t.", "|t|는 t와 -t의 maxout이에요."),
        ),
        (
            sp.Max(t, 0),
            sp.Piecewise((t, t > 0), (0, True)),
            Text("ReLU is a maxout of t and 0.", "ReLU는 t와 0의 maxout이에요."),
        ),
        (
            sp.Max(t, t / 10),
            sp.Piecewise((t, t > 0), (t / 10, True)),
            Text("Leaky ReLU is a maxout of t and t/10.", "Leaky ReLU는 t와 t/10의 maxout이에요."),
        ),
    )
)

TIE = Kink(
    t,
    sp.Integer(0),
    left=sp.Integer(0),
    right=sp.Integer(1),
    function=sp.Max(t, 0),
    note=Text(
        "Where two pieces tie, let t be how far one is ahead of the other: the output is the other "
        "plus max(t, 0). At t = 0 any way of sharing dy in parts that add up to 1, none of them "
        "negative, is a subgradient: all to the first (argmax), or half to each.",
        "두 조각이 비길 때 한 조각이 다른 조각을 앞선 만큼을 t라 하면, 출력은 다른 조각에 max(t, "
        "0)을 더한 값이에요. t = 0에서는 음수가 아닌, 합이 1인 비율로 dy를 어떻게 나누어도 하위 "
        "기울기(subgradient)예요. 첫째 조각에 모두 주어도(argmax), 반씩 나누어도 돼요.",
    ),
)

SPECIAL_VALUES = (
    SpecialValue(
        {
            "x": [[1e300, 1e300]],
            "W": [[[1e10], [-1e10]], [[1e10], [-1e10]]],
            "b": [[-2.0], [1.0]],
        },
        [[1.0]],
        {
            "x": [[1e10, -1e10]],
            "W": [[[0.0], [0.0]], [[1e300], [1e300]]],
            "b": [[0.0], [1.0]],
        },
        note=Text(
            "Each product leaves the range of floats; the biases decide who wins.",
            "곱 하나하나는 부동소수점의 범위를 벗어나고, 편향이 승자를 정해요.",
        ),
    ),
    SpecialValue(
        {"x": [[1.0], [1.0], [1.0]], "W": [[[1e10, -1e10]]], "b": [[0.0, 0.0]]},
        [[1e10, -1e10], [1e10, -1e10], [1e10, -1e10]],
        {
            "x": [[0.0], [0.0], [0.0]],
            "W": [[[1.5e308, 1.5e308]]],
            "b": [[1.5e308, 1.5e308]],
        },
        cotangent=[[1.5e308, 1.5e308], [1.5e308, 1.5e308], [-1.5e308, -1.5e308]],
        note=Text(
            "Sums that leave the range of floats on the way, and come back.",
            "더하는 도중에 부동소수점의 범위를 벗어났다가 돌아오는 합이에요.",
        ),
    ),
    SpecialValue(
        {"x": [[2.0], [-3.0]], "W": [[[1.0]], [[-1.0]]], "b": [[0.0], [0.0]]},
        [[2.0], [3.0]],
        {"x": [[1.0], [-10.0]], "W": [[[2.0]], [[-30.0]]], "b": [[1.0], [10.0]]},
        cotangent=[[1.0], [10.0]],
        note=Text("Two pieces make |x|.", "조각 둘로 |x|를 만든 예예요."),
    ),
    SpecialValue(
        {"x": [[1.0, 2.0]], "W": [[[3.0], [0.0]]], "b": [[-1.0]]},
        [[2.0]],
        {"x": [[3.0, 0.0]], "W": [[[1.0], [2.0]]], "b": [[1.0]]},
        note=Text(
            "One piece alone (K = 1) is a dense layer.",
            "조각이 하나뿐이면(K = 1) 완전 연결층이에요.",
        ),
    ),
    SpecialValue(
        {"x": [[-2.0]], "W": [[[1.0]], [[2.0]]], "b": [[0.0], [0.0]]},
        [[-2.0]],
        {"x": [[1.0]], "W": [[[-2.0]], [[0.0]]], "b": [[1.0], [0.0]]},
        note=Text(
            "All pieces are negative: the largest wins, not the one largest in size.",
            "모든 조각이 음수예요. 절댓값이 아니라 값이 가장 큰 조각이 이겨요.",
        ),
    ),
    SpecialValue(
        {"x": [[0.0]], "W": [[[1.0]], [[-1.0]]], "b": [[0.0], [0.0]]},
        [[0.0]],
        note=Text(
            "A tie: any sharing in parts that add up to 1, none negative, is right.",
            "비긴 경우로, 음수가 아닌, 합이 1인 비율로 나누면 모두 맞아요.",
        ),
    ),
)

DERIVATION = Derivation(
    title=Text("Maxout", "Maxout"),
    summary=Text(
        "Each unit computes K linear pieces and passes on the largest.",
        "유닛마다 일차식 조각 K개를 계산해 가장 큰 값을 내보내요.",
    ),
    chapter=2,
    position=5,
    story=(
        Text(
            "A maxout unit does not have a fixed activation function; it learns one, as the upper "
            "edge of K straight lines. ReLU, leaky ReLU and |x| need two lines each, and any "
            "convex curve is approached with more.",
            "Maxout 유닛은 정해진 활성화 함수 대신, 직선 K개의 위쪽 경계로 된 함수를 배워요. "
            "ReLU, Leaky ReLU, |x|는 직선 둘이면 되고, 직선을 늘리면 어떤 볼록한 곡선에도 "
            "다가가요.",
        ),
        Text(
            "Backward, the winner takes all: a piece that lost could have been a little different "
            "without changing the output. So forward must remember who won. The usual slips: "
            "sending dy to every piece, or to the smallest.",
            "역전파에서는 이긴 조각이 모두 가져가요. 진 조각은 조금 달라졌더라도 출력을 바꾸지 "
            "못하기 때문이에요. 그래서 순전파에서 누가 이겼는지 기억해야 해요. dy를 모든 조각에 "
            "보내거나 가장 작은 조각에 보내는 것이 흔한 실수예요.",
        ),
    ),
    modes=(
        Mode(
            name="default",
            inputs=(Input("x", x), Input("W", W), Input("b", b)),
            graph=(Node(z[n, k, j], piece(n, k, j)), Node(y[n, j], z[n, p[n, j], j])),
            selectors=(Selector(p[n, j], piece(n, k, j), (k, sp.Integer(1), K)),),
            layouts=(
                Layout(
                    "N × D",
                    shapes={"x": ("N", "D"), "W": ("K", "D", "M"), "b": ("K", "M")},
                    output=("N", "M"),
                ),
            ),
            sizes={N: "N", D: "D", K: "K", M: "M"},
            assumptions=Text(
                "No two pieces tie for the largest: then the winner stays the same nearby. The "
                "equations count pieces, units and samples from 1, the code from 0.",
                "가장 큰 조각은 하나뿐이라고 해요. 그러면 가까이에서는 이긴 조각이 바뀌지 "
                "않아요. 조각, 유닛, 표본의 번호를 식은 1부터, 코드는 0부터 세요.",
            ),
            dy=dy,
            loss=sp.Sum(dy[n, j] * y[n, j], (n, 1, N), (j, 1, M)),
            chains=(
                Chain(of=z[n, k, j], steps=TO_Z, gradient=dz[n, k, j]),
                Chain(of=x[n, d], steps=TO_X, gradient=dx[n, d]),
                Chain(of=W[k, d, j], steps=TO_W, gradient=dW[k, d, j]),
                Chain(of=b[k, j], steps=TO_B, gradient=db[k, j]),
            ),
            facts=(
                Fact(
                    sp.Sum(db[k, j], (k, 1, K)),
                    sp.Sum(dy[i, j], (i, 1, N)),
                    Text(
                        "Over the pieces, db adds up to what a dense layer's db would be.",
                        "조각에 걸쳐 db를 더하면 완전 연결층의 db와 같아요.",
                    ),
                ),
                Fact(
                    sp.Sum(dz[n, k, j], (k, 1, K)),
                    dy[n, j],
                    Text(
                        "Over the pieces, dz adds up to dy: nothing is lost and nothing doubled.",
                        "조각에 대해 dz를 더하면 dy예요. 사라지지도, 겹치지도 않아요.",
                    ),
                ),
                Fact(
                    dW[k, d, j],
                    db[k, j],
                    Text(
                        "The bias is the weight of a feature that is always 1.",
                        "편향은 값이 늘 1인 특성의 가중치예요.",
                    ),
                    replace={x[n, d]: sp.Integer(1)},
                ),
                *TWO_PIECES,
            ),
            kinks=(TIE,),
            hard_cases=(
                HardCase(
                    {"x": [[2.0**1023]], "W": [[[2]], [[4]]], "b": [[0], [0]], "dy": [[1]]},
                    Text(
                        "Two pieces overflow; the second is the larger one all the same, and dy "
                        "belongs to it.",
                        "두 조각이 모두 오버플로하지만 둘째가 더 크므로 dy는 둘째의 것이에요.",
                    ),
                ),
            ),
            special_values=SPECIAL_VALUES,
        ),
    ),
    references=("Goodfellow, Warde-Farley, Mirza, Courville & Bengio, Maxout Networks, ICML 2013",),
)
