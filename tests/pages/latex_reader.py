"""Read a printed equation back, as a person would: the printer's adversary.

The reader shares nothing with the printer but the names of the atoms. What is read can then be
held against what was printed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import sympy as sp
from sympy.codegen.cfunctions import expm1, log1p

FUNCTIONS: dict[str, Callable[..., sp.Expr]] = {
    r"\text{erf}": sp.erf,
    r"\operatorname{erf}": sp.erf,
    r"\operatorname{erfc}": sp.erfc,
    r"\text{erfc}": sp.erfc,
    r"\log": sp.log,
    r"\tanh": sp.tanh,
    r"\cosh": sp.cosh,
    r"\sinh": sp.sinh,
    r"\max": sp.Max,
    r"\min": sp.Min,
    r"\text{expm1}": expm1,
    r"\text{log1p}": log1p,
    r"\text{sech}": sp.sech,
    r"\text{sign}": sp.sign,
}
_SPACE = re.compile(r"(\\,|\\;|\s)+")
_NUMBER = re.compile(r"\d+(\.\d+)?")
_OPERATOR = re.compile(r"\\frac\{(d|\\partial)\}\{(d|\\partial) ")
_OPEN = {r"\left(": r"\right)", "(": ")", r"\left[": r"\right]", "[": "]"}


class LatexReader:
    """Reads LaTeX in which ``atoms`` gives the meaning of every symbol as printed."""

    def __init__(self, text: str, atoms: Mapping[str, sp.Expr]) -> None:
        self.text, self.at = text, 0
        self.atoms = dict(sorted(atoms.items(), key=lambda pair: -len(pair[0])))

    def read(self) -> sp.Expr:
        found = self.sum()
        assert not self.rest, f"not read: {self.rest!r} of {self.text!r}"
        return found

    @property
    def rest(self) -> str:
        space = _SPACE.match(self.text, self.at)
        if space:
            self.at = space.end()
        return self.text[self.at :]

    def take(self, token: str) -> bool:
        if self.rest.startswith(token):
            self.at += len(token)
            return True
        return False

    def need(self, token: str) -> None:
        assert self.take(token), f"expected {token!r} at {self.rest!r} of {self.text!r}"

    def group(self) -> sp.Expr:
        self.need("{")
        found = self.sum()
        self.need("}")
        return found

    def sum(self) -> sp.Expr:
        total = -self.term() if self.take("-") else self.term()
        while True:
            if self.take("+"):
                total += self.term()
            elif self.take("-"):
                total -= self.term()
            else:
                return total

    def term(self) -> sp.Expr:
        product = self.factor()
        while self.rest and not re.match(r"[-+)\]},&=]|\\right|\\\\", self.rest):
            product = product / self.factor() if self.take("/") else product * self.factor()
        return product

    def factor(self) -> sp.Expr:
        found = self.primary()
        while self.take("^"):
            found = found ** (self.group() if self.rest.startswith("{") else self.primary())
        return found

    def primary(self) -> sp.Expr:
        for text, atom in self.atoms.items():
            if self.take(text):
                return atom
        operator = _OPERATOR.match(self.rest)
        if operator:
            self.at += operator.end()
            variable = self.factor()
            self.need("}")
            return sp.Derivative(self.factor(), variable)
        if self.take(r"\frac"):
            return self.group() / self.group()
        if self.take(r"\sqrt"):
            return sp.sqrt(self.group())
        if self.take(r"\sum\limits_{"):
            return self.indexed_sum()
        if self.take(r"\delta_{"):
            left = self.sum()
            self.need(",")
            right = self.sum()
            self.need("}")
            return sp.KroneckerDelta(left, right)
        if self.take(r"\pi"):
            return sp.pi
        if self.take(r"\left\lfloor"):
            found = self.group()
            self.need(r"\right\rfloor")
            return sp.floor(found)
        if self.take(r"\left|"):
            found = self.sum()
            self.need(r"\right|")
            return sp.Abs(found)
        if self.take(r"\pi"):
            return sp.pi
        if self.take(r"\left\lfloor{"):
            found = self.sum()
            self.need(r"}\right\rfloor")
            return sp.floor(found)
        if self.take("e^"):
            return sp.exp(self.group())
        for name, function in FUNCTIONS.items():
            if self.take(name):
                return self.applied(function)
        return self.bracketed_or_number()

    def indexed_sum(self) -> sp.Expr:
        index = self.factor()
        self.need("=")
        low = self.sum()
        self.need("}")
        self.need("^")
        high = self.group()
        # A sum reaches to the end of its term.
        return sp.Sum(self.term(), (index, low, high))

    def applied(self, function: Callable[..., sp.Expr]) -> sp.Expr:
        power = self.group() if self.take("^") else sp.S.One
        braced = self.take("{")
        opened = next(each for each in _OPEN if self.take(each))
        arguments = [self.sum()]
        while self.take(","):
            arguments.append(self.sum())
        self.need(_OPEN[opened])
        if braced:
            self.need("}")
        return function(*arguments) ** power

    def bracketed_or_number(self) -> sp.Expr:
        for opened, closed in _OPEN.items():
            if self.take(opened):
                found = self.sum()
                self.need(closed)
                return found
        if self.rest.startswith("{"):
            return self.group()
        digits = _NUMBER.match(self.rest)
        assert digits, f"cannot read {self.rest!r} of {self.text!r}"
        self.at += digits.end()
        return sp.Rational(digits.group())
