"""Diagnoses with how they were confirmed: by proof where the tape can be carried out on symbols."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from gradproof.diagnosis.catalogue import ARRAY, BY_NUMBERS, BY_PROOF, filled
from gradproof.diagnosis.explain import both, diagnosis_of, read_off
from gradproof.diagnosis.forwardside import Reading
from gradproof.diagnosis.pairs import Pair, together
from gradproof.diagnosis.points import TOLERANCE, Scene
from gradproof.diagnosis.repair import Repair
from gradproof.diagnosis.symbolic import holds_exactly
from gradproof.text import LANGUAGES, Text
from gradproof.verdicts import Diagnosis

MOST_DECIDED = 3  # repairs that are tried by proof until one is not refuted


def repaired(scene: Scene, name: str, held: Sequence[Repair]) -> Diagnosis:
    """Return the diagnosis that repairs come to; what a proof refutes goes behind the others."""
    decided: list[bool | None] = []
    for repair in held[:MOST_DECIDED]:
        decided.append(holds_exactly(scene, name, repair.changes))
        if decided[-1] is not False:
            break
    at = len(decided) - 1 if decided[-1] is not False else 0
    order = [held[at], *held[:at], *held[at + 1 :]]
    return confirmed(diagnosis_of(scene.naming, name, order), scene, decided[at])


def paired(scene: Scene, name: str, pair: Pair) -> Diagnosis:
    """Return the diagnosis that two repairs together come to."""
    exactly = holds_exactly(scene, name, lambda tape: together(tape, *pair))
    return confirmed(both(scene.naming, name, *pair), scene, exactly)


def read(scene: Scene, name: str, reading: Reading) -> Diagnosis:
    """Return the diagnosis of a gradient that is that of forward with paths cut, or of another."""
    return confirmed(read_off(scene, name, reading), scene, reading.holds_exactly(scene, name))


def confirmed(found: Diagnosis, scene: Scene, exactly: bool | None) -> Diagnosis:
    """Return a diagnosis with how it was confirmed.

    exactly: whether it was proved; None where only numbers speak for it; False where a proof says
    that it is not the whole truth, though numbers did not show it. Of code that branches a tape
    holds one branch, so that a proof is about no more than that.
    """
    if exactly is False:
        return replace(found, exact=False)
    if exactly is None or scene.branches:
        how = filled(BY_NUMBERS, points=str(len(scene.points)), tolerance=f"{TOLERANCE:g}")
    else:
        how = filled(BY_PROOF, scope=_scope(scene))
    return replace(found, confirmation=how)


def _scope(scene: Scene) -> Text:
    """Say for which inputs something was proved."""
    program = scene.program
    arrays = [filled(ARRAY, name=name, shape=str(np.shape(value)))
              for name, value in program.inputs.items()]  # fmt: skip
    numbers = [f"{k} = {v:g}" for k, v in program.constants.items() if type(v) in (int, float)]
    return Text(*(", ".join([a.within(each) for a in arrays] + numbers) for each in LANGUAGES))
