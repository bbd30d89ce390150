"""The six backward equations of batch normalisation, exactly as the course writes them.

The derivation proves them in its own order of terms. Here each stands as on paper, with the -1/2,
the -3/2 and the index i, beside the expression that it says; each expression is proved equal to
the gradient, and a test reads the LaTeX back as that expression.
"""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp

from derivations._batch_norm_symbols import (
    beta,
    dbeta,
    dgamma,
    dmu,
    dvar,
    dx,
    dx_hat,
    dy,
    eps,
    gamma,
    i,
    m,
    mu,
    var,
    x,
    x_hat,
)
from gradproof.operation.derivation import Form, Mode
from gradproof.text import Text
from gradproof.witnesses.symbolic import Finding, form_finding

_ROOT = sp.sqrt(var + eps)
_HAT = r"\frac{\partial \ell}{\partial {\hat{x}}_{i}}"
_VAR = r"\frac{\partial \ell}{\partial \sigma_{B}^{2}}"
_MU = r"\frac{\partial \ell}{\partial \mu_{B}}"
_DY = r"\frac{\partial \ell}{\partial {y}_{i}}"
_SPREAD = r"\left(\sigma_{B}^{2} + \varepsilon\right)"
_STD = r"\sqrt{\sigma_{B}^{2} + \varepsilon}"
_OVER = r"\sum\limits_{i=1}^{m} "


def _over(term: sp.Expr) -> sp.Sum:
    return sp.Sum(term, (i, 1, m))


@dataclass(frozen=True)
class Equation:
    """``of`` is the quantity, ``gradient`` its name, ``says`` what ``latex`` says of it."""

    name: str
    of: sp.Expr
    gradient: sp.Expr
    left: str
    latex: str
    says: sp.Expr
    why: Text


SIX = (
    Equation(
        "x_hat", x_hat[i], dx_hat[i], _HAT, rf"{_DY} \cdot \gamma", dy[i] * gamma,
        Text("y is γ x̂ + β: the slope in x̂ is γ.", "y = γ x̂ + β이므로 x̂에 대한 기울기는 γ예요."),
    ),
    Equation(
        "var", var, dvar, _VAR,
        rf"{_OVER}{_HAT} \cdot \left({{x}}_{{i}} - \mu_{{B}}\right) \cdot \frac{{-1}}{{2}} "
        rf"{_SPREAD}^{{-3/2}}",
        _over(dx_hat[i] * (x[i] - mu) * sp.Rational(-1, 2) * (var + eps) ** sp.Rational(-3, 2)),
        Text(
            "x̂ is (x − μ)(σ² + ε)^(−1/2): the power rule gives −1/2 and the exponent −3/2. One σ² "
            "serves the whole batch: add up.",
            "x̂ = (x − μ)(σ² + ε)^(−1/2)에서 거듭제곱의 미분이 −1/2과 지수 −3/2을 만들어요. σ² "
            "하나를 "
            "배치 전체가 함께 쓰므로 더해요.",
        ),
    ),
    Equation(
        "mu", mu, dmu, _MU,
        rf"\left({_OVER}{_HAT} \cdot \frac{{-1}}{{{_STD}}}\right) + {_VAR} \cdot "
        rf"\frac{{{_OVER}-2 \left({{x}}_{{i}} - \mu_{{B}}\right)}}{{m}}",
        _over(dx_hat[i] * (-1 / _ROOT)) + dvar * _over(-2 * (x[i] - mu)) / m,
        Text(
            "μ goes two ways: into every x̂, and into σ². (The second sum is 0; it is kept as the "
            "paper has it.)",
            "μ는 두 갈래로 가요. 모든 x̂로, 그리고 σ²으로요. (둘째 합은 0이지만 논문처럼 남겨 "
            "두어요.)",
        ),
    ),
    Equation(
        "x", x[i], dx[i], r"\frac{\partial \ell}{\partial {x}_{i}}",
        rf"{_HAT} \cdot \frac{{1}}{{{_STD}}} + {_VAR} \cdot "
        rf"\frac{{2 \left({{x}}_{{i}} - \mu_{{B}}\right)}}{{m}} + {_MU} \cdot \frac{{1}}{{m}}",
        dx_hat[i] / _ROOT + dvar * 2 * (x[i] - mu) / m + dmu / m,
        Text(
            "x goes three ways: into x̂, into σ², into μ.",
            "x는 세 갈래로 가요. x̂로, σ²으로, μ로요.",
        ),
    ),
    Equation(
        "gamma", gamma, dgamma, r"\frac{\partial \ell}{\partial \gamma}",
        rf"{_OVER}{_DY} \cdot {{\hat{{x}}}}_{{i}}", _over(dy[i] * x_hat[i]),
        Text("One γ multiplies every x̂: add up.", "γ 하나가 모든 x̂에 곱해지므로 더해요."),
    ),
    Equation(
        "beta", beta, dbeta, r"\frac{\partial \ell}{\partial \beta}", rf"{_OVER}{_DY}",
        _over(dy[i]),
        Text("One β is added to every output: add up.", "β 하나가 모든 출력에 더해지므로 더해요."),
    ),
)  # fmt: skip


def finding(mode: Mode, equation: Equation) -> Finding:
    """Whether an equation is the gradient: decided, not looked up."""
    return form_finding(mode, Form(equation.gradient, equation.says, equation.why))


__all__ = ["SIX", "Equation", "finding"]
