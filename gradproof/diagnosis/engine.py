"""diagnose: what is wrong with a backward, in words."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from gradproof.diagnosis.arithmetic import lost_digits
from gradproof.diagnosis.catalogue import NOT_FOLLOWED, SENTENCES, filled
from gradproof.diagnosis.explain import both, changed_in_place, diagnosis_of, read_off, two_slips
from gradproof.diagnosis.forwardside import Reading, readings
from gradproof.diagnosis.kinds import Kind
from gradproof.diagnosis.naming import Sources
from gradproof.diagnosis.points import Scene, is_derivative, scene_of
from gradproof.diagnosis.repair import Repair
from gradproof.diagnosis.search import Search
from gradproof.diagnosis.unexplained import unexplained
from gradproof.proof.prove import program_of
from gradproof.tracing.record import Program
from gradproof.verdicts import Diagnosis


def diagnose(
    forward: Callable[..., Any],
    backward: Callable[..., Any],
    *inputs: Any,
    wrt: Sequence[str] | str | None = None,
    labels: Mapping[str, int] | None = None,
    positive: Sequence[str] = (),
    seed: int = 0,
    time_limit: float = 8.0,
    **parameters: Any,
) -> Diagnosis | None:
    """Say what is wrong with ``backward``, or return None if nothing is.

    forward, backward, inputs, wrt, labels, positive and parameters are as in ``prove_gradient``;
    of the inputs only shapes, dtypes and ranges count, new values are drawn.

    Both functions are run on numbers and written down step by step. An explanation is a change of
    one step after which every value of the gradient is true, at several random points; the
    simplest is the diagnosis, further ones are ``others``. Where no single change does it, two are
    tried. ``exact`` is False where nothing explains it; the message then says what is known.

    Raises what ``prove_gradient`` raises for inputs and names that do not fit.
    """
    program = program_of(forward, backward, inputs, wrt, labels, None, positive, parameters)
    return diagnosis(program, seed, time_limit)


def diagnosis(
    program: Program, seed: int = 0, time_limit: float = 8.0, sources: Sources | None = None
) -> Diagnosis | None:
    """Return the diagnosis of a program; that the check is inconclusive where it cannot be told."""
    found = diagnoses(program, seed, time_limit, sources)
    if not found and followed(program, seed, sources) is None:
        message = filled(SENTENCES[Kind.INCONCLUSIVE], why=NOT_FOLLOWED)
        return Diagnosis(str(Kind.INCONCLUSIVE), message, exact=False)
    return summed_up(found)


def followed(program: Program, seed: int, sources: Sources | None) -> Scene | None:
    """Run the program at random points; None where what it does cannot be followed on numbers."""
    with np.errstate(all="ignore"):
        scene = scene_of(program, seed, sources)
        usable = scene is not None and is_derivative(scene.program, scene.first, seed)
        return scene if usable else None


def summed_up(gradients: Mapping[str, Diagnosis]) -> Diagnosis | None:
    """Return the diagnosis of the first wrong gradient, or of two that differ; None if none is."""
    found = list(gradients.values())
    if not found:
        return None
    two = next((d for d in found if d.kind == Kind.TWO_SLIPS), None)
    if two is not None and any(part.line == found[0].line for part in two.parts):
        return two
    exact = [d for d in found if d.exact and d.kind != Kind.TWO_SLIPS]
    different = list({(d.line, d.fix): d for d in exact}.values())
    if all(d.kind == Kind.OTHER_ARGUMENT for d in found):
        return found[0]
    if len(different) == 2 == len(found) and different[0].line != different[1].line:
        return two_slips(different)
    return found[0]


def diagnoses(
    program: Program, seed: int = 0, time_limit: float = 8.0, sources: Sources | None = None
) -> dict[str, Diagnosis]:
    """Return a diagnosis for each gradient that is wrong; none where that cannot be told."""
    deadline = time.process_time() + time_limit
    scene = followed(program, seed, sources)
    if scene is None:
        return {}
    with np.errstate(all="ignore"):
        wrong = scene.wrong()
        if wrong:
            return {name: explained(scene, name, deadline) for name in wrong}
        harm = changed_in_place(scene) or lost_digits(program, sources)
        return {} if harm is None else {next(iter(scene.first.tape.gradients)): harm}


# A repair that costs less is preferred to any reading of the gradient as a whole.
SURE = 1.3


def _with_repair(
    scene: Scene, name: str, reading: Reading, held: list[Repair], search: Search
) -> Diagnosis:
    """Return what a gradient is, with how to write what is missing where that is found as well."""
    read = read_off(scene, name, reading)
    if held:
        alike = [r for r in held if r.kind is reading.kind]
        main = diagnosis_of(scene.naming, name, [*alike, *held])
        if alike:
            return main
        return replace(read, fix=main.fix, line=main.line, equation=main.equation, others=(main,))
    pairs = search.doubles() if reading.kind in (Kind.STALE_STATISTICS, Kind.ELEMENTWISE) else []
    if not pairs:
        return read
    two = both(scene.naming, name, *pairs[0])
    return replace(read, fix=two.fix, line=two.line, equation=two.parts[0].equation)


def explained(scene: Scene, name: str, deadline: float) -> Diagnosis:
    """Return the diagnosis of one wrong gradient."""
    search = Search(scene, name, deadline)
    held = search.weighed([r for r in scene.found if r.holds(scene, name)]) or search.singles()
    if held and held[0].cost < SURE:
        scene.found.append(held[0])  # one slip may be what is wrong with several gradients
        return diagnosis_of(scene.naming, name, held)
    found = readings(scene, name)
    if found and (not held or found[0].cost < held[0].cost):
        return _with_repair(scene, name, found[0], held, search)
    if held:
        return diagnosis_of(scene.naming, name, held)
    pairs = search.doubles()
    if pairs:
        return both(scene.naming, name, *pairs[0])
    return unexplained(scene, name)
