"""Expressions as text, and as SymPy objects for printing in a book."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from gradproof.tracing.nodes import Node, postorder

_LONGEST = 4000


def to_text(node: Node, limit: int = _LONGEST) -> str:
    """Return a readable formula, cut off where it is too long to read."""
    texts: dict[Node, str] = {}
    for part in postorder([node]):
        texts[part] = _text(part, texts)
        if len(texts[part]) > limit:
            texts[part] = texts[part][:limit] + "..."
    return texts[node]


def _text(node: Node, texts: dict[Node, str]) -> str:
    parts = [texts[arg] for arg in node.args]
    match node.kind:
        case "const" | "bool":
            return str(node.payload)
        case "symbol":
            return str(node.payload.name)
        case "undefined":
            return "undefined"
        case "add":
            return _sum_text(node.payload, parts)
        case "mul":
            return "*".join(_power_text(p, e, a) for p, e, a in zip(parts, node.payload, node.args))
        case "call":
            return f"{node.payload}({parts[0]})"
        case "sum":
            return f"Sum({parts[0]})"
    subject, branches = parts[0], parts[1:]
    if node.payload == "sign":
        names = [f"{subject} < 0", f"{subject} = 0", f"{subject} > 0"]
    else:
        names = [f"{subject} = {k}" for k in range(len(branches))]
    return "[" + "; ".join(f"{b} if {n}" for b, n in zip(branches, names)) + "]"


def _sum_text(coefficients: tuple[Fraction, ...], parts: list[str]) -> str:
    out = ""
    for c, part in zip(coefficients, parts):
        sign = " - " if c < 0 else " + "
        factor = "" if abs(c) == 1 else f"{abs(c)}*"
        term = str(abs(c)) if part == "1" else factor + part
        out += (sign if out else sign.strip().replace("+", "")) + term
    return f"({out})"


def _power_text(part: str, exponent: Fraction, base: Node) -> str:
    shown = f"({part})" if base.kind in ("mul", "case") else part
    if exponent == 1:
        return shown
    text = str(exponent)
    return f"{shown}**{text if text.isdigit() else f'({text})'}"


def to_sympy(node: Node, names: dict[str, Any] | None = None) -> Any:
    """Return the SymPy expression; ``names`` replaces symbols by name.

    A sum over the batch becomes an undefined function ``S`` of its argument, printed as a sum.
    """
    import sympy

    made: dict[Node, Any] = {}
    for part in postorder([node]):
        made[part] = _sympy(part, [made[arg] for arg in part.args], names or {}, sympy)
    return made[node]


def _sympy(node: Node, parts: list[Any], names: dict[str, Any], sp: Any) -> Any:
    match node.kind:
        case "const":
            return sp.Rational(node.payload.numerator, node.payload.denominator)
        case "bool":
            return sp.true if node.payload else sp.false
        case "undefined":
            return sp.nan
        case "symbol":
            if node.payload.name == "pi":
                return sp.pi
            default = sp.Symbol(_symbol_name(node), real=True)
            return names.get(node.payload.name, default)
        case "add":
            return sp.Add(*(_rational(c, sp) * p for c, p in zip(node.payload, parts)))
        case "mul":
            return sp.Mul(*(p ** _rational(e, sp) for p, e in zip(parts, node.payload)))
        case "call":
            return getattr(sp, {"arctan": "atan"}.get(node.payload, node.payload))(parts[0])
        case "sum":
            return sp.Function("S")(parts[0])
    return _sympy_case(node, parts, sp)


def _sympy_case(node: Node, parts: list[Any], sp: Any) -> Any:
    subject, branches = parts[0], parts[1:]
    if node.payload == "label":
        return sp.Piecewise(*((b, sp.Eq(subject, k)) for k, b in enumerate(branches)))
    negative, middle, positive = branches
    if positive == middle:
        return sp.Piecewise((positive, subject >= 0), (negative, True))
    if negative == middle:
        return sp.Piecewise((positive, subject > 0), (negative, True))
    return sp.Piecewise((positive, subject > 0), (middle, sp.Eq(subject, 0)), (negative, True))


def _rational(value: Fraction, sp: Any) -> Any:
    return sp.Rational(value.numerator, value.denominator)


def _symbol_name(node: Node) -> str:
    """x[0, 2] becomes x_{0,2}, which LaTeX prints as a subscript."""
    name = str(node.payload.name)
    if "[" not in name:
        return name
    base, _, rest = name.partition("[")
    return f"{base}_{{{rest.rstrip(']').replace(' ', '')}}}"
