"""The fixes of a report as a unified diff, which ``git apply`` takes, or as a copy of the file."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from gradproof.checking.formats.command_words import word
from gradproof.checking.formats.inert import one_line
from gradproof.checking.records import GradientResult, Report
from gradproof.checking.source.ipynb import SUFFIX
from gradproof.diagnosis.source.verbatim import edited
from gradproof.verdicts import Edit

_NO_END = "\\ No newline at end of file\n"


@dataclass
class Fixes:
    """What is to be changed in one file.

    told: a line for each slip whose fix is in ``edits``; left: for each that has none, or whose fix
    would change the same place.
    """

    file: str
    edits: list[Edit] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)

    def before(self) -> list[str]:
        """The lines of the file as it is, each with its end."""
        with open(self.file, encoding="utf-8", newline="") as file:
            return file.read().splitlines(keepends=True)

    def after(self) -> list[str]:
        """The lines of the file with all changes, each with its end."""
        lines = self.before()
        ends = {line[len(line.rstrip("\r\n")) :] for line in lines[:-1]} or {"\n"}
        end = "\r\n" if ends == {"\r\n"} else "\n"
        last = lines[-1].endswith(("\n", "\r")) if lines else True
        rows = edited([line.rstrip("\r\n") for line in lines], self.edits)
        out = [row + end for row in rows]
        return out if last or not out else [*out[:-1], rows[-1]]

    def diff(self) -> Iterator[str]:
        """The lines of the unified diff."""
        name = _in_repository(Path(self.file))
        made = difflib.unified_diff(self.before(), self.after(), f"a/{name}", f"b/{name}")
        for line in made:
            yield line if line.endswith("\n") else f"{line}\n{_NO_END}"


def fixes(report: Report, language: str = "en") -> list[Fixes]:
    """The fixes of the refuted gradients, by file."""
    found: dict[str, Fixes] = {}
    for result in report.gradients:
        if result.verdict != "REFUTED":
            continue
        own = found.setdefault(result.file, Fixes(result.file))
        edits, why = _edits_of(result, language)
        said = f"{result.place}: {result.what}"
        if not edits:
            own.left.append(f"{said}: {why}")
        elif all(edit in own.edits for edit in edits):
            continue
        elif any(_overlap(one, other) for one in edits for other in own.edits):
            own.left.append(f"{said}: " + word("same_place", language))
        else:
            own.edits += edits
            slip = result.slip
            own.told.append(f"{said}: {slip.message.within(language)}" if slip else said)
    return list(found.values())


def _edits_of(result: GradientResult, language: str) -> tuple[list[Edit], str]:
    """The edits of the file that mend a gradient; else none, and why there are none."""
    slip = result.slip
    if slip is None or not slip.exact or not slip.edits:
        return [], word("no_change", language)
    if Path(result.file).suffix == SUFFIX or not all(
        _same(e.file, result.file) for e in slip.edits
    ):
        return [], word("elsewhere", language, file=slip.edits[0].file)
    return list(slip.edits), ""


def _same(one: str, other: str) -> bool:
    return Path(one).resolve() == Path(other).resolve()


def _overlap(one: Edit, other: Edit) -> bool:
    first, second = sorted((one, other), key=lambda e: (e.line, e.column))
    return (second.line, second.column) < (first.end_line, first.end_column)


def diff_of(report: Report, language: str = "en") -> Iterator[str]:
    """The diff of all files; what has no change in it stands before it, in lines that begin with
    "#", which ``git apply`` passes over."""
    for each in fixes(report, language):
        for line in (*each.told, *each.left):
            yield f"# {one_line(line)}\n"
        if each.edits:
            yield from each.diff()


def write_copies(report: Report, language: str = "en") -> Iterator[str]:
    """Write ``layers.fixed.py`` beside ``layers.py``, and say so; the file itself is left alone,
    and so is a copy that is there already."""
    for each in fixes(report, language):
        path = Path(each.file)
        copy = path.with_name(f"{path.stem}.fixed{path.suffix}")
        yield from map(one_line, each.left)
        if not each.edits:
            continue
        try:
            with open(copy, "x", encoding="utf-8", newline="") as file:
                file.write("".join(each.after()))
        except FileExistsError:
            yield one_line(word("not_over", language, copy=copy))
        except OSError as error:
            yield one_line(word("cannot_copy", language, copy=copy, why=error.strerror))
        else:
            count = len(each.told)
            yield one_line(word("copied" if count > 1 else "copied_one", language, copy=copy,
                                file=each.file, count=count))  # fmt: skip


def _in_repository(path: Path) -> str:
    """The path as ``git apply`` reads it: from the repository's root, where there is one."""
    here = Path.cwd()
    root = next((p for p in (here, *here.parents) if (p / ".git").exists()), here)
    whole = path.resolve()
    for base in (root.resolve(), here.resolve()):
        if whole.is_relative_to(base):
            return whole.relative_to(base).as_posix()
    return whole.as_posix().lstrip("/").replace(os.sep, "/")


__all__ = ["Fixes", "diff_of", "fixes", "write_copies"]
