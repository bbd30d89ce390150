"""The facts that a derivation proves must hold of the code's own numbers as well."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import mpmath
import numpy as np
import pytest
import sympy as sp

from gradproof.operation.derivation import Fact, Mode
from gradproof.operation.evaluation import DIGITS, Evaluator
from gradproof.operation.exact_outcome import Slice, bind, exact_gradients, slices
from gradproof.operation.forward_graph import chains_of, names_of
from gradproof.operation.operations import Operation
from gradproof.operation.sampling import Array, Case, draw_case
from gradproof.witnesses.runs import label, run_backward, run_forward
from tests.catalogue import EACH_BACKWARD, OPERATIONS

UNIT = float(np.finfo(np.float64).eps)


def _speaks_of_numbers(mode: Mode, fact: Fact) -> bool:
    """Whether the fact can be read off one run of the code.

    Not an invariance, nor about a derivative, nor on a branch of something that is no input: those
    are proved of the definition, in tests/test_cross_check.py.
    """
    inputs = {item.symbol for item in mode.inputs}
    about_code = not fact.replace and not (fact.left - fact.right).has(sp.Derivative)
    return about_code and set(fact.branch.where) <= inputs and not _speaks_of_shared(mode, fact)


def _speaks_of_shared(mode: Mode, fact: Fact) -> bool:
    """Whether it speaks of the gradient of an input that slices share: the code sums theirs."""
    shared = {
        names_of(chain.gradient)
        for layout in mode.layouts
        for item in mode.differentiable
        if not set(layout.mapped) <= set(layout.shapes[item.name])
        for chain in chains_of(mode, item.name)
        if chain.gradient is not None
    }
    return any(each in shared for each in (fact.left - fact.right).atoms(sp.IndexedBase, sp.Symbol))


EACH_FACT = [
    pytest.param(operation, mode, backward, fact, id=f"{label(operation, mode, backward)}-{number}")
    for operation in OPERATIONS.values()
    for mode in operation.derivation.modes
    for backward in mode.backwards
    for number, fact in enumerate(mode.facts, start=1)
    if _speaks_of_numbers(mode, fact)
]


@pytest.mark.parametrize(("operation", "mode", "backward", "fact"), EACH_FACT)
def test_facts_hold_of_the_code(
    operation: Operation, mode: Mode, backward: str, fact: Fact
) -> None:
    compared = 0
    for seed, layout in enumerate(mode.layouts):
        case = draw_case(mode, np.random.default_rng(seed), layout)
        (y,), cache = run_forward(operation, mode, case)
        assert case.dy is not None
        gradients = run_backward(operation, mode, backward, case.dy, cache)
        for difference, bound in residuals(mode, fact, case, y, gradients):
            compared += 1
            assert difference <= bound, f"{fact.left} = {fact.right}: off by {difference}"
    assert compared, "the fact was never compared with numbers"


def test_most_operations_have_such_a_fact() -> None:
    """Of some, all facts are invariances and slopes: SymPy proves those."""
    having = {parameter.values[0].name for parameter in EACH_FACT}
    assert len(having) > len(OPERATIONS) / 2


def test_a_gradient_that_breaks_a_fact_is_seen() -> None:
    assert len(list(islice(_broken(), 5))) == 5


def _broken() -> Iterator[Fact]:
    """The facts that break where something is added to every gradient."""
    for parameter in EACH_BACKWARD:
        operation, mode, backward = parameter.values
        assert isinstance(operation, Operation)
        assert isinstance(mode, Mode)
        case = draw_case(mode, np.random.default_rng(1), mode.layouts[0])
        (y,), cache = run_forward(operation, mode, case)
        gradients = run_backward(operation, mode, str(backward), case.dy, cache)  # type: ignore[arg-type]
        shifted = {name: value + 0.5 for name, value in gradients.items()}
        for fact in mode.facts:
            if _speaks_of_numbers(mode, fact) and any(
                distance > bound for distance, bound in residuals(mode, fact, case, y, shifted)
            ):
                yield fact


def residuals(
    mode: Mode, fact: Fact, case: Case, y: Array, gradients: dict[str, Array]
) -> list[tuple[float, float]]:
    """How far apart the fact's sides are on the code's numbers, with the bound, per slice."""
    found = []
    exact = exact_gradients(mode, case)
    with mpmath.workdps(DIGITS):
        for part in slices(mode, case):
            if fact.branch.where and not part.evaluate.applies(fact.branch):
                continue
            evaluate = Evaluator(mode, _with_code(mode, part, y, gradients), part.lengths)
            at = _first_indices(fact, part)
            left, right = evaluate(fact.left, at), evaluate(fact.right, at)
            inherited = sum(float(np.sum(each.error)) for each in exact.values())
            scale = float(left.error + right.error) + inherited
            found.append((float(abs(left.value - right.value)), 16 * UNIT * scale))
    return found


def _with_code(mode: Mode, part: Slice, y: Array, gradients: dict[str, Array]) -> dict[Any, Any]:
    bound = dict(part.bound)
    output = mode.output_nodes[0].symbol
    bound[names_of(output)] = _bind(output, y, part.output)
    for item in mode.differentiable:
        for chain in chains_of(mode, item.name):
            if chain.gradient is not None and not mode.local:
                bound[names_of(chain.gradient)] = _bind(
                    chain.gradient, gradients[item.name], part.positions[item.name]
                )
    return bound


def _bind(symbol: sp.Expr, values: Array, positions: Array) -> Any:
    exact = np.array([mpmath.mpf(float(each)) for each in np.ravel(values)], dtype=object)
    return bind(names_of(symbol), exact, positions)


def _first_indices(fact: Fact, part: Slice) -> dict[sp.Symbol, int]:
    """Index 1 for every free index."""
    free = (fact.left.free_symbols | fact.right.free_symbols) - set(part.lengths)
    indices = {symbol for symbol in free if symbol.is_integer and isinstance(symbol, sp.Symbol)}
    return dict.fromkeys(indices, 1)
