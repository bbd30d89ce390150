"""How an operation is defined, as a page prints it: its equations, and the shapes of its arrays."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from gradproof.operation.derivation import Mode, Selector
from gradproof.pages.equations import Notation, mathml


def definitions(notation: Notation, mode: Mode) -> tuple[Markup, ...]:
    nodes = [equals(notation, node.symbol, node.expression) for node in mode.graph]
    chosen = [_selector(notation, selector) for selector in mode.selectors]
    return tuple(mathml(latex) for latex in (*chosen, *nodes))


def _selector(notation: Notation, selector: Selector) -> str:
    index, score = notation.latex(selector.over[0]), notation.latex(selector.score)
    best = rf"\underset{{{index}}}{{\text{{argmax}}}}"
    return rf"{notation.latex(selector.symbol)} = {best} \left({score}\right)"


def signature(mode: Mode, at: int) -> str:
    layout = mode.layouts[at]
    arguments = ", ".join(f"{item.name} {_shape(layout.shapes[item.name])}" for item in mode.inputs)
    return f"{arguments} → {_shape(layout.output)}"


def _shape(axes: tuple[str, ...]) -> str:
    return f"({axes[0]},)" if len(axes) == 1 and axes[0] != "..." else f"({', '.join(axes)})"


def equals(notation: Notation, left: Any, right: Any) -> str:
    return f"{notation.latex(left)} = {notation.latex(right)}"


__all__ = ["definitions", "equals", "signature"]
