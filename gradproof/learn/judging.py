"""Judge an answer: in the processes that ``gradproof check`` uses, which stay warm."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from gradproof.checking.formats.inert import one_line
from gradproof.checking.processes.isolate import Options
from gradproof.checking.processes.judges import Judges
from gradproof.checking.records import Report
from gradproof.learn.chosen import chosen_of, judge_choice, without_choice
from gradproof.learn.claimed import declared, judged_text, outcome
from gradproof.learn.examined import Asked, ask_process, examined_text, judge_run
from gradproof.learn.exercise_text import Exercise
from gradproof.learn.learners_file import NotYetError, parsed
from gradproof.learn.outcome import Outcome
from gradproof.learn.predicted import judge_numbers

Examine = Callable[[Path, Options, str], Report]
_SECONDS = 20.0


class Judging:
    """Judges answers one after another; ``with`` ends its processes.

    examine, ask: what judges a file, and what runs one, where that is not to be a process.
    """

    def __init__(self, examine: Examine | None = None, ask: Asked = ask_process) -> None:
        self.options = Options(seconds=_SECONDS)
        self.judges = Judges(1, self.options)
        self.examine, self.ask = examine or self._by_process, ask
        self.known: dict[tuple[str, str], Report] = {}
        self.folder = tempfile.TemporaryDirectory(prefix="gradproof-", ignore_cleanup_errors=True)

    def __enter__(self) -> Judging:
        return self

    def __exit__(self, *_: object) -> None:
        self.judges.__exit__()
        self.folder.cleanup()

    def judge(self, exercise: Exercise, text: str, hint: int | None = None) -> Outcome:
        """What comes of a learner's file. hint: how much of a slip to tell, 1 to 3; None: all."""
        try:
            found = self._judged(exercise, text, hint)
        except NotYetError as error:
            found = Outcome("open", error.lines)
        return replace(found, lines=tuple(map(one_line, found.lines)))

    def _judged(self, exercise: Exercise, text: str, hint: int | None) -> Outcome:
        own = parsed(exercise, text)
        if exercise.kind == "predict":
            return judge_numbers(exercise, own)
        path = Path(self.folder.name, f"{exercise.name}.py")
        if exercise.kind == "run":
            whole = examined_text(exercise, text)
            path.write_text(whole, "utf-8")
            return judge_run(exercise, path, whole, self.ask)
        if exercise.kind == "find":
            chosen_of(exercise, own)
        path.write_text(judged_text(exercise, text), "utf-8")
        pairs = declared(exercise)
        only = tuple(each.backward for each in pairs)
        options = replace(self.options, pairs=pairs, only=only)
        if exercise.kind == "find":  # the code is always the same: it is examined once
            key = exercise.name, without_choice(text)
            if key not in self.known:
                self.known[key] = self.examine(path, options, f"{exercise.name}.py")
            return judge_choice(exercise, own, self.known[key])
        report = self.examine(path, options, f"{exercise.name}.py")
        found = outcome(exercise, text, report, hint)
        if (
            found.passed and "def examine(" in exercise.truth
        ):  # the formula is right; now its floats
            whole = examined_text(exercise, text)
            path.write_text(whole, "utf-8")
            floats = judge_run(exercise, path, whole, self.ask)
            return replace(floats, lines=(*found.lines, *floats.lines))
        return found

    def _by_process(self, path: Path, options: Options, shown: str) -> Report:
        self.judges.options = options
        return self.judges.one(path, shown)


__all__ = ["Judging"]
