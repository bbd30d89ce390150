"""By which numbers a change is multiplied, and by which rule it is made of a gradient."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradproof.claims.updates import Update
from gradproof.program.steps import GATHER, LEAF, Program, Ref

Array = np.ndarray[Any, Any]

_FACTORS = ("multiply", "divide", "true_divide", "matmul", "dot", "negative", "transpose")
MOVES = ("copy", "astype", "transpose", "reshape", "ravel", GATHER)  # elements, changing none
_FEW = 40  # steps in which the numbers of a sum are sought
_MOST = 3000  # steps in which it is sought how a change is made


def close(a: float, b: float) -> bool:
    """Whether two factors are the same number."""
    return abs(a - b) <= 1e-6 * max(abs(a), abs(b))


def rates_of(program: Program, update: Update) -> dict[float, int | None]:
    """Return the sizes of the numbers that a change, or a term of the sum that it is, is multiplied
    by, each with the step of the variable that it is; None for a number that stands there. 0.1 of
    ``0.1 * dw``, and of the velocity ``0.9 * v - 0.1 * dw``, where v is known beforehand.

    The first is that of the whole change, where there is one.
    """
    out: dict[float, int | None] = {}
    pending: list[tuple[int, float]] = [(update.change, 1.0)]
    looked = 0
    while pending and looked < _FEW:
        index, number = pending.pop(0)
        step, looked = program.steps[index], looked + 1
        if step.name in ("add", "subtract"):
            pending += [(ref, number) for ref in step.refs if update.source in
                        program.made_of(ref, update.source)]  # fmt: skip
        elif step.name in ("negative", *MOVES):
            pending += [(ref, number) for ref in step.refs[:1]]
        elif step.name in ("multiply", "divide"):
            plain = [r for r in step.refs if _is_number(program, r)]
            inner = [r for r in step.refs if r not in plain]
            given: list[tuple[float, int | None]] = [
                (float(np.asarray(program.value(r)).reshape(())), r) for r in plain
            ]
            given += [(float(a), None) for a in step.args if isinstance(a, (int, float))]
            if len(given) == 1 and given[0][0]:
                by = number * (given[0][0] if step.name == "multiply" else 1 / given[0][0])
                out.setdefault(abs(by), given[0][1] if number == 1.0 else None)
                pending += [(ref, by) for ref in inner]
    return out


def _is_number(program: Program, ref: int) -> bool:
    return program.steps[ref].name == LEAF and np.size(program.value(ref)) == 1


def written_factors(program: Program, update: Update) -> Counter[tuple[str, float]]:
    """Return the numbers by which the statement of an update multiplies or divides its change.

    A variable is ("variable", its step), a number that stands there ("number", its size): what two
    updates have in common may be their learning rate.
    """
    place, out = program.steps[update.change].place[:2], Counter[tuple[str, float]]()
    pending, seen = [Ref(update.change)], set[int]()
    while pending:
        index = pending.pop().index
        step = program.steps[index]
        if index in seen or step.name not in _FACTORS or step.place[:2] != place:
            continue
        seen.add(index)
        for arg in step.args:
            if isinstance(arg, Ref) and program.steps[arg.index].name == LEAF:
                if np.size(program.value(arg.index)) == 1:
                    out["variable", arg.index] += 1
            elif isinstance(arg, Ref):
                pending.append(arg)
            elif np.size(np.asarray(arg)) == 1:
                out["number", abs(float(np.asarray(arg).reshape(())))] += 1
    return out


@dataclass(frozen=True)
class Rule:
    """How a change is made of gradients.

    inner: the multiples of the gradient of its own parameter that it is made of.
    decay: the multiple of the parameter itself that is added beside; 0.0 for none.
    """

    inner: frozenset[int]
    decay: float


def rule_of(
    program: Program, update: Update, sources: Collection[int], cone: Collection[int],
    cut: frozenset[int], gradients: Collection[int], own: Collection[int],
) -> Rule | None:  # fmt: skip
    """Return how a change is made of ``gradients``; None where it depends on the parameters in
    another way as well.

    Of a sum, multiples of the parameter itself are decay. Everything else must go through the
    gradients: a rule such as Adam's, or the norm by which they are clipped, is made of them alone.
    One term of a sum that is itself the gradient of a part of the loss is no rule.

    sources: the parameters of the round; cone: the steps that depend on them.
    own: those of ``gradients`` that are of this parameter.
    """
    pending: list[tuple[int, float | None]] = [(update.change, 1.0)]
    seen, inner, decay, looked = set[int](), set[int](), 0.0, 0
    while pending:
        index, number = pending.pop()
        looked += 1
        if looked > _MOST:
            return None
        if index == update.source:
            if number is None:
                return None
            decay += number
            continue
        if index in sources:  # of another parameter
            return None
        if index not in cone or (index in cut and index != update.change):
            continue
        if index in gradients and index != update.change:
            inner |= {index} & set(own)
            continue
        if number is None and index in seen:
            continue
        if number is None:
            seen.add(index)
        if not program.steps[index].refs:  # of unknown making
            return None
        pending += _operands(program, index, number, cone, sources)
    return Rule(frozenset(inner), decay) if inner else None


def _operands(
    program: Program, index: int, number: float | None, cone: Collection[int],
    sources: Collection[int],
) -> list[tuple[int, float | None]]:  # fmt: skip
    """The operands of a step, each with the number that it is multiplied by in what was asked
    about; None where it is no multiple of it."""
    step = program.steps[index]
    if number is None:
        return [(ref, None) for ref in step.refs]
    if step.name in ("add", "subtract"):
        signs = (1.0, -1.0 if step.name == "subtract" else 1.0)
        pairs = [(a.index, number * s) for a, s in zip(step.args, signs) if isinstance(a, Ref)]
        return list(pairs)
    if step.name == "negative":
        return [(ref, -number) for ref in step.refs]
    if step.name in MOVES:
        return [(ref, number) for ref in step.refs[:1]]
    if step.name in ("multiply", "divide"):
        moved = [ref for ref in step.refs if ref in cone or ref in sources]
        fixed = [program.value(r) for r in step.refs if r not in moved]
        fixed += [a for a in step.args if isinstance(a, (int, float))]
        if len(moved) == 1 and len(fixed) == 1 and np.size(fixed[0]) == 1:
            by = float(np.asarray(fixed[0]).reshape(()))
            if step.name == "multiply":
                return [(moved[0], number * by)]
            if isinstance(step.args[0], Ref) and step.args[0].index == moved[0] and by:
                return [(moved[0], number / by)]
    return [(ref, None) for ref in step.refs]


__all__ = ["MOVES", "Rule", "close", "rates_of", "rule_of", "written_factors"]
