"""An operation as a graph of elementary steps, with exact values and gradients: plain data."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sympy as sp

Index = tuple[int, ...]
Values = dict[Index, sp.Expr]
Rule = Callable[[Sequence[sp.Expr]], sp.Expr]
_DIGITS = 30


@dataclass(frozen=True)
class Local:
    """A step's derivative by one of what it takes: the rule as it is written, and its value."""

    written: str
    value: Rule


@dataclass(frozen=True)
class Op:
    """One elementary step: its sign, what it does, and its local derivatives."""

    kind: str
    sign: str
    value: Rule
    locals: tuple[Local, ...]


@dataclass(frozen=True)
class Arrow:
    """What a vertex takes: which vertex, and which element of it, in the taker's own indices."""

    source: int
    indices: tuple[sp.Expr, ...] = ()


@dataclass(eq=False)
class Vertex:
    """An input, or one step: over ``own`` indices, added up over ``summed`` ones."""

    number: int
    name: str
    op: Op | None
    arrows: tuple[Arrow, ...]
    own: tuple[sp.Symbol, ...]
    summed: tuple[sp.Symbol, ...]
    shape: tuple[int, ...]
    value: Values
    given: str = ""
    learns: bool = True
    symbol: sp.Basic | None = None
    choices: Mapping[sp.Basic, Values] = field(default_factory=dict)
    gradient: Values = field(default_factory=dict)


@dataclass(frozen=True)
class Send:
    """What one vertex hands to one that it took: its local derivatives, and what arrives."""

    arrow: int
    target: int
    local: tuple[sp.Expr, ...]
    arrives: Values


@dataclass(frozen=True)
class Graph:
    """All vertices in an order in which they can be computed, and the sends of the way back."""

    vertices: tuple[Vertex, ...]
    output: int
    back: tuple[tuple[int, tuple[Send, ...]], ...]

    def named(self, symbol: sp.Basic) -> Vertex:
        """The vertex of an input or of a named quantity; LookupError where there is none."""
        base = base_of(symbol)
        for vertex in self.vertices:
            if vertex.symbol is not None and base_of(vertex.symbol) == base:
                return vertex
        raise LookupError(f"no vertex is called {symbol}")


def exact(value: sp.Expr) -> sp.Expr:
    """A fraction as it is; what is none, to 30 digits."""
    value = sp.sympify(value)
    return value if value.is_Rational else value.evalf(_DIGITS)


def base_of(symbol: sp.Basic) -> sp.Basic:
    return symbol.base if isinstance(symbol, sp.Indexed) else symbol


def values_of(of: Any) -> Values:
    if isinstance(of, list | tuple):
        return {
            (at, *rest): value
            for at, each in enumerate(of, 1)
            for rest, value in values_of(each).items()
        }
    return {(): sp.nsimplify(of) if isinstance(of, float) else sp.sympify(of)}


def shape_of(values: Values) -> tuple[int, ...]:
    return tuple(max(places) for places in zip(*values)) if () not in values else ()


_LETTERS = {r"\mu": "μ", r"\sigma": "σ", r"\gamma": "γ", r"\beta": "β", r"\epsilon": "ε",
            "mu": "μ", "gamma": "γ", "beta": "β", "eps": "ε", "alpha": "α", "delta": "δ",
            "lam": "λ", "slope": "a"}  # fmt: skip


def plain(symbol: sp.Basic) -> str:
    r"""A name as text can show it.

    >>> plain(sp.Symbol(r"\sigma_{B}^{2}")), plain(sp.Symbol(r"\hat{x}")), plain(sp.Symbol("w_0"))
    ('σ²', 'x̂', 'w₀')
    """
    name = str(symbol.label if isinstance(symbol, sp.IndexedBase) else symbol)
    hat = name.startswith(r"\hat{") or name.endswith("_hat")
    bar = name.startswith(r"\bar{")
    name = (
        name.removesuffix("_hat")
        .replace(r"\hat{", "")
        .replace(r"\bar{", "")
        .replace("_{B}", "")
        .replace("^{2}", "²")
        .replace("}", "")
    )
    for latex, letter in _LETTERS.items():
        name = letter if name == latex else name.replace(latex, letter) if "\\" in latex else name
    name = name.replace("_0", "₀")
    return name + "\u0302" * hat + "\u0304" * bar
