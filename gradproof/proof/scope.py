"""For which inputs a proof holds, in words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from gradproof.proof.kinks import Kink
from gradproof.proof.zero.reals import PRECISE, evaluate
from gradproof.tracing import expression as ex
from gradproof.tracing.expression_text import to_sympy, to_text
from gradproof.tracing.nodes import ANY_SIGN, NEG, POS, ZERO, Node, postorder
from gradproof.tracing.record_trace import Program, Trace

_WORDS = {
    POS: "> 0", NEG: "< 0", POS | ZERO: ">= 0", NEG | ZERO: "<= 0", ANY_SIGN & ~ZERO: "!= 0",
}  # fmt: skip
MOST_CONDITIONS = 4
MOST_TEXT = 120
MOST_KINK_TEXT = 40
MOST_DIGITS = 12
TELLING = 1e-30  # of a number with 50 digits
# The index of an element; of what stands in a structure, layers[0].W[1, 2], that of the array.
_INDEX = re.compile(r"\[[\d, i]*\](?![\[.])")


@dataclass(frozen=True)
class Expression:
    """What an element was found to compute; prints as text, SymPy or LaTeX.

    Where only one element of each array occurs, its index is left out.
    """

    node: Node
    name: str

    def __str__(self) -> str:
        return without_indices(to_text(self.node), self.node)

    @property
    def size(self) -> int:
        """The number of nodes of the expression graph."""
        return len(postorder([self.node]))

    def sympy(self) -> Any:
        """Return the SymPy expression; a sum over the batch is the undefined function S."""
        import sympy

        names = {
            original: sympy.Symbol(plain, real=True)
            for original, plain in _plain_names(self.node).items()
            if "[" not in plain
        }
        return to_sympy(self.node, names)

    def latex(self) -> str:
        """Return the LaTeX of the expression."""
        import sympy

        return str(sympy.latex(self.sympy()))


def _plain_names(node: Node) -> dict[str, str]:
    """Map the names of elements to that of their array where only one of its elements occurs."""
    names = [n.payload.name for n in postorder([node]) if n.kind == "symbol"]
    bases: dict[str, list[str]] = {}
    for name in names:
        bases.setdefault(array_of(name), []).append(name)
    return {members[0]: base for base, members in bases.items() if len(members) == 1}


def array_of(name: str) -> str:
    """The array that an element belongs to; what stands in a structure keeps its whole name.

    >>> array_of("x[0, 1]"), array_of('params["W1"][0, 1]')
    ('x', 'params["W1"][0, 1]')
    """
    base, _, _ = name.rpartition("[")
    return base if base.isidentifier() else name


def without_indices(text: str, *nodes: Node) -> str:
    """Write x for x[0, 1] where it is the only element of x that occurs in the nodes."""
    known: dict[str, set[str]] = {}
    for node in nodes:
        for part in postorder([node]):
            if part.kind == "symbol":
                name = part.payload.name
                known.setdefault(array_of(name), set()).add(name)
    for base, members in known.items():
        if len(members) == 1:
            text = text.replace(next(iter(members)), base)
    return text


def _condition_text(node: Node, words: str) -> str:
    text = without_indices(to_text(node, MOST_TEXT), node)
    return f"{text} {words}"


def _is_number_so(node: Node, signs: int) -> bool:
    """Whether an expression without inputs, such as log(2), has one of these signs."""
    if any(part.kind == "symbol" for part in postorder([node])):
        return False
    (value,) = evaluate([node], {}, PRECISE)
    return value is not None and abs(value) > TELLING and bool(signs & (POS if value > 0 else NEG))


def domain(obligations: Iterable[tuple[Node, int]]) -> list[str]:
    """Describe where the code's divisions, logarithms and roots exist."""
    found: dict[str, None] = {}
    for node, signs in obligations:
        left = node.signs & signs
        if left == node.signs or node.kind == "undefined" or _is_number_so(node, signs):
            continue
        found.setdefault(_condition_text(node, _WORDS[signs]))
    return _shortened(_merged(list(found)))


def _merged(texts: list[str]) -> list[str]:
    """Join x >= 0 and x != 0 to x > 0, and leave out what x > 0 implies."""
    words: dict[str, set[str]] = {}
    for text in texts:
        left, op, _ = text.rsplit(" ", 2)
        words.setdefault(left, set()).add(op)
    out = []
    for left, ops in words.items():
        strict = ">" in ops or ops >= {">=", "!="}
        out += [f"{left} {op} 0" for op in ([">"] if strict else sorted(ops))]
    return out


