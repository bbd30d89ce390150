"""The witness "code, exactly": the unmodified NumPy code, run on symbols, decided on every branch.

The bare formulas are traced: what surrounds them (checks of shapes and dtypes, copies) computes
nothing. Where an operation has a batch axis the claim is for every batch size m; other axes have
the lengths that the scope names.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Any

import numpy as np

from gradproof.operation.derivation import Layout, Mode, Parameter
from gradproof.operation.layouts import ANY_SHAPE, axes_of, lengths_for, shape_of
from gradproof.operation.operations import Operation
from gradproof.operation.sampling import ORDINARY as SCALE
from gradproof.operation.sampling import draw_values
from gradproof.proof import prove_gradient
from gradproof.text import Text
from gradproof.verdicts import Status, Verdict, certainty
from gradproof.witnesses.runs import label, modes_with_backward
from gradproof.witnesses.textbook import (
    constant_difference_of,
    difference_of,
    textbook_of,
)

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
    """One proof for each mode, backward function, layout and setting of what counts."""
    for mode, backward in modes_with_backward(operation):
        for layout in mode.layouts:
            for counts in settings_of(mode):
                yield prove(operation, mode, backward, layout, seed, counts=counts)
    for mode in operation.derivation.modes:
        yield from _of_textbook(operation, mode, seed)


def _of_textbook(operation: Operation, mode: Mode, seed: int) -> Iterator[Verdict]:
    """The textbook's backward is the gradient of its forward, which is the code's."""
    book = textbook_of(operation, mode)
    if book is None:
        return
    case = _example(mode, mode.layouts[0], seed, settings_of(mode)[0])
    name = label(operation, mode)
    yield case.proved(book.forward, book.backward, f"gradients of {name}, as a book has it")
    forward, backward = difference_of(book, operation.formula(mode))
    same = case.proved(forward, backward, f"outputs of {name} and as a book has it", scaled=True)
    if same.status is Status.UNDECIDED:
        # Logarithms of sums are seldom told equal; their slopes are fractions, and decided.
        places = [mode.inputs.index(item) for item in mode.differentiable]
        forward, backward = constant_difference_of(book, operation.formula(mode), places)
        names = ", ".join(item.name for item in mode.differentiable)
        claim = f"the difference of {name} and as a book has it does not depend on {names}"
        slopes = case.proved(forward, backward, claim)
        same = slopes if slopes.status is Status.PROVED else same
    yield same


def settings_of(mode: Mode) -> tuple[dict[str, int], ...]:
    """The defaults of the parameters that count, and each other value to try, one at a time."""
    defaults = {item.name: int(item.default) for item in mode.parameters if item.whole}
    others = [
        {**defaults, item.name: int(value)}
        for item in mode.parameters
        for value in item.tried
        if item.whole and value != item.default
    ]
    return (defaults, *others)


def prove(
    operation: Operation,
    mode: Mode,
    backward: str,
    layout: Layout,
    seed: int,
    order: int = 1,
    counts: Mapping[str, int] | None = None,
) -> Verdict:
    """Prove one backward function, with arrays laid out as ``layout`` says."""
    case = _example(mode, layout, seed, settings_of(mode)[0] if counts is None else counts)
    return case.proved(
        operation.formula(mode),
        inspect.unwrap(operation.backward(backward)),
        f"gradients of {label(operation, mode, backward)}",
        order,
    )


@dataclass(frozen=True)
class _Example:
    """Arguments whose shapes a proof is for, and what is claimed of each."""

    mode: Mode
    layout: Layout
    inputs: Mapping[str, Any]
    lengths: Mapping[str, int]
    parameters: Mapping[str, Any]
    seed: int

    def proved(
        self,
        forward: Callable[..., Any],
        backward: Callable[..., Any],
        name: str,
        order: int = 1,
        scaled: bool = False,
    ) -> Verdict:
        """Prove a pair; ``scaled``: its first argument is a number that multiplies the output."""
        items = self.mode.inputs
        scale = {"times": np.array(1.5)} if scaled else {}
        return prove_gradient(
            forward,
            backward,
            *scale.values(),
            *self.inputs.values(),
            names=[*scale, *self.inputs],
            wrt=[*scale] or [item.name for item in self.mode.differentiable],
            batch=_batched(self.mode, self.layout),
            labels={
                item.name: item.domain.choices(self.lengths) for item in items if item.domain.whole
            },
            positive=[item.name for item in items if item.domain.kind == "positive"],
            symbolic={item.name: _kind(item) for item in self.mode.parameters if not item.whole},
            seed=self.seed,
            order=order,
            name=name,
            parameters=dict(self.parameters),
        )


def _example(mode: Mode, layout: Layout, seed: int, counts: Mapping[str, int]) -> _Example:
    rng = np.random.default_rng(seed)
    parameters: dict[str, Any] = {item.name: item.default for item in mode.parameters}
    parameters.update(counts)
    lengths = _lengths(layout, parameters)
    named = {**parameters, **lengths}
    inputs = {
        item.name: draw_values(
            item, shape_of(layout.shapes[item.name], named, _ANY_SHAPE), lengths, rng, SCALE
        )
        for item in mode.inputs
    }
    return _Example(mode, layout, inputs, lengths, parameters, seed)


def _lengths(layout: Layout, parameters: Mapping[str, Any]) -> dict[str, int]:
    lengths = dict(zip_longest(axes_of(layout, parameters), _LENGTHS, fillvalue=_LENGTHS[-1]))
    return lengths_for(layout, lambda axis, least: lengths[axis], parameters)


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
