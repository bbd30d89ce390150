"""Expressions as text, and as SymPy objects for printing in a book."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from gradproof.ops import symbolic
from gradproof.tracing.linear import terms
from gradproof.tracing.nodes import Node, postorder
from gradproof.tracing.upwards import up

_LONGEST = 4000


def to_text(node: Node, limit: int = _LONGEST) -> str:
    """Return a readable formula, cut off where it is too long to read."""
    texts: dict[Node, str] = {}
    for part in postorder([node]):
        texts[part] = _text(part, texts)
        if len(texts[part]) > limit:
            texts[part] = texts[part][:limit] + "..."
    return _unwrapped(texts[node])


up.text = to_text


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
            return _product_text(node, parts)
        case "call":
            return f"{node.payload}({_unwrapped(parts[0])})"
        case "sum":
            return f"Sum({_unwrapped(parts[0])})"
    return _case_text(node, parts, texts)


def _case_text(node: Node, parts: list[str], texts: dict[Node, str]) -> str:
    extreme = extreme_of(node)
    if extreme is not None:
        name, among = extreme
        return f"{name}({', '.join(_unwrapped(texts[m]) for m in among)})"
    subject, branches = _unwrapped(parts[0]), [_unwrapped(part) for part in parts[1:]]
    if node.payload == "label":
        return "[" + "; ".join(f"{b} if {subject} = {k}" for k, b in enumerate(branches)) + "]"
    negative, middle, positive = branches
    if middle == negative:
        return f"[{positive} if {subject} > 0; {negative} if {subject} <= 0]"
    if middle == positive:
        return f"[{positive} if {subject} >= 0; {negative} if {subject} < 0]"
    return f"[{positive} if {subject} > 0; {middle} if {subject} = 0; {negative} if {subject} < 0]"


def extreme_of(node: Node) -> tuple[str, list[Node]] | None:
    """Recognise the maximum or minimum of several expressions, as NumPy's max leaves it."""
    for name, orientation in (("max", 1), ("min", -1)):
        among = _among(node, orientation, {})
        if among is not None and len(among) > 1:
            return name, sorted(among, key=lambda member: member.id)
    return None


def _among(
    node: Node, orientation: int, known: dict[Node, frozenset[Node] | None]
) -> frozenset[Node] | None:
    if node in known:
        return known[node]
    if node.kind != "case":
        return frozenset([node])
    known[node] = None
    if node.payload == "sign":
        subject, negative, middle, positive = node.args
        low = _among(negative, orientation, known)
        high = _among(positive, orientation, known)
        if low is not None and high is not None and middle in (negative, positive):
            lost, won = low - high, high - low
            if len(lost) == len(won) == 1:
                (b,), (a,) = lost, won
                if _proportion(a, b, subject) * orientation > 0:
                    known[node] = low | high
    return known[node]


def _proportion(a: Node, b: Node, subject: Node) -> Fraction:
    """Return the positive or negative c with a - b = c * subject, or 0."""
    difference: dict[Node, Fraction] = {}
    for sign, node in ((1, a), (-1, b)):
        for c, t in terms(node):
            difference[t] = difference.get(t, Fraction(0)) + sign * c
    difference = {t: c for t, c in difference.items() if c}
    wanted = {t: c for c, t in terms(subject)}
    if difference.keys() != wanted.keys() or not wanted:
        return Fraction(0)
    ratios = {difference[t] / wanted[t] for t in wanted}
    return ratios.pop() if len(ratios) == 1 else Fraction(0)


def _unwrapped(text: str) -> str:
    """Leave out parentheses around the whole text."""
    if not text.startswith("(") or not text.endswith(")"):
        return text
    depth = 0
    for k, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if depth == 0 and k < len(text) - 1:
            return text
    return text[1:-1]


def _sum_text(coefficients: tuple[Fraction, ...], parts: list[str]) -> str:
    out = ""
    ordered = sorted(zip(coefficients, parts), key=lambda term: term[1] != "1")
    for c, part in ordered:
        term = str(abs(c)) if part == "1" else _scaled_text(abs(c), part)
        if not out:
            out = f"-{term}" if c < 0 else term
        else:
            out += f" - {term}" if c < 0 else f" + {term}"
    return f"({out})" if len(parts) > 1 else out


def _scaled_text(c: Fraction, part: str) -> str:
    """Write c * part, with the denominator of c behind."""
    over = "" if c.numerator == 1 else f"{c.numerator}*"
    under = "" if c.denominator == 1 else f"/{c.denominator}"
    return over + part + under


def _product_text(node: Node, parts: list[str]) -> str:
    over, under = [], []
    for part, exponent, base in zip(parts, node.payload, node.args):
        if base.kind == "call" and base.payload == "exp":
            over.append(_exp_text(part, exponent))
        elif exponent > 0:
            over.append(_power_text(part, exponent, base))
        else:
            under.append(_power_text(part, -exponent, base))
    top = "*".join(over) or "1"
    if not under:
        return top
    return f"{top}/{under[0]}" if len(under) == 1 else f"{top}/({'*'.join(under)})"


def _exp_text(part: str, exponent: Fraction) -> str:
    """Write exp(x)**-2 as exp(-2*x); ``part`` is the text exp(...) of the base."""
    if exponent == 1:
        return part
    inside = part[len("exp(") : -1]
    if " + " in inside or " - " in inside:
        inside = f"({inside})"
    sign = "-" if exponent < 0 else ""
    return f"exp({sign}{_scaled_text(abs(exponent), inside)})"


def _power_text(part: str, exponent: Fraction, base: Node) -> str:
    compound = base.kind in ("mul", "case") or (base.kind == "add" and len(base.args) == 1)
    shown = f"({part})" if compound and exponent != Fraction(1, 2) else part
    if exponent == 1:
        return shown
    if exponent == Fraction(1, 2):
        return f"sqrt{part}" if part.startswith("(") and part.endswith(")") else f"sqrt({part})"
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
            return symbolic(node.payload, parts[0])
        case "sum":
            return sp.Function("S")(parts[0])
    return _sympy_case(node, parts, names, sp)


def _sympy_case(node: Node, parts: list[Any], names: dict[str, Any], sp: Any) -> Any:
    extreme = extreme_of(node)
    if extreme is not None:
        members = [to_sympy(member, names) for member in extreme[1]]
        return (sp.Max if extreme[0] == "max" else sp.Min)(*members)
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
