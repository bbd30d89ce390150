"""Inverted dropout with a given mask, y = x mask / (1 - p)."""

import sympy as sp

from gradproof.operation.derivation import (
    Chain,
    Derivation,
    Domain,
    Fact,
    Input,
    Layout,
    Mode,
    Node,
    Parameter,
    SpecialValue,
    Step,
)
from gradproof.operation.layouts import ANY_SHAPE
from gradproof.operation.rules import DEFINITION, LINEARITY
from gradproof.text import Text

x, y, dy, p = sp.symbols("x y dy p", real=True)
mask = sp.Symbol("mask", integer=True, nonnegative=True)
slope = sp.Symbol("f'", real=True)

DROPOUT = x * mask / (1 - p)

STEPS = (
    Step(sp.Derivative(DROPOUT, x), DEFINITION, Text("What we are after.", "구하려는 것이에요.")),
    Step(
        mask / (1 - p),
        LINEARITY,
        Text(
            "Once the mask is drawn it is a constant factor: the same one on the way back.",
            "마스크는 뽑고 나면 상수 인수예요. 돌아올 때도 똑같은 마스크를 곱해요.",
        ),
    ),
)

DERIVATION = Derivation(
    title=Text("Dropout", "드롭아웃"),
    summary=Text(
        "Switches elements off by a mask, and scales up what stays.",
        "마스크로 일부 원소를 끄고, 남은 원소를 그만큼 키워요.",
    ),
    chapter=3,
    position=3,
    story=(
        Text(
            "The mask is an input here: drawn outside, 1 where an element stays, which it does "
            "with "
            "probability 1 - p. Divided by that probability, y is x on average.",
            "여기서 마스크는 입력이에요. 밖에서 뽑으며, 확률 1 - p로 1이고 그 원소는 남아요. 그 "
            "확률로 나누므로 y는 평균하면 x예요.",
        ),
        Text(
            "The usual slips: a second mask drawn in backward; the division forgotten on one side; "
            "p for 1 - p.",
            "흔한 실수는 역전파에서 마스크를 새로 뽑는 것, 한쪽에서 나눗셈을 빠뜨리는 것, 1 - p "
            "대신 p로 나누는 것이에요.",
        ),
    ),
    modes=(
        Mode(
            name="training",
            local=True,
            inputs=(Input("x", x), Input("mask", mask, Domain("mask"), differentiable=False)),
            parameters=(Parameter("p", p, 0.5, tried=(0.5, 0.25, 0.1), least=0.0, most=0.9),),
            graph=(Node(y, DROPOUT),),
            layouts=(
                Layout(
                    "any shape",
                    {"x": (ANY_SHAPE,), "mask": (ANY_SHAPE,)},
                    output=(ANY_SHAPE,),
                    mapped=(ANY_SHAPE,),
                ),
            ),
            dy=dy,
            loss=dy * y,
            chains=(Chain(of=x, steps=STEPS, gradient=slope),),
            facts=(
                Fact(
                    x * slope,
                    y,
                    Text("y is proportional to x.", "y는 x에 비례해요."),
                ),
            ),
            special_values=(
                SpecialValue({"x": [3.0, 3.0], "mask": [1, 0]}, [6.0, 0.0], {"x": [2.0, 0.0]}),
                SpecialValue({"x": [-0.0], "mask": [1]}, [0.0], {"x": [2.0]}),
            ),
        ),
    ),
    references=("Srivastava et al., Dropout, JMLR 2014",),
)
