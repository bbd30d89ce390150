"""Log-softmax, y_i = x_i - log(exp(x_1) + ... + exp(x_C)), one row at a time."""

import sympy as sp
from sympy.codegen.cfunctions import log1p

from gradproof.operation import rules
from gradproof.operation.derivation import (
    Chain,
    Derivation,
    Fact,
    Form,
    Input,
    Layout,
    Mode,
    Node,
    SpecialValue,
    Step,
)
from gradproof.text import Text

C, i, j, k = sp.symbols("C i j k", integer=True, positive=True)
c = sp.Symbol("c", real=True)
x, y, dy, dx, p = (sp.IndexedBase(name, real=True) for name in ("x", "y", "dy", "dx", "p"))


def over_classes(term: sp.Expr, index: sp.Symbol) -> sp.Sum:
    """The sum of ``term`` over the classes."""
    return sp.Sum(term, (index, 1, C))


same = sp.KroneckerDelta
TOTAL = over_classes(sp.exp(x[k]), k)

STEPS = (
    Step(
        over_classes(dy[i] * sp.Derivative(x[i] - sp.log(TOTAL), x[j]), i),
        rules.CHAIN_RULE,
        Text(
            "xⱼ is in the logarithm of every output.",
            "xⱼ는 모든 출력의 로그 안에 들어 있어요.",
        ),
    ),
    Step(
        over_classes(dy[i] * (same(i, j) - sp.exp(x[j]) / TOTAL), i),
        rules.CHAIN_RULE,
        Text(
            "log u has derivative u'/u, and u' is exp(xⱼ).",
            "log u의 도함수는 u'/u이고, u'은 exp(xⱼ)예요.",
        ),
    ),
    Step(
        over_classes(dy[i] * (same(i, j) - p[j]), i),
        rules.SUBSTITUTE,
        Text("That fraction is the softmax pⱼ.", "그 분수는 소프트맥스 pⱼ예요."),
    ),
    Step(
        dy[j] - p[j] * over_classes(dy[k], k),
        rules.DELTA,
        Text(
            "δᵢⱼ keeps the term i = j only; pⱼ leaves the sum.",
            "δᵢⱼ 때문에 i = j인 항만 남고, pⱼ는 합 밖으로 나와요.",
        ),
    ),
)

inf = float("inf")

DERIVATION = Derivation(
    title=Text("Log-softmax", "로그 소프트맥스"),
    summary=Text(
        "The logarithm of softmax, without the exponentials that would overflow.",
        "소프트맥스의 로그를, 오버플로하는 지수 함수 없이 구해요.",
    ),
    chapter=4,
    position=5,
    story=(
        Text(
            "Its gradient is simpler than softmax's: the upstream gradient, less the probability "
            "times the sum of the upstream gradients of the row.",
            "기울기가 소프트맥스보다 간단해요. 상류 기울기에서, 그 행의 상류 기울기의 합에 "
            "확률을 "
            "곱한 값을 빼요.",
        ),
        Text(
            "The usual slips: log(softmax(x)), which is log 0 where a score is far below the "
            "others; Σ dy p where it should be p Σ dy; y for p in backward, without exp.",
            "흔한 실수는 log(softmax(x))로 계산하여 점수가 한참 낮은 곳에서 log 0이 되는 것, p Σ "
            "dy를 Σ dy p로 쓰는 것, 역전파에서 exp 없이 p 자리에 y를 쓰는 것이에요.",
        ),
    ),
    modes=(
        Mode(
            name="rows",
            inputs=(Input("x", x),),
            graph=(Node(p[i], sp.exp(x[i]) / TOTAL), Node(y[i], x[i] - sp.log(TOTAL))),
            layouts=(Layout("rows", {"x": ("N", "C")}, output=("N", "C"), mapped=("N",)),),
            sizes={C: "C"},
            dy=dy,
            loss=over_classes(dy[i] * y[i], i),
            chains=(Chain(of=x[j], steps=STEPS, gradient=dx[j]),),
            forms=(
                Form(
                    y[i],
                    -log1p(over_classes((1 - same(i, k)) * sp.exp(x[k] - x[i]), k)),
                    Text(
                        "Only differences of scores matter; accurate also where p is near 1.",
                        "점수의 차이만이 결과를 정해요. p가 1에 가까워도 정확해요.",
                    ),
                ),
            ),
            facts=(
                Fact(
                    over_classes(dx[j], j),
                    sp.S.Zero,
                    Text("Each row of dx sums to 0.", "dx의 각 행은 합이 0이에요."),
                ),
                Fact(
                    y[i],
                    y[i],
                    Text(
                        "Subtracting a number from the scores changes nothing.",
                        "점수에서 같은 수를 빼도 그대로예요.",
                    ),
                    replace={x[i]: x[i] - c},
                ),
            ),
            special_values=(
                SpecialValue(
                    {"x": [[0.0, 0.0]]},
                    [[-0.6931471805599453, -0.6931471805599453]],
                    {"x": [[0.5, -0.5]]},
                    [[1.0, 0.0]],
                ),
                SpecialValue(
                    {"x": [[1e4, 0.0]]}, [[0.0, -1e4]], {"x": [[-1.0, 1.0]]}, [[0.0, 1.0]]
                ),
                SpecialValue({"x": [[5.0]]}, [[0.0]], {"x": [[0.0]]}, [[3.0]]),
                SpecialValue({"x": [[-inf, 0.0]]}, [[-inf, 0.0]]),
            ),
        ),
    ),
    references=("Goodfellow, Bengio & Courville, Deep Learning, 2016, section 6.2.2.3",),
)
