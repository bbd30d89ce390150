"""How far a learner is: a plain file, ``progress.txt``, one line for each exercise begun.

language en
03_relu_mask done hints=1 solution=0
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gradproof.learn.exercise_text import Exercise
from gradproof.text import LANGUAGES

FILE = "progress.txt"


@dataclass
class Entry:
    """One exercise: whether it is done, how many hints were shown, how often a solution was asked
    for."""

    done: bool = False
    hints: int = 0
    solution: int = 0

    def line(self, name: str) -> str:
        """As it stands in the file."""
        state = "done" if self.done else "begun"
        return f"{name} {state} hints={self.hints} solution={self.solution}"


@dataclass
class Progress:
    """The file of one folder; lines that say nothing are passed over."""

    folder: Path
    language: str
    entries: dict[str, Entry] = field(default_factory=dict)

    @classmethod
    def of(cls, folder: Path, language: str) -> Progress:
        """What the folder's file says; language: where it says none."""
        found = cls(folder, language)
        for line in (folder / FILE).read_text("utf-8", errors="replace").splitlines():
            match line.split():
                case ["language", name] if name in LANGUAGES:
                    found.language = name
                case [name, "done" | "begun" as state, *numbers]:
                    values = dict(each.split("=", 1) for each in numbers if "=" in each)
                    found.entries[name] = Entry(
                        state == "done", _count(values.get("hints")), _count(values.get("solution"))
                    )
        return found

    def about(self, exercise: Exercise) -> Entry:
        """The entry of an exercise, which may be changed before :meth:`save`."""
        return self.entries.setdefault(exercise.name, Entry())

    def save(self) -> None:
        """Write the file."""
        lines = [f"language {self.language}"]
        lines += [entry.line(name) for name, entry in sorted(self.entries.items())]
        (self.folder / FILE).write_text("\n".join(lines) + "\n", "utf-8")

    def done(self, exercise: Exercise) -> bool:
        """Whether it is done."""
        return exercise.name in self.entries and self.entries[exercise.name].done

    def following(self, exercises: Sequence[Exercise]) -> Exercise | None:
        """The first one that is not done."""
        return next((each for each in exercises if not self.done(each)), None)


def _count(text: str | None) -> int:
    return int(text) if text is not None and text.isdecimal() else 0


__all__ = ["FILE", "Progress"]
