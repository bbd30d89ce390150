"""The diagnosis of a gradient that the numeric check refuted."""

from __future__ import annotations

from dataclasses import replace

from gradproof.numeric.problem import Problem
from gradproof.numeric.relations.related import Explained, Related
from gradproof.tracing.record_trace import Program
from gradproof.verdicts import Status, Verdict


def explained(verdict: Verdict, problem: Problem, seed: int) -> Verdict:
    """Return the verdict with its diagnosis, to be looked for when somebody reads it."""
    if verdict.status is not Status.REFUTED:
        return verdict
    from gradproof.diagnosis.attach import explained as attached  # it uses what proofs use

    program = Program(
        problem.forward, problem.backward, dict(zip(problem.names, problem.inputs)), problem.wrt,
        dict(problem.parameters), labels=problem.labels, positive=problem.positive,
    )  # fmt: skip
    numbers, found = verdict.explain, attached(verdict, program, seed, lambda name: None)
    if not isinstance(numbers, Related):
        return found
    assert callable(found.explain)
    return replace(found, explain=Explained(found.explain, numbers))
