"""Answers that are run: code of the exercise examines them, in the process of the file.

It returns "" where the answer holds, else the key of a sentence, and what is to be put into it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from gradproof.checking.judgement.raised import CodeError, Gone
from gradproof.checking.processes.remote_file import Budget, RemoteFile
from gradproof.learn.exercise_text import Exercise
from gradproof.learn.learn_words import words
from gradproof.learn.outcome import Outcome

_SECONDS = 8.0
# Behind the learner's lines: an error is told with the last of these that it came through.
_EXAMINE = """

def judged_outcome():
    import traceback

    try:
        return examine()
    except BaseException as error:
        here = [e for e in traceback.extract_tb(error.__traceback__) if e.filename == __file__]
        own = [each.lineno for each in here if each.lineno <= {last}]
        return f"raised|{{own[-1] if own else '?'}}|{{type(error).__name__}}: {{error}}"
"""
Asked = Callable[[Path, str], str]


def examined_text(exercise: Exercise, text: str) -> str:
    """The learner's file with what examines it."""
    last = len(text.splitlines())
    return f"{text.rstrip()}\n\n\n{exercise.truth}{_EXAMINE.format(last=last)}"


def ask_process(path: Path, text: str) -> str:
    """What the examination says, from a process of the file's own. Raises Gone and CodeError."""
    budget = Budget(_SECONDS, 2048, 4)
    with RemoteFile(path, budget, 0, time.monotonic() + _SECONDS) as side:
        side.load(text)
        answer, _ = side.ask("outcome", _SECONDS, function="judged_outcome")
        return str(side.part(answer, "outcome", str))


def judge_run(exercise: Exercise, path: Path, text: str, ask: Asked) -> Outcome:
    """Run the examination and say what came of it."""
    language = exercise.language
    try:
        key, *values = ask(path, text).split("|")
    except (Gone, CodeError) as error:
        return Outcome("undecided", (words("stopped", language, why=str(error)[:300]),))
    if not key:
        return Outcome("pass", (exercise.said["pass"],))
    if key == "raised":
        line, why = values[0], "|".join(values[1:])
        return Outcome("wrong", (words("raised", language, line=line, why=why[:300]),), (key,))
    said = exercise.said[key].format(*values)
    return Outcome("wrong", (said,), (key,))


__all__ = ["ask_process", "examined_text", "judge_run"]
