"""The exact outcome of one case: outputs and gradients to 50 digits, slice by slice.

The values come from the definition and from SymPy's derivative of it; the closed forms supply
only the bound on rounding, so that a wrong closed form can never vouch for itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Any

import mpmath
import numpy as np
import sympy as sp

from gradproof.algebra import collapse
from gradproof.operation.derivation import Input, Mode
from gradproof.operation.evaluation import DIGITS, Evaluator, Tracked, bind_selectors
from gradproof.operation.forward_graph import chains_of, derivative, gradient_expression, names_of
from gradproof.operation.layouts import ANY_SHAPE, length_of, shape_of
from gradproof.operation.sampling import Array, Case

# The code may round a few times more often than the most accurate closed form does.
_FACTOR = 4


@dataclass(frozen=True)
class Exact:
    """Values, and what floats may lose on the way to them: see :class:`Tracked`; arrays of mpf.

    ``error`` and ``underflow`` are those of the most accurate closed form that is known, ``direct``
    holds those of the definition, or of SymPy's derivative of it, as it stands: code commits them
    that differentiates the definition step by step.
    """

    value: Array
    error: Array
    underflow: Array
    direct: tuple[Array, Array]

    def bound(self, dtype: Any) -> Array:
        """How far a careful evaluation in floats of ``dtype`` may be from ``value``."""
        return _bound(self.error, self.underflow, dtype)

    def direct_bound(self, dtype: Any) -> Array:
        """How far an evaluation may be that follows the definition step by step."""
        return _bound(*self.direct, dtype)


def _bound(error: Array, underflow: Array, dtype: Any) -> Array:
    info = np.finfo(dtype)
    u, smallest = mpmath.mpf(float(info.eps)) / 2, mpmath.mpf(float(info.smallest_subnormal))
    with mpmath.workdps(DIGITS):
        return np.asarray(_FACTOR * (error * u + (1 + underflow) * smallest))


@dataclass(frozen=True)
class Slice:
    """One value of the mapped axes: what the symbols stand for there.

    bound, lengths: what :class:`Evaluator` needs; positions, output: the flat positions, in each
    input and in y, of the elements that belong to the slice.
    """

    bound: Mapping[Any, Any]
    lengths: Mapping[Any, int]
    evaluate: Evaluator
    positions: Mapping[str, Array]
    output: Array


def digits_for(case: Case) -> int:
    """How many digits hold 50 correct ones, however small the numbers in ``case`` are."""
    numbers = [np.ravel(each).astype(float) for each in case.inputs.values()]
    numbers.append(np.array(list(case.parameters.values())))
    if case.dy is not None:
        numbers.append(np.ravel(case.dy).astype(float))
    magnitudes = np.abs(np.concatenate(numbers))
    smallest = magnitudes[magnitudes > 0].min(initial=1.0)
    largest = magnitudes.max(initial=1.0)
    # Squares of the smallest number stand beside 1, as in e^x - 1 or x^2 + eps, and beside squares
    # of the largest, as in a variance.
    return DIGITS + 2 * int(math.log10(largest) - math.log10(smallest))


def exact_outputs(mode: Mode, case: Case) -> tuple[Exact, ...]:
    """The exact value of every output of forward."""
    return tuple(_settled(lambda: _outputs(mode, case), case))


def _outputs(mode: Mode, case: Case) -> list[Exact]:
    found = [_blank(_output_shape(mode, case)) for _ in mode.output_nodes]
    for part in slices(mode, case):
        for node, exact in zip(mode.output_nodes, found):
            forms = [
                form.expression
                for form in mode.forms
                if form.of == node.symbol and part.evaluate.applies(form.branch)
            ]
            _fill(exact, part.evaluate, node.symbol, node.expression, forms, part.output)
    return found


def exact_gradients(mode: Mode, case: Case) -> dict[str, Exact]:
    """The exact gradient with respect to every differentiable input, for the case's ``dy``."""
    found = _settled(lambda: _gradients(mode, case), case)
    return {item.name: exact for item, exact in zip(mode.differentiable, found)}


