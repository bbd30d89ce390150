"""RMS norm, y_i = gamma_i x_i / sqrt(mean of x² + eps), one row at a time."""

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
eps, s = sp.symbols("eps s", positive=True)
x, gamma, y, dy = (sp.IndexedBase(name, real=True) for name in ("x", "gamma", "y", "dy"))
dx, dgamma = (sp.IndexedBase(name, real=True) for name in ("dx", "dgamma"))
same = sp.KroneckerDelta


def over_features(term: sp.Expr, index: sp.Symbol) -> sp.Sum:
    """The sum of ``term`` over the features of the row."""
    return sp.Sum(term, (index, 1, D))


RMS = sp.sqrt(over_features(x[k] ** 2, k) / D + eps)

TO_X = (
    Step(
        over_features(dy[i] * gamma[i] * sp.Derivative(x[i] / RMS, x[j]), i),
        rules.CHAIN_RULE,
        Text(
            "xⱼ stands in its own numerator, and in the denominator of the whole row.",
            "xⱼ는 자기 분자에 있고, 행 전체의 분모에도 있어요.",
        ),
    ),
    Step(
        over_features(dy[i] * gamma[i] * (same(i, j) / s - x[i] / s**2 * x[j] / (D * s)), i),
        rules.QUOTIENT_RULE,
        Text(
            "s² = Σx²/D + ε has slope 2xⱼ/D, so s has slope xⱼ/(D s).",
            "s² = Σx²/D + ε의 기울기는 2xⱼ/D이므로, s의 기울기는 xⱼ/(D s)예요.",
        ),
    ),
    Step(
        dy[j] * gamma[j] / s - x[j] / (D * s**3) * over_features(dy[i] * gamma[i] * x[i], i),
        rules.DELTA,
        Text(
            "δᵢⱼ keeps the term i = j; what does not depend on i leaves the sum.",
            "δᵢⱼ 때문에 i = j인 항만 남고, i와 무관한 것은 합 밖으로 나와요.",
        ),
    ),
)

TO_GAMMA = (
    Step(
        over_features(dy[i] * sp.Derivative(gamma[i] * x[i] / s, gamma[j]), i),
        rules.DEFINITION,
        Text("γ is a factor of one output only.", "γ는 출력 하나에만 곱해져요."),
    ),
    Step(
        over_features(dy[i] * same(i, j) * x[i] / s, i),
        rules.LINEARITY,
        Text("∂γᵢ/∂γⱼ is 1 for i = j, else 0.", "∂γᵢ/∂γⱼ는 i = j이면 1, 아니면 0이에요."),
    ),
    Step(
        dy[j] * x[j] / s,
        rules.DELTA,
        Text(
            "Of one row. All rows share γ, so in the code these are summed over the rows.",
            "한 행의 값이에요. 모든 행이 γ를 함께 쓰므로 코드에서는 행에 걸쳐 더해요.",
        ),
    ),
)

DERIVATION = Derivation(
    title=Text("RMS norm", "RMS 정규화"),
    summary=Text(
        "Divides a row by its root mean square: its length no longer matters.",
        "행을 제곱평균제곱근으로 나눠요. 길이는 더 이상 중요하지 않아요.",
    ),
    chapter=5,
    position=3,
    story=(
        Text(
            "Layer norm without the mean: two paths instead of three. Each row is by itself, so "
            "nothing changes from training to inference.",
            "평균을 빼지 않는 층 정규화예요. 경로가 셋이 아니라 둘이에요. 행마다 따로 계산하므로 "
            "학습과 추론이 같아요.",
        ),
        Text(
            "The usual slips: the path through the denominator forgotten; 1/s for 1/s³ in it; the "
            "sum over the rows left out of dγ.",
            "흔한 실수는 분모를 지나는 경로를 잊는 것, 거기서 1/s³을 1/s로 쓰는 것, dγ에서 행에 "
            "걸친 합을 빠뜨리는 것이에요.",
        ),
    ),
    modes=(
        Mode(
            name="rows",
            inputs=(Input("x", x), Input("gamma", gamma)),
            parameters=(Parameter("eps", eps, 1e-5, tried=(1e-5, 0.1)),),
            graph=(Node(s, RMS), Node(y[i], gamma[i] * x[i] / s)),
            layouts=(
                Layout("rows", {"x": ("N", "D"), "gamma": ("D",)}, ("N", "D"), mapped=("N",)),
            ),
            sizes={D: "D"},
            dy=dy,
            loss=over_features(dy[i] * y[i], i),
            chains=(
                Chain(of=x[j], steps=TO_X, gradient=dx[j]),
                Chain(of=gamma[j], steps=TO_GAMMA, gradient=dgamma[j]),
            ),
            facts=(
                Fact(
                    over_features(x[j] * dx[j], j),
                    eps / s**2 * over_features(dy[j] * y[j], j),
                    Text(
                        "But for ε, dx is perpendicular to x: longer rows come out the same.",
                        "ε을 빼면 dx는 x와 수직이에요. 행이 길어져도 출력은 같아요.",
                    ),
                ),
            ),
            special_values=(
                SpecialValue(
                    {"x": [[0.0, 0.0]], "gamma": [1.0, 2.0]},
                    [[0.0, 0.0]],
                    {"x": [[316.22776601683796, 632.4555320336759]], "gamma": [0.0, 0.0]},
                ),
                SpecialValue(
                    {"x": [[1e200, -1e200]], "gamma": [1.0, 1.0]},
                    [[1.0, -1.0]],
                    note=Text(
                        "The squares leave the range of floats.",
                        "제곱은 부동소수점의 범위를 벗어나요.",
                    ),
                ),
            ),
        ),
    ),
    references=("Zhang & Sennrich, Root Mean Square Layer Normalization, 2019",),
)
