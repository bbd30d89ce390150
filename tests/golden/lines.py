"""The lines of the golden file: what was said about one gradient, as text that a git diff shows.

A family of cases is one file, ``<family>.jsonl`` in ``said/``: sorted, one JSON record a line, with
fields that are empty left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from gradproof.verdicts import Diagnosis

SAID = Path(__file__).resolve().parent / "said"
FIELDS = ("verdict", "scope", "reason", "kind", "line", "term", "fix", "certain", "parts")

Line = Mapping[str, Any]
Key = tuple[
    str, str
]  # the case as "family/name", and of which gradient; "" for all of them at once
Lines = dict[Key, Line]


def line_of(verdict: str, scope: str, reason: str, found: Diagnosis | None) -> Line:
    """One record: a verdict, and the diagnosis beside it.

    reason: of an UNDECIDED alone; of a REFUTED it is the diagnosis that is pinned.
    certain: False where a diagnosis is named as likely only.
    """
    said: dict[str, Any] = {"verdict": verdict, "scope": scope}
    if verdict not in ("PROVED", "CHECKED", "REFUTED"):
        said["reason"] = reason
    if found is not None:
        said |= {"kind": str(found.kind), "line": found.line, "term": found.term, "fix": found.fix}
        said["certain"] = None if found.exact else False
        said["parts"] = [f"line {p.line} {p.kind}: {p.term} -> {p.fix}" for p in found.parts]
    return {k: v for k, v in said.items() if v not in ("", None, [])}


# --- on disk --------------------------------------------------------------------------------------


def read(family: str, folder: Path = SAID) -> Lines:
    """The lines of a family; none where it has no file yet."""
    path = folder / f"{family}.jsonl"
    found: Lines = {}
    for number, text in enumerate(path.read_text("utf-8").splitlines() if path.exists() else (), 1):
        record = json.loads(text)
        key = f"{family}/{record.pop('case')}", record.pop("of", "")
        if key in found:
            raise ValueError(f"{path}:{number}: {spoken(key)} stands there twice")
        found[key] = record
    return found


def write(family: str, lines: Lines, folder: Path = SAID) -> None:
    """Write the lines of a family, sorted by case."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for case, of in sorted(lines):
        named = {"case": case.removeprefix(f"{family}/")} | ({"of": of} if of else {})
        rows.append(json.dumps({**named, **lines[case, of]}, ensure_ascii=False) + "\n")
    (folder / f"{family}.jsonl").write_text("".join(rows), encoding="utf-8")


def of_cases(lines: Lines, cases: Iterable[str]) -> Lines:
    """The lines that belong to these cases ("family/name")."""
    chosen = set(cases)
    return {key: line for key, line in lines.items() if key[0] in chosen}


# --- what moved -----------------------------------------------------------------------------------


def moved(before: Lines, now: Lines) -> Iterator[str]:
    """What differs, a gradient at a time, in rows that begin with - (before) and + (now)."""
    for key in sorted({*before, *now}):
        rows = list(_rows(before.get(key), now.get(key)))
        if rows:
            yield "\n".join([spoken(key), *rows])


def spoken(key: Key) -> str:
    """The words for a line: "x of proofs/dense", or the case alone."""
    return " of ".join(filter(None, reversed(key)))


def _rows(before: Line | None, now: Line | None) -> Iterator[str]:
    if before is None or now is None:
        sign, line = ("+", now) if before is None else ("-", before)
        assert line is not None
        yield f"  {sign} {_in_one_row(line)}"
        return
    for field in FIELDS:
        if before.get(field) != now.get(field):
            yield from _row("-", field, before)
            yield from _row("+", field, now)


def _row(sign: str, field: str, line: Line) -> Iterator[str]:
    if field in line:
        yield f"  {sign} {field:8} {line[field]}"


def _in_one_row(line: Line) -> str:
    return ", ".join(f"{field} {line[field]}" for field in FIELDS if field in line)


def counted(before: Lines, now: Lines) -> str:
    """How many verdicts went from which to which: "PROVED -> UNDECIDED 2"."""
    changes = [
        (str(before[k].get("verdict")), str(now[k].get("verdict")))
        for k in {*before} & {*now}
        if before[k].get("verdict") != now[k].get("verdict")
    ]
    return ", ".join(
        f"{a} -> {b} {changes.count((a, b))}" for a, b in sorted(set(changes))
    )  # fmt: skip


def numbered(names: Sequence[str]) -> list[str]:
    """The names, those that come again with #2, #3 ... behind them."""
    seen: dict[str, int] = {}
    out = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        out.append(name if seen[name] == 1 else f"{name} #{seen[name]}")
    return out
