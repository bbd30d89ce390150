"""Give a verdict its diagnosis, to be looked for when somebody reads it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache, partial

from gradproof.arguments.untouched import untouched
from gradproof.diagnosis.engine import diagnoses, summed_up
from gradproof.diagnosis.floats.lost_digits import lost_digits
from gradproof.diagnosis.tape.quiet import quiet
from gradproof.tracing.record_trace import Program
from gradproof.verdicts import Diagnosis, Status, Verdict


def explained(verdict: Verdict, program: Program, seed: int = 0) -> Verdict:
    """Return the verdict about a program with its diagnosis, and so for each of its gradients.

    That of a PROVED says where floats lose the gradient at extreme inputs, if they do.
    """
    if verdict.status is Status.PROVED:
        return replace(verdict, explain=partial(_lost, program))
    if verdict.status is not Status.REFUTED:
        return verdict

    @cache
    def found() -> dict[str, Diagnosis]:
        try:
            with untouched(program.forward, program.backward, program.parameters):
                return diagnoses(program, seed)
        except Exception:  # of the author's code, on inputs that were not asked for
            return {}

    details = dict(verdict.details)
    gradients = details.get("gradients")
    if isinstance(gradients, Mapping):
        details["gradients"] = {
            name: replace(each, explain=partial(_of, found, name))
            if each.status is Status.REFUTED else each
            for name, each in gradients.items()
        }  # fmt: skip
    return replace(verdict, details=details, explain=lambda: summed_up(found()))


def _lost(program: Program) -> Diagnosis | None:
    try:
        with untouched(program.forward, program.backward, program.parameters), quiet():
            return lost_digits(program, tails=False)
    except Exception:  # of the author's code, on inputs that were not asked for
        return None


def _of(found: Callable[[], dict[str, Diagnosis]], name: str) -> Diagnosis | None:
    return found().get(name)
