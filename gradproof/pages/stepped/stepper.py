"""Everything a page shows of a graph to step through: drawing, sentences, equations, code."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sympy as sp
from markupsafe import Markup

from gradproof.operation.derivation import Chain, Mode
from gradproof.operation.operations import Operation
from gradproof.pages.code import highlight
from gradproof.pages.equations import Notation, mathml
from gradproof.pages.stepped.drawing import draw
from gradproof.pages.stepped.examples import Example, checked_graph
from gradproof.pages.stepped.step_records import Graph
from gradproof.pages.stepped.telling import Step, steps_of
from gradproof.text import Text

# What code calls a quantity that paper writes with one of these letters.
_CODE_NAMES = {r"\mu": "mu", r"\sigma": "var", r"\gamma": "gamma", r"\beta": "beta"}


@dataclass(frozen=True)
class Row:
    """An equation and its line of code, with the steps at which they are lit.

    ``proof`` is the id of its derivation.
    """

    math: Markup
    code: Markup
    lit: tuple[int, ...]
    proof: str = ""


@dataclass(frozen=True)
class Stepper:
    """A picture to step through; ``checked`` where the code was held against its numbers.

    ``missing``: why there is none. ``loop``: it plays by itself, over and over; ``keys``: whether
    colours mean value and gradient.
    """

    name: str
    svg: Markup
    steps: tuple[Text, ...]
    rows: tuple[Row, ...] = ()
    checked: bool = False
    loop: bool = False
    missing: str = ""
    keys: bool = True


def stepper_of(
    operation: Operation,
    mode: Mode,
    name: str,
    example: Example,
    equations: Mapping[sp.Basic, Markup] | None = None,
    anchor: str = "",
) -> Stepper:
    """The graph of one mode at an example; ``equations`` in place of the chains' closed forms."""
    graph = checked_graph(operation, mode, example)
    steps = steps_of(graph)
    title = Text(
        f"Graph of {operation.derivation.title.en}, values and gradients",
        f"{operation.derivation.title.ko}의 계산 그래프, 값과 기울기",
    )
    return Stepper(
        name,
        draw(graph, steps, name, title),
        tuple(step.said for step in steps),
        _rows(operation, mode, graph, steps, equations, anchor),
        checked=True,
    )


def _rows(
    operation: Operation, mode: Mode, graph: Graph, steps: Sequence[Step],
    equations: Mapping[sp.Basic, Markup] | None, anchor: str,
) -> tuple[Row, ...]:  # fmt: skip
    if mode.local:
        return ()
    notation = Notation(mode)
    source = inspect.getsource(inspect.unwrap(operation.backward(mode.backwards[0])))
    found = []
    for number, chain in enumerate(mode.chains, 1):
        try:
            vertex = graph.named(chain.of)
        except LookupError:  # a quantity of the derivation that the graph does not go through
            continue
        lit = [at for at, step in enumerate(steps)
               if any(send.target == vertex.number for send in step.sends)]  # fmt: skip
        given = (equations or {}).get(chain.of)
        math = given or mathml(f"{notation.gradient(chain)} = {notation.latex(chain.closed_form)}")
        line = _line_of(source, mode, chain)
        found.append(Row(math, highlight(line) if line else Markup(""), tuple(lit[-1:]),
                         f"{anchor}-chain{number}" if anchor else ""))  # fmt: skip
    return tuple(found)


def _line_of(source: str, mode: Mode, chain: Chain) -> str:
    """The statement of backward that gives the gradient its name; "" if none does."""
    name = f"d{code_name(mode, chain.of)}"
    for node in ast.walk(ast.parse(textwrap.dedent(source))):
        if isinstance(node, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id == name for target in node.targets
        ):
            return (
                ast.unparse(node)
                if node.end_lineno != node.lineno
                else (ast.get_source_segment(textwrap.dedent(source), node) or "")
            )
    return ""


def code_name(mode: Mode, of: sp.Basic) -> str:
    """What the code calls a quantity: an argument's own name, or the letter spelt out."""
    base = of.base if isinstance(of, sp.Indexed) else of
    for item in mode.inputs:
        if item.symbol == base:
            return item.name
    name = str(base.label if isinstance(base, sp.IndexedBase) else base)
    if name.startswith(r"\hat{"):
        return f"{name[5:-1]}_hat"
    return next((word for letter, word in _CODE_NAMES.items() if name.startswith(letter)), name)


__all__ = ["Row", "Stepper", "code_name", "stepper_of"]
