"""Terms that a diagnosis may put in the place of what the author wrote, and their text."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gradproof.diagnosis.tape.tape import Tape, evaluate
from gradproof.ops import elementwise, find, function_of


@dataclass(slots=True, unsafe_hash=True)  # frozen, it takes thrice as long to make thousands
class Term:
    """An expression over the entries of a tape.

    name is "entry" (of the number ``index``), "number" (``value``, written ``text``), "turn" (in
    each turn of a loop another term, written ``text``), or a NumPy function applied to ``parts``
    with ``options``.
    """

    name: str
    parts: tuple[Term, ...] = ()
    index: int = -1
    value: float = 0.0
    text: str = ""
    options: tuple[tuple[str, Any], ...] = ()

    def at(self, tape: Tape) -> Any:
        """Return its value at the point where the tape was written."""
        return self.given(tape, tape.value)

    def given(self, tape: Tape, value: Callable[[int], Any]) -> Any:
        """Return its value where the entries have these values."""
        if self.name == "entry":
            return value(self.index)
        if self.name == "number":
            return self.value
        if self.name == "given":
            return self.options[0][1](tape)
        parts = tuple(p.given(tape, value) for p in self.parts)
        with np.errstate(all="ignore"):
            return evaluate(self.name, parts, dict(self.options))

    def in_turn(self, before: int, latest: Callable[[int], int | None]) -> Term | None:
        """Return the term as it stands in the turn in which an entry is made; None if it cannot.

        latest: the entry that stood for another one then.
        """
        if self.name == "turn":
            found: Term = self.options[0][1](before)
            return found
        if self.name == "entry":
            index = latest(self.index)
            return None if index is None else replace(self, index=index)
        parts = [p.in_turn(before, latest) for p in self.parts]
        known = tuple(p for p in parts if p is not None)
        return replace(self, parts=known) if len(known) == len(parts) else None

    def entries(self) -> set[int]:
        """Return the entries it refers to."""
        if self.name == "entry":
            return {self.index}
        return {k for part in self.parts for k in part.entries()}


def entry(index: int) -> Term:
    """Return an entry of the tape as a term."""
    return Term("entry", index=index)


def number(value: float, text: str = "") -> Term:
    """Return a number as a term."""
    return Term("number", value=float(value), text=text or plain_number(value))


def apply(name: str, *parts: Term, **options: Any) -> Term:
    """Return a NumPy function applied to terms."""
    return Term(name, parts, options=tuple(options.items()))


def plain_number(value: float) -> str:
    """Return a number as a person writes it."""
    return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else f"{value:.12g}"


def slope_term(name: str, k: int, args: Sequence[Term], result: Term) -> Term | None:
    """Return the slope of a function by one of its arguments; None where none is known."""
    record = elementwise(name)
    if record is None or len(args) != record.arity or record.slopes[k] is None:
        return None
    found: Term = record.derivative(k, simplest, lambda value: number(float(value)), args, result)
    return found


def simplest(name: str, *parts: Term) -> Term:
    """Return a function applied to terms: no power of 1, no sum or product of plain numbers."""
    if name == "power" and parts[1] == number(1):
        return parts[0]
    plain = all(p.name == "number" and p.text == plain_number(p.value) for p in parts)
    if plain and name in ("add", "subtract", "multiply", "negative"):
        return number(float(function_of(name)(*(p.value for p in parts))))
    return number(math.pi, "np.pi") if name == "pi" else apply(name, *parts)


def written(term: Term, naming: Callable[[int], str]) -> str:
    """Return the text of a term, with the author's names for entries."""
    return _written(term, naming)[1]


def level_of(text: str) -> int:
    """Return how tightly the outermost operator of a Python expression binds; 9 for a name."""
    import ast

    try:
        node = ast.parse(text.strip(), mode="eval").body
    except SyntaxError:
        return 9
    if isinstance(node, ast.BinOp):
        return {ast.Add: 1, ast.Sub: 1, ast.Pow: 4}.get(type(node.op), 2)
    return 3 if isinstance(node, ast.UnaryOp) else 0 if isinstance(node, ast.Compare) else 9


def infix(name: str, texts: list[tuple[int, str]]) -> tuple[int, str] | None:
    """Return the text of a binary operator between texts, each with how tightly it binds."""
    record = find(name)
    if record is None or record.symbol is None or len(texts) != 2:
        return None
    level, symbol = record.symbol
    (a, left), (b, right) = texts
    if name in ("add", "subtract") and right.startswith("-") and b > 1:  # a + -b
        name, b, right = "subtract" if name == "add" else "add", min(b, 2), right[1:].lstrip()
        symbol = " - " if name == "subtract" else " + "
    tight = name in ("subtract", "divide", "power", "matmul")
    left = f"({left})" if a < level or (name == "power" and a <= level) else left
    right = f"({right})" if b < level or (tight and b <= level and b != 3) else right
    return level, left + symbol + right


def _written(term: Term, naming: Callable[[int], str]) -> tuple[int, str]:
    if term.name == "entry":
        text = naming(term.index)
        return level_of(text), text
    if term.name in ("number", "given", "turn"):
        return level_of(term.text), term.text
    texts = [_written(part, naming) for part in term.parts]
    return combined(term.name, texts, dict(term.options))


def combined(name: str, texts: list[tuple[int, str]], options: dict[str, Any]) -> tuple[int, str]:
    """Return the text of a function of texts."""
    found = infix(name, texts)
    if found is not None:
        return found
    if name == "positive":
        return texts[0]
    if name == "negative" and texts[0][1].startswith("-") and texts[0][0] >= 2:
        return texts[0][0], texts[0][1][1:]
    if name == "negative":
        inner = texts[0][1] if texts[0][0] > 1 else f"({texts[0][1]})"
        return 3, f"-{inner}"
    first = texts[0][1] if texts[0][0] == 9 else f"({texts[0][1]})"
    if name == "logical_not" and texts[0][1].startswith("~") and texts[0][0] == 3:
        return 9, texts[0][1][1:]
    if name == "logical_not":
        return 3, f"~{first}"
    if name == "transpose" and len(texts) == 1 and not options:
        return 9, f"{first}.T"
    if name == "getitem" and len(texts) == 2:
        return 9, f"{first}[{texts[1][1]}]"
    if name == "expand_dims" and options.get("axis") == 1:
        return 9, f"{first}[:, None]"
    extra = [f"{k}={v!r}" for k, v in options.items() if v is not None]
    record = find(name)
    if record is not None and record.method:
        return 9, f"{first}.{name}({', '.join([t for _, t in texts[1:]] + extra)})"
    if record is not None and record.text:
        return 9, record.text.format(*(t for _, t in texts))
    prefix = "np." if record is None or record.home == "numpy" else ""  # SciPy's, as it is imported
    return 9, f"{prefix}{name}({', '.join([t for _, t in texts] + extra)})"
