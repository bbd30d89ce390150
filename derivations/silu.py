"""SiLU, also called swish, y = x / (1 + exp(-beta x))."""

import sympy as sp

from gradproof.operation.derivation import (
    Chain,
    Derivation,
    Fact,
    Form,
    Input,
    Mode,
    Node,
    Parameter,
    SpecialValue,
    Step,
)
from gradproof.operation.layouts import ELEMENTWISE
from gradproof.operation.rules import CHAIN_RULE, DEFINITION, PRODUCT_RULE, SUBSTITUTE
from gradproof.text import Text

x, y, dy, s = sp.symbols("x y dy s", real=True)
beta = sp.Symbol("beta", real=True)
slope = sp.Symbol("f'", real=True)  # the local derivative dy/dx

GATE = 1 / (1 + sp.exp(-beta * x))

STEPS = (
    Step(sp.Derivative(x * GATE, x), DEFINITION, Text("What we are after.", "구하려는 것이에요.")),
    Step(
        s + x * sp.Derivative(GATE, x),
        PRODUCT_RULE,
        Text(
            "x stands in front of the sigmoid and inside of it: two paths.",
            "x는 시그모이드의 앞에도 안에도 있어요. 경로가 둘이에요.",
        ),
    ),
    Step(
        s + x * beta * s * (1 - s),
        CHAIN_RULE,
        Text(
            "The sigmoid has slope s (1 - s), and βx has slope β.",
            "시그모이드의 기울기는 s (1 - s)이고, βx의 기울기는 β예요.",
        ),
    ),
    Step(
        s + beta * y * (1 - s),
        SUBSTITUTE,
        Text("x s is the output y.", "x s는 출력 y예요."),
    ),
)

DERIVATION = Derivation(
    title=Text("SiLU (swish)", "SiLU(스위시)"),
    summary=Text(
        "x times its own sigmoid: a ReLU that dips below 0 before it rises.",
        "x에 자기 자신의 시그모이드를 곱해요. 올라가기 전에 0 아래로 내려가는 ReLU예요.",
    ),
    chapter=2,
    position=9,
    story=(
        Text(
            "β says how sharp the bend is: with β = 0 it is the line x/2, and the larger β is, the "
            "closer it comes to ReLU.",
            "β는 얼마나 급하게 꺾이는지를 정해요. β = 0이면 직선 x/2이고, β가 커질수록 ReLU에 "
            "가까워져요.",
        ),
        Text(
            "The usual slips: one of the two paths forgotten, which leaves s or the slope of a "
            "sigmoid; and the β lost that the chain rule brings down.",
            "흔한 실수는 두 경로 가운데 하나를 잊어 s나 시그모이드의 기울기만 남기는 것, 그리고 "
            "연쇄 법칙에서 내려오는 β를 빠뜨리는 것이에요.",
        ),
    ),
    modes=(
        Mode(
            name="default",
            local=True,
            inputs=(Input("x", x),),
            parameters=(Parameter("beta", beta, 1.0, tried=(0.5, 1.0, 1.5, -1.0)),),
            graph=(Node(s, GATE), Node(y, x * s)),
            layouts=(ELEMENTWISE,),
            dy=dy,
            loss=dy * y,
            chains=(Chain(of=x, steps=STEPS, gradient=slope),),
            forms=(
                Form(
                    slope,
                    s + beta * x / ((1 + sp.exp(-beta * x)) * (1 + sp.exp(beta * x))),
                    Text(
                        "1 - s is the sigmoid of -βx, which keeps its digits where s is near 1.",
                        "1 - s는 -βx의 시그모이드이고, s가 1에 가까워도 유효숫자를 지켜요.",
                    ),
                ),
            ),
            facts=(
                Fact(
                    y,
                    y - x,
                    Text(
                        "As for GELU and softplus: f(-x) = f(x) - x.",
                        "GELU나 소프트플러스처럼 f(-x) = f(x) - x예요.",
                    ),
                    replace={x: -x},
                ),
                Fact(
                    slope,
                    sp.Rational(1, 2),
                    Text(
                        "With β = 0 it is the line x/2.",
                        "β = 0이면 직선 x/2예요.",
                    ),
                    replace={beta: sp.Integer(0)},
                ),
            ),
            special_values=(
                SpecialValue({"x": 0.0}, 0.0, {"x": 0.5}),
                SpecialValue({"x": 1.0}, 0.7310585786300049, {"x": 0.9276705118714869}),
                SpecialValue({"x": float("nan")}, float("nan"), {"x": float("nan")}),
                SpecialValue({"x": 1e300}, 1e300, {"x": 1.0}),
                SpecialValue({"x": -1e300}, -0.0, {"x": 0.0}),
                SpecialValue({"x": -1e300}, -1e300, {"x": 1.0}, parameters={"beta": -1.0}),
            ),
        ),
    ),
    references=(
        "Elfwing, Uchibe & Doya, Sigmoid-Weighted Linear Units, 2017",
        "Ramachandran, Zoph & Le, Searching for Activation Functions, 2017",
    ),
)
