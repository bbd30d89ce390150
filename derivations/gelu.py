"""GELU, y = x Φ(x), with Φ the distribution function of the normal distribution."""

import sympy as sp

from gradproof.operation.derivation import (
    Chain,
    Derivation,
    Fact,
    Form,
    Input,
    Limit,
    Mode,
    Node,
    SpecialValue,
    Step,
)
from gradproof.operation.layouts import ELEMENTWISE
from gradproof.operation.rules import CHAIN_RULE, DEFINITION, PRODUCT_RULE
from gradproof.text import Text

x, y, dy = sp.symbols("x y dy", real=True)
slope = sp.Symbol("f'", real=True)  # the local derivative dy/dx

PHI = (1 + sp.erf(x / sp.sqrt(2))) / 2
BELL = sp.exp(-(x**2) / 2) / sp.sqrt(2 * sp.pi)
UPPER = sp.erfc(-x / sp.sqrt(2), evaluate=False)  # SymPy would write it as 2 - erfc(x / √2)
GELU = x * PHI

STEPS = (
    Step(sp.Derivative(GELU, x), DEFINITION, Text("What we are after.", "구하려는 것이에요.")),
    Step(
        PHI + x * sp.Derivative(PHI, x),
        PRODUCT_RULE,
        Text(
            "x Φ(x) is a product: x has derivative 1.",
            "x Φ(x)는 곱이에요. x의 도함수는 1이에요.",
        ),
    ),
    Step(
        PHI + x * BELL,
        CHAIN_RULE,
        Text(
            "The slope of a distribution function is its density, the bell curve.",
            "분포 함수의 기울기는 밀도 함수, 곧 종 모양 곡선이에요.",
        ),
    ),
)

DERIVATION = Derivation(
    title=Text("GELU", "GELU"),
    summary=Text(
        "Lets x pass in proportion to how likely a standard normal number is to lie below it.",
        "표준 정규 분포에서 뽑은 수가 x보다 작을 확률만큼 x를 통과시켜요.",
    ),
    chapter=2,
    position=10,
    story=(
        Text(
            "ReLU multiplies x by 0 or by 1. GELU multiplies it by a probability, so it is smooth, "
            "and dips a little below 0 before it fades out on the left.",
            "ReLU는 x에 0이나 1을 곱해요. GELU는 확률을 곱하므로 매끄럽고, 왼쪽으로 사라지기 "
            "전에 0보다 조금 아래로 내려가요.",
        ),
        Text(
            "The usual slip is to forget the second path: Φ(x) alone is not the slope, for x "
            "stands "
            "inside Φ as well. In floats 1 + erf loses its digits where x is far below 0; erfc "
            "keeps them.",
            "흔한 실수는 두 번째 경로를 잊는 것이에요. x는 Φ 안에도 있으므로 Φ(x)만으로는 기울기가 "
            "아니에요. 부동소수점에서는 x가 0보다 한참 작을 때 1 + erf가 유효숫자를 잃지만, erfc는 "
            "잃지 않아요.",
        ),
    ),
    modes=(
        Mode(
            name="default",
            local=True,
            inputs=(Input("x", x),),
            graph=(Node(y, GELU),),
            layouts=(ELEMENTWISE,),
            dy=dy,
            loss=dy * y,
            chains=(Chain(of=x, steps=STEPS, gradient=slope),),
            forms=(
                Form(
                    y,
                    x * UPPER / 2,
                    Text(
                        "erfc(u) = 1 - erf(u) keeps its digits where erf is near -1.",
                        "erfc(u) = 1 - erf(u)는 erf가 -1에 가까운 곳에서도 유효숫자를 지켜요.",
                    ),
                ),
                Form(
                    slope,
                    UPPER / 2 + x * BELL,
                    Text("The slope, in the same way.", "기울기도 같은 방식으로 써요."),
                ),
            ),
            facts=(
                Fact(
                    y,
                    y - x,
                    Text(
                        "What GELU holds back on one side it holds back on the other: "
                        "g(-x) = g(x) - x.",
                        "한쪽에서 덜어 낸 만큼 다른 쪽에서도 덜어 내요. g(-x) = g(x) - x예요.",
                    ),
                    replace={x: -x},
                ),
                Fact(
                    slope,
                    sp.Rational(1, 2),
                    Text("At 0 the slope is 1/2.", "0에서 기울기는 1/2이에요."),
                    replace={x: sp.Integer(0)},
                ),
            ),
            limits=(
                Limit(y, x, -sp.oo, sp.Integer(0)),
                Limit(slope, x, sp.oo, sp.Integer(1)),
                Limit(slope, x, -sp.oo, sp.Integer(0)),
            ),
            special_values=(
                SpecialValue({"x": 0.0}, 0.0, {"x": 0.5}),
                SpecialValue({"x": 1.0}, 0.8413447460685429, {"x": 1.0833154705876864}),
                SpecialValue({"x": float("nan")}, float("nan"), {"x": float("nan")}),
                SpecialValue({"x": 1e300}, 1e300, {"x": 1.0}),
                SpecialValue({"x": -1e300}, -0.0, {"x": 0.0}),
            ),
        ),
    ),
    references=("Hendrycks & Gimpel, Gaussian Error Linear Units (GELUs), 2016",),
)
