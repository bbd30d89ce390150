"""The sigmoid, y = 1 / (1 + exp(-x))."""

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
from gradproof.operation.rules import CHAIN_RULE, DEFINITION, FACTOR, SUBSTITUTE
from gradproof.text import Text

x, y, dy = sp.symbols("x y dy", real=True)
slope = sp.Symbol("f'", real=True)  # the local derivative dy/dx

SIGMOID = 1 / (1 + sp.exp(-x))

STEPS = (
    Step(
        sp.Derivative(SIGMOID, x),
        DEFINITION,
        Text("What we are after.", "구하려는 것이에요."),
    ),
    Step(
        -sp.Derivative(1 + sp.exp(-x), x) / (1 + sp.exp(-x)) ** 2,
        CHAIN_RULE,
        Text("The reciprocal 1/u has derivative -u'/u².", "1/u의 도함수는 -u'/u²이에요."),
    ),
    Step(
        sp.exp(-x) / (1 + sp.exp(-x)) ** 2,
        CHAIN_RULE,
        Text(
            "u = 1 + exp(-x) has u' = -exp(-x); the two minus signs cancel.",
            "u = 1 + exp(-x)이면 u' = -exp(-x)이고, 두 음의 부호가 상쇄돼요.",
        ),
    ),
    Step(
        sp.Mul(SIGMOID, 1 - SIGMOID, evaluate=False),
        FACTOR,
        Text(
            "exp(-x)/(1 + exp(-x)) is what is missing from y to 1.",
            "exp(-x)/(1 + exp(-x))는 1에서 y를 뺀 값이에요.",
        ),
    ),
    Step(
        y * (1 - y),
        SUBSTITUTE,
        Text(
            "Only the output is needed: forward can keep y and forget x.",
            "출력만 있으면 되므로 순전파에서 y만 저장하면 x는 필요 없어요.",
        ),
    ),
)

DERIVATION = Derivation(
    title=Text("Sigmoid", "시그모이드"),
    summary=Text(
        "Squashes any real number into (0, 1); its slope is at most 1/4.",
        "모든 실수를 (0, 1)로 눌러 담아요. 기울기는 최대 1/4이에요.",
    ),
    chapter=2,
    position=1,
    story=(
        Text(
            "A step that has been smoothed: far to the left the answer is 0, far to the right 1, "
            "and in between there is a slope that learning can follow.",
            "계단을 매끄럽게 다듬은 함수예요. 왼쪽 멀리서는 0, 오른쪽 멀리서는 1이고, 그 "
            "사이에는 학습이 따라갈 수 있는 비탈이 있어요.",
        ),
        Text(
            "The slope is at most 1/4, so a sigmoid on the way back takes at least three quarters "
            "of the gradient, and far from 0 nearly all of it. The weights between two sigmoids "
            "multiply it, too: small ones shrink it further, large ones can make up for it.",
            "기울기가 최대 1/4이므로 역전파에서 시그모이드를 하나 지나면 기울기는 4분의 1 이하가 "
            "되고, 0에서 멀면 거의 사라져요. 시그모이드 사이의 가중치도 기울기에 곱해져요. "
            "작은 가중치는 더 줄이고, 큰 가중치는 줄어든 만큼을 되돌릴 수 있어요.",
        ),
        Text(
            "In y(1 - y), y is the output. The usual slips: to put in the input x, or the upstream "
            "gradient for one of the two factors.",
            "y(1 - y)의 y는 출력이에요. 여기에 입력 x를 넣거나, 두 인수 중 하나에 상류 기울기를 "
            "넣는 실수가 흔해요.",
        ),
    ),
    modes=(
        Mode(
            name="default",
            local=True,
            inputs=(Input("x", x),),
            graph=(Node(y, SIGMOID),),
            layouts=(ELEMENTWISE,),
            dy=dy,
            loss=dy * y,
            chains=(Chain(of=x, steps=STEPS, gradient=slope),),
            forms=(
                Form(
                    slope,
                    1 / (1 + sp.exp(-x)) * 1 / (1 + sp.exp(x)),
                    Text(
                        "σ(x)σ(-x): symmetric, and accurate where 1 - y rounds to 0 (x > 37).",
                        "σ(x)σ(-x): 대칭이며, 1 - y가 0으로 반올림되는 곳(x > 37)에서도 정확해요.",
                    ),
                ),
                Form(
                    slope,
                    sp.exp(x) / (1 + sp.exp(x)) ** 2,
                    Text(
                        "Written with exp(x) instead of exp(-x).",
                        "exp(-x) 대신 exp(x)로 쓴 꼴이에요.",
                    ),
                ),
                Form(
                    slope,
                    (1 - sp.tanh(x / 2) ** 2) / 4,
                    Text(
                        "The sigmoid is a tanh: σ(x) = (1 + tanh(x/2))/2.",
                        "시그모이드는 tanh예요: σ(x) = (1 + tanh(x/2))/2.",
                    ),
                ),
                Form(
                    y,
                    (1 + sp.tanh(x / 2)) / 2,
                    Text("The same function through tanh.", "tanh로 쓴 같은 함수예요."),
                ),
            ),
            facts=(
                Fact(
                    y,
                    1 - y,
                    Text("σ(-x) = 1 - σ(x).", "σ(-x) = 1 - σ(x)예요."),
                    replace={x: -x},
                ),
                Fact(
                    slope,
                    sp.Rational(1, 4),
                    Text(
                        "The slope is 1/4 at x = 0, its largest value.",
                        "x = 0에서 기울기는 최댓값인 1/4이에요.",
                    ),
                    replace={x: sp.Integer(0)},
                ),
            ),
            limits=(
                Limit(y, x, sp.oo, sp.Integer(1)),
                Limit(y, x, -sp.oo, sp.Integer(0)),
                Limit(slope, x, sp.oo, sp.Integer(0)),
                Limit(slope, x, -sp.oo, sp.Integer(0)),
            ),
            special_values=(
                SpecialValue({"x": 0.0}, 0.5, {"x": 0.25}),
                SpecialValue({"x": -0.0}, 0.5, {"x": 0.25}),
                SpecialValue({"x": float("inf")}, 1.0, {"x": 0.0}),
                SpecialValue({"x": float("-inf")}, 0.0, {"x": 0.0}),
                SpecialValue({"x": float("nan")}, float("nan"), {"x": float("nan")}),
                SpecialValue({"x": 1e300}, 1.0, {"x": 0.0}),
                SpecialValue({"x": -1e300}, 0.0, {"x": 0.0}),
            ),
        ),
    ),
    references=("Goodfellow, Bengio & Courville, Deep Learning, 2016, section 3.10",),
)
