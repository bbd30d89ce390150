"""What slip explains a refuted gradient: looked for where the code is, sent as plain data.

A diagnosis is words for the reader. No verdict rests on it, so it is believed, but only its form.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from gradproof.checking.conventions.match import Match
from gradproof.checking.records import plain_diagnosis
from gradproof.diagnosis.engine import diagnoses
from gradproof.diagnosis.sentences.kinds import Kind
from gradproof.diagnosis.tape.author_words import Sources
from gradproof.text import Text
from gradproof.tracing.record_trace import Program
from gradproof.tracing.serial import plain_text
from gradproof.verdicts import Diagnosis, Status, Verdict
from gradproof.work import Net

_LONGEST, _MOST_LINES = 1_000, 40


def slips(match: Match, seed: int = 0, sources: Mapping[str, str] | None = None,
          net: Net | None = None) -> dict[str, Diagnosis]:  # fmt: skip
    """Diagnose a pair whose code runs in this process; sources: text of files by name."""
    program = Program(match.forward, match.backward, dict(match.inputs), match.wrt)
    try:
        return diagnoses(program, seed, Sources(dict(sources or {})), net=net)
    except Exception:  # the author's code may raise anything on other inputs
        return {}


def too_late(why: str) -> Diagnosis:
    """What is said where the code is so slow that no slip was found; why: "does not end ..."."""
    return Diagnosis(
        str(Kind.UNEXPLAINED),
        Text(f"Which slip it is was not found out: the code {why}.",
             "어떤 실수인지 알아내지 못했어요. 코드가 너무 느려서 시간 안에 끝나지 않았어요."),
        exact=False,
    )  # fmt: skip


def with_slips(match: Match, verdicts: Mapping[str, Verdict]) -> dict[str, Verdict]:
    """Return the verdicts, those that are REFUTED with the slip that explains them."""
    if not any(v.status is Status.REFUTED for v in verdicts.values()):
        return dict(verdicts)
    found = slips(match) if match.diagnoser is None else match.diagnoser()
    return {
        name: replace(v, explain=found.get(name)) if v.status is Status.REFUTED else v
        for name, v in verdicts.items()
    }


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
    )  # fmt: skip


def _line(text: Any) -> str:
    return plain_text(text, _LONGEST)


def _row(text: str) -> str:
    """A row keeps its spaces: what is marked stands under it."""
    return "".join(c if c.isprintable() else " " for c in text[:_LONGEST])
