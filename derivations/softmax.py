"""Softmax, y_i = exp(x_i) / (exp(x_1) + ... + exp(x_C)), one row at a time."""

import sympy as sp

from gradproof.operation import rules
from gradproof.operation.derivation import (
    Branch,
    Chain,
    Derivation,
    Fact,
    Form,
    HardCase,
    Input,
    Layout,
    Mode,
    Node,
    SpecialValue,
    Step,
)
from gradproof.text import Text

C = sp.Symbol("C", integer=True, positive=True)
i, j, k = sp.symbols("i j k", integer=True, positive=True)
c = sp.Symbol("c", real=True)
x, y, dy, dx = (sp.IndexedBase(name, real=True) for name in ("x", "y", "dy", "dx"))
Z = sp.Symbol("Z", positive=True)


def over_classes(term: sp.Expr, index: sp.Symbol) -> sp.Sum:
    """The sum of ``term`` over the classes."""
    return sp.Sum(term, (index, 1, C))


def same(left: sp.Expr, right: sp.Expr) -> sp.Expr:
    """Kronecker's delta: 1 where the indices are equal, else 0."""
    return sp.KroneckerDelta(left, right)


TOTAL = over_classes(sp.exp(x[k]), k)
JACOBIAN = y[i] * (same(i, j) - y[j])  # dy_i / dx_j

STEPS = (
    Step(
        over_classes(dy[i] * sp.Derivative(sp.exp(x[i]) / TOTAL, x[j]), i),
        rules.CHAIN_RULE,
        Text(
            "xⱼ is in the denominator of every output, so every output sends a gradient back.",
            "xⱼ는 모든 출력의 분모에 들어 있으므로, 모든 출력이 기울기를 돌려보내요.",
        ),
    ),
    Step(
        over_classes(
            dy[i] * (same(i, j) * sp.exp(x[i]) * Z - sp.exp(x[i]) * sp.exp(x[j])) / Z**2, i
        ),
        rules.QUOTIENT_RULE,
        Text(
            "(u/Z)' = (u'Z - uZ')/Z²: u' is exp(xᵢ) only for i = j, and Z' is always exp(xⱼ).",
            "(u/Z)' = (u'Z - uZ')/Z²이에요. u'은 i = j일 때만 exp(xᵢ)이고, Z'은 언제나"
            " exp(xⱼ)예요.",
        ),
    ),
    Step(
        over_classes(dy[i] * JACOBIAN, i),
        rules.SUBSTITUTE,
        Text(
            "exp(xᵢ)/Z is yᵢ: this is the Jacobian yᵢ(δᵢⱼ - yⱼ), a full matrix.",
            "exp(xᵢ)/Z는 yᵢ예요. 이것이 야코비 행렬 yᵢ(δᵢⱼ - yⱼ)이며, 대각 행렬이 아니에요.",
        ),
    ),
    Step(
        over_classes(dy[i] * y[i] * same(i, j), i) - y[j] * over_classes(dy[i] * y[i], i),
        rules.EXPAND,
        Text(
            "yⱼ does not depend on i and leaves the sum.", "yⱼ는 i와 무관하므로 합 밖으로 나와요."
        ),
    ),
    Step(
        dy[j] * y[j] - y[j] * over_classes(dy[k] * y[k], k),
        rules.DELTA,
        Text("δᵢⱼ keeps the term i = j only.", "δᵢⱼ 때문에 i = j인 항만 남아요."),
    ),
    Step(
        y[j] * (dy[j] - over_classes(dy[k] * y[k], k)),
        rules.FACTOR,
        Text(
            "One dot product per row; the matrix is never built.",
            "행마다 내적 한 번이면 돼요. 행렬은 만들지 않아요.",
        ),
    ),
)

FACTS = (
    Fact(
        sp.Derivative(sp.exp(x[i]) / TOTAL, x[j]),
        JACOBIAN,
        Text(
            "The Jacobian. Its diagonal alone, y(1 - y), is not the gradient.",
            "야코비 행렬이에요. 대각 성분 y(1 - y)만으로는 기울기가 되지 않아요.",
        ),
    ),
    Fact(
        over_classes(y[k], k),
        sp.S.One,
        Text("The outputs are probabilities: they sum to 1.", "출력은 확률이므로 합이 1이에요."),
    ),
    Fact(
        y[i],
        y[i],
        Text(
            "Subtracting any number, the row's maximum say, changes nothing: so exp need not"
            " overflow.",
            "행의 최댓값이든 무엇이든 같은 수를 빼도 그대로예요. 그래서 exp의 오버플로를 피할 수"
            " 있어요.",
        ),
        replace={x[i]: x[i] - c},
    ),
    Fact(
        over_classes(dx[j], j),
        sp.S.Zero,
        Text("Hence each row of dx sums to 0.", "따라서 dx의 각 행은 합이 0이에요."),
    ),
    Fact(
        dx[j],
        sp.S.Zero,
        Text(
            "For dy = (1, ..., 1) the gradient is 0, as Σy = 1: test with a random dy.",
            "dy = (1, ..., 1)이면 Σy = 1이므로 기울기가 0이에요. 난수 dy로 검사하세요.",
        ),
        replace={dy[i]: sp.S.One},
    ),
    Fact(
        y[1],
        1 / (1 + sp.exp(-(x[1] - x[2]))),
        Text(
            "For two classes it is the sigmoid of the difference.",
            "클래스가 둘이면 두 값의 차에 대한 시그모이드예요.",
        ),
        branch=Branch("C = 2", {C: sp.Integer(2)}),
    ),
    Fact(
        dx[1],
        y[1] * (1 - y[1]) * (dy[1] - dy[2]),
        Text("With the sigmoid's slope y(1 - y).", "그 기울기도 시그모이드의 y(1 - y)예요."),
        branch=Branch("C = 2", {C: sp.Integer(2)}),
    ),
)

