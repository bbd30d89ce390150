"""Binary cross-entropy of logits, y = mean of -t log s - (1 - t) log(1 - s), s = sigmoid(x)."""

import sympy as sp
from sympy.codegen.cfunctions import log1p

from gradproof.operation import rules
from gradproof.operation.derivation import (
    Chain,
    Derivation,
    Domain,
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

n, i, j = sp.symbols("n i j", integer=True, positive=True)
y, dy = sp.symbols("y dy", real=True)
x, t, s, dx = (sp.IndexedBase(name, real=True) for name in ("x", "t", "s", "dx"))


def mean(term: sp.Expr) -> sp.Expr:
    """The mean of ``term``, written with index j, over all elements."""
    return sp.Sum(term, (j, 1, n)) / n


def sigmoid(logit: sp.Expr) -> sp.Expr:
    """1 / (1 + exp(-logit))."""
    return 1 / (1 + sp.exp(-logit))


LOSS = mean(sp.log(1 + sp.exp(x[j])) - t[j] * x[j])

STEPS = (
    Step(
        dy * sp.Derivative(LOSS, x[i]),
        rules.CHAIN_RULE,
        Text(
            "Start from the simple form: -t log s - (1 - t) log(1 - s) is log(1 + exp(x)) - t x.",
            "간단한 꼴에서 시작해요. -t log s - (1 - t) log(1 - s)는 log(1 + exp(x)) - t x예요.",
        ),
    ),
    Step(
        dy * mean((sp.exp(x[j]) / (1 + sp.exp(x[j])) - t[j]) * sp.KroneckerDelta(i, j)),
        rules.CHAIN_RULE,
        Text(
            "log u has derivative u'/u with u = 1 + exp(x); xᵢ occurs only in the term j = i.",
            "log u의 도함수는 u'/u이고 u = 1 + exp(x)예요. xᵢ는 j = i인 항에만 있어요.",
        ),
    ),
    Step(
        dy * (sp.exp(x[i]) / (1 + sp.exp(x[i])) - t[i]) / n,
        rules.DELTA,
        Text("Only the term j = i is left.", "j = i인 항만 남아요."),
    ),
    Step(
        dy * (sigmoid(x[i]) - t[i]) / n,
        rules.IDENTITY,
        Text(
            "Divide above and below by exp(xᵢ): that is the sigmoid.",
            "분자와 분모를 exp(xᵢ)로 나누면 시그모이드예요.",
        ),
    ),
    Step(
        dy * (s[i] - t[i]) / n,
        rules.SUBSTITUTE,
        Text(
            "Prediction minus target. The steep log and the flat sigmoid cancel each other.",
            "예측에서 목표를 뺀 값이에요. 가파른 log와 평평한 시그모이드가 서로 상쇄돼요.",
        ),
    ),
)

FORMS = (
    Form(
        y,
        mean(-t[j] * sp.log(s[j]) - (1 - t[j]) * sp.log(1 - s[j])),
        Text(
            "The textbook form. In floating point log(1 - s) is -∞ as soon as s rounds to 1 (x >"
            " 37).",
            "교과서의 꼴이에요. 부동소수점에서는 s가 1로 반올림되면(x > 37) log(1 - s)가 -∞예요.",
        ),
    ),
    Form(
        y,
        mean(t[j] * log1p(sp.exp(-x[j])) + (1 - t[j]) * log1p(sp.exp(x[j]))),
        Text(
            "Two terms that are never negative, so nothing cancels.",
            "두 항이 모두 음수가 아니므로 자릿수를 잃지 않아요.",
        ),
    ),
    Form(
        y,
        mean((1 - t[j]) * x[j] + log1p(sp.exp(-x[j]))),
        Text(
            "For x > 0: exp(-x) cannot overflow. For x < 0 use log1p(exp(x)) - t x.",
            "x > 0일 때 써요. exp(-x)는 오버플로하지 않아요. x < 0이면 log1p(exp(x)) - t x를 써요.",
        ),
    ),
    Form(
        dx[i],
        dy * ((1 - t[i]) * sigmoid(x[i]) - t[i] * sigmoid(-x[i])) / n,
        Text(
            "1 - σ(x) = σ(-x): accurate for t = 1 also where σ(x) rounds to 1.",
            "1 - σ(x) = σ(-x)이므로, t = 1이고 σ(x)가 1로 반올림되는 곳에서도 정확해요.",
        ),
    ),
)

FACTS = (
    Fact(
        dx[i],
        sp.S.Zero,
        Text(
            "The gradient vanishes exactly where the prediction equals the target.",
            "예측이 목표와 같으면 기울기는 정확히 0이에요.",
        ),
        replace={t[i]: sigmoid(x[i])},
    ),
    Fact(
        y,
        y,
        Text(
            "Calling the classes the other way round (-x, 1 - t) gives the same loss.",
            "두 클래스의 이름을 맞바꾸어도(-x, 1 - t) 손실은 같아요.",
        ),
        replace={x[i]: -x[i], t[i]: 1 - t[i]},
    ),
    Fact(
        dx[i],
        -dx[i],
        Text("And the gradient changes its sign only.", "기울기는 부호만 바뀌어요."),
        replace={x[i]: -x[i], t[i]: 1 - t[i]},
    ),
    Fact(
        y,
        sp.log(2),
        Text(
            "Knowing nothing (x = 0) costs log 2, whatever the targets.",
            "아무것도 모르면(x = 0) 목표가 무엇이든 손실은 log 2예요.",
        ),
        replace={x[i]: sp.S.Zero},
    ),
)

nan, inf = float("nan"), float("inf")
LOG_2 = 0.6931471805599453
SPECIAL_VALUES = (
    SpecialValue(
        {"x": [[float("inf"), 0.0]], "t": [[1.0, 0.5]]},
        0.34657359027997264,
        {"x": [[0.0, 0.0]]},
        note=Text(
            "One logit is infinite and right: its part of the loss is 0, the mean is log(2)/2.",
            "로짓 하나가 무한대이지만 맞는 쪽이므로 그 손실은 0이고, 평균은 log(2)/2예요.",
        ),
    ),
    SpecialValue({"x": [[0.0]], "t": [[0.0]]}, LOG_2, {"x": [[0.5]]}),
    SpecialValue({"x": [[-0.0]], "t": [[1.0]]}, LOG_2, {"x": [[-0.5]]}),
    SpecialValue({"x": [[1e4]], "t": [[1.0]]}, 0.0, {"x": [[0.0]]}),
    SpecialValue({"x": [[1e4]], "t": [[0.0]]}, 1e4, {"x": [[1.0]]}),
    SpecialValue({"x": [[-1e4]], "t": [[1.0]]}, 1e4, {"x": [[-1.0]]}),
    SpecialValue({"x": [[-1e4]], "t": [[0.0]]}, 0.0, {"x": [[0.0]]}),
    SpecialValue({"x": [[inf]], "t": [[0.0]]}, inf, {"x": [[1.0]]}),
    SpecialValue({"x": [[-inf]], "t": [[1.0]]}, inf, {"x": [[-1.0]]}),
    SpecialValue({"x": [[nan, 0.0]], "t": [[0.0, 0.0]]}, nan, {"x": [[nan, 0.25]]}),
)

DERIVATION = Derivation(
    title=Text("Binary cross-entropy", "이진 교차 엔트로피"),
    summary=Text(
        "The cost of a yes-or-no prediction: minus the logarithm of what was given to the truth.",
        "예·아니요 예측의 손실이에요. 정답에 준 확률의 로그에 음수를 붙인 값이에요.",
    ),
    chapter=4,
    position=2,
    modes=(
        Mode(
            name="logits",
            inputs=(Input("x", x), Input("t", t, Domain("unit"), differentiable=False)),
            graph=(Node(s[i], sigmoid(x[i])), Node(y, LOSS)),
            layouts=(
                Layout("any shape", {"x": ("N", "D"), "t": ("N", "D")}, output=(), flatten=True),
            ),
            sizes={n: "*"},
            dy=dy,
            loss=dy * y,
            chains=(Chain(of=x[i], steps=STEPS, gradient=dx[i]),),
            forms=FORMS,
            facts=FACTS,
            special_values=SPECIAL_VALUES,
        ),
    ),
    story=(
        Text(
            "Being sure and wrong is expensive: the loss grows like |x|. Its slope, though, never"
            " exceeds 1 per element, so one bad example cannot throw training off.",
            "확신하면서 틀리면 손실이 커요. 손실은 |x|에 비례하여 커져요. 하지만 원소 하나의"
            " 기울기는"
            " 1을 넘지 않으므로, 나쁜 표본 하나가 학습을 망치지는 못해요.",
        ),
        Text(
            "The usual slips: a second s(1 - s) on top of s - t, the 1/n forgotten where the loss"
            " is"
            " a mean, log(s) computed after s has rounded to 0 or 1.",
            "흔한 실수는 이렇어요. s - t에 s(1 - s)를 한 번 더 곱하는 것, 손실이 평균인데 1/n을"
            " 빠뜨리는 것, s가 0이나 1로 반올림된 뒤에 log(s)를 구하는 것이에요.",
        ),
    ),
    references=(
        "Bishop, Pattern Recognition and Machine Learning, 2006, section 4.3.2",
        "Goodfellow, Bengio & Courville, Deep Learning, 2016, section 6.2.2.2",
    ),
)
