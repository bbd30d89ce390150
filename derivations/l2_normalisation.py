"""L2 normalisation, y_i = x_i / sqrt(x_1² + ... + x_D² + eps), one row at a time."""

import sympy as sp

from gradproof.operation import rules
from gradproof.operation.derivation import (
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
from gradproof.text import Text

D, i, j, k = sp.symbols("D i j k", integer=True, positive=True)
eps, r = sp.symbols("eps r", positive=True)
x, y, dy, dx = (sp.IndexedBase(name, real=True) for name in ("x", "y", "dy", "dx"))
same = sp.KroneckerDelta


def over_features(term: sp.Expr, index: sp.Symbol) -> sp.Sum:
    """The sum of ``term`` over the features of the row."""
    return sp.Sum(term, (index, 1, D))


LENGTH = sp.sqrt(over_features(x[k] ** 2, k) + eps)

STEPS = (
    Step(
        over_features(dy[i] * sp.Derivative(x[i] / LENGTH, x[j]), i),
        rules.CHAIN_RULE,
        Text(
            "xⱼ stands in its own numerator, and in the length of the whole row.",
            "xⱼ는 자기 분자에 있고, 행 전체의 길이에도 있어요.",
        ),
    ),
    Step(
        over_features(dy[i] * (same(i, j) / r - x[i] * x[j] / r**3), i),
        rules.QUOTIENT_RULE,
        Text("The length r has slope xⱼ/r.", "길이 r의 기울기는 xⱼ/r예요."),
    ),
    Step(
        over_features(dy[i] * (same(i, j) - y[i] * y[j]), i) / r,
        rules.SUBSTITUTE,
        Text("xᵢ/r is the output yᵢ.", "xᵢ/r은 출력 yᵢ예요."),
    ),
    Step(
        (dy[j] - y[j] * over_features(dy[i] * y[i], i)) / r,
        rules.DELTA,
        Text(
            "Off dy goes its share along y, and what is left is divided by the length.",
            "dy에서 y 방향의 몫을 빼고, 남은 것을 길이로 나눠요.",
        ),
    ),
)

DERIVATION = Derivation(
    title=Text("L2 normalisation", "L2 정규화"),
    summary=Text(
        "Makes every row a vector of length 1.",
        "모든 행을 길이가 1인 벡터로 만들어요.",
    ),
    chapter=5,
    position=4,
    story=(
        Text(
            "Only the direction of a row is left. A step along the row itself changes nothing, so "
            "the gradient has no share in that direction; and the longer the row, the less a step "
            "turns it.",
            "행의 방향만 남아요. 행 방향으로 움직여도 아무것도 달라지지 않으므로 기울기에 그 "
            "방향의 몫이 없고, 행이 길수록 같은 걸음에 덜 돌아가요.",
        ),
        Text(
            "The usual slips: x for y in the second term; the division by r forgotten; the sum "
            "over "
            "the wrong axis.",
            "흔한 실수는 둘째 항에서 y 대신 x를 쓰는 것, r로 나누기를 잊는 것, 다른 축으로 더하는 "
            "것이에요.",
        ),
    ),
    modes=(
        Mode(
            name="rows",
            inputs=(Input("x", x),),
            parameters=(Parameter("eps", eps, 1e-12, tried=(1e-12, 0.1)),),
            graph=(Node(r, LENGTH), Node(y[i], x[i] / r)),
            layouts=(Layout("rows", {"x": ("N", "D")}, output=("N", "D"), mapped=("N",)),),
            sizes={D: "D"},
            dy=dy,
            loss=over_features(dy[i] * y[i], i),
            chains=(Chain(of=x[j], steps=STEPS, gradient=dx[j]),),
            facts=(
                Fact(
                    over_features(y[i] ** 2, i),
                    1 - eps / r**2,
                    Text("But for ε the length is 1.", "ε을 빼면 길이는 1이에요."),
                ),
                Fact(
                    over_features(x[j] * dx[j], j),
                    eps / r**2 * over_features(dy[j] * y[j], j),
                    Text(
                        "But for ε, dx is perpendicular to x.",
                        "ε을 빼면 dx는 x와 수직이에요.",
                    ),
                ),
            ),
            special_values=(
                SpecialValue({"x": [[3.0, 4.0]]}, [[0.6, 0.8]], parameters={"eps": 1e-30}),
                SpecialValue({"x": [[0.0, 0.0]]}, [[0.0, 0.0]], {"x": [[1e6, 1e6]]}),
                SpecialValue(
                    {"x": [[3e200, -4e200]]},
                    [[0.6, -0.8]],
                    note=Text(
                        "The squares leave the range of floats.",
                        "제곱은 부동소수점의 범위를 벗어나요.",
                    ),
                ),
            ),
        ),
    ),
    references=("Schroff, Kalenichenko & Philbin, FaceNet, CVPR 2015",),
)
