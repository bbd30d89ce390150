"""The diagnosis of a gradient that the numeric check refuted."""

from __future__ import annotations

from gradproof.numeric.problem import Problem
from gradproof.tracing.record import Program
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
    return attached(verdict, program, seed)
