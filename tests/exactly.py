"""Exact values of what a derivation says, at drawn arguments: its lines, and where it is smooth."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import mpmath
import numpy as np
import sympy as sp

from gradproof.algebra.indexed_sums import evaluate_derivatives
from gradproof.operation.derivation import EVERYWHERE, Branch, Chain, Mode, Selector
from gradproof.operation.evaluation import Tracked
from gradproof.operation.exact_outcome import Slice, digits_for, exact_gradients, slices
from gradproof.operation.forward_graph import derivative, names_of
from gradproof.operation.layouts import lengths_from
from gradproof.operation.sampling import Case

# In units of the rounding that an evaluation in floats may suffer: closer than this, floats may
# decide a comparison otherwise than exact numbers do.
_TOO_CLOSE = 8


@cache
def derivation_of(mode: Mode, chain: Chain) -> tuple[sp.Expr, tuple[sp.Expr, ...]]:
    """SymPy's derivative of the definition, and the lines that the derivation has for it."""
    lines = tuple(evaluate_derivatives(step.expression) for step in chain.steps)
    return derivative(mode, chain.of), lines


def each_value(
    mode: Mode, case: Case, over: sp.Expr, expressions: tuple[sp.Expr, ...], branch: Branch
) -> Iterator[tuple[Tracked, ...]]:
    """The values of all ``expressions``, for every index of ``over``, where ``branch`` applies."""
    indices = over.indices if isinstance(over, sp.Indexed) else ()
    with mpmath.workdps(digits_for(case)):
        for part in slices(mode, case):
            if branch.where and not part.evaluate.applies(branch):
                continue
            lengths = _lengths(
                part, (over, *(node.expression for node in mode.graph), *expressions)
            )
            for place in np.ndindex(tuple(lengths[index] for index in indices)):
                at = {index: each + 1 for index, each in zip(indices, place)}
                yield tuple(part.evaluate(expression, at) for expression in expressions)


def _lengths(part: Slice, expressions: tuple[sp.Expr, ...]) -> Mapping[sp.Expr, int]:
    """How far each index runs: as far as an array that is indexed with it is long."""
    found: dict[sp.Expr, int] = {}
    for expression in expressions:
        for element in _elements(expression):
            if element.base in part.bound:
                shape = part.bound[element.base].shape
                found.update((i, n) for i, n in zip(element.indices, shape) if i.is_Symbol)
    return found


def rounding_of(mode: Mode, case: Case) -> dict[str, Any]:
    """How far apart rounding may put two gradients: by a closed form, and step by step."""
    return {
        name: np.asarray(exact.bound(float) + exact.direct_bound(float), dtype=float)
        for name, exact in exact_gradients(mode, case).items()
    }


def case_of(mode: Mode, layout: str, **arguments: Any) -> Case:
    """The case in which arrays and parameters are typed in, with the axes that ``layout`` names."""
    chosen = next(each for each in mode.layouts if each.label == layout)
    kinds = {item.name: int if item.domain.whole else float for item in mode.inputs}
    inputs = {name: np.array(arguments[name], dtype=kind) for name, kind in kinds.items()}
    parameters = {item.name: arguments.get(item.name, item.default) for item in mode.parameters}
    lengths = lengths_from(chosen, {name: x.shape for name, x in inputs.items()}, parameters)
    return Case(chosen, inputs, parameters, lengths, np.array(arguments["dy"], dtype=float))


def parameters_of(mode: Mode, case: Case) -> dict[sp.Expr, float]:
    """The parameters at ``case``, by the symbols that stand for them."""
    return {item.symbol: case.parameters[item.name] for item in mode.parameters}


@cache
def _elements(expression: sp.Expr) -> tuple[sp.Indexed, ...]:
    return tuple(expression.atoms(sp.Indexed))


def is_smooth(mode: Mode, case: Case) -> bool:
    """Whether nothing at ``case`` lies on a kink, or so close that floats may see another side."""
    return is_certain(mode, case) and has_clear_winners(mode, case)


def is_certain(mode: Mode, case: Case) -> bool:
    """Whether code and definition are on the same side of every kink.

    So they are also where inputs themselves tie: both take the first of equals, without rounding.
    """
    clear = all(_of_inputs(mode, each) for each in mode.selectors) or has_clear_winners(mode, case)
    return _at_no_kink(mode, case) and is_decided(mode, case) and clear


def _of_inputs(mode: Mode, selector: Selector) -> bool:
    """Whether the scores among which it chooses are elements of an input."""
    inputs = {item.symbol for item in mode.inputs}
    return isinstance(selector.score, sp.Indexed) and selector.score.base in inputs


def _at_no_kink(mode: Mode, case: Case) -> bool:
    """Whether no input, and no product of inputs that a kink is about ("t x"), is at a kink."""
    for kink in mode.kinks:
        names = str(kink.variable).split()
        if all(name in case.inputs for name in names):
            value = math.prod(np.asarray(case.inputs[name]) for name in names)
            if (value == float(kink.at)).any():
                return False
    return True


def is_decided(mode: Mode, case: Case) -> bool:
    """Whether floats are on the same side of every jump as exact numbers.

    Exactly on it, without any rounding, they are on no side, and that is decided as well.
    """
    return not any(
        _confused(variable, at, case.dtype)
        for kink in mode.kinks
        for node in mode.graph
        if kink.jump and str(names_of(node.symbol)) == str(kink.variable)
        for variable, at in each_value(mode, case, node.symbol, (node.symbol, kink.at), EVERYWHERE)
    )


def has_clear_winners(mode: Mode, case: Case) -> bool:
    """Whether no two scores of a selector are so close that floats may choose another.

    A selector is an index that the definition chooses: which piece of maxout is the largest.
    """
    return not any(
        _tie(scores[-1], scores[-2], case.dtype)
        for selector in mode.selectors
        for scores in _ranked(mode, case, selector)
        if len(scores) > 1
    )


def _ranked(mode: Mode, case: Case, selector: Selector) -> Iterator[list[Tracked]]:
    """The scores among which the selector chooses, the highest last, for each of its places."""
    index, _, high = selector.over
    with mpmath.workdps(digits_for(case)):
        for part in slices(mode, case):
            count = int(part.evaluate(high).value)
            for place in np.ndindex(part.bound[names_of(selector.symbol)].shape):
                at = {i: each + 1 for i, each in zip(selector.symbol.indices, place)}
                scores = [part.evaluate(selector.score, {**at, index: k + 1}) for k in range(count)]
                yield sorted(scores, key=lambda each: each.value)


def _tie(left: Tracked, right: Tracked, dtype: Any) -> bool:
    return bool(left.value - right.value <= _slack(left, dtype) + _slack(right, dtype))


def _confused(variable: Tracked, at: Tracked, dtype: Any) -> bool:
    return bool(abs(variable.value - at.value) < _slack(variable, dtype))


def _slack(number: Tracked, dtype: Any) -> Any:
    """How far from the exact number floats may be."""
    info = np.finfo(dtype)
    rounding = number.error * mpmath.mpf(float(info.eps))
    return _TOO_CLOSE * (rounding + number.underflow * mpmath.mpf(float(info.smallest_subnormal)))
