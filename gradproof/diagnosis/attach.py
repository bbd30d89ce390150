"""Give a verdict its diagnosis, to be looked for when somebody reads it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, partial

from gradproof.arguments.untouched import untouched
from gradproof.diagnosis.engine import diagnoses, summed_up
from gradproof.diagnosis.floats.lost_digits import lost_digits
from gradproof.diagnosis.scene.obstacles import Obstacle, obstacle, raised
from gradproof.diagnosis.sentences.not_found import not_found, with_numbers
from gradproof.diagnosis.tape.author_words import Sources
from gradproof.diagnosis.tape.quiet import quiet
from gradproof.tracing.record_trace import Program
from gradproof.verdicts import Diagnosis, Status, Verdict
from gradproof.work import Net

Numbers = Callable[[str], Diagnosis | None]


def explained(
    verdict: Verdict, program: Program, seed: int = 0, numbers: Numbers | None = None
) -> Verdict:
    """Return the verdict about a program with its diagnosis, and so for each of its gradients.

    A REFUTED always has one: the slip; what is known of the steps; or what stood in the way, beside
    how its numbers are related to the true ones. That of a PROVED says where floats lose the
    gradient at extreme inputs, if they do.

    numbers: says how the numbers of a gradient ("": of any) are related to the true ones; default:
    the numeric check at the inputs as given.
    """
    if verdict.status is Status.PROVED:
        return replace(verdict, explain=partial(_lost, program))
    if verdict.status is not Status.REFUTED:
        return verdict
    slips = _Slips(program, seed, numbers or partial(_by_numbers, program, seed))
    details = dict(verdict.details)
    gradients = details.get("gradients")
    if isinstance(gradients, Mapping):
        details["gradients"] = {
            name: replace(each, explain=partial(slips.of, name))
            if each.status is Status.REFUTED else each
            for name, each in gradients.items()
        }  # fmt: skip
    return replace(verdict, details=details, explain=slips.of_all)


def slips_of(
    program: Program, seed: int = 0, sources: Sources | None = None, net: Net | None = None
) -> tuple[dict[str, Diagnosis], Obstacle | None]:
    """Return a diagnosis for each wrong gradient, and what stood in the way of those of others."""
    try:
        found = diagnoses(program, seed, sources, net=net)
        missing = any(name not in found for name in program.wrt)
        return found, obstacle(program, seed, sources) if missing else None
    except Exception as error:  # the author's code may raise anything on other inputs
        return {}, raised(error)


@dataclass
class _Slips:
    """The diagnoses of a program, looked for once."""

    program: Program
    seed: int
    numbers: Numbers

    @cached_property
    def _looked_for(self) -> tuple[dict[str, Diagnosis], Obstacle | None]:
        program = self.program
        with untouched(program.forward, program.backward, program.parameters), quiet():
            return slips_of(program, self.seed)

    def of(self, name: str) -> Diagnosis:
        """Return that of one gradient, which is wrong; "": of one that nothing was found about."""
        found, way = self._looked_for
        if name in found:
            return found[name]
        return with_numbers(not_found(way.why, way.line) if way else not_found(), self._seen(name))

    def of_all(self) -> Diagnosis:
        """Return the one that is told of all of them."""
        return summed_up(self._looked_for[0]) or self.of("")

    def _seen(self, name: str) -> Diagnosis | None:
        try:
            return self.numbers(name)
        except Exception:  # of the author's code
            return None


def _by_numbers(program: Program, seed: int, name: str) -> Diagnosis | None:
    """Return how the numbers of a gradient are related to the true ones, at the inputs as given."""
    from gradproof.numeric.check import check_gradient  # its verdicts are explained here, too
    from gradproof.numeric.relations.related import numbers_of

    wrt = (name,) if name else program.wrt
    verdict = check_gradient(
        program.forward, program.backward, *program.inputs.values(), wrt=wrt, seed=seed,
        names=tuple(program.inputs), labels=dict(program.labels), positive=program.positive,
        parameters=dict(program.parameters),
    )  # fmt: skip
    related = numbers_of(verdict)
    return None if related is None else related()


def _lost(program: Program) -> Diagnosis | None:
    try:
        with untouched(program.forward, program.backward, program.parameters), quiet():
            return lost_digits(program, tails=False)
    except Exception:  # of the author's code, on inputs that were not asked for
        return None
