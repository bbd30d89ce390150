"""The leaky rectified linear unit, y = x for x > 0 and a x otherwise."""

import sympy as sp

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
from gradproof.operation.rules import BRANCH, DEFINITION, LINEARITY, POWER_RULE
from gradproof.text import Text

x, y, dy = sp.symbols("x y dy", real=True)
a = sp.Symbol("a", real=True)  # the slope for x <= 0
slope = sp.Symbol("f'", real=True)  # the local derivative dy/dx

LEAKY_RELU = sp.Piecewise((x, x > 0), (a * x, True))

POSITIVE = Branch("x > 0", {x: sp.Symbol("p", positive=True)})
NEGATIVE = Branch("x < 0", {x: sp.Symbol("q", negative=True)})
BRANCHES = (POSITIVE, NEGATIVE)

START = Step(
    sp.Derivative(LEAKY_RELU, x), DEFINITION, Text("What we are after.", "구하려는 것이에요.")
)

WHERE_POSITIVE = (
    START,
    Step(
        sp.Derivative(x, x),
        BRANCH,
        Text("For x > 0 the output is x itself.", "x > 0에서 출력은 x 그대로예요."),
    ),
    Step(
        sp.Integer(1),
        POWER_RULE,
        Text("x grows as fast as x.", "x를 x로 미분하면 1이에요."),
    ),
)

WHERE_NEGATIVE = (
    START,
    Step(
        sp.Derivative(a * x, x),
        BRANCH,
        Text("For x < 0 the output is a x.", "x < 0에서 출력은 a x예요."),
    ),
    Step(
        a * sp.Derivative(x, x),
        LINEARITY,
        Text("a does not depend on x.", "a는 x와 무관한 상수예요."),
    ),
    Step(
        a,
        POWER_RULE,
        Text(
            "The same a as in forward: what leaks back is what leaked out.",
            "순전파와 똑같은 a예요. 나갈 때 샌 만큼 돌아올 때도 새요.",
        ),
    ),
)

