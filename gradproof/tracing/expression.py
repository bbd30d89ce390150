"""Arithmetic on the expression graph: every constructor returns a canonical node.

Sums collect like terms, products collect like bases, constants fold, ``exp`` and ``log`` undo each
other, and operations move inside the branches of a ``case``. Nothing is expanded: equal values
may still be different nodes, and it is ``gradproof.proof`` that decides whether they are equal.

Everything here is real arithmetic. An operation that is defined only for some reals (division,
``log``, a root) notes what it needs in ``Table.obligations``, so that cancelling ``x/x`` to 1
does not forget that it needs ``x != 0``.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from math import isqrt

from gradproof.ops import elementwise
from gradproof.tracing.linear import (
    case,
    is_const,
    linear,
    one,
    over_cases,
    split,
    terms,
    zero,
)
from gradproof.tracing.nodes import (
    ANY_SIGN,
    NEG,
    POS,
    ZERO,
    Node,
    number,
    symbol,
    table,
    undefined,
)
from gradproof.tracing.upwards import up


def pi() -> Node:
    """Return the constant pi, a symbol of its own: it is transcendental."""
    return symbol("pi", POS)


def add(*nodes: Node) -> Node:
    """Return the sum."""
    return linear([(1, node) for node in nodes])


def sub(a: Node, b: Node) -> Node:
    """Return a - b."""
    return linear([(1, a), (-1, b)])


def neg(a: Node) -> Node:
    """Return -a."""
    return linear([(-1, a)])


def mul(*nodes: Node) -> Node:
    """Return the product."""
    return power_product([(node, Fraction(1)) for node in nodes])


def div(a: Node, b: Node) -> Node:
    """Return a / b, noting that b must not vanish."""
    return mul(a, power(b, Fraction(-1)))


def power_product(parts: Iterable[tuple[Node, Fraction]]) -> Node:
    """Return the product of node ** exponent; the exponents have been checked to be legal."""
    scale = Fraction(1)
    bases: dict[Node, Fraction] = {}
    pending = list(parts)
    while pending:
        node, exponent = pending.pop()
        if node.kind == "undefined":
            return node
        if node in bases:
            exponent += bases.pop(node)
        if exponent.denominator != 1:
            bases[node] = exponent
            continue
        coefficient, core = split(node)
        if not exponent:
            continue
        if not coefficient:
            scale = Fraction(0)
            continue
        if coefficient != 1:
            scale *= coefficient**exponent.numerator
        if core.kind == "mul":
            pending.extend((b, e * exponent) for b, e in zip(core.args, core.payload))
        elif core is not node and core in bases:
            pending.append((core, exponent))
        elif core.kind != "const":
            bases[core] = exponent
    if scale == 0:
        return zero()
    return _scaled(scale, _from_bases(bases))


def _scaled(scale: Fraction, node: Node) -> Node:
    return linear([(scale, node)]) if scale != 1 else node


def _from_bases(bases: dict[Node, Fraction]) -> Node:
    bases = _merge_cases(bases)
    if not bases:
        return one()
    if len(bases) == 1:
        ((base, exponent),) = bases.items()
        if exponent == 1:
            return base
        if base.kind == "case":
            return over_cases(lambda branch: power(branch, exponent), base, "power", exponent)
    args = tuple(sorted(bases, key=lambda node: node.id))
    payload = tuple(bases[arg] for arg in args)
    signs = POS
    for arg, exponent in zip(args, payload):
        signs = _product_signs(signs, _power_signs(arg.signs, exponent))
    return table().intern("mul", payload, args, signs)


def _merge_cases(bases: dict[Node, Fraction]) -> dict[Node, Fraction]:
    """Multiply the cases about one subject branch by branch."""
    found: dict[tuple[str, Node], list[Node]] = {}
    for base in bases:
        if base.kind == "case":
            found.setdefault((base.payload, base.args[0]), []).append(base)
    for (kind, subject), group in found.items():
        if len(group) < 2 and bases[group[0]] == 1:
            continue
        exponents = [bases.pop(base) for base in group]
        branches = [
            mul(*(power(base.args[1 + i], e) for base, e in zip(group, exponents)))
            for i in range(len(group[0].args) - 1)
        ]
        merged = case(kind, subject, branches)
        if is_const(merged, 0):
            return {merged: Fraction(1)}
        rest = mul(merged, *(_raw_power(b, e) for b, e in bases.items()))
        return {rest: Fraction(1)}
    return bases


def _raw_power(base: Node, exponent: Fraction) -> Node:
    if exponent == 1:
        return base
    signs = _power_signs(base.signs, exponent)
    return table().intern("mul", (exponent,), (base,), signs)


def _product_signs(a: int, b: int) -> int:
    out = (a | b) & ZERO
    if (a & POS and b & POS) or (a & NEG and b & NEG):
        out |= POS
    if (a & POS and b & NEG) or (a & NEG and b & POS):
        out |= NEG
    return out


def _power_signs(signs: int, exponent: Fraction) -> int:
    if exponent.denominator % 2 == 0:
        out = (signs & ZERO) | POS
    elif exponent.numerator % 2 == 0:
        out = (signs & ZERO) | (POS if signs & (POS | NEG) else 0)
    else:
        out = signs
    return out & ~ZERO if exponent < 0 else out


def power(base: Node, exponent: Fraction | int) -> Node:
    """Return base ** exponent for a rational exponent; the real root for an odd denominator."""
    exponent = Fraction(exponent)
    if base.kind == "undefined" or exponent == 1:
        return base
    if exponent == 0:
        return one()
    if base.kind == "case":
        return over_cases(lambda branch: power(branch, exponent), base, "power", exponent)
    if is_const(base, 0):
        return zero() if exponent > 0 else undefined()
    if exponent < 0:
        oblige_nonzero(base)
    if exponent.denominator == 1:
        return power_product([(base, exponent)])
    table().oblige(base, ZERO | POS)
    if base.signs == NEG:
        return undefined()
    return _root(base, exponent)


def oblige_nonzero(node: Node) -> None:
    """Note that the node must not vanish: none of its factors may."""
    _, core = split(node)
    for base in core.args if core.kind == "mul" else (core,):
        table().oblige(base, ANY_SIGN & ~ZERO)


def _root(base: Node, exponent: Fraction) -> Node:
    """A fractional power: take out of the root what is known to have a sign."""
    coefficient, core = split(base)
    if coefficient < 0:
        return power_product([(base, exponent)])
    outside = [_number_root(coefficient, exponent)]
    inside: list[tuple[Node, Fraction]] = []
    pairs = zip(core.args, core.payload) if core.kind == "mul" else [(core, Fraction(1))]
    for b, e in pairs:
        if is_const(b, 1):
            continue
        if b.signs & NEG == 0:
            outside.append(power_product([(b, e * exponent)]))
        elif e.denominator == 1 and e % 2 == 0:
            outside.append(power(up.absolute(b), e * exponent))
        else:
            inside.append((b, e))
    if inside:
        outside.append(power_product([(power_product(inside), exponent)]))
    return mul(*outside)


def _number_root(value: Fraction, exponent: Fraction) -> Node:
    """A rational to a fractional power: primes to exponents between 0 and 1, times a rational."""
    scale = Fraction(1)
    parts: list[tuple[Node, Fraction]] = []
    for n, sign in ((value.numerator, 1), (value.denominator, -1)):
        for prime, count in small_factors(n):
            total = exponent * count * sign
            whole = total.numerator // total.denominator
            scale *= Fraction(prime) ** whole
            if total != whole:
                parts.append((number(prime), total - whole))
    bases: dict[Node, Fraction] = {}
    for base, e in parts:
        bases[base] = bases.get(base, Fraction(0)) + e
    if not bases:
        return number(scale)
    args = tuple(sorted(bases, key=lambda node: node.id))
    return _scaled(scale, table().intern("mul", tuple(bases[a] for a in args), args, POS))


def small_factors(n: int) -> list[tuple[int, int]]:
    """Return prime factors below 1000 with their counts; what is left over counts as one more."""
    out: list[tuple[int, int]] = []
    for prime in range(2, 1000):
        count = 0
        while n % prime == 0:
            n //= prime
            count += 1
        if count:
            out.append((prime, count))
        if n == 1:
            return out
    root = isqrt(n)
    out.append((root, 2) if root * root == n else (n, 1))
    return out


def sqrt(a: Node) -> Node:
    """Return the square root that is not negative."""
    return power(a, Fraction(1, 2))


def call(name: str, a: Node) -> Node:
    """Return a node of one of the functions that have no simpler form."""
    if a.kind == "undefined":
        return a
    record = elementwise(name)
    known = "" if record is None else record.sign
    signs = POS if known == "positive" else a.signs if known == "argument" else ANY_SIGN
    return table().intern("call", name, (a,), signs)


def exp(a: Node) -> Node:
    """Return e ** a; exp(2*t) is kept as exp(t) ** 2 so that equal exponentials meet."""
    if a.kind == "case":
        return over_cases(exp, a, "exp")
    if is_const(a, 0):
        return one()
    parts = terms(a)
    logs = [(c, t) for c, t in parts if t.kind == "call" and t.payload == "log"]
    if logs:
        rest = linear([(c, t) for c, t in parts if (c, t) not in logs])
        return mul(exp(rest), *(power(t.args[0], c) for c, t in logs))
    if len(parts) == 1:
        coefficient, core = parts[0]
        return power_product([(call("exp", core), coefficient)])
    if parts and parts[0][0] < 0:
        return power_product([(call("exp", neg(a)), Fraction(-1))])
    return call("exp", a)


def log(a: Node) -> Node:
    """Return the natural logarithm, noting that its argument must be positive."""
    if a.kind == "case":
        return over_cases(log, a, "log")
    if a.kind == "undefined" or a.signs & POS == 0:
        return undefined()
    table().oblige(a, POS)
    coefficient, core = split(a)
    if coefficient < 0:
        return call("log", a)
    out = [_number_log(coefficient)] if coefficient != 1 else []
    pairs = zip(core.args, core.payload) if core.kind == "mul" else [(core, Fraction(1))]
    unknown: list[tuple[Node, Fraction]] = []
    for base, exponent in pairs:
        if is_const(base, 1):
            continue
        if base.kind == "call" and base.payload == "exp":
            out.append(linear([(exponent, base.args[0])]))
        elif base.signs == POS:
            out.append(linear([(exponent, call("log", base))]))
        else:
            unknown.append((base, exponent))
    if unknown:
        out.append(_log_of_unknown(unknown))
    return add(*out)


def _log_of_unknown(parts: list[tuple[Node, Fraction]]) -> Node:
    """Log of factors whose signs are unknown: only a lone odd power can be taken out."""
    if len(parts) == 1 and (parts[0][1].numerator % 2 or parts[0][1].denominator % 2 == 0):
        base, exponent = parts[0]
        return linear([(exponent, call("log", base))])
    return call("log", power_product(parts))


def _number_log(value: Fraction) -> Node:
    parts: list[tuple[Fraction, Node]] = []
    for n, sign in ((value.numerator, 1), (value.denominator, -1)):
        parts += [(Fraction(k * sign), call("log", number(p))) for p, k in small_factors(n)]
    return linear(parts)


__all__ = [
    "add",
    "call",
    "case",
    "div",
    "exp",
    "is_const",
    "linear",
    "log",
    "mul",
    "neg",
    "oblige_nonzero",
    "one",
    "over_cases",
    "pi",
    "power",
    "power_product",
    "small_factors",
    "split",
    "sqrt",
    "sub",
    "terms",
    "zero",
]
