"""The operations under test, and the ways to loop over them: nothing here names one."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import derivations
import impl
from gradproof.operation.derivation import Mode
from gradproof.operation.operations import Operation, load_operations
from gradproof.operation.sampling import draw_case
from gradproof.witnesses.runs import label
from gradproof.witnesses.textbook import textbook_of

OPERATIONS = load_operations(derivations, impl)

EACH_OPERATION = [pytest.param(operation, id=name) for name, operation in OPERATIONS.items()]

EACH_MODE = [
    pytest.param(operation, mode, id=label(operation, mode))
    for operation in OPERATIONS.values()
    for mode in operation.derivation.modes
]

# Those that have a gradient: not the running averages of batch norm.
EACH_LOSS = [each for each in EACH_MODE if each.values[1].loss is not None]  # type: ignore[union-attr]

EACH_CHAIN = [
    pytest.param(
        operation, mode, chain, id=f"{label(operation, mode)}-d{chain.of}-{chain.branch.label}"
    )
    for operation in OPERATIONS.values()
    for mode in operation.derivation.modes
    for chain in mode.chains
]

EACH_BACKWARD = [
    pytest.param(operation, mode, backward, id=label(operation, mode, backward))
    for operation in OPERATIONS.values()
    for mode in operation.derivation.modes
    for backward in mode.backwards
]

# Those whose file shows the lines that a book has, as well.
EACH_TEXTBOOK = [each for each in EACH_MODE if textbook_of(*each.values)]  # type: ignore[arg-type]

EACH_HARD_CASE = [
    pytest.param(operation, mode, hard, id=f"{label(operation, mode)}, {number}")
    for operation in OPERATIONS.values()
    for mode in operation.derivation.modes
    for number, hard in enumerate(mode.hard_cases, start=1)
]


def takes_complex_numbers(operation: Operation, mode: Mode) -> bool:
    """Whether the bare formula is one that a complex step can be taken of: math.erf is not."""
    at = draw_case(mode, np.random.default_rng(0))
    arguments = {
        item.name: at.inputs[item.name] + 0j if item.differentiable else at.inputs[item.name]
        for item in mode.inputs
    }
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("error", np.exceptions.ComplexWarning)
        try:
            operation.formula(mode)(**arguments, **at.parameters)
        except (TypeError, np.exceptions.ComplexWarning):
            return False
    return True


EACH_ANALYTIC = [each for each in EACH_BACKWARD if takes_complex_numbers(*each.values[:2])]

# Those kinks that lie at a value of an input. Others lie where an intermediate result is 0 (the
# step) or two of them tie (maxout): there the numeric derivatives have one slope on each side.
EACH_KINK = [
    pytest.param(operation, mode, backward, kink, id=f"{label(operation, mode, backward)}, {kink}")
    for operation in OPERATIONS.values()
    for mode in operation.derivation.modes
    for backward in mode.backwards
    for kink in mode.kinks
    if kink.variable in {item.symbol for item in mode.inputs}
]
