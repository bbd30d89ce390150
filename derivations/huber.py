"""The Huber loss of each element: r²/2 for |r| <= delta, delta (|r| - delta/2) beyond."""

import sympy as sp

from gradproof.operation.derivation import (
    Branch,
    Chain,
    Derivation,
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
from gradproof.operation.rules import BRANCH, CHAIN_RULE, DEFINITION
from gradproof.text import Text

x, t, y, dy, r = sp.symbols("x t y dy r", real=True)
delta = sp.Symbol("delta", positive=True)
slope = sp.Symbol("f'", real=True)

RESIDUAL = x - t
MIDDLE = r**2 / 2
BEYOND = delta * (r - delta / 2)
BELOW = delta * (-r - delta / 2)
HUBER = sp.Piecewise((BEYOND, r > delta), (BELOW, r < -delta), (MIDDLE, True))

p = sp.Symbol("p", positive=True)
w = sp.Symbol("w", positive=True)  # what is left of delta
NEAR_ABOVE = Branch("0 < r < δ", {x: t + p, delta: p + w})
NEAR_BELOW = Branch("-δ < r < 0", {x: t - p, delta: p + w})
FAR_ABOVE = Branch("r > δ", {x: t + delta + p})
FAR_BELOW = Branch("r < -δ", {x: t - delta - p})

AFTER = Step(
    sp.Derivative(HUBER.xreplace({r: RESIDUAL}), x),
    DEFINITION,
    Text("What we are after.", "구하려는 것이에요."),
)
IN_THE_MIDDLE = (
    AFTER,
    Step(
        sp.Derivative(MIDDLE.xreplace({r: RESIDUAL}), x),
        BRANCH,
        Text("Near the target the loss is a parabola.", "목표 가까이에서 손실은 포물선이에요."),
    ),
    Step(
        r,
        CHAIN_RULE,
        Text("r²/2 has slope r, and r has slope 1.", "r²/2의 기울기는 r이고 r의 기울기는 1이에요."),
    ),
)


def far(line: sp.Expr, closed: sp.Expr) -> tuple[Step, ...]:
    """The derivative where the loss is ``line``."""
    return (
        AFTER,
        Step(
            sp.Derivative(line.xreplace({r: RESIDUAL}), x),
            BRANCH,
            Text("Far from the target it is a line.", "목표에서 멀면 직선이에요."),
        ),
        Step(
            closed,
            CHAIN_RULE,
            Text(
                "The slope does not grow any more: an outlier pulls no harder than δ.",
                "기울기가 더는 커지지 않아요. 이상치가 당기는 힘은 δ를 넘지 않아요.",
            ),
        ),
    )


DERIVATION = Derivation(
    title=Text("Huber loss", "후버 손실"),
    summary=Text(
        "A parabola near the target, straight lines far from it, for each element.",
        "원소마다 목표 가까이에서는 포물선, 멀리서는 직선인 손실이에요.",
    ),
    chapter=4,
    position=6,
    story=(
        Text(
            "The gradient is the residual, cut off at ±δ: clip(x - t, -δ, δ). The parabola and the "
            "lines meet with the same height and the same slope, so there is no kink.",
            "기울기는 잔차를 ±δ에서 자른 값, 곧 clip(x - t, -δ, δ)예요. 포물선과 직선은 높이도 "
            "기울기도 같게 만나므로 꺾이지 않아요.",
        ),
        Text(
            "The usual slips: -δ²/2 lost, which makes the loss jump at δ; and the δ lost in the "
            "gradient of the lines, right only for δ = 1.",
            "흔한 실수는 -δ²/2를 빠뜨려 δ에서 손실이 뛰게 하는 것, 직선의 기울기에서 δ를 "
            "빠뜨리는 것이에요. 뒤의 것은 δ = 1일 때만 맞아요.",
        ),
    ),
    modes=(
        Mode(
            name="default",
            local=True,
            inputs=(Input("x", x), Input("t", t, differentiable=False)),
            parameters=(Parameter("delta", delta, 1.0, tried=(0.5, 1.0, 2.0)),),
            graph=(Node(r, RESIDUAL), Node(y, HUBER)),
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
            branches=(NEAR_ABOVE, NEAR_BELOW, FAR_ABOVE, FAR_BELOW),
            chains=(
                Chain(of=x, steps=IN_THE_MIDDLE, gradient=slope, branch=NEAR_ABOVE),
                Chain(of=x, steps=IN_THE_MIDDLE, gradient=slope, branch=NEAR_BELOW),
                Chain(of=x, steps=far(BEYOND, delta), gradient=slope, branch=FAR_ABOVE),
                Chain(of=x, steps=far(BELOW, -delta), gradient=slope, branch=FAR_BELOW),
            ),
            facts=(
                Fact(
                    y,
                    slope**2 / 2,
                    Text("Near the target, y = dx²/2.", "목표 가까이에서 y = dx²/2예요."),
                    NEAR_ABOVE,
                ),
            ),
            special_values=(
                SpecialValue({"x": 0.5, "t": 0.0}, 0.125, {"x": 0.5}),
                SpecialValue({"x": 1.0, "t": 0.0}, 0.5, {"x": 1.0}),
                SpecialValue({"x": -3.0, "t": 0.0}, 2.5, {"x": -1.0}),
                SpecialValue({"x": -3.0, "t": 0.0}, 4.0, {"x": -2.0}, parameters={"delta": 2.0}),
                SpecialValue({"x": 1e300, "t": 0.0}, 1e300, {"x": 1.0}),
                SpecialValue({"x": float("inf"), "t": 0.0}, float("inf"), {"x": 1.0}),
            ),
        ),
    ),
    references=("Huber, Robust Estimation of a Location Parameter, 1964",),
)
