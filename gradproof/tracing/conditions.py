"""Conditions and selections: truth values are cases over the sign of an expression.

``x > 0`` becomes a case on the sign of ``x`` whose branches are false, false, true; ``and``,
``or``, ``not`` and ``where`` work inside the branches. Two comparisons of the same quantity, in
whatever units or order they were written, meet in the same subject.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from gradproof.ops import elementwise
from gradproof.tracing import expression as ex
from gradproof.tracing.batch_sum import batch_sum
from gradproof.tracing.nodes import ANY_SIGN, NEG, POS, ZERO, Node, number, table, truth
from gradproof.tracing.upwards import up

# A comparison looks inside the selections of what it compares only while these are few.
LIFTED_CASES = 3
# How far below a selection its condition is applied to selections on the same subject.
ASSUME_DEPTH = 3


def compare(a: Node, b: Node, signs: int) -> Node:
    """Return the truth value of: the sign of a - b is among ``signs``."""
    return _sign_among(ex.sub(a, b), signs)


def _sign_among(q: Node, signs: int) -> Node:
    if q.kind == "undefined":
        return q
    if q.signs & ~signs == 0:
        return truth(True)
    if q.signs & signs == 0:
        return truth(False)
    key = ("sign_among", q, signs)
    found = table().memo.get(key)
    if found is None:
        found = table().memo[key] = _decide_sign(q, signs)
    return found


def _decide_sign(q: Node, signs: int) -> Node:
    beside = up.sign_beside(q, signs)
    if beside is not None:
        return beside
    lifted = _lift(q)
    if lifted is not None:
        kind, subject, branches = lifted
        return ex.case(kind, subject, [_sign_among(branch, signs) for branch in branches])
    label = _label_and_offset(q)
    if label is not None:
        node, scale, offset = label
        values = [scale * k + offset for k in range(node.payload.choices)]
        return ex.case("label", node, [truth(bool(number(v).signs & signs)) for v in values])
    flipped, subject = normal_subject(q)
    if flipped:
        signs = (signs & ZERO) | (POS if signs & NEG else 0) | (NEG if signs & POS else 0)
    if subject.signs & ~signs == 0 or subject.signs & signs == 0:
        return truth(bool(subject.signs & signs))
    return ex.case("sign", subject, [truth(bool(signs & bit)) for bit in (NEG, ZERO, POS)])


def _label_and_offset(q: Node) -> tuple[Node, Fraction, Fraction] | None:
    """Write q as scale * label + offset, for a symbol that takes finitely many values."""
    parts = ex.terms(q)
    labels = [(t, c) for c, t in parts if t.kind == "symbol" and t.payload.choices]
    offsets = [c for c, t in parts if ex.is_const(t)]
    if len(labels) != 1 or len(labels) + len(offsets) != len(parts):
        return None
    return (*labels[0], sum(offsets, Fraction(0)))


def _lift(q: Node) -> tuple[str, Node, list[Node]] | None:
    """Split a sum on the first selection in it, unless there are many."""
    parts = ex.terms(q)
    inside = [(c, t) for c, t in parts if _case_factor(t) is not None]
    if not inside or len(inside) > LIFTED_CASES:
        return None
    coefficient, chosen = inside[0]
    factor = _case_factor(chosen)
    assert factor is not None
    rest = ex.linear([(c, t) for c, t in parts if t is not chosen])
    branches = []
    for branch in factor.args[1:]:
        value = _replace_factor(chosen, factor, branch)
        branches.append(ex.linear([(1, rest), (coefficient, value)]))
    branches = [_assume_throughout(b, factor, i) for i, b in enumerate(branches)]
    return factor.payload, factor.args[0], branches


def _case_factor(term: Node) -> Node | None:
    if term.kind == "case":
        return term
    if term.kind == "mul":
        return next((base for base in term.args if base.kind == "case"), None)
    return None


def _replace_factor(term: Node, factor: Node, branch: Node) -> Node:
    if term is factor:
        return branch
    pairs = [(b, e) for b, e in zip(term.args, term.payload) if b is not factor]
    exponent = next(e for b, e in zip(term.args, term.payload) if b is factor)
    return ex.mul(ex.power_product(pairs), ex.power(branch, exponent))


def _assume_throughout(q: Node, factor: Node, outcome: int) -> Node:
    """Resolve further selections on the same subject among the terms of a sum."""
    parts = []
    for c, t in ex.terms(q):
        while t.kind == "case" and t.args[0] is factor.args[0] and t.payload == factor.payload:
            t = t.args[1 + outcome]
        parts.append((c, t))
    return ex.linear(parts)


def normal_subject(q: Node) -> tuple[bool, Node]:
    """Return an expression with the sign of q, or the opposite sign (then the flag is set).

    Positive factors are dropped, powers reduced to 0, 1 or 2, the leading coefficient made 1,
    and ``exp(t) - c`` replaced by ``t - log(c)``.
    """
    flipped = False
    while True:
        coefficient, core = ex.split(q)
        flipped ^= coefficient < 0
        reduced = _monotone(_reduced_product(core))
        if reduced is core:
            break
        q = reduced
    lead = ex.terms(core)[0][0]
    if lead != 1:
        core = ex.linear([(1 / abs(lead), core)])
        if lead < 0:
            flipped, core = not flipped, ex.neg(core)
    return bool(flipped), core


def _reduced_product(core: Node) -> Node:
    if core.kind != "mul":
        return core
    kept = []
    for base, exponent in zip(core.args, core.payload):
        if base.signs == POS:
            continue
        parity = 2 if exponent.denominator == 1 and exponent % 2 == 0 else 1
        if exponent.denominator % 2 == 0:
            parity = 1
        kept.append((base, Fraction(parity)))
    if len(kept) == 1 and kept[0][1] == 1:
        return kept[0][0]
    return ex.power_product(kept)


def _monotone(core: Node) -> Node:
    """exp(t)**k - c has the sign of t - log(c)/k, up to the sign of k."""
    parts = ex.terms(core)
    if core.kind == "call" and core.payload == "log":
        return ex.sub(core.args[0], ex.one())
    record = elementwise(core.payload) if core.kind == "call" else None
    if record is not None and record.sign == "argument":
        return core.args[0]
    if len(parts) != 2 or parts[0][0] * parts[1][0] > 0:
        return core
    constants = [c for c, t in parts if ex.is_const(t)]
    others = [(c, t) for c, t in parts if not ex.is_const(t)]
    if len(constants) != 1:
        return core
    ((coefficient, t),) = others
    pairs = list(zip(t.args, t.payload)) if t.kind == "mul" else [(t, Fraction(1))]
    if not all(b.kind == "call" and b.payload == "exp" for b, _ in pairs):
        return core
    exponent = ex.linear([(e, b.args[0]) for b, e in pairs])
    difference = ex.sub(exponent, ex.log(number(-constants[0] / coefficient)))
    return difference if coefficient > 0 else ex.neg(difference)


def select(condition: Node, a: Node, b: Node) -> Node:
    """Return a where the condition holds and b elsewhere."""
    if condition.kind == "undefined":
        return condition
    if condition.kind == "bool":
        return a if condition.payload else b
    if a is b:
        return a
    key = ("select", condition, a, b)
    found = table().memo.get(key)
    if found is None:
        subject, kind = condition.args[0], condition.payload
        branches = [
            select(branch, assume(a, kind, subject, i), assume(b, kind, subject, i))
            for i, branch in enumerate(condition.args[1:])
        ]
        found = table().memo[key] = ex.case(kind, subject, branches)
    return found


def assume(node: Node, kind: str, subject: Node, outcome: int, depth: int = ASSUME_DEPTH) -> Node:
    """Resolve cases on the subject at the top of the node, and a few levels below it."""
    while node.kind == "case" and node.args[0] is subject and node.payload == kind:
        node = node.args[1 + outcome]
    if not depth or not node.cases or node.kind in ("case", "sum"):
        return node
    args = [assume(arg, kind, subject, outcome, depth - 1) for arg in node.args]
    if all(a is b for a, b in zip(args, node.args)):
        return node
    return rebuild(node, args)


def rebuild(node: Node, args: Sequence[Node]) -> Node:
    """Return the operation of the node on other arguments."""
    match node.kind:
        case "add":
            return ex.linear(zip(node.payload, args))
        case "mul":
            return ex.mul(*(ex.power(a, e) for a, e in zip(args, node.payload)))
        case "call":
            return up.call(node.payload, args[0])
        case "sum":
            return batch_sum(args[0])
        case "case" if node.payload == "sign":
            subject, *branches = args
            return _by_sign(subject, branches)
        case "case":
            return ex.case(node.payload, args[0], args[1:])
    return node


def _by_sign(q: Node, branches: Sequence[Node]) -> Node:
    negative, middle, positive = branches
    at_zero = select(compare(q, ex.zero(), ZERO), middle, positive)
    return select(compare(q, ex.zero(), NEG), negative, at_zero)


def both(a: Node, b: Node) -> Node:
    """Return the truth value of a and b."""
    return select(a, b, truth(False))


def either(a: Node, b: Node) -> Node:
    """Return the truth value of a or b."""
    return select(a, truth(True), b)


def negate(a: Node) -> Node:
    """Return the truth value of not a."""
    return select(a, truth(False), truth(True))


def differ(a: Node, b: Node) -> Node:
    """Return the truth value of exclusive or."""
    return select(a, negate(b), b)


def indicator(a: Node) -> Node:
    """Return 1 where the condition holds and 0 elsewhere."""
    return select(a, ex.one(), ex.zero())


def absolute(a: Node) -> Node:
    """Return |a|."""
    return select(compare(a, ex.zero(), NEG), ex.neg(a), a)


def maximum(a: Node, b: Node) -> Node:
    """Return the larger of the two."""
    return select(compare(a, b, ZERO | POS), a, b)


def minimum(a: Node, b: Node) -> Node:
    """Return the smaller of the two."""
    return select(compare(a, b, ZERO | NEG), a, b)


def signum(a: Node) -> Node:
    """Return -1, 0 or 1."""
    middle = select(compare(a, ex.zero(), ZERO), ex.zero(), number(-1))
    return select(compare(a, ex.zero(), POS), ex.one(), middle)


def label_is(label: Node, value: int) -> Node:
    """Return the truth value of label == value, for a symbol that takes finitely many values."""
    choices = label.payload.choices
    if not 0 <= value < choices:
        return truth(False)
    return ex.case("label", label, [truth(i == value) for i in range(choices)])


up.absolute = absolute
__all__ = [
    "ANY_SIGN",
    "absolute",
    "assume",
    "both",
    "compare",
    "differ",
    "either",
    "indicator",
    "label_is",
    "maximum",
    "minimum",
    "negate",
    "normal_subject",
    "rebuild",
    "select",
    "signum",
]
