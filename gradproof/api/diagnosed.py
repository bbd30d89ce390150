"""prove_gradient and check_gradient with a diagnosis, to be looked for when somebody reads it.

Proofs and checks know nothing of diagnoses, which use them. A verdict carries the program that it
is about, and here the one is given to the other.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, ParamSpec

from gradproof.arguments.untouched import untouched
from gradproof.numeric import check
from gradproof.numeric.relations.related import Related
from gradproof.proof import prove
from gradproof.tracing.record_trace import Program
from gradproof.verdicts import Diagnosis, Status, Verdict

if TYPE_CHECKING:
    from gradproof.diagnosis.never_silent import Slips

P = ParamSpec("P")


def explained(verdict: Verdict) -> Verdict:
    """Return a verdict with its diagnosis, and so for each of its gradients.

    A REFUTED always has one: the slip; what is known of the steps; or what stood in the way, beside
    how its numbers are related to the true ones. That of a PROVED says where floats lose the
    gradient at extreme inputs, if they do.
    """
    program = verdict.program
    if program is not None and verdict.status is Status.PROVED:
        return replace(verdict, explain=partial(_lost, program))
    if program is None or verdict.status is not Status.REFUTED:
        return verdict
    numbers = verdict.explain
    slips = _Later(program, verdict.seed or 0, numbers if isinstance(numbers, Related) else None)
    details = dict(verdict.details)
    gradients = details.get("gradients")
    if isinstance(gradients, Mapping):
        details["gradients"] = {
            name: replace(each, explain=partial(slips.of, name))
            if each.status is Status.REFUTED else each
            for name, each in gradients.items()
        }  # fmt: skip
    return replace(verdict, details=details, explain=slips.of_all)


@dataclass
class _Later:
    """The slips of a program, looked for, and imported, when somebody reads of them."""

    program: Program
    seed: int
    numbers: Related | None

    @cached_property
    def _slips(self) -> Slips:
        from gradproof.diagnosis.never_silent import Slips

        return Slips(self.program, self.seed, self.numbers)

    def of(self, name: str) -> Diagnosis:
        return self._slips.of(name)

    def of_all(self) -> Diagnosis:
        return self._slips.of_all()


def _lost(program: Program) -> Diagnosis | None:
    from gradproof.diagnosis.floats.lost_digits import lost_digits
    from gradproof.diagnosis.tape.quiet import quiet

    try:
        with untouched(program.forward, program.backward, program.parameters), quiet():
            return lost_digits(program, tails=False)
    except Exception:  # of the author's code, on inputs that were not asked for
        return None


def _diagnosed(decide: Callable[P, Verdict]) -> Callable[P, Verdict]:
    @functools.wraps(decide)
    def decided(*args: P.args, **options: P.kwargs) -> Verdict:
        __tracebackhide__ = True
        return explained(decide(*args, **options))

    return decided


check_gradient = _diagnosed(check.check_gradient)
prove_gradient = _diagnosed(prove.prove_gradient)
