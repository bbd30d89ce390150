"""prove_gradient and check_gradient with a diagnosis, to be looked for when somebody reads it.

Proofs and checks know nothing of diagnoses, which use them. A verdict carries the program that it
is about, and here the one is given to the other.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache, partial
from typing import ParamSpec

from gradproof.arguments.untouched import untouched
from gradproof.numeric import check
from gradproof.numeric.relations.related import Related
from gradproof.proof import prove
from gradproof.text import Text
from gradproof.tracing.record_trace import Program
from gradproof.verdicts import Diagnosis, Status, Verdict

P = ParamSpec("P")
Search = Callable[[], Diagnosis | None]


def explained(verdict: Verdict) -> Verdict:
    """Return a verdict with its diagnosis, and so for each of its gradients.

    That of a PROVED says where floats lose the gradient at extreme inputs, if they do.
    """
    program = verdict.program
    if program is not None and verdict.status is Status.PROVED:
        return replace(verdict, explain=partial(_lost, program))
    if program is None or verdict.status is not Status.REFUTED:
        return verdict
    found = cache(partial(_slips, program, verdict.seed or 0))
    details = dict(verdict.details)
    gradients = details.get("gradients")
    if isinstance(gradients, Mapping):
        details["gradients"] = {
            name: replace(each, explain=partial(_of, found, name))
            if each.status is Status.REFUTED else each
            for name, each in gradients.items()
        }  # fmt: skip
    numbers, followed = verdict.explain, partial(_summed_up, found)
    either = partial(_either, followed, numbers) if isinstance(numbers, Related) else followed
    return replace(verdict, details=details, explain=either)


def _lost(program: Program) -> Diagnosis | None:
    from gradproof.diagnosis.floats.lost_digits import lost_digits
    from gradproof.diagnosis.tape.quiet import quiet

    try:
        with untouched(program.forward, program.backward, program.parameters), quiet():
            return lost_digits(program, tails=False)
    except Exception:  # of the author's code, on inputs that were not asked for
        return None


def _slips(program: Program, seed: int) -> dict[str, Diagnosis]:
    from gradproof.diagnosis.engine import diagnoses

    try:
        with untouched(program.forward, program.backward, program.parameters):
            return diagnoses(program, seed)
    except Exception:  # of the author's code, on inputs that were not asked for
        return {}


def _summed_up(found: Callable[[], dict[str, Diagnosis]]) -> Diagnosis | None:
    from gradproof.diagnosis.engine import summed_up

    return summed_up(found())


def _of(found: Callable[[], dict[str, Diagnosis]], name: str) -> Diagnosis | None:
    return found().get(name)


def _either(followed: Search, numbers: Search) -> Diagnosis | None:
    """A diagnosis by the code's own steps, else by its numbers: the first that explains it."""
    found = followed()
    if found is not None and found.exact:
        return found
    seen = numbers()
    if found is None or seen is None:
        return found or seen
    return found if not seen.exact else _with_both(seen, found)


def _with_both(seen: Diagnosis, found: Diagnosis) -> Diagnosis:
    """What is known of the steps, after what the numbers say."""
    message = Text(*(f"{a} {b}" for a, b in zip(seen.message, found.message)))
    return replace(found, kind=seen.kind, message=message, exact=False, term=seen.term,
                   edits=(), steps=())  # fmt: skip


def _diagnosed(decide: Callable[P, Verdict]) -> Callable[P, Verdict]:
    @functools.wraps(decide)
    def decided(*args: P.args, **options: P.kwargs) -> Verdict:
        __tracebackhide__ = True
        return explained(decide(*args, **options))

    return decided


check_gradient = _diagnosed(check.check_gradient)
prove_gradient = _diagnosed(prove.prove_gradient)
