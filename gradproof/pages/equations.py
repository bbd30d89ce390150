"""Write SymPy expressions as equations that a browser sets: SymPy to LaTeX to MathML.

The gradient symbols of a derivation (``dx_hat[i]``, ``dvar``) are printed as the fractions they
stand for, and sums and products that were written unevaluated keep the order they were written in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from html import escape
from typing import Any

import sympy as sp
from markupsafe import Markup
from sympy.printing.latex import LatexPrinter

from gradproof.operation.derivation import Chain, Mode
from gradproof.operation.forward_graph import names_of
from gradproof.ops import of_symbolic

# latex2mathml writes what it does not know as text; the fallback is then easier to read.
_UNKNOWN = re.compile(r"<mi>\\")
_OTHERWISE = '<mtext><span lang="en">otherwise</span><span lang="ko">그 밖의 경우</span></mtext>'
_WRAPPED = re.compile(r"<mtext>otherwise</mtext>")
# The accent itself, not the ASCII caret, which fonts draw much larger.
_CARET, _HAT = "<mo>&#x0005E;</mo>", "<mo>&#x002C6;</mo>"


# Brackets around nothing tall keep their size: browsers leave too much room for those that stretch.
_LOW_BRACKETS = re.compile(
    r"\\left([(\[])((?:(?!\\left|\\right|\\frac|\\sum|\\sqrt|\\begin|\\underset).)*)\\right([)\]])"
)
_OPERATOR = re.compile(r"\\operatorname\{(\w+)\}")


class EquationPrinter(LatexPrinter):
    """LaTeX as on paper: gradients as fractions, terms in the order in which they were written."""

    def __init__(
        self,
        gradients: Mapping[sp.Basic, tuple[str, sp.Expr]] | None = None,
        parameters: Iterable[sp.Symbol] = (),
        ordinary: bool = False,
    ) -> None:
        super().__init__({"mul_symbol": r" \, ", "fold_frac_powers": True})
        self._gradients = dict(gradients or {})
        self._parameters = set(parameters)
        self._ordinary = ordinary

    def _print_Symbol(self, symbol: sp.Symbol, style: str = "plain") -> str:
        if symbol in self._gradients:
            over, under = self._gradients[symbol]
            return self._fraction(over, self._print(under))
        name = symbol.name
        if name in (r"\epsilon", "eps"):  # the letter that sentences have, too
            return r"\varepsilon"
        if name.endswith("_hat"):
            return rf"\hat{{{name.removesuffix('_hat')}}}"
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

    def _place_in_sum(self, term: sp.Expr) -> tuple[bool, bool, bool, bool]:
        """As people write: x - mu and not -mu + x; arrays first, biases and parameters last."""
        return (
            bool(term.could_extract_minus_sign()),
            not term.has(sp.Indexed) and not term.is_Number,
            isinstance(term, sp.Indexed),
            bool(term.free_symbols and term.free_symbols <= self._parameters),
        )

    def _print_Mul(self, expression: sp.Expr) -> str:
        if not expression.is_Mul:  # SymPy prints reciprocals here, too
            return str(super()._print_Mul(expression))
        if _is_written(expression):
            return self._in_written_order(expression)
        tall = [factor for factor in expression.args if self._is_tall(factor)]
        if not tall:
            return str(super()._print_Mul(expression))
        plain = sp.Mul(*(factor for factor in expression.args if factor not in tall))
        return self._beside(plain, sorted(tall, key=self._place_in_product))

    def _in_written_order(self, expression: sp.Mul) -> str:
        """Factor after factor; a reciprocal goes beneath the factor written before it."""
        parts: list[tuple[str, bool]] = []
        for at, factor in enumerate(expression.args):
            if _is_reciprocal(factor):
                above = parts.pop()[0] if parts and parts[-1][0] != "-1" else "1"
                parts.append((rf"\frac{{{above}}}{{{self._print(1 / factor)}}}", False))
                continue
            text, last = self._print(factor), at == len(expression.args) - 1
            open_ended = isinstance(factor, sp.Sum | sp.Derivative) and not last
            negative = bool(parts) and text.startswith("-")
            parts.append((text, factor.is_Add or factor.is_Piecewise or open_ended or negative))
        return _joined([_bracketed(text) if wide else text for text, wide in parts])

    def _beside(self, plain: sp.Expr, tall: list[sp.Expr]) -> str:
        """``plain`` as one fraction and the tall factors after it, so that no fraction nests."""
        text = self._print(plain)
        parts = [] if plain is sp.S.One else [_bracketed(text) if plain.is_Add else text]
        for number, factor in enumerate(tall, start=1):
            text = self._print(factor)
            open_ended = isinstance(factor, sp.Sum | sp.Derivative) and number < len(tall)
            parts.append(_bracketed(text) if factor.is_Add or open_ended else text)
        return _joined(parts)

    def _is_tall(self, factor: sp.Expr) -> bool:
        """Whether ``factor`` is a gradient, a sum, or something else that prints as a fraction."""
        if names_of(factor) in self._gradients or isinstance(factor, sp.Sum | sp.Derivative):
            return True
        return bool(factor.is_Add) and any(
            self._is_tall(each) or _is_reciprocal(each)
            for term in factor.args
            for each in sp.Mul.make_args(term)
        )

    def _place_in_product(self, factor: sp.Expr) -> int:
        kinds = (sp.Add, sp.Derivative, sp.Sum)
        return next((at for at, kind in enumerate(kinds, 1) if isinstance(factor, kind)), 0)

    def _print_Derivative(self, derivative: sp.Derivative) -> str:
        text = str(super()._print_Derivative(derivative))
        body = derivative.expr
        plain = str(self._print(body))
        if self._ordinary:
            text = text.replace(r"\partial", "d", 2)
        one_piece = plain.startswith(r"\frac") and not any(map(self._is_tall, body.args))
        if not body.is_Mul or one_piece or not text.endswith(plain):
            return text
        return text.removesuffix(plain) + _bracketed(plain)

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

    def _fraction(self, over: str, under: str) -> str:
        d = "d" if self._ordinary and over != r"\ell" else r"\partial"
        return rf"\frac{{{d} {over}}}{{{d} {under}}}"

    def _print_Function(self, function: sp.Expr, exp: str | None = None) -> str:
        record = of_symbolic(function)
        if record is None or not record.latex:
            return str(super()._print_Function(function, exp))
        inside = ", ".join(map(self._print, function.args))
        power = "" if exp is None else f"^{{{exp}}}"
        return rf"{record.latex}{power}\left({inside}\right)"


class Notation:
    """How the expressions of one mode are written: its gradient symbols by their meaning."""

    def __init__(self, mode: Mode) -> None:
        self._mode = mode
        parameters = [item.symbol for item in mode.parameters]
        ordinary = mode.local and len(mode.inputs) == 1
        self._d = "d" if ordinary else r"\partial"
        self._printer = EquationPrinter(_gradient_names(mode), parameters, ordinary)

    def latex(self, expression: Any) -> str:
        """The LaTeX of one expression."""
        return settled(str(self._printer.doprint(expression)))

    def gradient(self, chain: Chain) -> str:
        """What the chain derives: dl/dx, or the local derivative dy/dx."""
        over, of = self._sides(chain)
        return rf"\frac{{{self._d} {over}}}{{{self._d} {of}}}"

    def gradient_inline(self, chain: Chain) -> str:
        """The same on one line, for a heading."""
        over, of = self._sides(chain)
        return rf"{self._d} {over} \,/\, {self._d} {of}"

    def _sides(self, chain: Chain) -> tuple[str, str]:
        output = self._mode.output_nodes[0].symbol
        return self.latex(output) if self._mode.local else r"\ell", self.latex(chain.of)


def settled(latex: str) -> str:
    """``latex`` with brackets that stretch only where they must, and upright function names."""
    latex, before = _OPERATOR.sub(r"\\text{\1}", latex), ""
    while latex != before:
        before, latex = latex, _LOW_BRACKETS.sub(r"\1\2\3", latex)
    return latex


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


def _is_reciprocal(factor: sp.Expr) -> bool:
    """Whether ``factor`` goes beneath a fraction bar; a negative power of e stays above."""
    return bool(isinstance(factor, sp.Pow) and factor.exp.is_number and factor.exp.is_negative)


def _joined(factors: list[str]) -> str:
    if len(factors) > 1 and factors[0] == "-1":
        return "- " + r" \, ".join(factors[1:])
    return r" \, ".join(factors)


def _bracketed(text: str) -> str:
    return rf"\left({text}\right)"


def _is_written(expression: sp.Expr) -> bool:
    """Whether the author held the expression unevaluated: SymPy itself would order it anew."""
    return bool(expression.func(*expression.args).args != expression.args)


def _is_letter(name: str) -> bool:
    return bool(sp.latex(sp.Symbol(name)) != name)


# A sign by its number is longer than itself; those of HTML have to stay.
_NUMBERED = re.compile(r"&#x(?!0*(?:22|26|27|3C|3E);)([0-9A-Fa-f]+);")


@cache
def mathml(latex: str, display: bool = True) -> Markup:
    """Set ``latex`` as MathML, or as code where it cannot be converted."""
    from latex2mathml.converter import convert

    try:
        markup = convert(latex, display="block" if display else "inline")
    except Exception:  # the converter raises many kinds; an unset equation is still readable
        return Markup(f"<code>{escape(latex)}</code>")
    if _UNKNOWN.search(markup):
        return Markup(f"<code>{escape(latex)}</code>")
    source = f'<math data-latex="{escape(latex.strip())}"'
    markup = re.sub(r'<math xmlns="[^"]*"', lambda _: source, markup, count=1)
    markup = _WRAPPED.sub(_OTHERWISE, markup).replace(_CARET, _HAT)
    return Markup(_NUMBERED.sub(lambda found: chr(int(found[1], 16)), markup))


__all__ = ["EquationPrinter", "Notation", "mathml"]
