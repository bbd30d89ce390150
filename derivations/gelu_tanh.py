"""GELU in its tanh form, y = x (1 + tanh(u)) / 2 with u = sqrt(2/π) (x + 0.044715 x³)."""

import sympy as sp

from gradproof.operation.derivation import (
    Chain,
    Derivation,
    Fact,
    Form,
    Input,
    Mode,
    Node,
    SpecialValue,
    Step,
)
from gradproof.operation.layouts import ELEMENTWISE
from gradproof.operation.rules import CHAIN_RULE, DEFINITION, IDENTITY, PRODUCT_RULE
from gradproof.text import Text

x, y, dy, u, s = sp.symbols("x y dy u s", real=True)
slope = sp.Symbol("f'", real=True)  # the local derivative dy/dx

C = sp.sqrt(2 / sp.pi)
K = sp.Rational(44715, 10**6)
INNER = C * (x + K * x**3)
INNER_SLOPE = C * (1 + 3 * K * x**2)
GATE = 1 / (1 + sp.exp(-2 * u))

STEPS = (
    Step(
        sp.Derivative(x * (1 + sp.tanh(INNER)) / 2, x),
        DEFINITION,
        Text("What we are after.", "구하려는 것이에요."),
    ),
    Step(
        (1 + sp.tanh(u)) / 2 + x * sp.Derivative(sp.tanh(INNER), x) / 2,
        PRODUCT_RULE,
        Text(
            "x stands in front and inside of tanh: two paths.",
            "x는 tanh의 앞에도 안에도 있어요. 경로가 둘이에요.",
        ),
    ),
    Step(
        (1 + sp.tanh(u)) / 2 + x * (1 - sp.tanh(u) ** 2) * INNER_SLOPE / 2,
        CHAIN_RULE,
        Text(
            "tanh has slope 1 - tanh², and u has slope √(2/π) (1 + 3·0.044715 x²).",
            "tanh의 기울기는 1 - tanh²이고, u의 기울기는 √(2/π) (1 + 3·0.044715 x²)이에요.",
        ),
    ),
    Step(
        s + 2 * x * s * (1 - s) * INNER_SLOPE,
        IDENTITY,
        Text(
            "(1 + tanh u)/2 is the sigmoid s of 2u, and 1 - tanh² u is 4 s (1 - s).",
            "(1 + tanh u)/2는 2u의 시그모이드 s이고, 1 - tanh² u는 4 s (1 - s)예요.",
        ),
    ),
)

DERIVATION = Derivation(
    title=Text("GELU, tanh form", "GELU, tanh 꼴"),
    summary=Text(
        "GELU without the error function: a tanh stands in for it.",
        "오차 함수 대신 tanh로 쓴 GELU예요.",
    ),
    chapter=2,
    position=11,
    story=(
        Text(
            "An approximation of GELU that is off by less than 0.0005, from a time when erf was "
            "slow. It is a function of its own: its gradient is not the one of GELU, and each "
            "backward goes with its own forward.",
            "erf가 느리던 때에 쓰던 GELU의 근사로, 차이는 0.0005보다 작아요. 하지만 다른 "
            "함수예요. 기울기도 GELU의 것과 다르니, 역전파는 자기 순전파와 짝을 이루어야 해요.",
        ),
        Text(
            "The usual slips: the 3 of x³ lost, the slope of u forgotten, x for tanh(u). Far below "
            "0 the sum 1 + tanh(u) loses its digits; the sigmoid of 2u is the same and keeps them.",
            "흔한 실수는 x³에서 나오는 3을 빠뜨리는 것, u의 기울기를 잊는 것, tanh(u) 자리에 x를 "
            "쓰는 것이에요. 0보다 한참 작은 곳에서는 1 + tanh(u)가 유효숫자를 잃지만, 같은 값인 "
            "2u의 시그모이드는 잃지 않아요.",
        ),
    ),
    modes=(
        Mode(
            name="default",
            local=True,
            inputs=(Input("x", x),),
            graph=(Node(u, INNER), Node(s, GATE), Node(y, x * (1 + sp.tanh(u)) / 2)),
            layouts=(ELEMENTWISE,),
            dy=dy,
            loss=dy * y,
            chains=(Chain(of=x, steps=STEPS, gradient=slope),),
            forms=(
                Form(
                    y,
                    x * s,
                    Text(
                        "x times the sigmoid of 2u: nothing cancels.",
                        "x에 2u의 시그모이드를 곱해요. 상쇄되는 항이 없어요.",
                    ),
                ),
                Form(
                    slope,
                    s + 2 * x * INNER_SLOPE / ((1 + sp.exp(-2 * u)) * (1 + sp.exp(2 * u))),
                    Text(
                        "1 - s is the sigmoid of -2u.",
                        "1 - s는 -2u의 시그모이드예요.",
                    ),
                ),
            ),
            facts=(
                Fact(
                    y,
                    y - x,
                    Text("As for GELU: g(-x) = g(x) - x.", "GELU처럼 g(-x) = g(x) - x예요."),
                    replace={x: -x},
                ),
            ),
            special_values=(
                SpecialValue({"x": 0.0}, 0.0, {"x": 0.5}),
                SpecialValue({"x": 1.0}, 0.8411919906082768, {"x": 1.0829640838457826}),
                SpecialValue({"x": float("nan")}, float("nan"), {"x": float("nan")}),
                SpecialValue({"x": 1e300}, 1e300, {"x": 1.0}),
                SpecialValue({"x": -1e300}, -0.0, {"x": 0.0}),
            ),
        ),
    ),
    references=("Hendrycks & Gimpel, Gaussian Error Linear Units (GELUs), 2016",),
)
