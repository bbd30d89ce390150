"""The exponential linear unit, y = x for x > 0 and alpha (exp(x) - 1) otherwise."""

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
from gradproof.operation.rules import BRANCH, DEFINITION, LINEARITY, POWER_RULE, SUM_RULE
from gradproof.text import Text

x, y, dy = sp.symbols("x y dy", real=True)
alpha = sp.Symbol("alpha", positive=True)
slope = sp.Symbol("f'", real=True)  # the local derivative dy/dx

CURVE = alpha * (sp.exp(x) - 1)
ELU = sp.Piecewise((x, x > 0), (CURVE, True))

p, q = sp.Symbol("p", positive=True), sp.Symbol("q", negative=True)
POSITIVE = Branch("x > 0", {x: p})
NEGATIVE = Branch("x < 0", {x: q})
BRANCHES = (POSITIVE, NEGATIVE)

START = Step(sp.Derivative(ELU, x), DEFINITION, Text("What we are after.", "구하려는 것이에요."))

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
        sp.Derivative(CURVE, x),
        BRANCH,
        Text(
            "For x < 0 the output is the curve α(exp(x) - 1).",
            "x < 0에서 출력은 곡선 α(exp(x) - 1)이에요.",
        ),
    ),
    Step(
        sp.Mul(alpha, sp.Derivative(sp.exp(x), x) - sp.Derivative(1, x), evaluate=False),
        LINEARITY,
        Text(
            "α does not depend on x, and the -1 has derivative 0.",
            "α는 x와 무관한 상수이고, -1의 도함수는 0이에요.",
        ),
    ),
    Step(
        alpha * sp.exp(x),
        SUM_RULE,
        Text("exp(x) is its own derivative.", "exp(x)의 도함수는 자기 자신이에요."),
    ),
)

FORMS = (
    Form(
        slope,
        y + alpha,
        Text(
            "α exp(x) = α(exp(x) - 1) + α, and the first term is y. The output y, not the input x.",
            "α exp(x) = α(exp(x) - 1) + α이고 첫 항이 y예요. 입력 x가 아니라 출력 y예요.",
        ),
        NEGATIVE,
    ),
    Form(
        y,
        alpha * expm1(x),
        Text(
            "With expm1(x) = exp(x) - 1, which does not lose digits near x = 0.",
            "expm1(x) = exp(x) - 1로 쓰면 x = 0 근처에서 유효숫자를 잃지 않아요.",
        ),
        NEGATIVE,
    ),
    Form(
        y,
        x,
        Text("On this side ELU does nothing.", "이쪽에서 ELU는 입력을 그대로 내보내요."),
        POSITIVE,
    ),
)

FACTS = (
    *(
        Fact(
            y,
            sp.Max(x, 0) + alpha * (sp.exp(sp.Min(x, 0)) - 1),
            Text(
                "One formula for both sides; exp never sees a positive number, so none overflows.",
                "양쪽을 한 식으로 써요. exp에 양수가 들어가지 않아 오버플로가 없어요.",
            ),
            branch,
        )
        for branch in BRANCHES
    ),
    Fact(
        slope,
        sp.Integer(1),
        Text(
            "At α = 1 the slope reaches 1 at x = 0 from the left as well: no kink, ELU is smooth.",
            "α = 1이면 왼쪽에서도 x = 0의 기울기가 1이므로 꺾이지 않고 매끄러워요.",
        ),
        NEGATIVE,
        replace={q: sp.Integer(0), alpha: sp.Integer(1)},
    ),
)

