"""PReLU, y = x for x > 0 and alpha x otherwise, with one alpha learned for each channel."""

import sympy as sp

from gradproof.operation.derivation import (
    Branch,
    Chain,
    Derivation,
    Fact,
    Input,
    Kink,
    Layout,
    Mode,
    Node,
    SpecialValue,
    Step,
)
from gradproof.operation.rules import BRANCH, DEFINITION, LINEARITY
from gradproof.text import Text

x, y, dy, alpha = sp.symbols("x y dy alpha", real=True)
by_x, by_alpha = sp.Symbol("f'", real=True), sp.Symbol("f_alpha", real=True)

PRELU = sp.Piecewise((x, x > 0), (alpha * x, True))

p, q = sp.Symbol("p", positive=True), sp.Symbol("q", negative=True)
POSITIVE = Branch("x > 0", {x: p})
NEGATIVE = Branch("x < 0", {x: q})

AFTER = Text("What we are after.", "구하려는 것이에요.")
RIGHT = Text("For x > 0 the output is x itself.", "x > 0에서 출력은 x 그대로예요.")
LEFT = Text("For x < 0 the output is αx.", "x < 0에서 출력은 αx예요.")


def steps(of: sp.Symbol, line: sp.Expr, which: Text, slope: sp.Expr, why: Text) -> tuple[Step, ...]:
    """The derivative of PReLU by ``of`` where it is ``line``."""
    return (
        Step(sp.Derivative(PRELU, of), DEFINITION, AFTER),
        Step(sp.Derivative(line, of), BRANCH, which),
        Step(slope, LINEARITY, why),
    )


CHAINS = (
    Chain(
        of=x,
        gradient=by_x,
        branch=POSITIVE,
        steps=steps(
            x,
            x,
            RIGHT,
            sp.Integer(1),
            Text("x grows as fast as x.", "x를 x로 미분하면 1이에요."),
        ),
    ),
    Chain(
        of=x,
        gradient=by_x,
        branch=NEGATIVE,
        steps=steps(
            x,
            alpha * x,
            LEFT,
            alpha,
            Text("α is a factor in front of x.", "α는 x 앞의 인수예요."),
        ),
    ),
    Chain(
        of=alpha,
        gradient=by_alpha,
        branch=POSITIVE,
        steps=steps(
            alpha,
            x,
            RIGHT,
            sp.Integer(0),
            Text("There is no α in it.", "여기에는 α가 없어요."),
        ),
    ),
    Chain(
        of=alpha,
        gradient=by_alpha,
        branch=NEGATIVE,
        steps=steps(
            alpha,
            alpha * x,
            LEFT,
            x,
            Text(
                "Now x is the factor: an input far below 0 moves α most.",
                "이번에는 x가 인수예요. 0보다 한참 작은 입력이 α를 가장 크게 움직여요.",
            ),
        ),
    ),
)

inf = float("inf")

DERIVATION = Derivation(
    title=Text("PReLU", "PReLU"),
    summary=Text(
        "A leaky ReLU that learns how much it leaks, for each channel.",
        "얼마나 샐지를 채널마다 배우는 leaky ReLU예요.",
    ),
    chapter=2,
    position=12,
    story=(
        Text(
            "Where leaky ReLU has a number that someone chose, PReLU has a weight. It is shared by "
            "all examples, so its gradient is a sum over them: dα = Σ dy x over those with x < 0.",
            "leaky ReLU에서 사람이 고른 수가 PReLU에서는 가중치예요. 모든 표본이 함께 쓰므로 "
            "기울기는 표본에 대한 합이에요. dα는 x < 0인 표본의 dy x를 모두 더한 값이에요.",
        ),
        Text(
            "The usual slips: no sum, which leaves dα in the shape of x; a mean instead of the "
            "sum; "
            "and the α of forward left out of dx.",
            "흔한 실수는 더하지 않아 dα가 x의 모양으로 남는 것, 합 대신 평균을 내는 것, dx에서 "
            "α를 빠뜨리는 것이에요.",
        ),
    ),
    modes=(
        Mode(
            name="default",
            local=True,
            inputs=(Input("x", x), Input("alpha", alpha)),
            graph=(Node(y, PRELU),),
            layouts=(
                Layout(
                    "channels",
                    {"x": ("N", "C"), "alpha": ("C",)},
                    output=("N", "C"),
                    mapped=("N", "C"),
                ),
            ),
            dy=dy,
            loss=dy * y,
            branches=(POSITIVE, NEGATIVE),
            chains=CHAINS,
            facts=(
                Fact(
                    alpha * by_alpha,
                    y,
                    Text(
                        "For x < 0, y is proportional to α.",
                        "x < 0에서 y는 α에 비례해요.",
                    ),
                    NEGATIVE,
                ),
            ),
            kinks=(
                Kink(
                    x,
                    sp.Integer(0),
                    left=alpha,
                    right=sp.Integer(1),
                    note=Text(
                        "Any value between α and 1 is a subgradient by x; by α it is 0.",
                        "x에 대해서는 α와 1 사이의 어떤 값이든 하위 기울기(subgradient)이고, α에 "
                        "대해서는 0이에요.",
                    ),
                    frameworks={"PyTorch": alpha},
                ),
            ),
            special_values=(
                SpecialValue(
                    {"x": [[2.0], [-4.0]], "alpha": [0.25]},
                    [[2.0], [-1.0]],
                    {"x": [[1.0], [0.25]], "alpha": [-4.0]},
                ),
                SpecialValue(
                    {"x": [[inf], [-inf]], "alpha": [0.5]}, [[inf], [-inf]], {"x": [[1.0], [0.5]]}
                ),
            ),
        ),
    ),
    references=("He, Zhang, Ren & Sun, Delving Deep into Rectifiers, ICCV 2015",),
)
