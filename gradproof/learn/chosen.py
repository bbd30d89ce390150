"""Answers that name a slip: the line and its kind, held against what the diagnosis finds."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from gradproof.checking.records import Report
from gradproof.learn.exercise_text import Exercise
from gradproof.learn.learn_words import words
from gradproof.learn.learners_file import NotYetError, Parsed
from gradproof.learn.outcome import Outcome, fitting
from gradproof.slip_kinds import MEANINGS, Kind
from gradproof.verdicts import Diagnosis


def labels_of(text: str) -> dict[str, int]:
    """The lines that end in a comment of one capital letter."""
    found = {}
    for number, line in enumerate(text.splitlines(), 1):
        before, mark, label = line.rpartition("# ")
        if mark and before.strip() and len(label.strip()) == 1 and label.strip().isupper():
            found[label.strip()] = number
    return found


def chosen_of(exercise: Exercise, own: Parsed) -> tuple[str, str]:
    """The line and the kind that the learner chose. Raises NotYetError."""
    chosen = []
    known = {"line": [*labels_of(own.text)], "kind": [*exercise.kinds]}
    for name, choices in known.items():
        node = own.constant(name)
        value = node.value if isinstance(node, ast.Constant) else None
        if value not in choices:
            raise NotYetError(
                words("choice", exercise.language, name=name, choices=", ".join(choices),
                      got=ast.unparse(node) if node is not None else "?")
            )  # fmt: skip
        chosen.append(str(value))
    return chosen[0], chosen[1]


def without_choice(text: str) -> str:
    """The file without what was chosen, each line in its place."""
    lines = text.splitlines()
    return "\n".join("" if line.startswith(("line =", "kind =")) else line for line in lines)


def judge_choice(exercise: Exercise, own: Parsed, report: Report) -> Outcome:
    """Right is every line and kind by which the diagnosis explains the gradient."""
    label, kind = chosen_of(exercise, own)
    language, line = exercise.language, labels_of(own.text)[label]
    slips = [each.slip for each in report.gradients if each.slip is not None]
    known = [one for slip in slips for one in _all(slip) if one.exact and one.line is not None]
    if not known:
        return Outcome("undecided", (words("no_slip", language),))
    kinds = {one.kind for one in known if one.line == line}
    if kind in kinds:
        slip = next(one for one in known if one.line == line and one.kind == kind)
        told = [row for each in slip.lines(language) for row in fitting(each)]
        return Outcome("pass", (words("found", language, label=label), *told))
    if kinds:
        said = words("other_kind", language, label=label, kind=kind, means=_means(kind, language))
        return Outcome("wrong", (said,), ("kind",))
    right = {one.kind for one in known}
    said = words("other_line", language, label=label)
    more = [words("kind_right", language, kind=kind)] if kind in right else []
    return Outcome("wrong", (said, *more), ("line",))


def _means(kind: str, language: str) -> str:
    return MEANINGS[Kind(kind)].within(language)


def _all(slip: Diagnosis) -> Iterator[Diagnosis]:
    yield slip
    for each in slip.others:
        yield from _all(each)


__all__ = ["chosen_of", "judge_choice", "labels_of", "without_choice"]