def _gradients(mode: Mode, case: Case) -> list[Exact]:
    found = [_blank(case.inputs[item.name].shape) for item in mode.differentiable]
    shared = [_is_shared(case, item) for item in mode.differentiable]
    parts: list[list[Exact]] = []
    for part in slices(mode, case):
        own = [_blank(exact.value.shape) if each else exact for exact, each in zip(found, shared)]
        for item, exact in zip(mode.differentiable, own):
            of, truth = _truth(mode, item.name)
            stated = _stated(mode, item, part.evaluate)
            _fill(exact, part.evaluate, of, truth, stated, part.positions[item.name])
        parts.append(own)
    return [
        _sum_of([own[at] for own in parts], exact.value.shape) if each else exact
        for at, (exact, each) in enumerate(zip(found, shared))
    ]


def _is_shared(case: Case, item: Input) -> bool:
    """Whether the slices of the case have this input in common."""
    axes = case.layout.shapes[item.name]
    return not all(axis in axes for axis in case.layout.mapped)


def _sum_of(parts: list[Exact], shape: tuple[int, ...]) -> Exact:
    """What the slices send back to an input that they share: the sum of theirs.

    An input may have some of the mapped axes: then each slice fills in only its own elements.
    """
    total = _blank(shape)
    arrays = [_filled_in(parts, place) for place in range(5)]
    for at in np.ndindex(shape):
        own = [row for row in zip(*(array[at] for array in arrays)) if row[0] is not None]
        rounding = (len(own) - 1) * sum(abs(row[0]) for row in own)
        value, error, underflow, direct, direct_underflow = (sum(column) for column in zip(*own))
        total.value[at], total.error[at], total.underflow[at] = value, error + rounding, underflow
        total.direct[0][at], total.direct[1][at] = direct + rounding, direct_underflow
    return total


def _filled_in(parts: list[Exact], place: int) -> dict[Any, list[Any]]:
    arrays = [(each.value, each.error, each.underflow, *each.direct)[place] for each in parts]
    return {at: [array[at] for array in arrays] for at in np.ndindex(arrays[0].shape)}


def _settled(evaluated: Callable[[], list[Exact]], case: Case) -> list[Exact]:
    """Evaluate with so many digits that their own rounding is nothing beside that of floats.

    Where a large number cancels, as in the mean of a constant feature, more are needed than the
    numbers show; the running error says so.
    """
    digits = digits_for(case)
    while True:
        with mpmath.workdps(digits):
            found = evaluated()
            own = mpmath.mpf(10) ** (20 - digits)
            enough = all(
                (exact.direct[0] * own <= exact.bound(np.float64)).all() for exact in found
            )
        if enough:
            return found
        digits *= 2


@cache
def _truth(mode: Mode, name: str) -> tuple[sp.Expr, sp.Expr]:
    """The input's symbol and SymPy's gradient for it."""
    of = chains_of(mode, name)[0].of
    slope = derivative(mode, of)
    return of, mode.dy * slope if mode.local else collapse(slope)


def _stated(mode: Mode, item: Input, evaluate: Evaluator) -> list[sp.Expr]:
    """Every closed form that the derivation states for this gradient, on the branch at hand."""
    stated = []
    for chain in chains_of(mode, item.name):
        if not evaluate.applies(chain.branch):
            continue
        stated.append(gradient_expression(mode, chain))
        for form in mode.forms:
            if form.of == chain.gradient and evaluate.applies(form.branch):
                stated.append(mode.dy * form.expression if mode.local else form.expression)
    return stated


def _fill(
    exact: Exact,
    evaluate: Evaluator,
    symbol: sp.Expr,
    truth: sp.Expr,
    forms: list[sp.Expr],
    positions: Array,
) -> None:
    indices = symbol.indices if isinstance(symbol, sp.Indexed) else ()
    for place in np.ndindex(positions.shape if indices else ()):
        at = {index: each + 1 for index, each in zip(indices, place)}
        where = positions[place] if indices else positions.reshape(-1)[0]
        value = evaluate(truth, at)
        tracked = [each for each in (_if_defined(evaluate, form, at) for form in forms) if each]
        best = min([*tracked, value], key=lambda each: each.error)
        exact.value.reshape(-1)[where] = value.value
        exact.error.reshape(-1)[where] = best.error
        exact.underflow.reshape(-1)[where] = best.underflow
        for array, error in zip(exact.direct, value[1:]):
            array.reshape(-1)[where] = error


