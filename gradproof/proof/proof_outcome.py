"""From findings to verdicts: what is claimed, for which inputs, and by which method."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gradproof.arguments.backward_calls import split_output
from gradproof.arguments.returned import gradient_name
from gradproof.proof.claims import Finding
from gradproof.proof.counterexample import arrays_at, cotangent_at, parameters_at
from gradproof.proof.scope import Expression, domain, kinks_text, quantified
from gradproof.proof.snippets import literal, short, snippet
from gradproof.proof.zero.identity import ERROR_BITS
from gradproof.tracing.nodes import Node
from gradproof.tracing.record_trace import Program, Trace
from gradproof.verdicts import Counterexample, Status, Verdict, certainty

RANDOM = "tracing and random evaluation in a prime field"
EXACT = "tracing and exact normal forms"


@dataclass
class Outcome:
    """What a whole proof came to."""

    program: Program
    record: Trace | None = None
    findings: Sequence[Finding] = ()
    prime_bits: int = 0
    reason: str = ""
    note: str = ""
    missing: Exception | None = None
    second: str | None = None
    obligations: list[tuple[Node, int]] = field(default_factory=list)
    literals: dict[float, str] = field(default_factory=dict)
    verdicts: dict[str, Verdict] = field(default_factory=dict)

    @property
    def method(self) -> str:
        """How the claims were decided; one random evaluation makes it the random method."""
        return RANDOM if self.prime_bits or not self.findings else EXACT

    @property
    def chance(self) -> float:
        """The bound on the chance of error; exact normal forms have none."""
        return 2.0**-ERROR_BITS if self.prime_bits else 0.0

    @property
    def status(self) -> Status:
        """The weakest status among the gradients."""
        if not self.findings:
            return Status.UNDECIDED
        found = {finding.status for finding in self.findings}
        if found & {"refuted", "shape"}:
            return Status.REFUTED
        if found != {"proved"} or self.second:
            return Status.UNDECIDED
        return Status.PROVED

    def finish(self) -> None:
        """Make the verdicts of the gradients while the expressions are at hand."""
        for finding in self.findings:
            self.verdicts[finding.name] = gradient_verdict(self, finding)


def undecided(program: Program, reason: str, missing: Exception | None = None) -> Outcome:
    """Return the outcome of a proof that did not come to an end; missing: a gradient, if it is."""
    return Outcome(program, reason=reason, missing=missing)


def unprovable(names: Sequence[str], claim: str) -> Verdict:
    """The verdict on complex inputs, which symbols do not stand for."""
    which = ", ".join(names)
    return Verdict(
        Status.UNDECIDED, claim, RANDOM,
        reason=f"{which} is complex, and a proof speaks of real numbers: pass its real and its "
        "imaginary part as inputs of their own, or use check_gradient, which takes complex ones",
    )  # fmt: skip


def gradient_verdict(outcome: Outcome, finding: Finding) -> Verdict:
    """Return the verdict about the gradient of one input."""
    claim = gradient_name(finding.name)
    record = outcome.record
    assert record is not None
    if finding.status == "shape":
        return _wrong_shape(outcome, finding)
    if finding.status == "refuted":
        return Verdict(
            Status.REFUTED, claim, outcome.method, counterexample=_counterexample(outcome, finding),
            reason=finding.reason,
        )  # fmt: skip
    if finding.status == "undecided":
        return Verdict(Status.UNDECIDED, claim, outcome.method, reason=finding.reason)
    return Verdict(
        Status.PROVED,
        claim,
        outcome.method,
        scope=scope_text(outcome, finding),
        chance=outcome.chance,
        figure=certainty(outcome.chance),
        details={"expression": _expression(record.gradients[finding.name].data, claim)},
    )


def scope_text(outcome: Outcome, finding: Finding) -> str:
    """Say for which inputs the gradient is proved."""
    record = outcome.record
    assert record is not None
    text = quantified(outcome.program, record)
    where = domain(outcome.obligations)
    if where:
        text += " where " + " and ".join(where)
    parts = [text, *kinks_text(finding.kinks, list(record.dy.data.reshape(-1)))]
    if finding.unexamined:
        parts.append("points where a condition holds with equality are not covered")
    elif finding.corners:
        parts.append("points where two conditions hold with equality at once are not covered")
    if record.refused:
        parts.append(f"where the code does not raise {record.refused[0][1].partition('):')[0]})")
    parts += record.side_effects
    parts += [f"reading {value!r} as {form}" for value, form in outcome.literals.items()]
    return "; ".join(parts)


def _wrong_shape(outcome: Outcome, finding: Finding) -> Verdict:
    record = outcome.record
    assert record is not None
    name = finding.name
    got = shape_text(record.gradients[name])
    wanted = shape_text(record.inputs[name])
    inputs = {k: literal(v) for k, v in outcome.program.inputs.items()}
    called = gradient_name(name)
    example = Counterexample(inputs, f"{called}.shape", got, wanted)
    reason = f"{called} has shape {got}, but {name} has shape {wanted}"
    return Verdict(
        Status.REFUTED, called, outcome.method, reason=reason, counterexample=example
    )  # fmt: skip


def shape_text(array: Any) -> str:
    """Return a shape with m for the batch axis."""
    parts = ["m" if axis in array.batch else str(n) for axis, n in enumerate(array.data.shape)]
    return f"({', '.join(parts)}{',' if len(parts) == 1 else ''})"


def _counterexample(outcome: Outcome, finding: Finding) -> Counterexample:
    program, record, found = outcome.program, outcome.record, finding.difference
    assert record is not None
    assert found is not None
    arrays = arrays_at(program, record, found.point)
    dy = cotangent_at(record, found.point)
    parameters = parameters_at(program, found.point)
    inputs = {k: literal(v) for k, v in arrays.items()}
    inputs["dy"] = literal(dy)
    inputs |= {k: _short(v) for k, v in parameters.items()}
    index, called = ", ".join(map(str, finding.at)), gradient_name(finding.name)
    return Counterexample(
        inputs,
        at=f"{called}[{index}]" if index else called,
        got=f"{found.code:.6g}",
        wanted=f"{found.true:.6g}",
        snippet=snippet(program, arrays, dy, parameters, finding.name, finding.at,
                        _has_cache(program, arrays, parameters), finding.side),
    )  # fmt: skip


def _has_cache(program: Program, arrays: dict[str, np.ndarray], parameters: dict[str, Any]) -> bool:
    copies = {k: v.copy() for k, v in arrays.items()}
    with np.errstate(all="ignore"):
        return split_output(program.outputs(copies.values(), parameters), program.backward)[2]


def _short(value: Any) -> Any:
    return short(value) if isinstance(value, (int, float)) else value


def _expression(nodes: np.ndarray, name: str) -> Expression | None:
    flat = nodes.reshape(-1)
    return Expression(flat[0], name) if len(flat) else None


def combined(claim: str, outcome: Outcome, seed: int, start: float) -> Verdict:
    """Join the verdicts of the gradients into one."""
    seconds = time.monotonic() - start
    if not outcome.findings or outcome.record is None:
        reason = "; ".join(part for part in (outcome.reason, outcome.note) if part)
        return Verdict(
            Status.UNDECIDED, claim, outcome.method, reason=reason, seed=seed, seconds=seconds,
            details={"missing": outcome.missing} if outcome.missing is not None else {},
        )  # fmt: skip
    verdicts = outcome.verdicts
    worst = next(
        (v for s in (Status.REFUTED, Status.UNDECIDED) for v in verdicts.values() if v.status is s),
        None,
    )
    record = outcome.record
    expressions = {"y": _expression(record.y.data, "y")}
    expressions |= {
        called: _expression(array.data, called)
        for called, array in zip(map(gradient_name, record.gradients), record.gradients.values())
    }
    details = {
        "gradients": verdicts,
        "expressions": expressions,
        "paths": record.paths,
        "side_effects": tuple(record.side_effects),
        "prime_bits": outcome.prime_bits,
        "note": outcome.note,
        "order": 1 if outcome.second is None else 2,
    }
    status = outcome.status
    reasons = [outcome.second or "", outcome.note]
    if worst is not None:
        named = len(verdicts) == 1 or worst.reason.startswith(worst.claim)
        label = f"{worst.claim}: " if worst.reason and not named else ""
        reasons.insert(0, label + worst.reason)
    scopes = list(dict.fromkeys(v.scope for v in verdicts.values() if v.scope))
    scope = scopes[0] if len(scopes) == 1 else "; ".join(
        f"{v.claim} {v.scope}" for v in verdicts.values() if v.scope
    )  # fmt: skip
    if outcome.second == "" and status is Status.PROVED:
        scope += "; second derivatives too, where no condition holds with equality"
    return Verdict(
        status, claim, outcome.method,
        scope=scope if status is Status.PROVED else "",
        figure=certainty(outcome.chance) if status is Status.PROVED else "",
        chance=outcome.chance if status is Status.PROVED else None,
        reason="; ".join(r for r in reasons if r),
        counterexample=worst.counterexample if worst is not None else None,
        seed=seed, seconds=seconds, details=details,
    )  # fmt: skip
