"""The six backward equations of batch normalisation, exactly as the course writes them.

The derivation proves them in its own order of terms. Here each stands as on paper, with the -1/2,
the -3/2 and the index i, beside the expression that it says; each expression is proved equal to
the gradient, and a test reads the LaTeX back as that expression.

An equation and its line of code are written in parts: a part of the same letter is the same thing
on both sides, and a reader who points at one sees both.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import sympy as sp
from markupsafe import Markup

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
from gradproof.pages.equations import mathml
from gradproof.pages.stepped.drawing import in_languages
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


# A letter and what stands for it in LaTeX; "" is what has no counterpart.
Parts = tuple[tuple[str, str], ...]
_MARKED = re.compile(r"\[(\w):(.*?)\]\]|([^\[]+)")


@dataclass(frozen=True)
class Equation:
    """``of`` is the quantity, ``gradient`` its name, ``says`` what ``parts`` say of it.

    ``code`` is the line of backward, its parts marked: ``[a:dx_hat]] * [b:x_minus_mu]]``.
    """

    name: str
    of: sp.Expr
    gradient: sp.Expr
    left: str
    parts: Parts
    code: str
    says: sp.Expr
    why: Text

    @property
    def latex(self) -> str:
        """The right side."""
        return "".join(latex for _, latex in self.parts)

    @property
    def line(self) -> str:
        """The line of code, without marks."""
        return "".join(text for _, text in self.pieces)

    @property
    def pieces(self) -> Parts:
        """The line of code in parts."""
        return tuple((letter, text or rest) for letter, text, rest in _MARKED.findall(self.code))


SIX = (
    Equation(
        "x_hat", x_hat[i], dx_hat[i], _HAT,
        (("a", _DY), ("", r" \cdot "), ("b", r"\gamma")),
        "[l:dx_hat]] = [a:dy]] * [b:gamma]]",
        dy[i] * gamma,
        Text("y is γ x̂ + β: the slope in x̂ is γ.", "y = γ x̂ + β이므로 x̂에 대한 기울기는 γ예요."),
    ),
    Equation(
        "var", var, dvar, _VAR,
        (("s", _OVER), ("a", _HAT), ("", r" \cdot "),
         ("b", r"\left({x}_{i} - \mu_{B}\right)"), ("", r" \cdot "), ("c", r"\frac{-1}{2}"),
         ("", " "), ("d", rf"{_SPREAD}^{{-3/2}}")),
        "[l:dvar]] = [s:_sum(]][a:dx_hat]] * [b:x_minus_mu]][s:)]] * [c:-0.5]] * "
        "[d:(var + eps) ** -1.5]]",
        _over(dx_hat[i] * (x[i] - mu) * sp.Rational(-1, 2) * (var + eps) ** sp.Rational(-3, 2)),
        Text(
            "x̂ is (x − μ)(σ² + ε) to the power −1/2: its slope in σ² has the −1/2 in front and "
            "the power −3/2. One σ² serves the whole batch, m ways: add up.",
            "x̂ = (x − μ)(σ² + ε)의 −1/2제곱이므로 σ²에 대한 기울기는 앞에 −1/2이 오고 지수는 "
            "−3/2이 돼요. σ² 하나를 배치 전체가 함께 쓰므로, 길 m개를 더해요.",
        ),
    ),
    Equation(
        "mu", mu, dmu, _MU,
        (("a", rf"\left({_OVER}{_HAT} \cdot \frac{{-1}}{{{_STD}}}\right)"), ("", " + "),
         ("b", _VAR), ("", r" \cdot "),
         ("c", rf"\frac{{{_OVER}-2 \left({{x}}_{{i}} - \mu_{{B}}\right)}}{{m}}")),
        "[l:dmu]] = [a:_sum(-dx_hat / std)]] + [b:dvar]] * [c:_sum(-2 * x_minus_mu) / m]]",
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
        (("a", _HAT), ("b", rf" \cdot \frac{{1}}{{{_STD}}}"), ("", " + "), ("c", _VAR),
         ("d", r" \cdot \frac{2 \left({x}_{i} - \mu_{B}\right)}{m}"), ("", " + "), ("e", _MU),
         ("f", r" \cdot \frac{1}{m}")),
        "[l:dx]] = [a:dx_hat]][b: / std]] + [c:dvar]][d: * 2 * x_minus_mu / m]] + [e:dmu]]"
        "[f: / m]]",
        dx_hat[i] / _ROOT + dvar * 2 * (x[i] - mu) / m + dmu / m,
        Text(
            "x goes three ways: into x̂, into σ², into μ.",
            "x는 세 갈래로 가요. x̂로, σ²으로, μ로요.",
        ),
    ),
    Equation(
        "gamma", gamma, dgamma, r"\frac{\partial \ell}{\partial \gamma}",
        (("s", _OVER), ("a", _DY), ("", r" \cdot "), ("b", r"{\hat{x}}_{i}")),
        "[l:dgamma]] = ([a:dy]] * [b:x_hat]])[s:.sum(axis=axes)]]",
        _over(dy[i] * x_hat[i]),
        Text("One γ multiplies every x̂: add up.", "γ 하나가 모든 x̂에 곱해지므로 더해요."),
    ),
    Equation(
        "beta", beta, dbeta, r"\frac{\partial \ell}{\partial \beta}",
        (("s", _OVER), ("a", _DY)),
        "[l:dbeta]] = [a:dy]][s:.sum(axis=axes)]]",
        _over(dy[i]),
        Text("One β is added to every output: add up.", "β 하나가 모든 출력에 더해지므로 더해요."),
    ),
)  # fmt: skip


def box(lines: str, mode: Mode, anchor: str) -> Markup:
    """The six side by side with their lines of code, part by part; ``anchor`` is the mode's page.

    ValueError for a line that is not among ``lines``, the code that was proved.
    """
    known = {line.strip() for line in lines.splitlines()}
    for each in SIX:
        if each.line not in known:
            raise ValueError(f"{each.name}: expected a line of backward, got {each.line}")
    chains = {chain.of: number for number, chain in enumerate(mode.chains, 1)}
    rows = Markup("").join(_row(each, f"{anchor}-chain{chains[each.of]}") for each in SIX)
    return Markup('<figure class="six-box" id="bn-six"><ol>{}</ol></figure>').format(rows)


def _row(equation: Equation, anchor: str) -> Markup:
    parts = (("l", equation.left), ("", " = "), *equation.parts)
    math = Markup("").join(
        Markup('<mrow data-part="{}">{}</mrow>').format(letter, _inside(latex))
        if letter else _inside(latex)
        for letter, latex in parts if latex.strip()
    )  # fmt: skip
    code = Markup("").join(
        Markup('<span data-part="{}" tabindex="0">{}</span>').format(letter, text)
        if letter else Markup("{}").format(text)
        for letter, text in equation.pieces
    )  # fmt: skip
    whole = f"{equation.left} = {equation.latex}"
    return Markup(
        '<li id="bn-six-{}"><div class="eq"><math display="block" data-latex="{}"><mrow>{}</mrow>'
        '</math></div><pre><code>{}</code></pre><p>{} <a href="#{}">{}</a></p></li>'
    ).format(
        equation.name, whole, math, code, in_languages(equation.why), anchor,
        in_languages(Text("derivation", "유도")),
    )  # fmt: skip


def _inside(latex: str) -> Markup:
    return Markup(re.sub(r"</?math\b[^>]*>", "", mathml(latex)))


def finding(mode: Mode, equation: Equation) -> Finding:
    """Whether an equation is the gradient: decided, not looked up."""
    return form_finding(mode, Form(equation.gradient, equation.says, equation.why))


__all__ = ["SIX", "Equation", "box", "finding"]
