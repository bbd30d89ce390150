"""The witnesses that need no code: SymPy's calculus, and the derivation's own steps.

``calculus``  SymPy differentiates the forward definition, and the closed form must equal it.
``paper``     every step must equal the one before it; so must every form, fact, limit and kink.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import sympy as sp

from gradproof.algebra import Decision, decide_zero
from gradproof.operation.derivation import Branch, Chain, Derivation, Fact, Form, Kink, Limit, Mode
from gradproof.operation.forward_graph import derivative, resolve
from gradproof.text import Text
from gradproof.verdicts import Status, Verdict


@dataclass(frozen=True)
class Finding:
    """The outcome of one exact comparison: ``name`` says which, ``detail`` what differs."""

    name: str
    decision: Decision
    detail: str = ""

    @property
    def holds(self) -> bool:
        """True only if the two sides were decided equal."""
        return self.decision is Decision.ZERO


def calculus(derivation: Derivation, name: str = "") -> Verdict:
    """Hold the closed form of every chain against SymPy's derivative of the definition."""
    findings = [
        finding for mode in derivation.modes for finding in _calculus_findings(derivation, mode)
    ]
    return _verdict(f"gradients of {name}", "SymPy's derivative of the definition", findings)


def paper(derivation: Derivation, name: str = "") -> Verdict:
    """Check every step against the one before it, and every form, fact, limit and kink."""
    findings = [finding for mode in derivation.modes for finding in paper_findings(mode)]
    return _verdict(f"derivation of {name}", "each step against the one before it", findings)


def paper_findings(mode: Mode) -> Iterator[Finding]:
    """Every exact comparison that the derivation of ``mode`` asks for, in order."""
    for chain in mode.chains:
        yield from step_findings(mode, chain)
    for form in mode.forms:
        yield form_finding(mode, form)
    for fact in mode.facts:
        yield fact_finding(mode, fact)
    for limit in mode.limits:
        yield limit_finding(mode, limit)
    for kink in mode.kinks:
        yield from kink_findings(mode, kink)


def step_findings(mode: Mode, chain: Chain) -> Iterator[Finding]:
    """Compare the first step with SymPy's derivative, and each later step with the one before."""
    for number in range(1, len(chain.steps) + 1):
        yield step_finding(mode, chain, number)


def step_finding(mode: Mode, chain: Chain, number: int) -> Finding:
    """Compare the step called ``number`` (from 1) with what it follows from."""
    step = chain.steps[number - 1]
    before = derivative(mode, chain.of) if number == 1 else chain.steps[number - 2].expression
    name = f"{mode.name}: d/d{chain.of}{_at(chain.branch)}, step {number} ({step.rule})"
    left = resolve(mode, before, chain.branch)
    right = resolve(mode, step.expression, chain.branch)
    return _compare(name, left, right, written=(before, step.expression))


def form_finding(mode: Mode, form: Form) -> Finding:
    """Compare another closed form with what it is a form of."""
    name = f"{mode.name}: form {form.of} = {form.expression}{_at(form.branch)}"
    left = resolve(mode, form.of, form.branch)
    return _compare(name, left, resolve(mode, form.expression, form.branch))


def fact_finding(mode: Mode, fact: Fact) -> Finding:
    """Compare the two sides of a consequence."""
    name = f"{mode.name}: fact {fact.left} = {fact.right}{_at(fact.branch)}"
    left = resolve(mode, fact.left, fact.branch)
    for symbol, value in fact.replace.items():
        left = _replace_input(left, symbol, value)
    return _compare(name, left, resolve(mode, fact.right, fact.branch))


_limit = lru_cache(maxsize=512)(sp.limit)


def limit_finding(mode: Mode, limit: Limit) -> Finding:
    """Compare a stated limit with SymPy's."""
    name = f"{mode.name}: limit of {limit.expression} for {limit.variable} -> {limit.at}"
    found = _limit(_at_end(mode, limit), limit.variable, limit.at)
    if found.is_infinite and limit.value.is_finite:  # their difference would decide nothing
        return Finding(name, Decision.NOT_ZERO, f"{limit.value} differs from {found}")
    return _compare(name, found, limit.value)


