"""Run every cross-check of every operation, and gather the outcome as a book."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import TypeVar

import numpy as np
import sympy as sp

from gradproof.operations import Operation
from gradproof.pages import Outcome, Page
from gradproof.witnesses import WITNESSES, Witness
from report.chapters import Chapter, chapter_of
from report.labour import Alone, Labour
from report.story.records import Claim, StoryChapter
from report.story.telling import Story

T = TypeVar("T")


@dataclass(frozen=True)
class Part:
    """One chapter with its pages."""

    chapter: Chapter
    pages: tuple[Page, ...]


@dataclass(frozen=True)
class Book:
    """The whole outcome of a run."""

    parts: tuple[Part, ...]
    witnesses: tuple[Witness, ...]
    seed: int
    versions: Mapping[str, str]
    story: tuple[StoryChapter, ...] = ()

    @property
    def story_chapters(self) -> tuple[tuple[int, StoryChapter], ...]:
        """The chapters of the story, numbered on from those of the operations."""
        last = max((part.chapter.number for part in self.parts), default=0)
        return tuple(enumerate(self.story, last + 1))

    @property
    def problems(self) -> tuple[str, ...]:
        """What does not hold in the story, a line each."""
        return tuple(line for chapter in self.story for line in chapter.problems())

    @property
    def claims(self) -> tuple[Claim, ...]:
        """What the story claims, each with its verdict."""
        return tuple(claim for chapter in self.story for claim in chapter.claims)

    @property
    def pages(self) -> tuple[Page, ...]:
        """Every page, in order."""
        return tuple(page for part in self.parts for page in part.pages)

    @property
    def holds(self) -> bool:
        """Whether everything in the book holds."""
        return all(page.holds for page in self.pages) and not self.problems

    @property
    def failing(self) -> tuple[Page, ...]:
        """The pages on which something does not hold."""
        return tuple(page for page in self.pages if not page.holds)


def write_book(
    operations: Mapping[str, Operation],
    seed: int = 0,
    witnesses: tuple[Witness, ...] = WITNESSES,
    quiet: bool = True,
    labour: Labour | None = None,
    story: Story | None = None,
) -> Book:
    """Ask every witness about every operation, and make every page; tell the ``story``, if any.

    ``labour`` does the work; by default, this process alone.
    """
    with labour or Alone(witnesses, seed) as workers:
        told = story.begin(workers.start) if story is not None else None
        promised = [
            workers.page(operation, _asked(workers, operation, len(witnesses), quiet))
            for operation in _progress(operations.values(), "operations", len(operations), quiet)
        ]
        chapters = told(quiet) if told is not None else ()
        pages = [made() for made in promised]
    parts = tuple(
        Part(chapter_of(number), tuple(group))
        for number, group in groupby(pages, key=lambda page: page.derivation.chapter)
    )
    return Book(parts, witnesses, seed, versions(), chapters)


def versions() -> dict[str, str]:
    """What the run was made with."""
    return {
        "Python": platform.python_version(),
        "NumPy": np.__version__,
        "SymPy": sp.__version__,
    }


def _asked(workers: Labour, operation: Operation, count: int, quiet: bool) -> tuple[Outcome, ...]:
    answers = workers.outcomes(operation)
    return tuple(_progress(answers, f"  {operation.name}", count, quiet, inner=True))


def _progress(
    items: Iterable[T], what: str, count: int, quiet: bool, inner: bool = False
) -> Iterable[T]:
    from tqdm.auto import tqdm

    bar: Iterable[T] = tqdm(
        items, desc=f"{what:<24}", total=count, disable=quiet, leave=not inner, position=int(inner)
    )
    return bar
