"""Run every cross-check of every operation, and gather the outcome as a book."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby

import numpy as np
import sympy as sp

from gradproof.operation.operations import Operation
from gradproof.pages import Outcome, Page, build_page
from gradproof.pages.outcomes import one_line
from gradproof.text import LANGUAGES
from gradproof.witnesses import WITNESSES, Witness
from report.labour import Alone, Labour
from report.missing import problems_of
from report.progress import Promise, as_they_come, bar, kept
from report.prose import Prose
from report.story.records import Claim, StoryChapter
from report.story.telling import Story
from report.words import Group, group_of


@dataclass(frozen=True)
class Part:
    """One group of operations with its pages."""

    group: Group
    pages: tuple[Page, ...]


@dataclass(frozen=True)
class Book:
    """The whole outcome of a run."""

    parts: tuple[Part, ...]
    witnesses: tuple[Witness, ...]
    seed: int
    versions: Mapping[str, str]
    story: tuple[StoryChapter, ...] = ()
    prose: Prose | None = None

    @property
    def languages(self) -> tuple[str, ...]:
        """Which languages it is printed in."""
        return self.prose.languages if self.prose is not None else LANGUAGES

    @property
    def problems(self) -> tuple[str, ...]:
        """What does not hold in the story or in the chapters, a line each."""
        told = [line for chapter in self.story for line in chapter.problems()]
        return (*told, *problems_of(self.prose, self.story, self.pages))

    def pages_of(self, group: str) -> tuple[Page, ...]:
        """The operations of one group, by its number."""
        return tuple(page for page in self.pages if str(page.derivation.chapter) == group)

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
        asked = _asked(workers, operations, witnesses, quiet)
        promised = {
            name: (
                workers.page(operations[name], outcomes),
                partial(build_page, operations[name], outcomes, seed),
            )
            for name, outcomes in asked
        }
        chapters = told(quiet) if told is not None else ()
        pages = _made(promised, operations, quiet)
    parts = tuple(
        Part(group_of(number), tuple(group))
        for number, group in groupby(pages, key=lambda page: page.derivation.chapter)
    )
    prose = story.prose() if story is not None else None
    return Book(parts, witnesses, seed, versions(), chapters, prose)


def versions() -> dict[str, str]:
    """What the run was made with."""
    return {
        "Python": platform.python_version(),
        "NumPy": np.__version__,
        "SymPy": sp.__version__,
    }


def _asked(
    workers: Labour, operations: Mapping[str, Operation], witnesses: Sequence[Witness], quiet: bool
) -> Iterator[tuple[str, tuple[Outcome, ...]]]:
    """What the witnesses say about each operation, as soon as all of them have answered."""
    promised = workers.answers(operations.values())
    outcomes: dict[str, dict[str, Outcome]] = {name: {} for name in operations}
    with (
        bar("operations", len(operations), quiet) as outer,
        bar("witnesses", len(promised), quiet, inner=True) as inner,
    ):
        for (name, witness), promise in as_they_come(promised, outer, inner):
            inner.set_postfix_str(name, refresh=False)
            answers = outcomes[name]
            answers[witness] = _answer(promise, next(w for w in witnesses if w.name == witness))
            inner.update()
            if len(answers) == len(witnesses):
                outer.update()
                yield name, tuple(answers[each.name] for each in witnesses)


def _answer(promise: Promise, witness: Witness) -> Outcome:
    try:
        outcome: Outcome = kept(promise)
    except Exception as raised:  # a process that died is a witness that broke down
        return Outcome(witness.name, witness.title, witness.question, None, one_line(raised))
    return outcome


def _made(
    promised: Mapping[str, tuple[Promise, Callable[[], Page]]], names: Iterable[str], quiet: bool
) -> list[Page]:
    """The pages in the order of ``names``; what a process could not make is made here."""
    pages: dict[str, Page] = {}
    waiting = {name: promise for name, (promise, _) in promised.items()}
    with bar("pages", len(waiting), quiet) as shown:
        for name, promise in as_they_come(waiting, shown):
            shown.set_postfix_str(name, refresh=False)
            try:
                pages[name] = kept(promise)
            except Exception:  # whatever could not be sent or survive there
                pages[name] = promised[name][1]()
            shown.update()
    return [pages[name] for name in names]
