"""The Kullback-Leibler divergence of each row, y = p_1 log(p_1/q_1) + ... + p_C log(p_C/q_C)."""

import sympy as sp

from gradproof.operation import rules
from gradproof.operation.derivation import (
    Chain,
    Derivation,
    Domain,
    Fact,
    Input,
    Layout,
    Mode,
    Node,
    SpecialValue,
    Step,
)
from gradproof.text import Text

C, i, j, k = sp.symbols("C i j k", integer=True, positive=True)
y, dy = sp.symbols("y dy", real=True)
p, q = sp.IndexedBase("p", positive=True), sp.IndexedBase("q", positive=True)
dp, dq = sp.IndexedBase("dp", real=True), sp.IndexedBase("dq", real=True)
same = sp.KroneckerDelta


def over_classes(term: sp.Expr) -> sp.Sum:
    """The sum of ``term`` over the classes."""
    return sp.Sum(term, (k, 1, C))


KL = over_classes(p[k] * (sp.log(p[k]) - sp.log(q[k])))

TO_P = (
    Step(
        dy * sp.Derivative(KL, p[j]),
        rules.CHAIN_RULE,
        Text("One number for each row, and one dy.", "행마다 수 하나이고, dy도 하나예요."),
    ),
    Step(
        dy * over_classes(same(k, j) * (sp.log(p[k]) - sp.log(q[k]) + p[k] / p[k])),
        rules.PRODUCT_RULE,
        Text(
            "p log p is a product: the second term is p times 1/p.",
            "p log p는 곱이에요. 둘째 항은 p 곱하기 1/p예요.",
        ),
    ),
    Step(
        dy * (sp.log(p[j]) - sp.log(q[j]) + 1),
        rules.DELTA,
        Text("Only the term k = j is left.", "k = j인 항만 남아요."),
    ),
)
TO_Q = (
    Step(
        dy * sp.Derivative(KL, q[j]),
        rules.CHAIN_RULE,
        Text("The same for the prediction q.", "예측 q에 대해서도 같아요."),
    ),
    Step(
        -dy * over_classes(same(k, j) * p[k] / q[k]),
        rules.CHAIN_RULE,
        Text("log q has slope 1/q.", "log q의 기울기는 1/q예요."),
    ),
    Step(
        -dy * p[j] / q[j],
        rules.DELTA,
        Text(
            "Only the term k = j is left: large where q says unlikely what p says likely.",
            "k = j인 항만 남아요. p는 그럴듯하다고 하는데 q가 아니라고 하는 곳에서 커요.",
        ),
    ),
)

DERIVATION = Derivation(
    title=Text("KL divergence", "쿨백-라이블러 발산"),
    summary=Text(
        "How far a prediction q is from a distribution p, for each row.",
        "행마다 예측 q가 분포 p에서 얼마나 먼지 재요.",
    ),
    chapter=4,
    position=8,
    story=(
        Text(
            "Cross-entropy less the entropy of p: by q, both have the same gradient. It is no "
            "distance, since p and q cannot change places.",
            "교차 엔트로피에서 p의 엔트로피를 뺀 값이에요. q에 대한 기울기는 둘이 같아요. p와 "
            "q를 "
            "바꾸면 값이 달라지므로 거리는 아니에요.",
        ),
        Text(
            "The usual slips: p and q changed over; the 1 of dp lost; a gradient that forgets that "
            "rows which sum to 1 cannot move freely is right all the same: softmax sees to that.",
            "흔한 실수는 p와 q를 뒤바꾸는 것, dp의 1을 빠뜨리는 것이에요. 합이 1인 행은 마음대로 "
            "움직일 수 없다는 점은 여기서 걱정하지 않아도 돼요. 그것은 소프트맥스의 몫이에요.",
        ),
    ),
    modes=(
        Mode(
            name="rows",
            inputs=(Input("p", p, Domain("positive")), Input("q", q, Domain("positive"))),
            graph=(Node(y, KL),),
            layouts=(
                Layout("rows", {"p": ("N", "C"), "q": ("N", "C")}, output=("N",), mapped=("N",)),
            ),
            sizes={C: "C"},
            dy=dy,
            loss=dy * y,
            chains=(
                Chain(of=p[j], steps=TO_P, gradient=dp[j]),
                Chain(of=q[j], steps=TO_Q, gradient=dq[j]),
            ),
            facts=(
                Fact(
                    over_classes(p[k] * dp[k] + q[k] * dq[k]),
                    dy * y,
                    Text(
                        "Scaling p and q alike scales y: Σ p dp + Σ q dq = y dy.",
                        "p와 q를 같은 배율로 키우면 y도 그만큼 커져요. Σ p dp + Σ q dq = y dy예요.",
                    ),
                ),
            ),
            special_values=(
                SpecialValue(
                    {"p": [[0.5, 0.5]], "q": [[0.5, 0.5]]},
                    [0.0],
                    {"p": [[1.0, 1.0]], "q": [[-1.0, -1.0]]},
                ),
                SpecialValue({"p": [[1.0]], "q": [[0.5]]}, [0.6931471805599453], {"q": [[-2.0]]}),
            ),
        ),
    ),
    references=("Kullback & Leibler, On Information and Sufficiency, 1951",),
)