DERIVATION = Derivation(
    title=Text("Leaky ReLU", "Leaky ReLU"),
    summary=Text(
        "A ReLU that lets a little through for negative inputs; its slope is 1 or a.",
        "음수 입력도 조금은 통과시키는 ReLU예요. 기울기는 1 아니면 a예요.",
    ),
    chapter=2,
    position=4,
    story=(
        Text(
            "A ReLU unit that is always off learns nothing. Leaky ReLU leaves the gate ajar: "
            "negative inputs come out multiplied by a small slope a, and their gradient comes "
            "back likewise.",
            "늘 꺼져 있는 ReLU 유닛은 아무것도 배우지 못해요. Leaky ReLU는 문을 조금 열어 "
            "둬요. 음수 입력에 작은 기울기 a를 곱해 내보내고, 역전파에서도 기울기에 a를 "
            "곱해요.",
        ),
        Text(
            "This course takes a = 0.1. Libraries differ: PyTorch and JAX default to 0.01, "
            "tf.nn.leaky_relu to 0.2. So the usual slip is one slope in forward and another in "
            "backward; pass the slope to both. The next is to copy ReLU's backward, with 0 for a.",
            "이 강의에서는 a = 0.1을 써요. 라이브러리마다 기본값이 달라요. PyTorch와 JAX는 "
            "0.01, tf.nn.leaky_relu는 0.2예요. 그래서 순전파와 역전파에 서로 다른 기울기를 쓰는 "
            "실수가 흔하니, 양쪽에 같은 값을 넘기세요. ReLU의 역전파를 그대로 옮겨 a 자리에 0을 "
            "쓰는 실수도 많아요.",
        ),
    ),
    modes=(
        Mode(
            name="default",
            local=True,
            inputs=(Input("x", x),),
            parameters=(Parameter("slope", a, 0.1, tried=(0.01, 0.1, 0.2, 0.3)),),
            graph=(Node(y, LEAKY_RELU),),
            layouts=(ELEMENTWISE,),
            dy=dy,
            loss=dy * y,
            branches=BRANCHES,
            chains=(
                Chain(of=x, steps=WHERE_POSITIVE, gradient=slope, branch=POSITIVE),
                Chain(of=x, steps=WHERE_NEGATIVE, gradient=slope, branch=NEGATIVE),
            ),
            forms=tuple(
                Form(
                    y,
                    sp.Max(x, 0) - a * sp.Max(-x, 0),
                    Text(
                        "Two ReLUs: relu(x) - a relu(-x).",
                        "ReLU 두 개예요: relu(x) - a relu(-x).",
                    ),
                    branch,
                )
                for branch in BRANCHES
            ),
            facts=(
                *(
                    Fact(
                        x * slope,
                        y,
                        Text(
                            "x dx = y dy: a backward with another slope than forward's fails this.",
                            "x dx = y dy예요. 순전파와 역전파의 기울기가 다르면 성립하지 않아요.",
                        ),
                        branch,
                    )
                    for branch in BRANCHES
                ),
                Fact(
                    y,
                    sp.Max(x, 0),
                    Text("With a = 0 it is ReLU.", "a = 0이면 ReLU예요."),
                    NEGATIVE,
                    replace={a: sp.Integer(0)},
                ),
                Fact(
                    slope,
                    sp.Integer(1),
                    Text(
                        "With a = 1 it is the identity, and there is no kink.",
                        "a = 1이면 항등함수이고 꺾인 점이 없어요.",
                    ),
                    NEGATIVE,
                    replace={a: sp.Integer(1)},
                ),
            ),
            limits=(
                Limit(y, x, sp.oo, sp.oo),
                Limit(slope, x, sp.oo, sp.Integer(1)),
                Limit(slope, x, -sp.oo, a),
            ),
            kinks=(
                Kink(
                    x,
                    sp.Integer(0),
                    left=a,
                    right=sp.Integer(1),
                    note=Text(
                        "Any value between a and 1 is a subgradient. JAX asks x >= 0 and takes the "
                        "slope of the right side; PyTorch and TensorFlow ask x > 0.",
                        "a와 1 사이의 어떤 값이든 하위 기울기(subgradient)예요. JAX는 x >= "
                        "0으로 나누어 오른쪽 기울기를, PyTorch와 TensorFlow는 x > 0으로 나누어 "
                        "왼쪽 기울기를 골라요.",
                    ),
                    frameworks={"PyTorch": a, "JAX": sp.Integer(1), "TensorFlow": a},
                ),
            ),
            special_values=(
                SpecialValue({"x": 0.0}, 0.0),
                SpecialValue({"x": -0.0}, 0.0),
                SpecialValue({"x": 5e-324}, 5e-324, {"x": 1.0}),
                SpecialValue({"x": -2.0}, -0.2, {"x": 0.1}),
                SpecialValue({"x": -2.0}, -0.02, {"x": 0.01}, parameters={"slope": 0.01}),
                SpecialValue({"x": 1e300}, 1e300, {"x": 1.0}),
                SpecialValue({"x": -1e300}, -1e299, {"x": 0.1}),
                SpecialValue({"x": float("inf")}, float("inf"), {"x": 1.0}),
                SpecialValue({"x": float("-inf")}, float("-inf"), {"x": 0.1}),
                SpecialValue({"x": float("nan")}, float("nan")),
                SpecialValue(
                    {"x": [float("-inf"), 1.0]},
                    [0.0, 1.0],
                    {"x": [0.0, 1.0]},
                    parameters={"slope": 0.0},
                    note=Text(
                        "With slope 0 it is ReLU, and its limit is 0, where 0 · ∞ would be NaN.",
                        "기울기가 0이면 ReLU이고 극한은 0이에요. 0 · ∞를 그대로 계산하면 "
                        "NaN이에요.",
                    ),
                ),
            ),
        ),
    ),
    references=(
        "Maas, Hannun & Ng, Rectifier Nonlinearities Improve Neural Network Acoustic Models, 2013",
        "He, Zhang, Ren & Sun, Delving Deep into Rectifiers, ICCV 2015 (the slope a is learned)",
    ),
)
