"""The corpus: files as people write them, what is right in them, and slips planted in them."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from gradproof.checking.judgement.examine import Examination
from gradproof.checking.judgement.judge_pair import Effort
from gradproof.checking.processes.evaluator import Evaluator
from gradproof.checking.records import GradientResult, Unmatched
from gradproof.checking.source.discover import discover
from gradproof.work import PER_SECOND

FOLDER = Path(__file__).resolve().parents[1] / "corpus"
HOLDS = ("PROVED", "CHECKED")


@dataclass(frozen=True)
class Planted:
    """A slip: in ``file``, after the text ``after``, ``old`` becomes ``new``."""

    file: str
    pair: str
    of: tuple[str, ...]
    after: str
    old: str
    new: str
    rest: str = "holds"

    def __str__(self) -> str:
        return f"{self.file}-{self.pair}-{'-'.join(self.of)}-{self.new.strip()[:24]}"

    def written(self, folder: Path) -> Path:
        """Write the wrong version of the file."""
        text = (FOLDER / f"{self.file}.py").read_text()
        head, tail = text[: text.index(self.after)], text[text.index(self.after) :]
        keep, rest = tail[: len(self.after)], tail[len(self.after) :]
        assert self.old in rest, self
        path = folder / f"{self.file}.py"
        path.write_text(head + keep + rest.replace(self.old, self.new, 1))
        return path


def planted() -> list[Planted]:
    """All slips."""
    found = tomllib.loads((FOLDER / "planted.toml").read_text())["planted"]
    return [Planted(**{**each, "of": tuple(each["of"])}) for each in found]


def expected() -> dict[str, list[str]]:
    """file -> "pair of [mode]" of every gradient in it; all of them are right."""
    return dict(tomllib.loads((FOLDER / "expected.toml").read_text())["right"])


def results(path: Path, only: str = "", prove: bool = True) -> Iterator[GradientResult | Unmatched]:
    """Examine a file with its code in this process."""
    text = path.read_text(encoding="utf-8")
    examination = Examination(path.name, text, Evaluator(path, 60.0), Effort(5 * PER_SECOND, prove))
    examination.load()
    for each in discover(text).candidates:
        if not only or only == each.title:
            yield from map(examination.as_written, examination.results(each))


def examined(path: Path, only: str = "", prove: bool = True) -> list[dict[str, Any]]:
    """The same as plain data: one message per gradient or failure."""
    return [
        {"type": "gradient" if isinstance(result, GradientResult) else "unmatched",
         "value": asdict(result)}
        for result in results(path, only, prove)
    ]  # fmt: skip


def label(gradient: dict[str, Any]) -> str:
    """How expected.toml names a gradient."""
    mode = f" [{gradient['mode']}]" if gradient["mode"] else ""
    contract = " of output" if gradient["contract"] == "output" else ""
    return f"{gradient['backward']} {gradient['of']}{mode}{contract}"
