"""A wrong gradient is never left without a word: its slip, or what is known and what stopped it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from gradproof.arguments.untouched import untouched
from gradproof.diagnosis.engine import diagnoses, summed_up
from gradproof.diagnosis.scene.obstacles import Obstacle, obstacle, raised
from gradproof.diagnosis.sentences.not_found import not_found, with_numbers
from gradproof.diagnosis.tape.author_words import Sources
from gradproof.diagnosis.tape.quiet import quiet
from gradproof.numeric.check import check_gradient
from gradproof.numeric.relations.related import Related
from gradproof.tracing.record_trace import Program
from gradproof.verdicts import Diagnosis
from gradproof.work import Net


def slips_of(
    program: Program, seed: int = 0, sources: Sources | None = None, net: Net | None = None,
    known: Sequence[Diagnosis] = (),
) -> tuple[dict[str, Diagnosis], Obstacle | None]:  # fmt: skip
    """Return a diagnosis for each wrong gradient, and what stood in the way of those of others.

    known: slips of the same file that were found before; a layer's is also that of its network."""
    try:
        found = diagnoses(program, seed, sources, net=net, known=known)
        missing = any(name not in found for name in program.wrt)
        return found, obstacle(program, seed, sources) if missing else None
    except Exception as error:  # the author's code may raise anything on other inputs
        return {}, raised(error)


@dataclass
class Slips:
    """The diagnoses of a program that was refuted, looked for once.

    numbers: says how the numbers of its gradients are related to the true ones; default: the
    numeric check at the inputs as given.
    """

    program: Program
    seed: int = 0
    numbers: Callable[[], Diagnosis | None] | None = None

    @cached_property
    def _looked_for(self) -> tuple[dict[str, Diagnosis], Obstacle | None]:
        program = self.program
        with untouched(program.forward, program.backward, program.parameters), quiet():
            return slips_of(program, self.seed)

    def of(self, name: str) -> Diagnosis:
        """Return that of one gradient; "": of those that nothing was found about."""
        found, way = self._looked_for
        why = not_found(way.why, way.line) if way else not_found()
        return self._with_numbers(found.get(name, why), name)

    def of_all(self) -> Diagnosis:
        """Return the one that is told of all of them."""
        found = summed_up(self._looked_for[0])
        return self.of("") if found is None else self._with_numbers(found, "")

    def _with_numbers(self, found: Diagnosis, name: str) -> Diagnosis:
        if found.exact:
            return found
        try:
            seen = self.numbers() if self.numbers else _by_numbers(self.program, self.seed, name)
        except Exception:  # of the author's code
            seen = None
        return with_numbers(found, seen)


def _by_numbers(program: Program, seed: int, name: str) -> Diagnosis | None:
    wrt = (name,) if name else program.wrt
    verdict = check_gradient(
        program.forward, program.backward, *program.inputs.values(), wrt=wrt, seed=seed,
        names=tuple(program.inputs), labels=dict(program.labels), positive=program.positive,
        parameters=dict(program.parameters),
    )  # fmt: skip
    return verdict.explain() if isinstance(verdict.explain, Related) else None


__all__ = ["Slips", "slips_of"]