def kink_findings(mode: Mode, kink: Kink) -> Iterator[Finding]:
    """Compare both one-sided derivatives with SymPy's limits; a jump must be one."""
    whole = kink.function if kink.function is not None else mode.output_nodes[0].symbol
    function = resolve(mode, whole)
    name = f"{mode.name}: at {kink.variable} = {kink.at}"
    h = sp.Symbol("h", positive=True)
    here = function.subs(kink.variable, kink.at)
    values = {}
    for side, sign in (("left", -1), ("right", 1)):
        beside = function.subs(kink.variable, kink.at + sign * h)
        values[side] = _limit(beside, h, 0, "+")
        if kink.jump:
            slope = _limit(sp.diff(beside, h) * sign, h, 0, "+")
        else:
            slope = _limit((beside - here) / (sign * h), h, 0, "+")
        yield _compare(f"{name}, {side} derivative", slope, getattr(kink, side))
    jumps = decide_zero(values["left"] - values["right"]) is Decision.NOT_ZERO
    yield Finding(
        f"{name}, {'jump' if kink.jump else 'no jump'}",
        Decision.ZERO if jumps == kink.jump else Decision.NOT_ZERO,
        f"the one-sided values are {values['left']} and {values['right']}",
    )


def _calculus_findings(derivation: Derivation, mode: Mode) -> Iterator[Finding]:
    for chain in mode.chains:
        truth = resolve(mode, derivative(mode, chain.of), chain.branch)
        stated = resolve(mode, chain.closed_form, chain.branch)
        yield _compare(f"{mode.name}: d/d{chain.of}{_at(chain.branch)}", truth, stated)


def _compare(
    name: str, left: sp.Expr, right: sp.Expr, written: tuple[sp.Expr, sp.Expr] | None = None
) -> Finding:
    """Compare two resolved expressions; ``written`` is how they stand in the derivation."""
    if left == right:
        return Finding(name, Decision.ZERO)
    decision = decide_zero(left - right)
    if decision is Decision.ZERO:
        return Finding(name, decision)
    verb = "differs from" if decision is Decision.NOT_ZERO else "could not be shown equal to"
    before, after = written or (left, right)
    return Finding(name, decision, f"{after} {verb} {before}")


def _verdict(claim: str, method: str, findings: list[Finding]) -> Verdict:
    failed = [finding for finding in findings if not finding.holds]
    if not failed:
        noun = "identity" if len(findings) == 1 else "identities"
        details = {"findings": tuple(findings)}
        figure = Text(f"{len(findings)} {noun}, exact", f"항등식 {len(findings)}개, 정확")
        return Verdict(
            Status.PROVED, claim, method, figure=figure, chance=0.0, details=details
        )  # fmt: skip
    refuted = [finding for finding in failed if finding.decision is Decision.NOT_ZERO]
    status = Status.REFUTED if refuted else Status.UNDECIDED
    return Verdict(
        status,
        claim,
        method,
        figure=Text(
            f"{len(failed)} of {len(findings)} fail",
            f"{len(findings)}개 가운데 {len(failed)}개가 성립하지 않음",
        ),
        reason="; ".join(f"{each.name}: {each.detail}" for each in refuted or failed),
        details={"findings": tuple(findings)},
    )


def _at(branch: Branch) -> str:
    return f" where {branch.label}" if branch.label else ""


def _at_end(mode: Mode, limit: Limit) -> sp.Expr:
    """The expression as it reads far out: on the branch that reaches there, if there is one."""
    for branch in mode.branches:
        stand_in = branch.where.get(limit.variable)
        if stand_in is not None and stand_in.is_Symbol and _reaches(stand_in, limit.at):
            there = resolve(mode, limit.expression, branch)
            return there.subs(stand_in, limit.variable)
    return resolve(mode, limit.expression)


def _reaches(stand_in: sp.Expr, at: sp.Expr) -> bool:
    return bool(
        (at is sp.S.Infinity and stand_in.is_positive)
        or (at is sp.S.NegativeInfinity and stand_in.is_negative)
    )


def _replace_input(expression: sp.Expr, symbol: sp.Expr, value: sp.Expr) -> sp.Expr:
    from gradproof.algebra.indexed_sums import substitute_indexed

    marker = sp.IndexedBase("_held") if isinstance(symbol, sp.Indexed) else sp.Symbol("_held")
    held = marker[symbol.indices] if isinstance(symbol, sp.Indexed) else marker
    once = substitute_indexed(value, symbol, held)
    replaced = substitute_indexed(expression, symbol, once)
    return substitute_indexed(replaced, held, symbol)


__all__ = ["Finding", "calculus", "paper", "paper_findings"]
