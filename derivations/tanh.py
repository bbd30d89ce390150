"""The hyperbolic tangent, y = (exp(x) - exp(-x)) / (exp(x) + exp(-x))."""

import sympy as sp
from sympy.codegen.cfunctions import expm1

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
from gradproof.operation.rules import (
    DEFINITION,
    EXPAND,
    IDENTITY,
    QUOTIENT_RULE,
    SUBSTITUTE,
    SUM_RULE,
)
from gradproof.text import Text

x, y, dy = sp.symbols("x y dy", real=True)
slope = sp.Symbol("f'", real=True)  # the local derivative dy/dx

TANH = sp.tanh(x)
TOP = sp.exp(x) - sp.exp(-x)
BOTTOM = sp.exp(x) + sp.exp(-x)
FRACTION = TOP / BOTTOM

STEPS = (
    Step(
        sp.Derivative(TANH, x),
        DEFINITION,
        Text("What we are after.", "구하려는 것이에요."),
    ),
    Step(
        sp.Derivative(FRACTION, x),
        IDENTITY,
        Text("Write tanh with exponentials.", "tanh를 지수함수로 풀어 써요."),
    ),
    Step(
        (sp.Derivative(TOP, x) * BOTTOM - TOP * sp.Derivative(BOTTOM, x)) / BOTTOM**2,
        QUOTIENT_RULE,
        Text("(u/v)' = (u'v - uv')/v².", "(u/v)' = (u'v - uv')/v²이에요."),
    ),
    Step(
        (BOTTOM**2 - TOP**2) / BOTTOM**2,
        SUM_RULE,
        Text(
            "u' = v and v' = u: each is the other's derivative.",
            "u' = v, v' = u예요. 서로가 서로의 도함수예요.",
        ),
    ),
    Step(
        1 - FRACTION**2,
        EXPAND,
        Text(
            "Split the fraction: v²/v² = 1, and u²/v² = (u/v)².",
            "분수를 나누면 v²/v² = 1이고 u²/v² = (u/v)²이에요.",
        ),
    ),
    Step(
        1 - y**2,
        SUBSTITUTE,
        Text(
            "u/v is y itself. Only the output is needed: forward can keep y and forget x.",
            "u/v가 바로 y예요. 출력만 있으면 되므로 순전파에서 y만 저장하면 돼요.",
        ),
    ),
)

FORMS = (
    Form(
        slope,
        sp.Mul(1 - y, 1 + y, evaluate=False),
        Text(
            "The same, factored. 1 - y is a factor of the answer, not the answer.",
            "인수분해한 꼴이에요. 1 - y는 답의 한 인수일 뿐, 답이 아니에요.",
        ),
    ),
    Form(
        slope,
        4 / BOTTOM**2,
        Text(
            "sech²(x): nothing cancels, so it stays accurate where y has rounded to ±1 (|x| > 19).",
            "sech²(x)예요. 뺄셈이 없어 y가 ±1로 반올림되는 곳(|x| > 19)에서도 정확해요.",
        ),
    ),
    Form(
        slope,
        4 * sp.exp(-2 * x) / (1 + sp.exp(-2 * x)) ** 2,
        Text(
            "Four times the sigmoid's slope at 2x: 4σ(2x)(1 - σ(2x)).",
            "2x에서 시그모이드 기울기의 네 배, 곧 4σ(2x)(1 - σ(2x))예요.",
        ),
    ),
    Form(
        y,
        FRACTION,
        Text(
            "The textbook fraction. In code exp overflows for large |x|: prefer np.tanh.",
            "교과서의 분수식이에요. 코드에서는 |x|가 크면 exp가 오버플로하므로 np.tanh를 쓰세요.",
        ),
    ),
    Form(
        y,
        2 / (1 + sp.exp(-2 * x)) - 1,
        Text(
            "A sigmoid, stretched and moved: 2σ(2x) - 1.",
            "시그모이드를 늘이고 옮긴 함수예요: 2σ(2x) - 1.",
        ),
    ),
    Form(
        y,
        expm1(2 * x) / (expm1(2 * x) + 2),
        Text(
            "With expm1(u) = exp(u) - 1, which stays accurate near x = 0.",
            "expm1(u) = exp(u) - 1로 쓴 꼴로, x = 0 근처에서도 정확해요.",
        ),
    ),
)

