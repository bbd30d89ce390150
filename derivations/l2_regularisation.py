"""L2 regularisation, y = lam/2 (w_1² + ... + w_m²), over all weights."""

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

m, i, j = sp.symbols("m i j", integer=True, positive=True)
y, dy = sp.symbols("y dy", real=True)
lam = sp.Symbol("lam", nonnegative=True)
w, dw = sp.IndexedBase("w", real=True), sp.IndexedBase("dw", real=True)
PENALTY = lam / 2 * sp.Sum(w[j] ** 2, (j, 1, m))

STEPS = (
    Step(
        dy * sp.Derivative(PENALTY, w[i]),
        rules.CHAIN_RULE,
        Text("The penalty is one number, and so is dy.", "벌점은 수 하나이고, dy도 그래요."),
    ),
    Step(
        dy * lam / 2 * sp.Sum(2 * w[j] * sp.KroneckerDelta(i, j), (j, 1, m)),
        rules.POWER_RULE,
        Text(
            "w² has derivative 2w, and only wᵢ depends on wᵢ.",
            "w²의 도함수는 2w이고, wᵢ에 의존하는 것은 wᵢ뿐이에요.",
        ),
    ),
    Step(
        dy * lam * w[i],
        rules.DELTA,
        Text(
            "Only the term j = i is left; the 1/2 was there for this 2.",
            "j = i인 항만 남아요. 1/2은 이 2와 약분되려고 있던 것이에요.",
        ),
    ),
)

DERIVATION = Derivation(
    title=Text("L2 regularisation", "L2 정규화 벌점"),
    summary=Text(
        "Half the sum of squares of the weights: it pulls every weight towards 0.",
        "가중치 제곱합의 절반이에요. 모든 가중치를 0 쪽으로 당겨요.",
    ),
    chapter=4,
    position=9,
    story=(
        Text(
            "Gradient descent on it multiplies each weight by 1 - η λ at every step, hence the "
            "name "
            "weight decay.",
            "이것을 경사하강하면 걸음마다 가중치에 1 - η λ를 곱하게 돼요. 그래서 가중치 "
            "감쇠(weight decay)라고 불러요.",
        ),
        Text(
            "The usual slips: a 2 too many (or too few) in the gradient, because one of forward "
            "and "
            "backward has the 1/2 and the other has not; the mean instead of the sum.",
            "흔한 실수는 순전파와 역전파 가운데 한쪽에만 1/2을 넣어 기울기가 두 배나 절반이 되는 "
            "것, 합 대신 평균을 쓰는 것이에요.",
        ),
    ),
    modes=(
        Mode(
            name="sum",
            inputs=(Input("w", w),),
            parameters=(Parameter("lam", lam, 0.01, tried=(0.01, 0.5, 2.0), least=0.0),),
            graph=(Node(y, PENALTY),),
            layouts=(Layout("weights", {"w": ("D", "M")}, output=(), flatten=True),),
            sizes={m: "*"},
            dy=dy,
            loss=dy * y,
            chains=(Chain(of=w[i], steps=STEPS, gradient=dw[i]),),
            facts=(
                Fact(
                    sp.Sum(w[j] * dw[j], (j, 1, m)),
                    2 * dy * y,
                    Text(
                        "Σ w dw is 2 dy y: a check of the factor.",
                        "Σ w dw는 2 dy y예요. 인수를 이것으로 검사할 수 있어요.",
                    ),
                ),
            ),
            special_values=(
                SpecialValue({"w": [[3.0, 4.0]]}, 0.125, {"w": [[0.03, 0.04]]}),
                SpecialValue({"w": [[0.0]]}, 0.0, {"w": [[0.0]]}),
                SpecialValue(
                    {"w": [[1e154, 1e154]]},
                    5e307,
                    {"w": [[5e153, 5e153]]},
                    parameters={"lam": 0.5},
                    note=Text(
                        "The sum of squares leaves the range of floats, a quarter of it does not.",
                        "제곱합은 부동소수점의 범위를 벗어나지만 그 4분의 1은 벗어나지 않아요.",
                    ),
                ),
            ),
        ),
    ),
    references=("Krogh & Hertz, A Simple Weight Decay Can Improve Generalization, 1992",),
)
