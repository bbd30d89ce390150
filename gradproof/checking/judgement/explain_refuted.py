"""What slip explains a refuted gradient: looked for where the code is, sent as plain data.

A diagnosis is words for the reader. No verdict rests on it, so it is believed, but only its form.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from gradproof.checking.conventions.match import FOUND_BEFORE, Match
from gradproof.checking.judgement.judge_pair import at_point
from gradproof.checking.judgement.raised import Gone
from gradproof.checking.records import plain_diagnosis
from gradproof.diagnosis.never_silent import slips_of
from gradproof.diagnosis.sentences.catalogue import filled
from gradproof.diagnosis.sentences.limits import INPUT, MISGIVEN, OUTPUT, TOO_SLOW
from gradproof.diagnosis.sentences.not_found import not_found, with_numbers
from gradproof.diagnosis.tape.author_words import Sources
from gradproof.numeric.relations.related import Related
from gradproof.slip_kinds import Kind
from gradproof.text import Text
from gradproof.tracing.record_trace import Program
from gradproof.tracing.serial import plain_text
from gradproof.verdicts import Diagnosis, Edit, Status, Verdict
from gradproof.work import Net

_LONGEST, _MOST_LINES, _MOST_EDITS = 1_000, 40, 40


def slips(match: Match, seed: int = 0, sources: Mapping[str, str] | None = None,
          net: Net | None = None) -> dict[str, Diagnosis]:  # fmt: skip
    """Diagnose a pair whose code runs in this process; sources: text of files by name.

    Where its steps cannot be followed, the diagnosis of each gradient says what stands in the way.
    """
    if match.misgiven is not None:
        return dict.fromkeys(match.wrt, _misgiven(match))
    inputs = {**match.inputs, **match.data}
    program = Program(match.forward, match.backward, inputs, match.wrt)
    texts = Sources(dict(sources or {}))
    found, way = slips_of(program, seed, texts, net, [*FOUND_BEFORE.values()])
    for each in found.values():
        if each.exact and each.edits and each.kind != Kind.TWO_SLIPS:
            FOUND_BEFORE.setdefault(each.edits, each)
    if way is None:
        return found
    return dict.fromkeys(match.wrt, not_found(way.why, way.line)) | found


def _misgiven(match: Match) -> Diagnosis:
    """What is said of a derivative that is right, and given the wrong thing in some lines."""
    lines = [", ".join(map(str, each)) for each in match.misgiven or ()]
    right, other = (OUTPUT, INPUT) if match.contract == "input" else (INPUT, OUTPUT)
    first = min((match.misgiven or ((), (0,)))[1])
    name = getattr(inspect.unwrap(match.backward), "__name__", "")
    said = filled(MISGIVEN, function=name, lines=lines[0], wrong=lines[1], right=right, other=other)
    return Diagnosis(str(Kind.WRONG_VARIABLE), said, line=first)


def too_late(why: str) -> Diagnosis:
    """What is said where the code is so slow that no slip was found; why: "does not end ..."."""
    return not_found(filled(TOO_SLOW, why=why))


def with_slips(match: Match, verdicts: Mapping[str, Verdict]) -> dict[str, Verdict]:
    """Return the verdicts, those that are REFUTED with the slip that explains them, or with what
    else is known: how its numbers are related to the true ones, what stood in the way."""
    if not any(v.status is Status.REFUTED for v in verdicts.values()):
        return dict(verdicts)
    try:
        found = slips(match) if match.diagnoser is None else match.diagnoser()
    except Gone as gone:
        if gone.tampered:
            raise
        found = dict.fromkeys(match.wrt, too_late(f"{gone}"))
    if match.setting:
        found = {name: _at_setting(each, match.setting) for name, each in found.items()}
    return {
        name: replace(v, explain=_never_silent(match, name, v, found.get(name)))
        if v.status is Status.REFUTED else v
        for name, v in verdicts.items()
    }  # fmt: skip


def _at_setting(found: Diagnosis, setting: str) -> Diagnosis:
    """Return a diagnosis for a setting that is not the default, where alone it is wrong: a change
    of the file for all settings would spoil the others."""
    message = Text(f"Where {setting}: {found.message.en}", f"{setting}일 때: {found.message.ko}")
    return replace(found, message=message, edits=())


def _never_silent(match: Match, name: str, verdict: Verdict, found: Diagnosis | None) -> Diagnosis:
    """Return a diagnosis; where the steps told nothing, beside what the numbers tell."""
    if found is not None and found.kind != Kind.INCONCLUSIVE:
        return found
    seen = _by_numbers(match, name, verdict)
    return with_numbers(not_found() if found is None else found, seen)


def _by_numbers(match: Match, name: str, verdict: Verdict) -> Diagnosis | None:
    """Return how a wrong gradient is related to the true one; None where no more can be run."""
    numeric = verdict
    if not isinstance(verdict.explain, Related):
        try:
            numeric = at_point(match, match.inputs, name, 0, "full")
        except Exception:  # of the author's code, or of its process
            return None
    related = numeric.explain
    return related() if isinstance(related, Related) else None


def with_losses(match: Match, verdicts: Mapping[str, Verdict]) -> dict[str, Verdict]:
    """Return the verdicts with slips; where all of them hold, with what floats lose of a gradient
    at extreme inputs."""
    if not all(v.holds for v in verdicts.values()):
        return with_slips(match, verdicts)
    found = slips(match) if match.diagnoser is None else match.diagnoser()
    lost = {name: each for name, each in found.items() if each.kind == Kind.LOST_DIGITS}
    return {name: replace(v, explain=lost.get(name)) for name, v in verdicts.items()}


# --- between processes ----------------------------------------------------------------------------


def told(found: Mapping[str, Diagnosis]) -> dict[str, Any]:
    """Return diagnoses as plain data."""
    return {name: plain_diagnosis(each) for name, each in found.items()}


def heard(sent: Mapping[str, Any], wrt: tuple[str, ...]) -> dict[str, Diagnosis]:
    """Read diagnoses that came from the process of the code. Raises ValueError for what is none."""
    try:
        return {str(name): _read(each) for name, each in sent.items() if name in wrt}
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"a diagnosis that is none: {error}") from None


def _read(each: Mapping[str, Any], depth: int = 0) -> Diagnosis:
    (en, ko), (how, how_ko) = each["message"], each["confirmation"]
    rows = str(each["equation"]).splitlines()[:_MOST_LINES]
    line = each["line"]
    others = [] if depth else [_read(other, 1) for other in each["others"][:3]]
    return Diagnosis(
        str(Kind(each["kind"])), Text(_line(en), _line(ko)), "\n".join(_row(r) for r in rows),
        int(line) if type(line) is int else None, _line(each["fix"]), each["exact"] is True,
        tuple(others), _line(each["term"]), (), Text(_line(how), _line(how_ko)),
        tuple(_edit(*edit) for edit in each["edits"][:_MOST_EDITS]),
        tuple(Text(_line(a), _line(b)) for a, b in each["steps"][:_MOST_LINES]),
    )  # fmt: skip


def _edit(file: Any, *values: Any) -> Edit:
    line, column, end_line, end_column, text = values
    if any(type(v) is not int for v in values[:4]):
        raise TypeError("an edit without a place")
    rows = "\n".join(_row(row) for row in text.split("\n"))
    return Edit(_line(file), line, column, end_line, end_column, rows)


def _line(text: Any) -> str:
    return plain_text(text, _LONGEST)


def _row(text: str) -> str:
    """A row keeps its spaces: what is marked stands under it."""
    return "".join(c if c.isprintable() else " " for c in text[:_LONGEST])