DERIVATION = Derivation(
    title=Text("ELU", "ELU"),
    summary=Text(
        "A ReLU whose negative side bends smoothly down to -α instead of stopping at 0.",
        "음수 쪽이 0에서 멈추지 않고 -α까지 부드럽게 내려가는 ReLU예요.",
    ),
    chapter=2,
    position=6,
    story=(
        Text(
            "For positive inputs ELU is ReLU. For negative ones it follows α(exp(x) - 1), so the "
            "gradient fades gradually instead of being cut, and outputs average nearer to 0.",
            "양수 입력에서 ELU는 ReLU와 같아요. 음수에서는 α(exp(x) - 1)을 따라가므로 기울기가 "
            "끊기지 않고 서서히 줄어들며, 출력의 평균도 0에 더 가까워져요.",
        ),
        Text(
            "The slope there is α exp(x), which is the same as y + α. The usual slip is to put the "
            "input into the second one: x + α is wrong, and so is exp(x) without its α.",
            "그곳의 기울기는 α exp(x)이고, 이는 y + α와 같아요. 흔한 실수는 여기에 입력을 넣어 "
            "x + α로 쓰거나, α를 빠뜨리고 exp(x)로 쓰는 것이에요.",
        ),
        Text(
            "In code np.where computes both sides everywhere: exp of a large positive x overflows "
            "even though the result is thrown away. Give exp only min(x, 0).",
            "코드에서 np.where는 양쪽 식을 모든 곳에서 계산해요. 큰 양수의 exp는 결과를 "
            "버리더라도 오버플로하므로, exp에는 min(x, 0)만 넣으세요.",
        ),
    ),
    modes=(
        Mode(
            name="default",
            local=True,
            inputs=(Input("x", x),),
            parameters=(Parameter("alpha", alpha, 1.0, tried=(0.5, 1.0, 2.0), least=0.0),),
            graph=(Node(y, ELU),),
            layouts=(ELEMENTWISE,),
            dy=dy,
            loss=dy * y,
            branches=BRANCHES,
            chains=(
                Chain(of=x, steps=WHERE_POSITIVE, gradient=slope, branch=POSITIVE),
                Chain(of=x, steps=WHERE_NEGATIVE, gradient=slope, branch=NEGATIVE),
            ),
            forms=FORMS,
            facts=FACTS,
            limits=(
                Limit(y, x, sp.oo, sp.oo),
                Limit(y, x, -sp.oo, -alpha),
                Limit(slope, x, sp.oo, sp.Integer(1)),
                Limit(slope, x, -sp.oo, sp.Integer(0)),
            ),
            kinks=(
                Kink(
                    x,
                    sp.Integer(0),
                    left=alpha,
                    right=sp.Integer(1),
                    note=Text(
                        "Any value between α and 1 is a subgradient; at α = 1 both sides agree and "
                        "the derivative is 1. TensorFlow's tf.nn.elu has α = 1 built in.",
                        "α와 1 사이의 어떤 값이든 하위 기울기(subgradient)예요. α = 1이면 "
                        "양쪽이 같아 도함수가 1이에요. TensorFlow의 tf.nn.elu는 α = 1로 고정되어 "
                        "있어요.",
                    ),
                    frameworks={"PyTorch": alpha, "JAX": alpha, "TensorFlow": sp.Integer(1)},
                ),
            ),
            special_values=(
                SpecialValue({"x": 0.0}, 0.0, {"x": 1.0}),
                SpecialValue({"x": -0.0}, 0.0, {"x": 1.0}),
                SpecialValue({"x": 5e-324}, 5e-324, {"x": 1.0}),
                SpecialValue(
                    {"x": -1e-10},
                    -9.9999999995e-11,
                    {"x": 0.9999999999},
                    note=Text(
                        "exp(x) - 1 keeps only about seven digits here; np.expm1 keeps all.",
                        "exp(x) - 1은 여기서 일곱 자리쯤만 맞아요. np.expm1은 모두 맞아요.",
                    ),
                ),
                SpecialValue({"x": float("inf")}, float("inf"), {"x": 1.0}),
                SpecialValue({"x": float("-inf")}, -1.0, {"x": 0.0}),
                SpecialValue({"x": float("-inf")}, -2.0, {"x": 0.0}, parameters={"alpha": 2.0}),
                SpecialValue({"x": float("nan")}, float("nan")),
                SpecialValue(
                    {"x": 1e300},
                    1e300,
                    {"x": 1.0},
                    note=Text(
                        "exp(x) overflows, and must not be asked.",
                        "exp(x)가 오버플로하므로 계산하지 말아야 해요.",
                    ),
                ),
                SpecialValue({"x": -1e300}, -1.0, {"x": 0.0}),
            ),
        ),
    ),
    references=(
        "Clevert, Unterthiner & Hochreiter, Fast and Accurate Deep Network Learning by "
        "Exponential Linear Units (ELUs), ICLR 2016",
    ),
)
