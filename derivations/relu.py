"""The rectified linear unit, y = max(x, 0)."""

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
    SpecialValue,
    Step,
)
from gradproof.operation.layouts import ELEMENTWISE
from gradproof.operation.rules import BRANCH, DEFINITION, POWER_RULE
from gradproof.text import Text

x, y, dy = sp.symbols("x y dy", real=True)
slope = sp.Symbol("f'", real=True)  # the local derivative dy/dx

RELU = sp.Piecewise((x, x > 0), (0, True))

POSITIVE = Branch("x > 0", {x: sp.Symbol("p", positive=True)})
NEGATIVE = Branch("x < 0", {x: sp.Symbol("q", negative=True)})
BRANCHES = (POSITIVE, NEGATIVE)

START = Step(sp.Derivative(RELU, x), DEFINITION, Text("What we are after.", "구하려는 것이에요."))

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
        Text(
            "x grows as fast as x: the upstream gradient passes unchanged.",
            "x를 x로 미분하면 1이므로, 상류 기울기가 그대로 통과해요.",
        ),
    ),
)

WHERE_NEGATIVE = (
    START,
    Step(
        sp.Integer(0),
        BRANCH,
        Text(
            "For x < 0 the output is the constant 0, and a constant has derivative 0.",
            "x < 0에서 출력은 상수 0이고, 상수의 도함수는 0이에요.",
        ),
    ),
)

DERIVATION = Derivation(
    title=Text("ReLU", "ReLU"),
    summary=Text(
        "Keeps what is positive and sets the rest to 0; its slope is 1 or 0.",
        "양수는 그대로 두고 나머지는 0으로 만들어요. 기울기는 1 아니면 0이에요.",
    ),
    chapter=2,
    position=3,
    story=(
        Text(
            "ReLU is a gate. Where the input was positive the gate stood open and the whole "
            "upstream gradient comes back through it; elsewhere nothing comes back.",
            "ReLU는 문과 같아요. 입력이 양수였던 곳은 문이 열려 있어 상류 기울기가 그대로 "
            "돌아오고, 나머지 곳에서는 아무것도 돌아오지 않아요.",
        ),
        Text(
            "The usual slips: `dx = dy; dx[x <= 0] = 0` has the right values but changes the "
            "caller's dy, because both names mean one array; copy first, or multiply by the mask. "
            "And the mask x > 0 is the slope, not the output.",
            "흔한 실수가 있어요. `dx = dy; dx[x <= 0] = 0`은 값은 맞지만 두 이름이 같은 배열을 "
            "가리키므로 호출한 쪽의 dy까지 바꿔요. 먼저 복사하거나 마스크를 곱하세요. 또 마스크 "
            "x > 0은 출력이 아니라 기울기예요.",
        ),
        Text(
            "A unit whose input is negative for every sample gets no gradient and stops learning: "
            "a dead unit. Leaky ReLU and ELU are answers to that.",
            "모든 표본에서 입력이 음수인 유닛은 기울기를 받지 못해 학습이 멈춰요. 이를 죽은 "
            "ReLU라고 하며, Leaky ReLU와 ELU가 그 해결책이에요.",
        ),
    ),
    modes=(
        Mode(
            name="default",
            local=True,
            inputs=(Input("x", x),),
            graph=(Node(y, RELU),),
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
                    sp.Max(x, 0),
                    Text(
                        "The larger of x and 0: np.maximum (np.max would find one number for all).",
                        "x와 0 중 큰 값, np.maximum이에요(np.max는 배열 전체의 최댓값이에요).",
                    ),
                    branch,
                )
                for branch in BRANCHES
            ),
            facts=tuple(
                fact
                for branch in BRANCHES
                for fact in (
                    Fact(
                        y,
                        (x + sp.Abs(x)) / 2,
                        Text("Half of x + |x|.", "x + |x|의 절반과 같아요."),
                        branch,
                    ),
                    Fact(
                        x * slope,
                        y,
                        Text(
                            "x dx = y dy: a quick check of any backward pass.",
                            "x dx = y dy예요. 역전파를 간단히 검산할 수 있어요.",
                        ),
                        branch,
                    ),
                )
            ),
            limits=(
                Limit(y, x, sp.oo, sp.oo),
                Limit(y, x, -sp.oo, sp.Integer(0)),
                Limit(slope, x, sp.oo, sp.Integer(1)),
                Limit(slope, x, -sp.oo, sp.Integer(0)),
            ),
            kinks=(
                Kink(
                    x,
                    sp.Integer(0),
                    left=sp.Integer(0),
                    right=sp.Integer(1),
                    note=Text(
                        "Any value from 0 to 1 is a subgradient. relu(x) takes 0 in the "
                        "frameworks; written as a maximum of two arrays, torch.maximum and "
                        "jnp.maximum share the gradient and give 1/2.",
                        "0부터 1까지 어떤 값이든 하위 기울기(subgradient)예요. 프레임워크의 "
                        "relu(x)는 0을 골라요. 두 배열의 최댓값으로 쓰면 torch.maximum과 "
                        "jnp.maximum은 기울기를 나누어 1/2을 줘요.",
                    ),
                    frameworks={
                        "PyTorch": sp.Integer(0),
                        "JAX": sp.Integer(0),
                        "TensorFlow": sp.Integer(0),
                    },
                ),
            ),
            special_values=(
                SpecialValue({"x": 0.0}, 0.0),
                SpecialValue({"x": -0.0}, 0.0),
                SpecialValue({"x": 5e-324}, 5e-324, {"x": 1.0}),
                SpecialValue({"x": -5e-324}, 0.0, {"x": 0.0}),
                SpecialValue({"x": 1e300}, 1e300, {"x": 1.0}),
                SpecialValue({"x": -1e300}, 0.0, {"x": 0.0}),
                SpecialValue({"x": float("inf")}, float("inf"), {"x": 1.0}),
                SpecialValue(
                    {"x": float("-inf")},
                    0.0,
                    {"x": 0.0},
                    note=Text(
                        "x * (x > 0) would give NaN here, since -inf times 0 is NaN.",
                        "x * (x > 0)으로 쓰면 -inf 곱하기 0이 되어 NaN이 나와요.",
                    ),
                ),
                SpecialValue(
                    {"x": float("nan")},
                    float("nan"),
                    note=Text("NaN must stay visible.", "NaN은 숨기지 말고 드러내야 해요."),
                ),
            ),
        ),
    ),
    references=(
        "Nair & Hinton, Rectified Linear Units Improve Restricted Boltzmann Machines, ICML 2010",
        "Glorot, Bordes & Bengio, Deep Sparse Rectifier Neural Networks, AISTATS 2011",
    ),
)