def _shortened(texts: list[str]) -> list[str]:
    """Keep one of the conditions that differ only in indices, and few altogether."""
    merged: dict[str, list[str]] = {}
    for text in texts:
        merged.setdefault(_INDEX.sub("", text), []).append(text)
    kept = [g[0] if len(g) == 1 else f"{g[0]} (and {len(g) - 1} alike)" for g in merged.values()]
    if len(kept) > MOST_CONDITIONS:
        return [*kept[:MOST_CONDITIONS], f"{len(kept) - MOST_CONDITIONS} more such conditions"]
    return kept


def quantified(program: Program, record: Trace) -> str:
    """Describe the variables a proof is about: "for all real x and dy of shape (4, 3)"."""
    groups: dict[str, list[str]] = {}
    for name, array in {**record.inputs, "dy": record.dy}.items():
        if name in program.labels:
            continue
        kind = "positive" if name in program.positive else "real"
        shape = ["m" if axis in array.batch else str(n) for axis, n in enumerate(array.data.shape)]
        inside = ", ".join(shape) + ("," if len(shape) == 1 else "")
        suffix = f" of shape ({inside})" if shape else ""
        groups.setdefault(f"{kind} {{}}{suffix}", []).append(name)
    parts = [form.format(", ".join(names)) for form, names in groups.items()]
    parts += [f"{name} in 0..{k - 1}" for name, k in program.labels.items()]
    for name, (_, kind) in program.symbolic.items():
        words = {"positive": " > 0", "nonnegative": " >= 0", "real": ""}[kind]
        parts.append(f"real {name}{words}")
    text = "for all " + ", ".join(parts)
    text += "".join(f", for these {name}" for name in program.inputs if name not in record.inputs)
    if program.constants:
        text += ", with " + ", ".join(f"{k} = {v}" for k, v in program.constants.items())
    batch = any(array.batch for array in record.inputs.values())
    return ("for every batch size m: " if batch else "") + text


def kink_text(kink: Kink, dy: Sequence[Node]) -> str:
    """Describe what the code does at a kink."""
    at = _condition_text(kink.subject, "= 0")
    if len(at) > MOST_KINK_TEXT:
        at = "equality of what the code compares"
    if kink.kind == "jump":
        return f"at {at} the output jumps and has no derivative"
    if kink.kind == "excluded":
        return f"except at {at} ({kink.reason})"
    if kink.kind == "partial":
        return f"at {at} each partial derivative is one-sided, but together they are no subgradient"
    if kink.kind == "both":
        return f"at {at} the code adds up the derivatives of both sides"
    assert kink.position is not None
    numbers = [_per_cotangent(node, dy) for node in (kink.value, kink.left, kink.right)]
    if all(number is not None for number in numbers):
        value, left, right = numbers
        low, high = map(_brief, sorted([left, right], key=float))
        return f"at {at} the code returns {_brief(value)}, a subgradient in [{low}, {high}]"
    side = {0: "the left-hand derivative", 1: "the right-hand derivative"}.get(
        int(kink.position) if kink.position.denominator == 1 else -1, "a subgradient"
    )
    return f"at {at} the code returns {side}"


def _brief(number: Any) -> str:
    """A rational number as it is if it is short, else six digits of it."""
    text = str(number)
    return text if len(text) <= MOST_DIGITS else f"{float(number):.6g}"


def _per_cotangent(node: Node | None, dy: Sequence[Node]) -> Any:
    """Return c where the gradient is c * dy with a rational number c."""
    if node is None:
        return None
    if ex.is_const(node, 0):
        return node.payload
    coefficient, core = ex.split(node)
    return coefficient if core in dy else None


def kinks_text(kinks: Sequence[Kink], dy: Sequence[Node]) -> list[str]:
    """Describe all kinks, the same words once."""
    texts: dict[str, None] = {}
    for kink in kinks:
        if kink.kind != "smooth":
            texts.setdefault(kink_text(kink, dy))
    found = list(texts)
    merged: dict[str, list[str]] = {}
    for text in found:
        merged.setdefault(_INDEX.sub("", text), []).append(text)
    short = [group[0] if len(group) == 1 else pattern for pattern, group in merged.items()]
    if len(short) > MOST_CONDITIONS:
        short = [*short[:MOST_CONDITIONS], f"and {len(short) - MOST_CONDITIONS} more conditions"]
    return short
