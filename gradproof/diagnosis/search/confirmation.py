"""Diagnoses with how they were confirmed: by proof where that can be carried out on symbols.

A repair is written into the author's code, which is proved for the inputs it was given. Where that
cannot be, the tape of a run is carried out on symbols, with inputs as given or as drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from gradproof.diagnosis.quantities.forward_only_names import reachable
from gradproof.diagnosis.search.forward_readings import Reading
from gradproof.diagnosis.search.repair import Repair
from gradproof.diagnosis.search.slip_pairs import Pair, together
from gradproof.diagnosis.sentences.catalogue import (
    ARRAY,
    BY_NUMBERS,
    BY_PROOF,
    BY_PROOF_ELSEWHERE,
    THESE_SIZES,
    filled,
)
from gradproof.diagnosis.sentences.explanation import (
    both,
    diagnosis_of,
    plain,
    read_off,
    statement_slip,
)
from gradproof.diagnosis.source.patched_statement import Mended, mended, mended_both
from gradproof.diagnosis.source.run_patched import Trial
from gradproof.diagnosis.tape.on_symbols import as_asked, holds_exactly
from gradproof.diagnosis.tape.points import TOLERANCE, Scene
from gradproof.diagnosis.texts.statement_slips import StatementSlip
from gradproof.proof.zero.identity import ERROR_BITS
from gradproof.slip_kinds import Kind
from gradproof.text import LANGUAGES, Text
from gradproof.tracing.record_trace import Program
from gradproof.verdicts import Diagnosis, certainty

MOST_DECIDED = 3  # repairs that are tried by proof until one is not refuted


@dataclass(frozen=True)
class Proof:
    """What was decided: True, False, or None where only numbers speak for it; on which inputs."""

    holds: bool | None
    program: Program


def repaired(trial: Trial, name: str, held: Sequence[Repair]) -> Diagnosis:
    """Return the diagnosis that repairs come to; what a proof refutes goes behind the others."""
    scene, proofs = trial.scene, list[Proof]()
    for repair in held[:MOST_DECIDED]:
        change = [mended(scene.naming, repair, name)]
        proofs.append(_written(trial, name, change) or _on_tape(
            scene, lambda s, r=repair: holds_exactly(s, name, r.changes)))  # type: ignore[misc]  # fmt: skip
        if proofs[-1].holds is not False:
            break
    at = len(proofs) - 1 if proofs[-1].holds is not False else 0
    order = [held[at], *held[:at], *held[at + 1 :]]
    found = plain(name, diagnosis_of(scene.naming, name, order))
    return confirmed(found, scene, proofs[at], _tried_elsewhere(trial, name, held[at]))


def _tried_elsewhere(trial: Trial, name: str, repair: Repair) -> bool:
    """Whether what a repair is told as was tried at other sizes; of one in place no text is."""
    if repair.kind is Kind.IN_PLACE:
        return True
    known = trial.mends([mended(trial.naming, repair, name)]) is not None
    return trial.elsewhere.resized and (known or trial.reads_true(repair, name) is True)


def paired(trial: Trial, name: str, pair: Pair) -> Diagnosis:
    """Return the diagnosis that two repairs together come to; of one alone, if that is enough."""
    scene = trial.scene
    alone = [each for each in pair if each.holds(scene, name)]
    if alone:
        return repaired(trial, name, alone)
    changes = mended_both(scene.naming, *pair, name)
    proof = _written(trial, name, changes) or _on_tape(
        scene, lambda s: holds_exactly(s, name, lambda tape: together(tape, *pair))
    )
    sized = trial.elsewhere.resized and trial.mends(changes) is not None
    return confirmed(both(scene.naming, name, *pair), scene, proof, sized)


def restated(trial: Trial, name: str, slip: StatementSlip) -> Diagnosis:
    """Return the diagnosis that a change of a statement comes to, of one that was tried."""
    scene = trial.scene
    proof = Proof(trial.proves_with(name, slip.edits), scene.asked)
    found = statement_slip(scene.naming, name, slip)
    return confirmed(found, scene, proof, trial.elsewhere.resized)


def read(scene: Scene, name: str, reading: Reading) -> Diagnosis:
    """Return the diagnosis of a gradient that is that of forward with paths cut, or of another."""
    proof = _on_tape(scene, lambda s: reading.holds_exactly(s, name))
    return confirmed(read_off(scene, name, reading), scene, proof)


def _written(trial: Trial, name: str, changes: Sequence[Mended]) -> Proof | None:
    """Decide a gradient with statements in place as they are told; None where it is not decided."""
    naming = trial.scene.naming
    holds = trial.proves(name, [reachable(naming, change)[0] for change in changes])
    return None if holds is None else Proof(holds, trial.scene.asked)


def _on_tape(scene: Scene, decide: Callable[[Scene], bool | None]) -> Proof:
    """Decide something on tapes: for inputs as given, else for those that were drawn. Of code that
    branches a tape holds one branch, so that a proof is about no more than that."""
    if scene.branches:
        return Proof(None if decide(scene) is not False else False, scene.program)
    own = as_asked(scene)
    if own is not None and decide(own):
        return Proof(True, own.program)
    return Proof(decide(scene), scene.program)


def confirmed(found: Diagnosis, scene: Scene, proof: Proof, sized: bool = True) -> Diagnosis:
    """Return a diagnosis with how it was confirmed; one of which a proof says that it is not the
    whole truth, though numbers did not show it, is not certain. sized: whether it is for others
    than these sizes, too."""
    if proof.holds is False:
        return replace(found, exact=False)
    if proof.holds is None:
        how = filled(BY_NUMBERS, points=str(len(scene.points)), tolerance=f"{TOLERANCE:g}")
    else:
        elsewhere = _shown(proof.program) != _shown(scene.asked)
        whole = BY_PROOF_ELSEWHERE if elsewhere else BY_PROOF
        # Some are decided by exact forms, which do not err; none errs more often than this.
        figure = certainty(2.0**-ERROR_BITS)
        how = filled(whole, scope=_scope(proof.program), figure=figure)
    return replace(found, confirmation=how if sized else filled(THESE_SIZES, how=how))


def _scope(program: Program) -> Text:
    """Say for which inputs something was proved."""
    shapes, numbers = _shown(program)
    arrays = [filled(ARRAY, name=name, shape=str(shape)) for name, shape in shapes]
    return Text(*(", ".join([a.within(each) for a in arrays] + numbers) for each in LANGUAGES))


def _shown(program: Program) -> tuple[list[tuple[str, tuple[int, ...]]], list[str]]:
    """Return the shapes of the inputs, and the parameters that are numbers."""
    numbers = [f"{k} = {v:g}" for k, v in program.constants.items() if type(v) in (int, float)]
    return [(name, np.shape(value)) for name, value in program.inputs.items()], numbers
