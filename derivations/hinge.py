"""The hinge loss of each element, y = max(0, 1 - t x), for targets t of -1 and 1."""

import sympy as sp

from gradproof.operation.derivation import (
    Branch,
    Chain,
    Derivation,
    Domain,
    Fact,
    Input,
    Kink,
    Layout,
    Mode,
    Node,
    SpecialValue,
    Step,
)
from gradproof.operation.layouts import ANY_SHAPE
from gradproof.operation.rules import BRANCH, DEFINITION, LINEARITY
from gradproof.text import Text

x, y, dy, z = sp.symbols("x y dy z", real=True)
t = sp.Symbol("t", real=True, nonzero=True)
slope = sp.Symbol("f'", real=True)

HINGE = sp.Piecewise((1 - z, z < 1), (0, True))
MARGIN = sp.Symbol("t x", real=True)
IN_X = HINGE.xreplace({z: t * x})

p = sp.Symbol("p", positive=True)
INSIDE = Branch("t x < 1", {x: (1 - p) / t})
OUTSIDE = Branch("t x > 1", {x: (1 + p) / t})

AFTER = Step(sp.Derivative(IN_X, x), DEFINITION, Text("What we are after.", "구하려는 것이에요."))

DERIVATION = Derivation(
    title=Text("Hinge loss", "힌지 손실"),
    summary=Text(
        "What a prediction lacks to be right by a margin of 1, for each element.",
        "예측이 여유 1을 두고 맞기까지 모자란 만큼이에요. 원소마다 구해요.",
    ),
    chapter=4,
    position=7,
    story=(
        Text(
            "t x is the margin: positive where the sign is right. From a margin of 1 on there is "
            "no "
            "loss and no gradient; below, every example pulls with the same strength.",
            "t x가 여유(마진)이고, 부호가 맞으면 양수예요. 여유가 1 이상이면 손실도 기울기도 "
            "없고, 그 아래에서는 모든 표본이 같은 힘으로 당겨요.",
        ),
        Text(
            "The usual slips: targets 0 and 1 instead of -1 and 1, the sign of -t, and a gradient "
            "where the margin is already large enough.",
            "흔한 실수는 목표를 -1과 1이 아니라 0과 1로 두는 것, -t의 부호를 틀리는 것, 여유가 "
            "이미 "
            "충분한데도 기울기를 주는 것이에요.",
        ),
    ),
    modes=(
        Mode(
            name="default",
            local=True,
            inputs=(Input("x", x), Input("t", t, Domain("sign"), differentiable=False)),
            graph=(Node(z, t * x), Node(y, HINGE)),
            layouts=(
                Layout(
                    "any shape",
                    {"x": (ANY_SHAPE,), "t": (ANY_SHAPE,)},
                    output=(ANY_SHAPE,),
                    mapped=(ANY_SHAPE,),
                ),
            ),
            dy=dy,
            loss=dy * y,
            branches=(INSIDE, OUTSIDE),
            chains=(
                Chain(
                    of=x,
                    gradient=slope,
                    branch=INSIDE,
                    steps=(
                        AFTER,
                        Step(
                            sp.Derivative(1 - t * x, x),
                            BRANCH,
                            Text("The margin is too small.", "여유가 모자라요."),
                        ),
                        Step(
                            -t,
                            LINEARITY,
                            Text(
                                "The loss falls as x moves towards the target's side.",
                                "x가 목표 쪽으로 갈수록 손실이 줄어들어요.",
                            ),
                        ),
                    ),
                ),
                Chain(
                    of=x,
                    gradient=slope,
                    branch=OUTSIDE,
                    steps=(
                        AFTER,
                        Step(
                            sp.Derivative(sp.Integer(0), x, evaluate=False),
                            BRANCH,
                            Text("The margin is large enough.", "여유가 충분해요."),
                        ),
                        Step(
                            sp.Integer(0),
                            LINEARITY,
                            Text("Nothing to learn here.", "여기서는 배울 것이 없어요."),
                        ),
                    ),
                ),
            ),
            facts=(
                Fact(
                    y - x * slope,
                    sp.Integer(1),
                    Text("Inside the margin y = 1 + x dx.", "여유 안에서는 y = 1 + x dx예요."),
                    INSIDE,
                ),
            ),
            kinks=(
                Kink(
                    MARGIN,
                    sp.Integer(1),
                    left=sp.Integer(-1),
                    right=sp.Integer(0),
                    function=HINGE.xreplace({z: MARGIN}),
                    note=Text(
                        "By the margin, any value from -1 to 0 is a subgradient; the code takes 0.",
                        "여유에 대해 -1부터 0까지 어떤 값이든 하위 기울기(subgradient)예요. "
                        "코드는 0을 골라요.",
                    ),
                ),
            ),
            special_values=(
                SpecialValue({"x": 0.0, "t": 1.0}, 1.0, {"x": -1.0}),
                SpecialValue({"x": 1.0, "t": 1.0}, 0.0),
                SpecialValue({"x": 3.0, "t": -1.0}, 4.0, {"x": 1.0}),
                SpecialValue({"x": -1e300, "t": 1.0}, 1e300, {"x": -1.0}),
                SpecialValue({"x": float("inf"), "t": 1.0}, 0.0, {"x": 0.0}),
            ),
        ),
    ),
    references=("Cortes & Vapnik, Support-Vector Networks, 1995",),
)
