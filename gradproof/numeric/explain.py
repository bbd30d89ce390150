"""The diagnosis of a gradient that the numeric check refuted."""

from __future__ import annotations

import inspect

from gradproof.numeric.problem import Problem
from gradproof.tracing.record import Program
from gradproof.verdicts import Status, Verdict


def explained(verdict: Verdict, problem: Problem, named: bool, seed: int) -> Verdict:
    """Return the verdict with its diagnosis, to be looked for when somebody reads it.

    named: whether the caller gave the inputs names; else those of forward's parameters are used.
    """
    if verdict.status is not Status.REFUTED:
        return verdict
    from gradproof.diagnosis.attach import explained as attached  # it uses what proofs use

    return attached(verdict, _program(problem, named), seed)


def _program(problem: Problem, named: bool) -> Program:
    names = problem.names if named else _names(problem)
    wrt = [names[problem.at(name)] for name in problem.wrt]
    return problem.called.program(dict(zip(names, problem.inputs)), wrt)


def _names(problem: Problem) -> tuple[str, ...]:
    try:
        known = tuple(inspect.signature(problem.forward).parameters)
    except (TypeError, ValueError):
        return problem.names
    usable = len(known) >= len(problem.names) and all(map(str.isidentifier, known))
    return known[: len(problem.names)] if usable else problem.names
