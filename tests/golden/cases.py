"""The cases of the golden file. Nothing is listed here: every family reads the list that there is.

========= ==========================================================================================
family    what it runs
========= ==========================================================================================
corpus    every pair of every file of ``tests/corpus``, through ``gradproof check``
planted   every planted file of ``tests/corpus/planted.toml``
proofs    the operations of the book, in every mode and layout, and the subjects of ``tests/proof``
variants  changed backwards of impl, a sample of the campaign of ``tests/proof``
right     every right subject of ``tests/diagnosis``, and right rewrites: nothing is wrong there
slips     every labelled slip of ``tests/diagnosis``
========= ==========================================================================================
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

from gradproof import prove_gradient
from gradproof.checking.records import GradientResult, Unmatched
from gradproof.checking.source.discover import discover
from gradproof.diagnosis import diagnose
from gradproof.verdicts import Diagnosis, Verdict
from gradproof.witnesses.exactly import prove
from gradproof.witnesses.runs import label as mode_label
from gradproof.witnesses.runs import modes_with_backward
from gradproof.work import PER_SECOND
from tests.catalogue import OPERATIONS
from tests.checking.corpus import FOLDER, expected, label, planted, results
from tests.diagnosis.campaign import unchanged
from tests.diagnosis.held_out_mistakes import HELD_OUT_MISTAKES
from tests.diagnosis.held_out_slips import FRESH_SLIPS
from tests.diagnosis.held_out_subjects import FRESH
from tests.diagnosis.mistakes import MISTAKES, RIGHT, RIGHT_IN_VALUE
from tests.diagnosis.open_slips import OPEN_SLIPS
from tests.diagnosis.open_subjects import OPEN
from tests.diagnosis.planting import Slip
from tests.diagnosis.subjects import HELD_OUT, SUBJECTS
from tests.golden.lines import Line, line_of, numbered
from tests.proof.campaign import prove as prove_variant
from tests.proof.campaign import sample
from tests.proof.programs import CASES
from tests.proof.test_course_code import PROGRAMS

VARIANTS = 48  # of each kind; the campaign runs more than 2000
# Enough for nearly all of them, so that the few that need more do not take most of the time; and no
# net of seconds on a machine that is busy with other things.
LIMITS = {"work_limit": 20 * PER_SECOND, "time_limit": 7200.0}

Said = list[tuple[str, Line, str]]  # gradient, what is pinned of it, all words that were said


@dataclass(frozen=True)
class Case:
    """One thing to run: its family, its name, and a function that returns what was said."""

    family: str
    name: str
    run: Callable[[], Said]

    def __str__(self) -> str:
        return f"{self.family}/{self.name}"


@cache
def cases(family: str = "") -> list[Case]:
    """Every case of a family, or of all of them."""
    found = []
    for each, make in FAMILIES.items():
        if family in ("", each):
            pairs = list(make())
            names = numbered([" ".join(name.split()) for name, _ in pairs])
            found += [Case(each, name, run) for name, (_, run) in zip(names, pairs)]
    return found


def sampled(chosen: Sequence[Case], count: int) -> list[Case]:
    """So many cases of each family, chosen by a hash of their names: the same ones everywhere."""
    picked: list[Case] = []
    for family in FAMILIES:
        own = [case for case in chosen if case.family == family]
        picked += sorted(own, key=_hash)[:count]
    return picked


def _hash(case: Case) -> str:
    return hashlib.sha256(str(case).encode()).hexdigest()


Makes = Iterator[tuple[str, Callable[[], Said]]]

# --- files ----------------------------------------------------------------------------------------


def _corpus() -> Makes:
    for file in sorted(expected()):
        path = FOLDER / f"{file}.py"
        found = discover(path.read_text("utf-8")).candidates
        for title in dict.fromkeys(each.title for each in found):
            yield f"{file} {title}", partial(_of_file, path, title)


def _planted() -> Makes:
    for slip in planted():
        yield str(slip), partial(_of_planted, slip)


def _of_planted(slip: Any) -> Said:
    with tempfile.TemporaryDirectory() as folder:
        return _of_file(slip.written(Path(folder)), slip.pair)


def _of_file(path: Path, pair: str) -> Said:
    """What ``gradproof check`` says of one pair of a file."""
    return [_of_result(result) for result in results(path, pair)]


def _of_result(result: GradientResult | Unmatched) -> tuple[str, Line, str]:
    if isinstance(result, Unmatched):
        return result.name, line_of("UNMATCHED", "", result.reason, None), result.reason
    said = line_of(result.verdict, result.scope, result.reason, result.slip)
    example = str(result.counterexample or "")
    return label(asdict(result)), said, _words(result.scope, result.reason, example, result.slip)


def _words(scope: str, reason: str, example: str, found: Diagnosis | None) -> str:
    """All that a reader sees of it, in both languages."""
    told = [row for language in ("en", "ko") for row in (found.lines(language) if found else ())]
    return "\n".join([scope, reason, example, *told])


# --- pairs ----------------------------------------------------------------------------------------


def _proofs() -> Makes:
    for operation in OPERATIONS.values():
        for mode, backward in modes_with_backward(operation):
            for layout in mode.layouts:
                name = mode_label(operation, mode, backward)
                yield f"{name} {layout.label}", partial(_of_proof, prove, operation, mode, backward,
                                        layout, 0)  # fmt: skip
    for case in CASES:
        yield str(case), partial(_of_subject, case)
    for forward, backward, inputs, options in PROGRAMS:
        yield forward.__name__, partial(_of_proof, prove_gradient, forward, backward, *inputs,
                                        **options)  # fmt: skip


def _of_subject(case: Any) -> Said:
    return _of_proof(prove_gradient, *case.functions(), *case.inputs, **case.options, **LIMITS)


def _of_proof(ask: Callable[..., Verdict], *arguments: Any, **options: Any) -> Said:
    """What a proof says of each gradient; of all at once where it has none by themselves."""
    whole = ask(*arguments, **options)
    gradients = whole.details.get("gradients") or {"": whole}
    return [_of_verdict(name, verdict) for name, verdict in gradients.items()]


def _of_verdict(name: str, verdict: Verdict) -> tuple[str, Line, str]:
    found = verdict.diagnosis
    words = _words(verdict.scope, verdict.reason, str(verdict.counterexample or ""), found)
    return name, line_of(str(verdict.status), verdict.scope, verdict.reason, found), words


def _variants() -> Makes:
    for kind in ("wrong", "right"):
        for trial in sample(kind, VARIANTS):
            yield str(trial), partial(_of_proof, prove_variant, trial)


# --- slips ----------------------------------------------------------------------------------------


def _right() -> Makes:
    for subject in (*SUBJECTS, *HELD_OUT, *FRESH, *OPEN):
        yield str(subject), partial(_of_slip, unchanged(subject))
    for mistake in (*RIGHT, *RIGHT_IN_VALUE):
        slip = mistake.slip()
        yield str(slip), partial(_of_slip, slip)


def _slips() -> Makes:
    for mistake in (*MISTAKES, *HELD_OUT_MISTAKES, *FRESH_SLIPS, *OPEN_SLIPS):
        slip = mistake.slip()
        yield str(slip), partial(_of_slip, slip)


def _of_slip(slip: Slip) -> Said:
    """The verdict about the file with the slip in it, and what the diagnosis says of it."""
    subject = slip.subject
    with tempfile.TemporaryDirectory() as folder:
        pair = subject.load(slip.written(Path(folder)))
        asked = {"wrt": subject.wrt, **subject.options}
        verdict = prove_gradient(*pair, *subject.inputs(), **asked, **LIMITS)
        found = diagnose(*pair, *subject.inputs(), **asked, time_limit=LIMITS["time_limit"])
    words = _words(verdict.scope, verdict.reason, str(verdict.counterexample or ""), found)
    return [("", line_of(str(verdict.status), verdict.scope, verdict.reason, found), words)]


FAMILIES: dict[str, Callable[[], Makes]] = {
    "corpus": _corpus, "planted": _planted, "proofs": _proofs, "variants": _variants,
    "right": _right, "slips": _slips,
}  # fmt: skip
