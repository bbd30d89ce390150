"""Right formulas whose floats are wrong: where digits are lost or overflow, and what to write."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from gradproof.diagnosis.catalogue import CANCELS, OVERFLOWS, SENTENCES, STABLE, filled
from gradproof.diagnosis.kinds import Kind
from gradproof.diagnosis.naming import Naming, Sources
from gradproof.diagnosis.precise import precisely
from gradproof.diagnosis.recording import record
from gradproof.diagnosis.repair import ancestors
from gradproof.diagnosis.tape import Op, Ref, Tape
from gradproof.diagnosis.terms import Term, apply, entry, number, written
from gradproof.text import Text
from gradproof.tracing.record import Program
from gradproof.verdicts import Diagnosis

_LOST = 1e-4  # relative error of a result that is no rounding any more
_SLIGHT = 1e-7  # of an operand, above which it is not this step that lost the digits
_SMALLEST = 1e-280


def lost_digits(program: Program, sources: Sources | None = None) -> Diagnosis | None:
    """Return what floats lose at the inputs as given, if the formulas have it."""
    inputs = {k: np.asarray(v, dtype=float) if np.asarray(v).dtype.kind == "f" else np.asarray(v)
              for k, v in program.inputs.items()}  # fmt: skip
    try:
        tape = record(program, inputs)
    except Exception:
        return None
    true = precisely(tape)
    if true is None:
        return None
    for name, result in [*tape.gradients.items(), ("", tape.y)]:
        if _error(tape.ops[result], true[result]) > _LOST:
            culprit = _culprit(tape, true, result)
            if culprit is not None:
                return _described(tape, true, culprit, name, Naming(tape, sources or Sources()))
    return None


def _error(op: Op, true: Any) -> float:
    """Return the largest relative error of an entry; infinite where floats have no number."""
    if isinstance(op.value, list) or op.value.dtype.kind != "f":
        return 0.0
    worst = 0.0
    for given, wanted in zip(np.ravel(op.value), np.ravel(np.asarray(true, dtype=object))):
        size = abs(wanted)
        if not _SMALLEST < size < 1e300:
            continue
        error = float(abs(given - wanted) / size) if np.isfinite(given) else np.inf
        worst = max(worst, error)
    return worst


def _culprit(tape: Tape, true: list[Any], result: int) -> int | None:
    """Return the first step whose result is wrong though its operands are right."""
    for index in sorted(ancestors(tape, [result])):
        op = tape.ops[index]
        if op.name == "exp" and not np.isfinite(op.value).all():
            return index
        if _error(op, true[index]) > _LOST and all(
            _error(tape.ops[k], true[k]) <= _SLIGHT for k in tape.uses[index]
        ):
            return index
    return None


def _described(tape: Tape, true: list[Any], index: int, name: str, naming: Naming) -> Diagnosis:
    op = tape.ops[index]
    text = naming.source(op) or naming.composed(op)
    stable = _stable(tape, true, index, naming)
    cancels = op.name in ("add", "subtract")
    why = filled(CANCELS if cancels else OVERFLOWS, text=text)
    if stable:
        why = Text(*(a + b for a, b in zip(why, filled(STABLE, text=stable))))
    gradient = f"d{name}" if name else "y"
    whole = SENTENCES[Kind.LOST_DIGITS]
    message = filled(whole, gradient=gradient, where=_where(tape), why=why)
    line = op.place.line if op.place is not None else None
    return Diagnosis(str(Kind.LOST_DIGITS), message, "", line, stable, True, (), text)


def _where(tape: Tape) -> str:
    """Return the input at which it shows: the number of largest size in each."""
    parts = []
    for name, index in tape.inputs.items():
        flat = np.ravel(tape.value(index))
        if flat.size and flat.dtype.kind == "f":
            parts.append(f"{name} = {flat[np.argmax(np.abs(flat))]:.6g}")
    return ", ".join(parts)


def _stable(tape: Tape, true: list[Any], index: int, naming: Naming) -> str:
    """Return an expression with the value that was lost, which floats can hold."""
    op = tape.ops[index]
    wanted = np.asarray(true[index], dtype=object)
    if op.name == "exp":
        operand = naming.operand(op, 0)
        return f"np.exp(-np.abs({operand.lstrip('-')}))" if operand.startswith("-") else (
            f"np.exp({operand} - np.max({operand}, axis=-1, keepdims=True))")  # fmt: skip
    target = np.array([float(v) for v in wanted.ravel()]).reshape(wanted.shape)
    with np.errstate(all="ignore"):
        lost = ~(np.abs(op.value - target) <= _SLIGHT * np.abs(target))
    for term in _forms(tape, index):
        try:
            with np.errstate(all="ignore"):
                value = np.asarray(term.at(tape), dtype=float)
            if value.shape == target.shape and np.allclose(value[lost], target[lost], 1e-9, 0):
                return written(term, naming.text)
        except Exception:
            continue
    return ""


def _forms(tape: Tape, index: int) -> Iterator[Term]:
    """Yield forms that lose nothing, over the entries known before."""
    one = number(1)
    constants = [number(v, k) for k, v in {**tape.constants, **tape.foreign}.items() if v]
    constants += [number(a) for a in tape.ops[index].args if not isinstance(a, Ref)]
    for k in sorted(ancestors(tape, [index])):
        u = entry(k)
        if tape.ops[k].value.dtype.kind != "f":
            continue
        for c in constants:
            yield apply("multiply", c, apply("exp", u))
        for sign in (u, apply("negative", u)):
            e = apply("exp", sign)
            yield apply("divide", one, apply("add", one, e))
            yield e
            yield apply("expm1", sign)
            yield apply("log1p", e)
        yield apply("divide", one, apply("power", apply("cosh", u), number(2)))
        for axis in (None, *range(np.ndim(tape.value(k)))):
            for keep in (False, True):
                yield apply("var", u, axis=axis, **({"keepdims": True} if keep else {}))
