"""Exercises as they are written: a file of Markdown for each language, a front matter and code.

``07_relu_mask.en.md`` begins with TOML between two lines ``+++``; then comes the task, and code in
fences whose first line says what it is: ``python file`` what the learner gets, ``python solution``,
``python also`` another right way, ``python wrong KEY`` a typical slip, ``python truth`` what the
answer is held against. The Korean file has the words; code that it leaves out is the other's.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from typing import Any, Literal

Judging = Literal["fill", "stable", "find", "predict", "run"]
_FENCE = re.compile(r"^```python (\w+)(?: ([\w-]+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_KINDS = ("fill", "stable", "find", "predict", "run")
_KNOWN = {"title", "kind", "check", "value", "shapes", "book", "hints", "said", "kinds",
          "derivative", "by"}  # fmt: skip


class ExerciseError(ValueError):
    """What is wrong with the file of an exercise, and where."""


@dataclass(frozen=True)
class Exercise:
    """One exercise in one language.

    check: the gradients to judge, "backward: forward"; value: the functions that are held against
    those of the truth, "softmax(x)"; derivative: whether the backwards are derivatives.
    shapes: sizes of arguments; said: sentences by the key that the truth gives; kinds: those to
    choose from; wrong: typical slips with their key; by: whether a derivative is written by the
    input of its function, or by the output.
    """

    name: str
    language: str
    title: str
    kind: Judging
    task: str
    file: str
    solution: str
    truth: str = ""
    check: tuple[str, ...] = ()
    value: tuple[str, ...] = ()
    shapes: Mapping[str, list[int]] = field(default_factory=dict)
    book: str = ""
    hints: tuple[str, ...] = ()
    said: Mapping[str, str] = field(default_factory=dict)
    kinds: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    wrong: tuple[tuple[str, str], ...] = ()
    derivative: bool = False
    by: Literal["input", "output"] = "input"

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """(backward, forward) of each gradient."""
        return tuple((b.strip(), f.strip()) for b, _, f in (c.partition(":") for c in self.check))


def read(name: str, language: str, text: str, other: str = "") -> Exercise:
    """The exercise that a text describes; other: the text in the language that has the code.

    Raises ExerciseError.
    """
    front, task, blocks = _parts(name, text)
    if other:
        base, _, code = _parts(name, other)
        front = {**base, **front, "said": {**base.get("said", {}), **front.get("said", {})}}
        blocks = [*blocks, *(each for each in code if each[0] not in {b[0] for b in blocks})]
    single: dict[str, Any] = {
        kind: code for kind, _, code in blocks if kind in ("file", "solution", "truth")
    }
    for missing in {"file", "solution"} - set(single):
        raise ExerciseError(f"{name}: it has no block ```python {missing}")
    if front.get("kind") not in _KINDS or "title" not in front or len(front.get("hints", ())) != 3:
        raise ExerciseError(f"{name}: title, kind (one of {', '.join(_KINDS)}) and three hints")
    if unknown := set(front) - _KNOWN:
        raise ExerciseError(f"{name}: nobody knows {', '.join(sorted(unknown))}")
    plain: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in front.items()}
    return Exercise(
        name, language, task=task.strip(), **single, **plain,
        also=tuple(code for kind, _, code in blocks if kind == "also"),
        wrong=tuple((key, code) for kind, key, code in blocks if kind == "wrong"),
    )  # fmt: skip


def _parts(name: str, text: str) -> tuple[dict[str, Any], str, list[tuple[str, str, str]]]:
    """Front matter, the task, and the blocks of code as (kind, key, code)."""
    _, front, body = (*text.split("+++\n", 2), "", "")[:3]
    try:
        table = tomllib.loads(front)
    except tomllib.TOMLDecodeError as error:
        raise ExerciseError(f"{name}: its front matter is no TOML: {error}") from None
    blocks = [(kind, key or "", code) for kind, key, code in _FENCE.findall(body)]
    return table, _FENCE.sub("", body), blocks


@lru_cache
def exercises(language: str) -> tuple[Exercise, ...]:
    """All exercises in the order of the course."""
    folder = resources.files("gradproof.learn").joinpath("exercises")
    texts = {each.name: each.read_text("utf-8") for each in folder.iterdir()}
    found = []
    for file in sorted(name for name in texts if name.endswith(".en.md")):
        name = file.removesuffix(".en.md")
        own = texts.get(f"{name}.{language}.md", "") if language != "en" else ""
        found.append(
            read(name, language, own, texts[file]) if own else read(name, "en", texts[file])
        )
    return tuple(found)


__all__ = ["Exercise", "ExerciseError", "exercises", "read"]
