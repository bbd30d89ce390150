"""Write SymPy expressions as equations that a browser sets: SymPy to LaTeX to MathML.

The gradient symbols of a derivation (``dx_hat[i]``, ``dvar``) are printed as the fractions they
stand for, and sums and products that were written unevaluated keep the order they were written in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from html import escape
from typing import Any

import sympy as sp
from markupsafe import Markup
from sympy.printing.latex import LatexPrinter

from gradproof.derivation import Chain, Mode
from gradproof.graph import names_of

# latex2mathml writes what it does not know as text; the fallback is then easier to read.
_UNKNOWN = re.compile(r"<mi>\\")
_OTHERWISE = (
    '<mtext><span lang="en">otherwise</span><span lang="ko">그 밖의 경우</span></mtext>'
)
_WRAPPED = re.compile(r"<mtext>otherwise</mtext>")


class EquationPrinter(LatexPrinter):  # type: ignore[misc]
    """LaTeX as on paper: gradients as fractions, terms in the order in which they were written."""

    def __init__(
        self,
        gradients: Mapping[sp.Basic, tuple[str, sp.Expr]] | None = None,
        parameters: Iterable[sp.Symbol] = (),
    ) -> None:
        super().__init__({"mul_symbol": r" \, ", "fold_frac_powers": True})
        self._gradients = dict(gradients or {})
        self._parameters = set(parameters)

    def _print_Symbol(self, symbol: sp.Symbol, style: str = "plain") -> str:
        if symbol in self._gradients:
            over, under = self._gradients[symbol]
            return self._fraction(over, self._print(under))
        name = symbol.name
        if len(name) > 1 and name.isalpha() and name.islower() and not _is_letter(name):
            return rf"\mathrm{{{name}}}"
        return str(super()._print_Symbol(symbol, style))

    def _print_Indexed(self, element: sp.Indexed) -> str:
        if element.base in self._gradients:
            over, under = self._gradients[element.base]
            place = under.base[element.indices] if isinstance(under, sp.Indexed) else under
            return self._fraction(over, self._print(place))
        indices = ", ".join(self._print(index) for index in element.indices)
        return f"{{{self._print(element.base.label)}}}_{{{indices}}}"

    def _print_IndexedBase(self, base: sp.IndexedBase) -> str:
        return str(self._print(base.label))

    def _print_Add(self, expression: sp.Add, order: str | None = None) -> str:
        if _is_written(expression):
            return str(super()._print_Add(expression, order="none"))
        terms = self._as_ordered_terms(expression, order=order)
        reordered = sp.Add(*sorted(terms, key=self._place_in_sum), evaluate=False)
        return str(super()._print_Add(reordered, order="none"))

    def _place_in_sum(self, term: sp.Expr) -> tuple[bool, bool, bool]:
        """As people write: x - mu and not -mu + x; array elements first, parameters last."""
        return (
            bool(term.could_extract_minus_sign()),
            not term.has(sp.Indexed) and not term.is_Number,
            bool(term.free_symbols and term.free_symbols <= self._parameters),
        )

    def _print_Mul(self, expression: sp.Mul) -> str:
        if _is_written(expression):
            return self._in_written_order(expression)
        tall = [factor for factor in expression.args if self._is_tall(factor)]
        if not tall:
            return str(super()._print_Mul(expression))
        plain = sp.Mul(*(factor for factor in expression.args if factor not in tall))
        return self._beside(plain, sorted(tall, key=self._place_in_product))

    def _in_written_order(self, expression: sp.Mul) -> str:
        before = self._settings["order"]
        self._settings["order"] = "none"
        try:
            return str(super()._print_Mul(expression))
        finally:
            self._settings["order"] = before

    def _beside(self, plain: sp.Expr, tall: list[sp.Expr]) -> str:
        """``plain`` as one fraction and the tall factors after it, so that no fraction nests."""
        parts = {sp.S.One: [], sp.S.NegativeOne: ["-"]}.get(plain)
        if parts is None:
            text = self._print(plain)
            parts = [_bracketed(text) if plain.is_Add else text]
        for number, factor in enumerate(tall, start=1):
            text = self._print(factor)
            open_ended = isinstance(factor, sp.Sum | sp.Derivative) and number < len(tall)
            parts.append(_bracketed(text) if factor.is_Add or open_ended else text)
        return r" \, ".join(parts).replace(r"- \, ", "- ", 1)

    def _is_tall(self, factor: sp.Expr) -> bool:
        """Whether ``factor`` is a gradient, a sum, or something else that prints as a fraction."""
        if names_of(factor) in self._gradients or isinstance(factor, sp.Sum | sp.Derivative):
            return True
        return bool(factor.is_Add) and any(
            self._is_tall(each) for term in factor.args for each in sp.Mul.make_args(term)
        )

    def _place_in_product(self, factor: sp.Expr) -> int:
        kinds = (sp.Add, sp.Derivative, sp.Sum)
        return next((at for at, kind in enumerate(kinds, 1) if isinstance(factor, kind)), 0)

    def _print_Derivative(self, derivative: sp.Derivative) -> str:
        text = str(super()._print_Derivative(derivative))
        body = derivative.expr
        if not body.is_Mul or not any(self._is_tall(factor) for factor in body.args):
            return text
        plain = str(self._print(body))
        return text.removesuffix(plain) + _bracketed(plain) if text.endswith(plain) else text

    def _print_Sum(self, total: sp.Sum) -> str:
        body, *limits = total.args
        signs = "".join(self._limits_of(limit) for limit in reversed(limits))
        text = self._print(body)
        return signs + (_bracketed(text) if body.is_Add or text.startswith("-") else text)

    def _limits_of(self, limit: sp.Tuple) -> str:
        index, low, high = (self._print(part) for part in limit)
        return rf"\sum\limits_{{{index}={low}}}^{{{high}}} "

    def _print_KroneckerDelta(self, delta: sp.KroneckerDelta, exp: str | None = None) -> str:
        left, right = (self._print(argument) for argument in delta.args)
        return rf"\delta_{{{left}, {right}}}" + (f"^{{{exp}}}" if exp else "")

    def _print_Piecewise(self, pieces: sp.Piecewise) -> str:
        rows = [f"{self._print(value)} & {self._condition(when)}" for value, when in pieces.args]
        return r"\begin{cases} " + r" \\ ".join(rows) + r" \end{cases}"

    def _condition(self, when: Any) -> str:
        return r"\text{otherwise}" if when == sp.true else str(self._print(when))

    @staticmethod
    def _fraction(over: str, under: str) -> str:
        return rf"\frac{{\partial {over}}}{{\partial {under}}}"


class Notation:
    """How the expressions of one mode are written: its gradient symbols by their meaning."""

    def __init__(self, mode: Mode) -> None:
        self._mode = mode
        parameters = [item.symbol for item in mode.parameters]
        self._printer = EquationPrinter(_gradient_names(mode), parameters)

    def latex(self, expression: Any) -> str:
        """The LaTeX of one expression."""
        return str(self._printer.doprint(expression))

    def gradient(self, chain: Chain) -> str:
        """What the chain derives: dl/dx, or the local derivative dy/dx."""
        over = r"\ell"
        if self._mode.local:
            over = self.latex(self._mode.output_nodes[0].symbol)
        return rf"\frac{{\partial {over}}}{{\partial {self.latex(chain.of)}}}"


def _gradient_names(mode: Mode) -> dict[sp.Basic, tuple[str, sp.Expr]]:
    output = mode.output_nodes[0].symbol
    names: dict[sp.Basic, tuple[str, sp.Expr]] = {}
    if mode.dy is not None:
        names[mode.dy] = (r"\ell", output)
    over = EquationPrinter().doprint(output) if mode.local else r"\ell"
    for chain in mode.chains:
        if chain.gradient is not None:
            names[names_of(chain.gradient)] = (over, chain.of)
    return names


def _bracketed(text: str) -> str:
    return rf"\left({text}\right)"


def _is_written(expression: sp.Expr) -> bool:
    """Whether the author held the expression unevaluated: SymPy itself would order it anew."""
    return bool(expression.func(*expression.args).args != expression.args)


def _is_letter(name: str) -> bool:
    return bool(sp.latex(sp.Symbol(name)) != name)


@lru_cache(maxsize=None)
def mathml(latex: str, display: bool = True) -> Markup:
    """Set ``latex`` as MathML, or as code where it cannot be converted."""
    from latex2mathml.converter import convert

    try:
        markup = convert(latex, display="block" if display else "inline")
    except Exception:  # the converter raises many kinds; an unset equation is still readable
        return Markup(f"<code>{escape(latex)}</code>")
    if _UNKNOWN.search(markup):
        return Markup(f"<code>{escape(latex)}</code>")
    return Markup(_WRAPPED.sub(_OTHERWISE, markup))


__all__ = ["EquationPrinter", "Notation", "mathml"]