FACTS = (
    Fact(
        y,
        -y,
        Text("tanh is odd: y(-x) = -y(x).", "tanh는 홀함수예요: y(-x) = -y(x)."),
        replace={x: -x},
    ),
    Fact(
        slope,
        slope,
        Text(
            "Its derivative is even: the same at -x and x.",
            "도함수는 짝함수예요. -x와 x에서 값이 같아요.",
        ),
        replace={x: -x},
    ),
    Fact(
        slope,
        sp.Integer(1),
        Text("The slope is 1 at x = 0, its largest value.", "x = 0에서 기울기는 최댓값인 1이에요."),
        replace={x: sp.Integer(0)},
    ),
    Fact(
        slope,
        1 / sp.cosh(x) ** 2,
        Text("Tables of derivatives write sech²(x).", "도함수 표에는 sech²(x)로 실려 있어요."),
    ),
)

DERIVATION = Derivation(
    title=Text("Tanh", "하이퍼볼릭 탄젠트(tanh)"),
    summary=Text(
        "Squashes any real number into (-1, 1), centred at 0; its slope is at most 1.",
        "모든 실수를 0을 중심으로 (-1, 1)에 눌러 담아요. 기울기는 최대 1이에요.",
    ),
    chapter=2,
    position=2,
    story=(
        Text(
            "Tanh is a sigmoid stretched to run from -1 to 1. Its outputs are centred at 0, and "
            "near 0 it lets the gradient pass unchanged, four times as much as the sigmoid does.",
            "tanh는 시그모이드를 -1에서 1까지로 늘인 함수예요. 출력의 중심이 0이고, 0 근처에서는 "
            "기울기를 거의 그대로 통과시켜요. 시그모이드의 네 배예요.",
        ),
        Text(
            "Far from 0 the curve is flat and the gradient fades: the unit is saturated.",
            "0에서 멀어지면 곡선이 평평해지고 기울기가 사라져요. 이를 포화라고 해요.",
        ),
        Text(
            "The usual slip is to forget the square and write 1 - y. It agrees with 1 - y² only at "
            "y = 0 and y = 1. And the y in 1 - y² is the output, never the input x.",
            "가장 흔한 실수는 제곱을 빠뜨리고 1 - y로 쓰는 것이에요. 1 - y²과 같은 곳은 y = 0과 "
            "y = 1뿐이에요. 또 1 - y²의 y는 입력 x가 아니라 출력이에요.",
        ),
    ),
    modes=(
        Mode(
            name="default",
            local=True,
            inputs=(Input("x", x),),
            graph=(Node(y, TANH),),
            layouts=(ELEMENTWISE,),
            dy=dy,
            loss=dy * y,
            chains=(Chain(of=x, steps=STEPS, gradient=slope),),
            forms=FORMS,
            facts=FACTS,
            limits=(
                Limit(y, x, sp.oo, sp.Integer(1)),
                Limit(y, x, -sp.oo, sp.Integer(-1)),
                Limit(slope, x, sp.oo, sp.Integer(0)),
                Limit(slope, x, -sp.oo, sp.Integer(0)),
            ),
            special_values=(
                SpecialValue({"x": 0.0}, 0.0, {"x": 1.0}),
                SpecialValue({"x": -0.0}, -0.0, {"x": 1.0}),
                SpecialValue({"x": 5e-324}, 5e-324, {"x": 1.0}),
                SpecialValue({"x": float("inf")}, 1.0, {"x": 0.0}),
                SpecialValue({"x": float("-inf")}, -1.0, {"x": 0.0}),
                SpecialValue({"x": float("nan")}, float("nan"), {"x": float("nan")}),
                SpecialValue(
                    {"x": 1e300},
                    1.0,
                    {"x": 0.0},
                    note=Text(
                        "exp(x) overflows here; tanh must not.",
                        "여기서 exp(x)는 오버플로하지만 tanh는 그러지 않아야 해요.",
                    ),
                ),
                SpecialValue({"x": -1e300}, -1.0, {"x": 0.0}),
            ),
        ),
    ),
    references=("LeCun, Bottou, Orr & Müller, Efficient BackProp, 1998, section 4.4",),
)
