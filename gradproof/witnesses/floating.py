"""The witness "code, in floating point": backward against numeric derivatives of forward."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import sympy as sp

from gradproof.numeric import check_gradient
from gradproof.operation.derivation import Kink, Mode
from gradproof.operation.operations import Operation
from gradproof.operation.sampling import SCALES, Case, draw_case, repeats, smallest_case
from gradproof.text import Text
from gradproof.verdicts import Counterexample, Status, Verdict
from gradproof.witnesses.runs import (
    label,
    modes_with_backward,
    run_backward,
    run_forward,
    until_failure,
)

METHOD = "complex step and central differences of the code"


def floating(operation: Operation, seed: int = 0) -> Verdict:
    """Check every backward at random inputs of every layout and scale, and at every kink."""
    claim = f"backward of {operation.name}"
    verdicts, failed = until_failure(_at_random_inputs(operation, seed))
    kinks, failed_at_kink = until_failure(_at_kinks(operation))
    for wrong in (failed, failed_at_kink):
        if wrong is not None:
            return replace(wrong, seed=seed)
    tightest = max(verdicts, key=_ratio)
    return Verdict(
        Status.CHECKED,
        claim,
        METHOD,
        scope="; ".join([f"{len(verdicts)} random cases", *(k.scope for k in kinks if k.scope)]),
        figure=_figure(_number(tightest.error), _number(tightest.bound)),
        error=tightest.error,
        bound=tightest.bound,
        cases=len(verdicts),
        seed=seed,
        details={"methods": sorted({each.method for each in verdicts})},
    )


def check_case(operation: Operation, mode: Mode, backward: str, case: Case, seed: int) -> Verdict:
    """Check one backward function at one case."""
    return check_gradient(
        operation.forward(mode),
        operation.backward(backward),
        *case.arguments(),
        names=tuple(case.inputs),
        wrt=tuple(item.name for item in mode.differentiable),
        parameters=case.parameters,
        dy=case.dy,
        seed=seed,
        formula=operation.formula(mode),
        name=f"gradients of {label(operation, mode, backward)}",
    )


def kink_verdicts(operation: Operation, mode: Mode, backward: str, kink: Kink) -> Iterator[Verdict]:
    """At the kink any subgradient is right, and is reported; just beside it only one value is."""
    inputs = [item.name for item in mode.inputs if item.symbol == kink.variable]
    if kink.jump or not inputs:
        return
    others = {item.name: 1.0 for item in mode.inputs}
    values = {item.symbol: sp.Float(item.default) for item in mode.parameters}
    values.update({item.symbol: sp.Float(others[item.name]) for item in mode.inputs})
    del values[kink.variable]
    at, left, right = (float(each.subs(values)) for each in (kink.at, kink.left, kink.right))
    low, high = min(left, right), max(left, right)
    beside = 1e-9 * max(1.0, abs(at))
    where = {at - beside: (left, left), at: (low, high), at + beside: (right, right)}
    for x, (least, most) in where.items():
        case = smallest_case(mode, {**others, inputs[0]: x})
        _, cache = run_forward(operation, mode, case)
        assert case.dy is not None
        got = float(run_backward(operation, mode, backward, case.dy, cache)[inputs[0]].flat[0])
        yield _kink_verdict(label(operation, mode, backward), x, at, got, least, most)


def _kink_verdict(name: str, x: float, at: float, got: float, least: float, most: float) -> Verdict:
    # Beside the kink the derivative has moved from the one-sided one by about the distance.
    slack = 1e-8 * max(1.0, abs(least), abs(most)) if x != at else 0.0
    claim = f"dx of {name} at {x:g}"
    wanted = f"{least:g}" if least == most else f"any value in [{least:g}, {most:g}]"
    if not least - slack <= got <= most + slack:
        example = Counterexample({"x": x, "dy": 1.0}, "dx", f"{got:g}", wanted)
        return Verdict(
            Status.REFUTED, claim, METHOD, reason="wrong at a kink", counterexample=example
        )
    scope = f"at x = {at:g} the code returns {got:g}, of {wanted}" if x == at else ""
    return Verdict(Status.CHECKED, claim, METHOD, scope=scope)


def _at_kinks(operation: Operation) -> Iterator[Verdict]:
    for mode, backward in modes_with_backward(operation):
        for kink in mode.kinks:
            yield from kink_verdicts(operation, mode, backward, kink)


def _at_random_inputs(operation: Operation, seed: int) -> Iterator[Verdict]:
    for mode, backward in modes_with_backward(operation):
        rng = np.random.default_rng(seed)
        for layout in mode.layouts:
            for scale in SCALES * repeats(layout):
                case = draw_case(mode, rng, layout, scale)
                yield check_case(operation, mode, backward, case, seed)


def _figure(error: str, bound: str) -> Text:
    return Text(f"error {error}, bound {bound}", f"오차 {error}, 한계 {bound}")


def _number(value: float | None) -> str:
    """One digit; a bound of a few of the smallest numbers there are is 0 to a reader."""
    return "0" if not value or value < np.finfo(float).tiny else f"{value:.0e}"


def _ratio(verdict: Verdict) -> float:
    if not verdict.bound:
        return 0.0
    return (verdict.error or 0.0) / verdict.bound


__all__: list[Any] = ["check_case", "floating", "kink_verdicts"]
