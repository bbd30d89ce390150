"""Run every cross-check of every operation, and gather the outcome as a book."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import TypeVar

import numpy as np
import sympy as sp

from gradproof.operations import Operation
from gradproof.pages import Outcome, Page, ask, build_page
from gradproof.witnesses import WITNESSES, Witness
from report.chapters import Chapter, chapter_of

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

    @property
    def pages(self) -> tuple[Page, ...]:
        """Every page, in order."""
        return tuple(page for part in self.parts for page in part.pages)

    @property
    def holds(self) -> bool:
        """Whether everything in the book holds."""
        return all(page.holds for page in self.pages)

    @property
    def failing(self) -> tuple[Page, ...]:
        """The pages on which something does not hold."""
        return tuple(page for page in self.pages if not page.holds)


def write_book(
    operations: Mapping[str, Operation],
    seed: int = 0,
    witnesses: tuple[Witness, ...] = WITNESSES,
    quiet: bool = True,
) -> Book:
    """Ask every witness about every operation, and make every page."""
    pages = [
        build_page(operation, tuple(_asked(operation, witnesses, seed, quiet)), seed)
        for operation in _progress(operations.values(), "operations", quiet)
    ]
    parts = tuple(
        Part(chapter_of(number), tuple(group))
        for number, group in groupby(pages, key=lambda page: page.derivation.chapter)
    )
    return Book(parts, witnesses, seed, versions())


def versions() -> dict[str, str]:
    """What the run was made with."""
    return {
        "Python": platform.python_version(),
        "NumPy": np.__version__,
        "SymPy": sp.__version__,
    }


def _asked(
    operation: Operation, witnesses: tuple[Witness, ...], seed: int, quiet: bool
) -> Iterator[Outcome]:
    for witness in _progress(witnesses, operation.name, quiet, inner=True):
        yield ask(witness, operation, seed)


def _progress(items: Iterable[T], what: str, quiet: bool, inner: bool = False) -> Iterable[T]:
    from tqdm.auto import tqdm

    bar: Iterable[T] = tqdm(
        list(items), desc=f"{what:<22}", disable=quiet, leave=not inner, position=int(inner)
    )
    return bar
