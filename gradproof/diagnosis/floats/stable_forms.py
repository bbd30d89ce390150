"""Which step loses the digits, and a form of it that floats can hold."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradproof.diagnosis.quantities.terms import Term, apply, entry, number, written
from gradproof.diagnosis.search.repair import ancestors
from gradproof.diagnosis.tape.author_words import Naming
from gradproof.diagnosis.tape.fifty_digits import precision_of
from gradproof.diagnosis.tape.points import alike
from gradproof.diagnosis.tape.tape import Array, Op, Ref, Tape, rerun

_GIVEN = ("input", "upstream", "constant")
MOST_OPERANDS = 12


@dataclass(frozen=True)
class Lossy:
    """A tape on which an element of a result is lost, and what all entries truly are.

    scale: the size beside which an error counts; 0 for that of the element itself.
    """

    tape: Tape
    true: list[Any]
    result: int
    at: tuple[int, ...]
    scale: float = 0.0

    @property
    def wanted(self) -> Any:
        """The true value of the element."""
        return np.asarray(self.true[self.result])[self.at]

    def error(self, made: Any = None) -> float:
        """Return the relative error of the element, on the tape or as it is made otherwise."""
        value = self.tape.value(self.result) if made is None else made
        smallest = precision_of(self.tape).smallest
        return error_at(value, self.wanted, self.at, max(self.scale, smallest))

    def mended_by(self, indexes: Sequence[int], value: Any) -> bool:
        """Whether the result has its digits once these entries have this value."""
        try:
            with np.errstate(all="ignore"):
                changed = {k: np.asarray(value, self.tape.value(k).dtype) for k in indexes}
                made = rerun(self.tape, dict(changed), [self.result])[0]
            return self.error(made) <= precision_of(self.tape).kept
        except Exception:  # it does not fit these shapes
            return False


def error_at(value: Any, wanted: Any, at: tuple[int, ...], scale: float) -> float:
    """Return how far an element is off, relative to it, or to a scale where that is larger; it is
    infinite where it is no number."""
    given = float(np.asarray(value, dtype=float)[at])
    if not np.isfinite(given):
        return np.inf
    apart, size = abs(given - wanted), max(abs(wanted), scale)
    if not size:  # nothing is there but zeros
        return np.inf if apart else 0.0
    return float(apart / size)


def culprits_of(losses: Sequence[Lossy]) -> list[int]:
    """Return the steps which, had they their true values, would let each result have its own.

    The steps are alike on all tapes. Of a result that several steps lose, the first of them.
    """
    first = losses[0]
    tape = first.tape
    wrong = [k for k in sorted(ancestors(tape, [first.result])) if _is_float(tape.ops[k])
             and not _is_right(tape, k, first.true[k])]  # fmt: skip
    held = [k for k in wrong if tape.ops[k].name != "returned"
            and as_floats(first.true[k], tape.value(k).dtype) is not None]  # fmt: skip
    mending = [k for k in held if all(_mended_truly(each, k) for each in losses)]
    if len(mending) > 1 or not held:
        return mending or wrong[:1]
    alone = [k for k in held if tape.uses[k].isdisjoint(held)]
    return mending if mending and mending[0] == held[0] else alone[:1]


def _mended_truly(lossy: Lossy, index: int) -> bool:
    true = as_floats(lossy.true[index], lossy.tape.value(index).dtype)
    return true is not None and lossy.mended_by([index], true)


def _is_float(op: Op) -> bool:
    return op.name not in _GIVEN and not isinstance(op.value, list) and op.value.dtype.kind == "f"


def as_floats(true: Any, dtype: Any) -> Array | None:
    """Return true values as floats; None where floats cannot hold them."""
    array = np.asarray(true, dtype=object)
    with np.errstate(over="ignore"):
        out = np.array([float(v) for v in array.ravel()], dtype=dtype).reshape(array.shape)
    return out if np.isfinite(out).all() else None


def _is_right(tape: Tape, index: int, true: Any) -> bool:
    value, wanted = np.asarray(tape.value(index)), np.asarray(true, dtype=object)
    floats = precision_of(tape)
    return all(error_at(value, wanted[at], at, floats.smallest) <= floats.kept
               for at in np.ndindex(*value.shape))  # fmt: skip


def overflowing(tape: Tape, index: int) -> int | None:
    """Return the first step before an entry (or itself) that makes something infinite or NaN."""
    for k in sorted(ancestors(tape, [index])):
        if _is_float(tape.ops[k]) and not np.isfinite(tape.ops[k].value).all():
            return k
    return None


# --- stable forms ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Stable:
    """What to write instead of an entry; at_hand: whether its names are known in that function."""

    index: int
    old: str
    new: str
    at_hand: bool


def stable_form(
    losses: Sequence[Lossy], usual: Tape, culprits: Sequence[int], naming: Naming
) -> Stable | None:
    """Return a form that has the same value ordinarily and the true ones where digits are lost."""
    if not culprits or not all(alike(each.tape, usual) for each in losses):
        return None
    source = overflowing(losses[0].tape, culprits[0])
    if source is not None and usual.ops[source].name == "exp" and _is_whole(usual, source):
        same = [k for k, op in enumerate(usual.ops) if (op.name, op.args) == (
            "exp", usual.ops[source].args)]  # fmt: skip
        for term in _shifted(usual, source):
            if _mends(losses, usual, same, term):
                return _stable(usual, source, term, naming)
    for index in culprits:
        for term in _forms_for(usual, index, naming) if _is_whole(usual, index) else ():
            if _is_true(losses[0], index, term) and _mends(losses, usual, [index], term):
                return _stable(usual, index, term, naming)
    return None


def _is_whole(tape: Tape, index: int) -> bool:
    """Whether the source text of an entry is all of it, and not a call of which it is a part."""
    op = tape.ops[index]
    return (
        op.site == op.place or index + 1 == len(tape.ops) or tape.ops[index + 1].place != op.place
    )


def _stable(tape: Tape, index: int, term: Term, naming: Naming) -> Stable:
    op = tape.ops[index]
    old = naming.source(op) or naming.composed(op)
    near = naming.sources.line(op.place) if op.place is not None else ""

    def named(k: int) -> str:
        """The name that stands on the line itself, else the first one in that function."""
        known = [n for n in _names(tape, k, index) if not any(
            n in _names(tape, j, index) for j in range(k + 1, index))]  # fmt: skip
        written = [n for n in known if re.search(rf"(?<![\w.]){re.escape(n)}(?!\w)", near)]
        return next(iter(written or known), "")

    # The name of an input, or one that is given to something else by then, is not known there.
    hidden = [k for k in term.entries() if not named(k) and (
        tape.ops[k].own or tape.ops[k].name in _GIVEN)]  # fmt: skip
    new = written(term, lambda k: named(k) or naming.text(k))
    known = index < tape.start or (not hidden and _is_at_hand(tape, new))
    return Stable(index, old, new, known)


def _names(tape: Tape, k: int, index: int) -> list[str]:
    """Return the names that an entry has where another one is made: in forward or in backward."""
    own = tape.ops[k].own
    return tape.ops[k].names[own:] if index < tape.start else tape.ops[k].names[:own]


def _is_at_hand(tape: Tape, text: str) -> bool:
    """Whether backward has every name that occurs in a form."""
    known = {n for op in tape.ops for n in op.names[: op.own]} | set(tape.constants) | {"np"}
    tree = ast.parse(text, mode="eval")
    called = {id(n.func) for n in ast.walk(tree) if isinstance(n, ast.Call)}
    attributes = [n for n in ast.walk(tree) if isinstance(n, ast.Attribute) and id(n) not in called]
    if not all(ast.unparse(n) in known for n in attributes):
        return False
    inside = {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Attribute)}
    return all(n.id in known for n in ast.walk(tree)
               if isinstance(n, ast.Name) and id(n) not in inside)  # fmt: skip


def _mends(losses: Sequence[Lossy], usual: Tape, indexes: Sequence[int], term: Term) -> bool:
    """Whether a term in the place of entries keeps the digits and changes nothing ordinarily."""
    try:
        if not all(each.mended_by(indexes, term.at(each.tape)) for each in losses):
            return False
        results = [usual.y, *usual.gradients.values()]
        after = rerun(usual, dict.fromkeys(indexes, term.at(usual)), results)
    except Exception:  # it does not fit these shapes
        return False
    same = precision_of(usual).same
    return all(np.allclose(a, usual.value(k), same, same / 1e3) for a, k in zip(after, results))


def _is_true(lossy: Lossy, index: int, term: Term) -> bool:
    """Whether a term has the true value of an entry where that is lost."""
    wanted = as_floats(lossy.true[index], lossy.tape.value(index).dtype)
    floats = precision_of(lossy.tape)
    try:
        with np.errstate(all="ignore"):
            made = np.asarray(term.at(lossy.tape), dtype=float)
    except Exception:  # it does not fit these shapes
        return False
    return wanted is not None and made.shape == wanted.shape and np.allclose(
        made, wanted, floats.same, floats.smallest)  # fmt: skip


def _shifted(tape: Tape, index: int) -> Iterator[Term]:
    """Yield an exponential with the largest operand subtracted."""
    operand = tape.ops[index].args[0]
    if not isinstance(operand, Ref):
        return
    u = entry(operand.index)
    for axis in (*reversed(range(np.ndim(tape.value(operand.index)))), None):
        options = {"axis": axis, "keepdims": True} if axis is not None else {}
        yield apply("exp", apply("subtract", u, apply("max", u, **options)))


def _forms_for(tape: Tape, index: int, naming: Naming) -> list[Term]:
    """Return the forms, first those that have the numbers which stand in the place of an entry by
    name: with alpha = 1 others may seem to be the same."""
    old = naming.source(tape.ops[index])
    known = [k for k in {**tape.constants, **tape.foreign}
             if re.search(rf"(?<![\w.]){re.escape(k)}(?!\w)", old)]  # fmt: skip
    return sorted(_forms(tape, index), key=lambda term: -len(_numbers_of(term).intersection(known)))


def _numbers_of(term: Term) -> set[str]:
    return {n for part in term.parts for n in _numbers_of(part)} | (
        {term.text} if term.name == "number" else set())  # fmt: skip


def _forms(tape: Tape, index: int) -> Iterator[Term]:
    """Yield forms that lose nothing, over the entries known before."""
    shape = np.shape(tape.value(index))
    known = [k for k in sorted(ancestors(tape, [index])) if k != index and (
        _is_float(tape.ops[k]) or tape.ops[k].name == "input")
        and tape.ops[k].value.dtype.kind == "f"]  # fmt: skip
    known.sort(key=lambda k: (not tape.ops[k].own, not tape.ops[k].names))
    one, two = number(1), number(2)
    constants = [number(v, k) for k, v in {**tape.constants, **tape.foreign}.items() if v]
    constants += [number(a) for op in tape.ops for a in op.args if type(a) is float][:4]
    for k in known[:MOST_OPERANDS]:
        u = entry(k)
        if np.shape(tape.value(k)) == shape:
            yield from _elementwise(u, one, two, constants)
        for axis in (None, *range(np.ndim(tape.value(k)))):
            for keep in (False, True):
                options = {"axis": axis} | ({"keepdims": True} if keep else {})
                yield apply("var", u, **options)
                yield _log_sum_exp(u, axis, keep)


def _elementwise(u: Term, one: Term, two: Term, constants: list[Term]) -> Iterator[Term]:
    minus = apply("negative", u)
    for sign in (u, minus):
        yield apply("divide", one, apply("add", one, apply("exp", sign)))
    yield apply("tanh", u)
    yield apply("divide", one, apply("power", apply("cosh", u), two))
    half = apply("multiply", two, apply("cosh", apply("divide", u, two)))
    yield apply("divide", one, apply("power", half, two))
    for sign in (u, minus):
        soft = apply("logaddexp", number(0), sign)
        yield soft
        yield apply("negative", soft)
        yield apply("exp", sign)
        yield apply("expm1", sign)
        yield apply("log1p", sign)
        yield apply("log1p", apply("exp", sign))
    for c in constants:
        yield apply("multiply", c, apply("exp", u))


def _log_sum_exp(u: Term, axis: int | None, keep: bool) -> Term:
    options = {"axis": axis, "keepdims": True} if axis is not None else {}
    kept = {"axis": axis} | ({"keepdims": True} if keep else {})
    largest = apply("max", u, **options)
    total = apply("sum", apply("exp", apply("subtract", u, largest)), **kept)
    return apply("add", apply("max", u, **kept), apply("log", total))