nan, inf = float("nan"), float("inf")
SPECIAL_VALUES = (
    SpecialValue(
        {"x": [[40.0, 0.0]]},
        [[1.0, 4.248354255291589e-18]],
        {"x": [[1.2745062765874768e291, -1.2745062765874768e291]]},
        cotangent=[[1.5e308, -1.5e308]],
        note=Text(
            "One probability is all but 1: what is left of dy is far smaller than dy.",
            "한 확률이 거의 1이면, 평균을 뺀 dy는 dy보다 훨씬 작아요.",
        ),
    ),
    SpecialValue({"x": [[0.0, -0.0]]}, [[0.5, 0.5]], {"x": [[0.25, -0.25]]}, [[1.0, 0.0]]),
    SpecialValue({"x": [[1e4, 1e4]]}, [[0.5, 0.5]], {"x": [[0.25, -0.25]]}, [[1.0, 0.0]]),
    SpecialValue({"x": [[1e4, -1e4]]}, [[1.0, 0.0]], {"x": [[0.0, 0.0]]}, [[1.0, 2.0]]),
    SpecialValue(
        {"x": [[-inf, 0.0, 0.0]]},
        [[0.0, 0.5, 0.5]],
        {"x": [[0.0, 0.5, -0.5]]},
        [[1.0, 2.0, 0.0]],
        note=Text("-∞ masks a class: probability 0.", "-∞는 그 클래스를 가려요. 확률은 0이에요."),
    ),
    SpecialValue({"x": [[inf, 0.0]]}, [[nan, nan]], {"x": [[nan, nan]]}, [[1.0, 0.0]]),
    SpecialValue({"x": [[nan, 0.0]]}, [[nan, nan]], {"x": [[nan, nan]]}, [[1.0, 0.0]]),
    SpecialValue({"x": [[5.0]]}, [[1.0]], {"x": [[0.0]]}, [[3.0]]),
)

DERIVATION = Derivation(
    title=Text("Softmax", "소프트맥스"),
    summary=Text(
        "Turns a row of scores into probabilities.", "점수로 이루어진 행을 확률로 바꿔요."
    ),
    chapter=4,
    position=3,
    modes=(
        Mode(
            name="rows",
            inputs=(Input("x", x),),
            graph=(Node(Z, TOTAL), Node(y[i], sp.exp(x[i]) / Z)),
            layouts=(Layout("rows", {"x": ("N", "C")}, output=("N", "C"), mapped=("N",)),),
            sizes={C: "C"},
            dy=dy,
            loss=over_classes(dy[i] * y[i], i),
            chains=(Chain(of=x[j], steps=STEPS, gradient=dx[j]),),
            forms=(
                Form(
                    y[i],
                    1 / over_classes(sp.exp(x[k] - x[i]), k),
                    Text("Only differences of scores matter.", "점수의 차이만이 결과를 정해요."),
                ),
                Form(
                    dx[j],
                    y[j] * over_classes(y[k] * (dy[j] - dy[k]), k),
                    Text(
                        "Each class is compared with all others; nothing cancels where dy is"
                        " constant.",
                        "각 클래스를 다른 모든 클래스와 비교해요. dy가 상수이면 항마다 정확히"
                        " 0이에요.",
                    ),
                ),
            ),
            facts=FACTS,
            hard_cases=(
                HardCase(
                    {"x": [[-745.2, 0]], "dy": [[-745.2, 0]]},
                    Text(
                        "e^-745 is the smallest number there is: half of it is lost, and then "
                        "multiplied by dy.",
                        "e^-745는 가장 작은 수예요. 절반이 사라지고 나서 dy가 곱해져요.",
                    ),
                ),
            ),
            special_values=SPECIAL_VALUES,
        ),
    ),
    story=(
        Text(
            "The outputs share one pot of probability: raising one score takes from all the others."
            " That is why the derivative is a matrix, and why a row of gradients sums to 0.",
            "출력들은 확률 1을 나누어 가져요. 점수 하나를 올리면 나머지의 몫이 줄어들어요. 그래서"
            " 도함수가 행렬이고, 기울기의 각 행은 합이 0이에요.",
        ),
        Text(
            "The usual slips: y(1 - y) as if softmax acted on each element alone; a sum over the"
            " wrong"
            " axis; and exp(x) without subtracting the maximum, which overflows near 710.",
            "흔한 실수는 이렇어요. 소프트맥스를 원소별 함수처럼 보아 y(1 - y)만 쓰는 것, 다른"
            " 축으로"
            " 더하는 것, 최댓값을 빼지 않고 exp(x)를 구해 710 근처에서 오버플로를 내는 것이에요.",
        ),
    ),
    references=(
        "Bridle, Probabilistic Interpretation of Feedforward Classification Network Outputs, 1990",
        "Goodfellow, Bengio & Courville, Deep Learning, 2016, section 6.2.2.3",
    ),
)
