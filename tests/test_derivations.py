"""The mathematics: every step follows, every form is equal, and a false one is caught by name."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import Any

import pytest
import sympy as sp

from gradproof.algebra import Decision, decide_zero
from gradproof.operation.derivation import Chain, Mode
from gradproof.operation.forward_graph import resolve
from gradproof.operation.operations import Operation
from gradproof.text import Text
from gradproof.verdicts import Status
from gradproof.witnesses.symbolic import (
    calculus,
    fact_finding,
    form_finding,
    kink_findings,
    limit_finding,
    paper,
    step_finding,
)
from tests.catalogue import EACH_CHAIN, EACH_MODE, EACH_OPERATION


@pytest.mark.sampled(8)
@pytest.mark.parametrize("operation", EACH_OPERATION)
def test_every_gradient_equals_sympys_derivative(operation: Operation) -> None:
    verdict = calculus(operation.derivation, operation.name)
    assert verdict.status is Status.PROVED, str(verdict)


@pytest.mark.sampled(5)
@pytest.mark.parametrize("operation", EACH_OPERATION)
def test_every_step_form_fact_limit_and_kink_is_proved(operation: Operation) -> None:
    verdict = paper(operation.derivation, operation.name)
    assert verdict.status is Status.PROVED, str(verdict)


@pytest.mark.parametrize(("operation", "mode"), EACH_MODE)
def test_every_differentiable_input_has_a_gradient(operation: Operation, mode: Mode) -> None:
    assert bool(mode.differentiable) == bool(mode.backwards), "no backward, or nothing for it to do"
    derived = {
        chain.of.base if isinstance(chain.of, sp.Indexed) else chain.of for chain in mode.chains
    }
    for item in mode.differentiable:
        assert item.symbol in derived, f"{operation.name}: no chain for {item.name}"


@pytest.mark.sampled(8)
@pytest.mark.parametrize(("operation", "mode", "chain"), EACH_CHAIN)
def test_a_false_step_is_refuted_by_its_number(
    operation: Operation, mode: Mode, chain: Chain
) -> None:
    """Negated and one too much by turns; 0 negated is still 0."""
    slips = ["one more"] if _is_zero(mode, chain, chain.closed_form) else ["negated", "one more"]
    for number, step in enumerate(chain.steps, start=1):
        wrong = _planted(step.expression, slips[number % len(slips)])
        steps = list(chain.steps)
        steps[number - 1] = replace(step, expression=wrong)
        planted = replace(chain, steps=tuple(steps))
        found = step_finding(_with_chain(mode, chain, planted), planted, number)
        assert f"step {number} " in found.name
        assert found.decision is Decision.NOT_ZERO, found


@pytest.mark.sampled(8)
@pytest.mark.parametrize(("operation", "mode"), EACH_MODE)
def test_a_false_form_fact_or_limit_is_refuted(operation: Operation, mode: Mode) -> None:
    one = sp.S.One
    for form in mode.forms:
        assert not _holds(form_finding(mode, replace(form, expression=form.expression + one)))
    for fact in mode.facts:
        assert not _holds(fact_finding(mode, replace(fact, right=fact.right + one)))
    for limit in mode.limits:
        wrong = sp.S.Zero if limit.value.is_infinite else limit.value + one
        assert not _holds(limit_finding(mode, replace(limit, value=wrong)))
    for kink in mode.kinks:
        for wrong in (
            replace(kink, left=kink.left + one),
            replace(kink, right=kink.right + one),
            replace(kink, jump=not kink.jump),
        ):
            assert not all(finding.holds for finding in kink_findings(mode, wrong))


@pytest.mark.sampled(5)
@pytest.mark.parametrize("operation", EACH_OPERATION)
def test_a_false_step_makes_the_witness_name_operation_and_step(operation: Operation) -> None:
    mode = operation.derivation.modes[0]
    chain = mode.chains[-1]
    last = chain.steps[-1]
    wrong = replace(last, expression=last.expression + 1)
    planted = replace(chain, steps=(*chain.steps[:-1], wrong))
    derivation = replace(
        operation.derivation,
        modes=(_with_chain(mode, chain, planted), *operation.derivation.modes[1:]),
    )
    on_paper = paper(derivation, operation.name)
    for verdict in (calculus(derivation, operation.name), on_paper):
        assert verdict.status is Status.REFUTED
        assert operation.name in verdict.claim
        assert f"d/d{chain.of}" in verdict.reason
    assert f"step {len(chain.steps)} ({last.rule})" in on_paper.reason


@pytest.mark.parametrize("operation", EACH_OPERATION)
def test_every_text_is_there_in_both_languages(operation: Operation) -> None:
    texts = list(_texts(operation.derivation))
    assert texts
    for text in texts:
        assert text.en.strip(), text
        assert text.ko.strip(), text


@pytest.mark.parametrize("operation", EACH_OPERATION)
def test_every_derivation_is_complete(operation: Operation) -> None:
    derivation = operation.derivation
    assert any(mode.special_values for mode in derivation.modes), "no special values"
    for mode in derivation.modes:
        for chain in mode.chains:
            assert len(chain.steps) >= 2, f"{chain.of}: a derivation of fewer than two steps"


def _is_zero(mode: Mode, chain: Chain, expression: sp.Expr) -> bool:
    return decide_zero(resolve(mode, expression, chain.branch)) is Decision.ZERO


def _planted(expression: sp.Expr, slip: str) -> sp.Expr:
    return {"negated": -expression, "one more": expression + 1}[slip]


def _with_chain(mode: Mode, old: Chain, new: Chain) -> Mode:
    return replace(mode, chains=tuple(new if chain is old else chain for chain in mode.chains))


def _holds(finding: Any) -> bool:
    return bool(finding.holds)


def _texts(record: Any) -> Any:
    if isinstance(record, Text):
        yield record
    elif is_dataclass(record):
        for field in fields(record):
            yield from _texts(getattr(record, field.name))
    elif isinstance(record, (tuple, list)):
        for each in record:
            yield from _texts(each)
