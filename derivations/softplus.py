"""Softplus, y = log(1 + exp(x))."""

import sympy as sp
from sympy.codegen.cfunctions import log1p

from gradproof.operation.derivation import (
    Branch,
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
from gradproof.operation.rules import CHAIN_RULE, DEFINITION, IDENTITY
from gradproof.text import Text

x, y, dy = sp.symbols("x y dy", real=True)
slope = sp.Symbol("f'", real=True)  # the local derivative dy/dx

SOFTPLUS = sp.log(1 + sp.exp(x))

STEPS = (
    Step(
        sp.Derivative(SOFTPLUS, x),
        DEFINITION,
        Text("What we are after.", "구하려는 것이에요."),
    ),
    Step(
        sp.Derivative(1 + sp.exp(x), x) / (1 + sp.exp(x)),
        CHAIN_RULE,
        Text("log u has derivative u'/u.", "log u의 도함수는 u'/u예요."),
    ),
    Step(
        sp.exp(x) / (1 + sp.exp(x)),
        CHAIN_RULE,
        Text(
            "exp(x) is its own derivative, and the 1 has none.",
            "exp(x)의 도함수는 자기 자신이고, 1의 도함수는 0이에요.",
        ),
    ),
    Step(
        1 / (1 + sp.exp(-x)),
        IDENTITY,
        Text(
            "Divide both by exp(x): the slope of softplus is the sigmoid.",
            "분자와 분모를 exp(x)로 나눠요. 소프트플러스의 기울기는 시그모이드예요.",
        ),
    ),
)

p, q = sp.Symbol("p", positive=True), sp.Symbol("q", negative=True)
POSITIVE = Branch("x > 0", {x: p})
NEGATIVE = Branch("x < 0", {x: q})

DERIVATION = Derivation(
    title=Text("Softplus", "소프트플러스"),
    summary=Text(
        "A ReLU with its corner rounded off; its slope is the sigmoid.",
        "모서리를 둥글게 다듬은 ReLU예요. 기울기가 시그모이드예요.",
    ),
    chapter=2,
    position=8,
    story=(
        Text(
            "Far to the left softplus is nearly 0, far to the right nearly x, and at 0, where ReLU "
            "has its corner, it is log 2. It is never 0, and it has a slope everywhere.",
            "왼쪽 멀리서는 거의 0, 오른쪽 멀리서는 거의 x이고, ReLU가 꺾이는 0에서는 log 2예요. "
            "0이 되는 일이 없고, 어디에나 기울기가 있어요.",
        ),
        Text(
            "As the book writes it, exp(x) overflows from x = 710 on, and far to the left 1 + "
            "exp(x)"
            " is 1 and the logarithm 0. The larger of x and 0, plus log1p(exp(-|x|)), does "
            "neither.",
            "책에 적힌 그대로 계산하면 x = 710부터 exp(x)가 오버플로하고, 왼쪽 멀리서는 "
            "1 + exp(x)가 1이 되어 로그가 0이에요. x와 0 가운데 큰 값에 log1p(exp(-|x|))를 더하면 "
            "둘 다 일어나지 않아요.",
        ),
    ),
    modes=(
        Mode(
            name="default",
            local=True,
            inputs=(Input("x", x),),
            graph=(Node(y, SOFTPLUS),),
            layouts=(ELEMENTWISE,),
            dy=dy,
            loss=dy * y,
            chains=(Chain(of=x, steps=STEPS, gradient=slope),),
            forms=(
                Form(
                    y,
                    log1p(sp.exp(x)),
                    Text(
                        "log1p(u) = log(1 + u) keeps the digits of a small u.",
                        "log1p(u) = log(1 + u)는 작은 u의 유효숫자를 지켜요.",
                    ),
                ),
                Form(
                    y,
                    x + log1p(sp.exp(-x)),
                    Text(
                        "For x > 0: what is added to x is small, and exp does not overflow.",
                        "x > 0일 때 써요. x에 더하는 값이 작고, exp가 오버플로하지 않아요.",
                    ),
                ),
                Form(
                    slope,
                    sp.exp(x) / (1 + sp.exp(x)),
                    Text("For x < 0: nothing overflows.", "x < 0일 때 써요. 오버플로가 없어요."),
                ),
            ),
            facts=(
                Fact(
                    y,
                    y - x,
                    Text(
                        "Mirrored, softplus is smaller by x: s(-x) = s(x) - x.",
                        "좌우를 뒤집으면 x만큼 작아져요. s(-x) = s(x) - x예요.",
                    ),
                    replace={x: -x},
                ),
                Fact(
                    slope,
                    1 - sp.exp(-y),
                    Text(
                        "The slope can be read off the output.",
                        "기울기는 출력만으로 구할 수 있어요.",
                    ),
                ),
            ),
            limits=(
                Limit(y, x, -sp.oo, sp.Integer(0)),
                Limit(y - x, x, sp.oo, sp.Integer(0)),
                Limit(slope, x, sp.oo, sp.Integer(1)),
                Limit(slope, x, -sp.oo, sp.Integer(0)),
            ),
            special_values=(
                SpecialValue({"x": 0.0}, 0.6931471805599453, {"x": 0.5}),
                SpecialValue({"x": -40.0}, 4.248354255291589e-18, {"x": 4.248354255291589e-18}),
                SpecialValue({"x": float("inf")}, float("inf"), {"x": 1.0}),
                SpecialValue({"x": float("-inf")}, 0.0, {"x": 0.0}),
                SpecialValue({"x": float("nan")}, float("nan"), {"x": float("nan")}),
                SpecialValue({"x": 1e300}, 1e300, {"x": 1.0}),
            ),
        ),
    ),
    references=("Dugas, Bengio, Belisle, Nadeau & Garcia, NIPS 2000",),
)
