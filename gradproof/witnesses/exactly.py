"""The witness "code, exactly": the unmodified NumPy code, run on symbols, decided on every branch.

The bare formulas are traced: what surrounds them (checks of shapes and dtypes, copies) computes
nothing. Where an operation has a batch axis the claim is for every batch size m; other axes have
the lengths that the scope names.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gradproof.derivation import Layout, Mode, Parameter
from gradproof.layouts import ANY_SHAPE
from gradproof.operations import Operation
from gradproof.proof import prove_gradient
from gradproof.sampling import ORDINARY as SCALE
from gradproof.sampling import axes_of, draw_values, shape_of
from gradproof.text import Text
from gradproof.verdicts import Status, Verdict, certainty
from gradproof.witnesses.runs import label, modes_with_backward

METHOD = "tracing the code, and deciding the identity on every branch"

# An expression that is longer than this many characters is not printed.
LONGEST = 700

# Lengths of the axes; the batch, the first, becomes symbolic where it can.
_LENGTHS = (4, 3, 2, 2)
_ANY_SHAPE = (2, 3)


@dataclass(frozen=True)
class Proof:
    """One proof as a page prints it; ``computed`` is what the code was found to compute."""

    claim: str
    status: str
    method: str
    scope: str
    certainty: Text
    computed: Mapping[str, str]


def exactly(operation: Operation, seed: int = 0) -> Verdict:
    """Prove every backward of every mode the gradient of its forward."""
    claim = f"code of {operation.name}"
    verdicts = []
    for verdict in proofs(operation, seed):
        verdicts.append(verdict)
        if verdict.status is not Status.PROVED:
            return _with_reason(verdict)
    return Verdict(
        Status.PROVED,
        claim,
        METHOD,
        scope="; ".join(dict.fromkeys(verdict.scope for verdict in verdicts)),
        figure=_figure(verdicts),
        chance=_chance(verdicts),
        seed=seed,
        details={"proofs": tuple(_printable(verdict) for verdict in verdicts)},
    )


def proofs(operation: Operation, seed: int) -> Iterator[Verdict]:
    """One proof for each mode, backward function and layout."""
    for mode, backward in modes_with_backward(operation):
        for layout in mode.layouts:
            yield prove(operation, mode, backward, layout, seed)


def prove(
    operation: Operation, mode: Mode, backward: str, layout: Layout, seed: int, order: int = 1
) -> Verdict:
    """Prove one backward function, with arrays laid out as ``layout`` says."""
    rng = np.random.default_rng(seed)
    lengths = dict(zip(axes_of(layout), _LENGTHS))
    inputs = {
        item.name: draw_values(
            item, shape_of(layout.shapes[item.name], lengths, _ANY_SHAPE), lengths, rng, SCALE
        )
        for item in mode.inputs
    }
    defaults: dict[str, Any] = {item.name: item.default for item in mode.parameters}
    return prove_gradient(
        operation.formula(mode),
        inspect.unwrap(operation.backward(backward)),
        *inputs.values(),
        wrt=[item.name for item in mode.differentiable],
        batch=_batched(mode, layout),
        labels={
            item.name: lengths[item.domain.below]
            for item in mode.inputs
            if item.domain.kind == "label"
        },
        positive=[item.name for item in mode.inputs if item.domain.kind == "positive"],
        symbolic={item.name: _kind(item) for item in mode.parameters},
        seed=seed,
        order=order,
        name=f"gradients of {label(operation, mode, backward)}",
        **defaults,
    )


def _batched(mode: Mode, layout: Layout) -> list[str]:
    """The inputs whose first axis is the batch: the first axis of the first input."""
    first = layout.shapes[mode.inputs[0].name]
    if not first or first[0] == ANY_SHAPE:
        return []
    return [item.name for item in mode.inputs if layout.shapes[item.name][:1] == first[:1]]


def _kind(parameter: Parameter) -> str:
    """For which values the claim is made: those that the derivation's symbol may take."""
    if parameter.symbol.is_positive:
        return "positive"
    return "nonnegative" if parameter.symbol.is_nonnegative else "real"


def _with_reason(verdict: Verdict) -> Verdict:
    """A refutation says which gradient is wrong, also where an example says it all."""
    if verdict.reason or verdict.counterexample is None:
        return verdict
    gradient = verdict.counterexample.at.partition("[")[0]
    return replace(verdict, reason=f"{gradient} is not the derivative of what forward computes")


def _chance(verdicts: list[Verdict]) -> float | None:
    """The weakest of what the proofs say of their own chance of error."""
    return max((verdict.chance or 0.0 for verdict in verdicts), default=None)


def _printable(verdict: Verdict) -> Proof:
    computed = {}
    for name, expression in verdict.details.get("expressions", {}).items():
        written = str(expression)
        computed[name] = written if len(written) <= LONGEST else f"({expression.size} operations)"
    return Proof(
        verdict.claim, str(verdict.status), verdict.method, verdict.scope, verdict.certainty,
        computed,
    )  # fmt: skip


def _figure(verdicts: list[Verdict]) -> Text:
    count = len(verdicts)
    every = sum("every batch size" in verdict.scope for verdict in verdicts)
    parts = [Text("1 proof" if count == 1 else f"{count} proofs", f"증명 {count}개")]
    if every == count:
        parts.append(Text("for every m", "모든 m에 대해"))
    elif every:
        parts.append(Text(f"{every} for every m", f"그중 {every}개는 모든 m에 대해"))
    parts.append(certainty(_chance(verdicts), each=count > 1))
    return Text(", ".join(each.en for each in parts), ", ".join(each.ko for each in parts))