def _if_defined(evaluate: Evaluator, form: sp.Expr, at: Mapping[sp.Symbol, int]) -> Tracked | None:
    """The form's value, or None where this way of writing it breaks down (0/0, log 0)."""
    try:
        return evaluate(form, at)
    except (ZeroDivisionError, ValueError, OverflowError):
        return None


def _blank(shape: tuple[int, ...]) -> Exact:
    value, *errors = (np.empty(shape, dtype=object) for _ in range(5))
    return Exact(value, errors[0], errors[1], (errors[2], errors[3]))


def _output_shape(mode: Mode, case: Case) -> tuple[int, ...]:
    if case.dy is not None:
        return case.dy.shape
    return shape_of(case.layout.output, {**case.parameters, **case.lengths})


def slices(mode: Mode, case: Case) -> Iterator[Slice]:
    """Take the case apart along its mapped axes, with every number in 50 digits and more."""
    layout = case.layout
    lengths = _lengths(mode, case)
    exact_inputs = {name: _to_mpf(value) for name, value in case.inputs.items()}
    dy = None if case.dy is None else _to_mpf(case.dy)
    numbers = {item.symbol: mpmath.mpf(case.parameters[item.name]) for item in mode.parameters}
    for at in _places(case):
        positions = {
            item.name: _positions(
                exact_inputs[item.name].shape, layout.shapes[item.name], at, layout.flatten
            )
            for item in mode.inputs
        }
        output = _positions(_output_shape(mode, case), layout.output, at, layout.flatten)
        bound: dict[Any, Any] = dict(numbers)
        for item in mode.inputs:
            # Labels count from 0 in code and from 1 on paper.
            offset = 1 if item.domain.kind == "label" else 0
            bound[item.symbol] = bind(
                item.symbol, exact_inputs[item.name], positions[item.name], offset
            )
        if dy is not None:
            bound[mode.dy] = bind(mode.dy, dy, output, 0)
        shapes = {names_of(selector.symbol): output.shape for selector in mode.selectors}
        bind_selectors(mode, bound, lengths, shapes)
        yield Slice(bound, lengths, Evaluator(mode, bound, lengths), positions, output)


def _places(case: Case) -> Iterator[dict[str, Any]]:
    mapped = case.layout.mapped
    if ANY_SHAPE in mapped:
        shape = next(iter(case.inputs.values())).shape
        for place in np.ndindex(shape):
            yield {ANY_SHAPE: place}
        return
    for values in product(*(range(case.lengths[axis]) for axis in mapped)):
        yield dict(zip(mapped, values))


def _positions(
    shape: tuple[int, ...], axes: tuple[str, ...], at: Mapping[str, Any], flatten: bool
) -> Array:
    """Flat positions, in an array of ``shape``, of the elements that belong to the slice ``at``."""
    everything = np.arange(int(np.prod(shape, dtype=int))).reshape(shape)
    index: tuple[Any, ...] = ()
    for axis in axes:
        place = at.get(axis, slice(None))
        index += place if isinstance(place, tuple) else (place,)
    chosen = np.asarray(everything[index])
    return chosen.ravel() if flatten and chosen.ndim else chosen


def bind(symbol: Any, values: Array, positions: Array, offset: int = 0) -> Any:
    """The elements at ``positions``: an array for an IndexedBase, one number for a Symbol."""
    chosen = values.reshape(-1)[positions.reshape(-1)]
    shifted = np.array([each + offset for each in chosen], dtype=object)
    return shifted.reshape(positions.shape) if isinstance(symbol, sp.IndexedBase) else shifted[0]


def _lengths(mode: Mode, case: Case) -> dict[Any, int]:
    axes = {axis for axes in case.layout.shapes.values() for axis in axes}
    named = {**case.parameters, **case.lengths}
    shape = shape_of(tuple(axes - set(case.layout.mapped) - {ANY_SHAPE}), named)
    together = math.prod(shape)
    return {
        symbol: together if axis == "*" else length_of(axis, named)
        for symbol, axis in mode.sizes.items()
    }


def _to_mpf(values: Array) -> Array:
    flat = [mpmath.mpf(float(value)) for value in values.ravel()]
    result = np.empty(len(flat), dtype=object)
    result[:] = flat
    return result.reshape(values.shape)
