"""SELU, y = scale x for x > 0 and scale alpha (exp(x) - 1) otherwise."""

import sympy as sp
from sympy.codegen.cfunctions import expm1

from gradproof.operation.derivation import (
    Branch,
    Chain,
    Derivation,
    Fact,
    Form,
    Input,
    Kink,
    Limit,
    Mode,
    Node,
    Parameter,
    SpecialValue,
    Step,
)
from gradproof.operation.layouts import ELEMENTWISE
from gradproof.operation.rules import BRANCH, DEFINITION, LINEARITY
from gradproof.text import Text

x, y, dy = sp.symbols("x y dy", real=True)
alpha, scale = sp.symbols("alpha scale", positive=True)
slope = sp.Symbol("f'", real=True)  # the local derivative dy/dx

CURVE = scale * alpha * (sp.exp(x) - 1)
SELU = sp.Piecewise((scale * x, x > 0), (CURVE, True))

p, q = sp.Symbol("p", positive=True), sp.Symbol("q", negative=True)
POSITIVE = Branch("x > 0", {x: p})
NEGATIVE = Branch("x < 0", {x: q})

START = Step(sp.Derivative(SELU, x), DEFINITION, Text("What we are after.", "구하려는 것이에요."))

WHERE_POSITIVE = (
    START,
    Step(
        sp.Derivative(scale * x, x),
        BRANCH,
        Text("For x > 0 the output is a line.", "x > 0에서 출력은 직선이에요."),
    ),
    Step(
        scale,
        LINEARITY,
        Text("The slope of the line.", "그 직선의 기울기예요."),
    ),
)

WHERE_NEGATIVE = (
    START,
    Step(
        sp.Derivative(CURVE, x),
        BRANCH,
        Text("For x < 0 the output is a scaled ELU.", "x < 0에서 출력은 크기를 바꾼 ELU예요."),
    ),
    Step(
        scale * alpha * sp.exp(x),
        LINEARITY,
        Text(
            "Both factors stay, exp(x) is its own derivative, and the -1 has none.",
            "두 인수는 그대로이고, exp(x)의 도함수는 자기 자신이며, -1의 도함수는 0이에요.",
        ),
    ),
)

DERIVATION = Derivation(
    title=Text("SELU", "SELU"),
    summary=Text(
        "An ELU whose two constants keep mean 0 and variance 1 from layer to layer.",
        "두 상수가 층에서 층으로 평균 0과 분산 1을 유지해 주는 ELU예요.",
    ),
    chapter=2,
    position=7,
    story=(
        Text(
            "α and the scale are no choice: they are solved for, so that numbers of mean 0 and "
            "variance 1 come out as such. With other constants it is just another ELU.",
            "α와 scale은 고르는 값이 아니라, 평균 0과 분산 1인 수가 그대로 평균 0과 분산 1로 "
            "나오도록 풀어서 얻은 값이에요. 다른 상수를 쓰면 그저 또 하나의 ELU예요.",
        ),
        Text(
            "The usual slips: the scale forgotten on one side, and alpha without the scale in "
            "backward. Of the output: the slope for x < 0 is y + scale α, not y + α.",
            "흔한 실수는 한쪽에서 scale을 빠뜨리는 것, 역전파에 scale 없이 alpha만 쓰는 것이에요. "
            "출력으로 쓰면 x < 0의 기울기는 y + α가 아니라 y + scale α예요.",
        ),
    ),
    modes=(
        Mode(
            name="default",
            local=True,
            inputs=(Input("x", x),),
            parameters=(
                Parameter("alpha", alpha, 1.6732632423543772, tried=(1.6732632423543772, 1.5)),
                Parameter("scale", scale, 1.0507009873554805, tried=(1.0507009873554805, 1.25)),
            ),
            graph=(Node(y, SELU),),
            layouts=(ELEMENTWISE,),
            dy=dy,
            loss=dy * y,
            branches=(POSITIVE, NEGATIVE),
            chains=(
                Chain(of=x, steps=WHERE_POSITIVE, gradient=slope, branch=POSITIVE),
                Chain(of=x, steps=WHERE_NEGATIVE, gradient=slope, branch=NEGATIVE),
            ),
            forms=(
                Form(
                    slope,
                    y + scale * alpha,
                    Text("Read off the output.", "출력만으로 쓴 꼴이에요."),
                    NEGATIVE,
                ),
                Form(
                    y,
                    scale * alpha * expm1(x),
                    Text(
                        "expm1(x) = exp(x) - 1 keeps the digits near x = 0.",
                        "expm1(x) = exp(x) - 1은 x = 0 근처에서 유효숫자를 지켜요.",
                    ),
                    NEGATIVE,
                ),
            ),
            facts=(
                Fact(
                    x * slope,
                    y,
                    Text("For x > 0 it is a line through 0.", "x > 0에서는 0을 지나는 직선이에요."),
                    POSITIVE,
                ),
            ),
            limits=(
                Limit(y, x, -sp.oo, -scale * alpha),
                Limit(slope, x, sp.oo, scale),
                Limit(slope, x, -sp.oo, sp.Integer(0)),
            ),
            kinks=(
                Kink(
                    x,
                    sp.Integer(0),
                    left=scale * alpha,
                    right=scale,
                    note=Text(
                        "Unlike ELU with α = 1, SELU has a kink: its slope jumps from scale α to "
                        "scale.",
                        "α = 1인 ELU와 달리 SELU는 꺾여요. 기울기가 scale α에서 scale로 바뀌어요.",
                    ),
                    frameworks={"PyTorch": scale * alpha},
                ),
            ),
            special_values=(
                SpecialValue({"x": 0.0}, 0.0),
                SpecialValue({"x": 1.0}, 1.0507009873554805, {"x": 1.0507009873554805}),
                SpecialValue({"x": float("inf")}, float("inf"), {"x": 1.0507009873554805}),
                SpecialValue({"x": float("-inf")}, -1.7580993408473766, {"x": 0.0}),
                SpecialValue({"x": float("nan")}, float("nan")),
                SpecialValue({"x": -1e300}, -1.7580993408473766, {"x": 0.0}),
            ),
        ),
    ),
    references=("Klambauer, Unterthiner, Mayr & Hochreiter, Self-Normalizing Networks, 2017",),
)
