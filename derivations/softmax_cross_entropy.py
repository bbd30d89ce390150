"""Softmax and cross-entropy in one: y = -(log p_{1,t_1} + ... + log p_{N,t_N}) / N."""

import sympy as sp
from sympy.codegen.cfunctions import log1p

from gradproof.operation import rules
from gradproof.operation.derivation import (
    Chain,
    Derivation,
    Domain,
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

N, C, n, c, k, r = sp.symbols("N C n c k r", integer=True, positive=True)
y, dy, a = sp.symbols("y dy a", real=True)
x, p, dx, dp = (sp.IndexedBase(name, real=True) for name in ("x", "p", "dx", "dp"))
t = sp.IndexedBase("t", integer=True, positive=True)  # the right class of each row


def over_rows(term: sp.Expr) -> sp.Sum:
    """The sum of ``term``, written with index r, over the rows."""
    return sp.Sum(term, (r, 1, N))


def over_classes(term: sp.Expr) -> sp.Sum:
    """The sum of ``term``, written with index k, over the classes."""
    return sp.Sum(term, (k, 1, C))


def same(left: sp.Expr, right: sp.Expr) -> sp.Expr:
    """Kronecker's delta: 1 where the indices are equal, else 0."""
    return sp.KroneckerDelta(left, right)


is_target = same(c, t[n])
LOSS = -over_rows(sp.log(p[r, t[r]])) / N
LOG_TOTAL = sp.log(over_classes(sp.exp(x[r, k])))

D_P = Chain(
    of=p[n, c],
    gradient=dp[n, c],
    steps=(
        Step(
            dy * sp.Derivative(LOSS, p[n, c]),
            rules.CHAIN_RULE,
            Text("The loss is one number, and so is dy.", "손실은 수 하나이고, dy도 그렇어요."),
        ),
        Step(
            -dy * over_rows(same(r, n) * same(c, t[r]) / p[r, t[r]]) / N,
            rules.CHAIN_RULE,
            Text(
                "log u has derivative 1/u; a row reads the probability of its own label only.",
                "log u의 도함수는 1/u예요. 각 행은 자기 레이블의 확률만 읽어요.",
            ),
        ),
        Step(
            -dy * is_target / (N * p[n, c]),
            rules.DELTA,
            Text(
                "Row n is left, and there only the class c = tₙ.",
                "n번째 행이 남고, 그 안에서도 클래스 c = tₙ만 남아요.",
            ),
        ),
    ),
)

D_X = Chain(
    of=x[n, c],
    gradient=dx[n, c],
    steps=(
        Step(
            over_classes(dp[n, k] * p[n, k] * (same(k, c) - p[n, c])),
            rules.CHAIN_RULE,
            Text(
                "Back through softmax: its Jacobian is p_k(δ_kc - p_c), from the softmax chapter.",
                "소프트맥스를 거슬러 가요. 앞에서 구한 야코비 행렬은 p_k(δ_kc - p_c)예요.",
            ),
        ),
        Step(
            over_classes(-dy / N * same(k, t[n]) * (same(k, c) - p[n, c])),
            rules.SUBSTITUTE,
            Text(
                "Put in ∂ℓ/∂p: its 1/p cancels the p of the Jacobian.",
                "∂ℓ/∂p를 대입해요. 1/p이 야코비 행렬의 p와 약분돼요.",
            ),
        ),
        Step(
            -dy / N * (is_target - p[n, c]),
            rules.DELTA,
            Text("Only the term k = tₙ is left.", "k = tₙ인 항만 남아요."),
        ),
        Step(
            dy * (p[n, c] - is_target) / N,
            rules.FACTOR,
            Text(
                "Probability minus one-hot target, over N because the loss is a mean.",
                "확률에서 원-핫 목표를 뺀 값이에요. 손실이 평균이므로 N으로 나눠요.",
            ),
        ),
    ),
)

FORMS = (
    Form(
        y,
        over_rows(LOG_TOTAL - x[r, t[r]]) / N,
        Text(
            "log-sum-exp minus the score of the label: no probability is needed.",
            "log-sum-exp에서 정답의 점수를 뺀 값이에요. 확률을 구할 필요가 없어요.",
        ),
    ),
    Form(
        y,
        over_rows(log1p(over_classes((1 - same(k, t[r])) * sp.exp(x[r, k] - x[r, t[r]])))) / N,
        Text(
            "Accurate also where the prediction is right and the loss is tiny.",
            "예측이 맞아 손실이 아주 작은 곳에서도 정확해요.",
        ),
    ),
    Form(
        dx[n, c],
        dy
        / N
        * ((1 - is_target) * p[n, c] - is_target * over_classes((1 - same(k, t[n])) * p[n, k])),
        Text(
            "p - 1 is minus the probability of all other classes: accurate also where p rounds to"
            " 1.",
            "p - 1은 나머지 클래스의 확률의 합에 음수를 붙인 값이에요. p가 1로 반올림되어도"
            " 정확해요.",
        ),
    ),
)

FACTS = (
    Fact(
        over_classes(dx[n, k]),
        sp.S.Zero,
        Text(
            "Each row of dx sums to 0: what one class gains the others lose.",
            "dx의 각 행은 합이 0이에요. 한 클래스가 얻는 만큼 다른 클래스가 잃어요.",
        ),
    ),
    Fact(
        y,
        y,
        Text(
            "Subtracting a number from the scores changes nothing: take the maximum, exp is then"
            " safe.",
            "점수에서 같은 수를 빼도 그대로예요. 최댓값을 빼면 exp가 오버플로하지 않아요.",
        ),
        replace={x[n, c]: x[n, c] - a},
    ),
    Fact(
        y,
        sp.log(C),
        Text(
            "With equal scores the loss is log C: what an untrained network should show.",
            "점수가 모두 같으면 손실은 log C예요. 학습 전 신경망에서 보여야 할 값이에요.",
        ),
        replace={x[n, c]: a},
    ),
    Fact(
        dx[n, t[n]],
        -dy * (1 - p[n, t[n]]) / N,
        Text(
            "At the label: negative, so descent raises it.",
            "정답 위치에서는 음수이므로, 경사하강은 그 점수를 올려요.",
        ),
    ),
)

nan, inf = float("nan"), float("inf")
SPECIAL_VALUES = (
    SpecialValue(
        {"x": [[1.7e308, 0.0], [1.7e308, 0.0]], "t": [1, 1]},
        1.7e308,
        {"x": [[0.5, -0.5], [0.5, -0.5]]},
        note=Text(
            "The sum over the rows leaves the range of floats, the mean does not.",
            "행에 걸친 합은 부동소수점의 범위를 벗어나지만 평균은 벗어나지 않아요.",
        ),
    ),
    SpecialValue({"x": [[0.0, -0.0]], "t": [0]}, 0.6931471805599453, {"x": [[-0.5, 0.5]]}),
    SpecialValue({"x": [[1e4, 0.0]], "t": [0]}, 0.0, {"x": [[0.0, 0.0]]}),
    SpecialValue({"x": [[1e4, 0.0]], "t": [1]}, 1e4, {"x": [[1.0, -1.0]]}),
    SpecialValue(
        {"x": [[-inf, 0.0]], "t": [1]},
        0.0,
        {"x": [[0.0, 0.0]]},
        note=Text("-∞ masks a class.", "-∞는 그 클래스를 가려요."),
    ),
    SpecialValue({"x": [[-inf, 0.0]], "t": [0]}, inf, {"x": [[-1.0, 1.0]]}),
    SpecialValue({"x": [[nan, 0.0]], "t": [1]}, nan, {"x": [[nan, nan]]}),
    SpecialValue({"x": [[5.0]], "t": [0]}, 0.0, {"x": [[0.0]]}),
)

DERIVATION = Derivation(
    title=Text("Softmax cross-entropy", "소프트맥스 교차 엔트로피"),
    summary=Text(
        "Minus the logarithm of the probability given to the right class, averaged over the rows.",
        "정답 클래스에 준 확률의 로그에 음수를 붙여 행에 걸쳐 평균한 값이에요.",
    ),
    chapter=4,
    position=4,
    modes=(
        Mode(
            name="labels",
            inputs=(Input("x", x), Input("t", t, Domain("label", "C"), differentiable=False)),
            graph=(
                Node(p[n, c], sp.exp(x[n, c]) / over_classes(sp.exp(x[n, k]))),
                Node(y, LOSS),
            ),
            layouts=(Layout("rows", {"x": ("N", "C"), "t": ("N",)}, output=()),),
            sizes={N: "N", C: "C"},
            assumptions=Text(
                "The equations count rows and classes from 1, the code from 0: t = 0 in the code "
                "is the first class, as tₙ = 1 is here.",
                "행과 클래스의 번호를 식은 1부터, 코드는 0부터 세요. 코드의 t = 0은 여기의 tₙ = "
                "1과 같은 첫째 클래스예요.",
            ),
            dy=dy,
            loss=dy * y,
            chains=(D_P, D_X),
            forms=FORMS,
            facts=FACTS,
            hard_cases=(
                HardCase(
                    {"x": [[1.7e308, -1.7e308], [0, 0]], "t": [1, 0], "dy": 1},
                    Text(
                        "One loss of the batch overflows, their mean does not.",
                        "배치의 손실 하나는 오버플로하지만 평균은 하지 않아요.",
                    ),
                ),
            ),
            special_values=SPECIAL_VALUES,
        ),
    ),
    story=(
        Text(
            "Two formidable derivatives, 1/p and the softmax Jacobian, meet and leave p - t. Taken"
            " apart, 1/p overflows where p is tiny; taken together, nothing does.",
            "만만치 않은 두 도함수, 1/p과 소프트맥스의 야코비 행렬이 만나면 p - t만 남아요. 따로"
            " 구하면 p가 아주 작을 때 1/p이 오버플로하지만, 함께 구하면 그런 일이 없어요.",
        ),
        Text(
            "The usual slips: 1/N forgotten, a softmax gradient y(1 - y) per element, no maximum"
            " subtracted, and p changed in place (p[n, t] -= 1) although it is needed later.",
            "흔한 실수는 이렇어요. 1/N을 빠뜨리는 것, 소프트맥스를 원소별 y(1 - y)로 미분하는 것,"
            " 최댓값을 빼지 않는 것, 나중에 쓸 p를 제자리에서 바꾸는 것(p[n, t] -= 1)이에요.",
        ),
    ),
    references=(
        "Bridle, Probabilistic Interpretation of Feedforward Classification Network Outputs, 1990",
        "Goodfellow, Bengio & Courville, Deep Learning, 2016, section 6.2.2.3",
    ),
)
