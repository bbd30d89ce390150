"""Families of slips: what people get wrong in a backward; each is a class that the search finds."""

from __future__ import annotations

import importlib
import pkgutil
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar, TypeVar

from gradproof.diagnosis.quantities.quantities import Quantity
from gradproof.diagnosis.search.repair import Repair
from gradproof.diagnosis.tape.points import Scene
from gradproof.diagnosis.tape.tape import Op

FOLDERS = ("gradproof.diagnosis.slips", "gradproof.diagnosis.texts")


class SlipFamily(ABC):
    """One sort of slip, seen from what is wrong: what would undo it.

    To add a family, write a class that derives from :class:`WholeFamily`, :class:`EntryFamily` or
    :class:`TextFamily`, in a file of this folder, or of ``texts``. Nothing else has to name it. Its
    docstring says

    - where it looks: which entries of the tape, or which statements of the author's text;
    - what it changes: the slip undone, as entries of the tape to override, or as edits;
    - what it says: the kind (``gradproof.slip_kinds``), the old and the new text, the term.

    A family proposes; it does not ask whether the gradient becomes true, which the search does at
    every point. It yields few changes, and no operation by name. How unlikely a change is
    (``cost``) decides between several that make the gradient true; costs are compared across
    families, so the numbers stand in one table (``weights.toml``).

    Attributes
    ----------
    order : int
        When in the search it comes, lower first: what is soon tried, and what is likely.
    """

    order: ClassVar[int]


class WholeFamily(SlipFamily):
    """A family that looks at the run as a whole."""

    @abstractmethod
    def repairs(self, looked: Looked) -> Iterator[Repair]:
        """Yield the changes of the tape that undo such a slip."""


class EntryFamily(SlipFamily):
    """A family that looks at one entry of the tape at a time: at a function and its operands.

    Attributes
    ----------
    by_form : bool
        Whether the form of a product alone suggests it: such families are asked first, of every
        entry, because they propose few changes, and likely ones.
    """

    by_form: ClassVar[bool] = False

    @abstractmethod
    def repairs(self, scene: Scene, index: int, op: Op) -> Iterator[Repair]:
        """Yield the changes of the entry ``op``, at ``index``, that undo such a slip."""


class TextFamily(SlipFamily):
    """A family that changes the author's text, where no tape shows the slip.

    Each change is put into the file and run, the likeliest first.

    Attributes
    ----------
    most : int
        So many changes are tried.
    """

    most: ClassVar[int]

    @abstractmethod
    def slips(self, scene: Scene) -> Iterator[Any]:
        """Yield the changes of the text, as ``StatementSlip``."""


@dataclass(frozen=True)
class Looked:
    """What a family that looks at the whole run is given.

    live: the entries that the gradient called ``name`` is made of; pool: quantities with names;
    loops: the operands of what is done in loops (``LoopOperands``).
    """

    scene: Scene
    name: str
    live: list[int]
    pool: list[Quantity]
    loops: Any


Family = TypeVar("Family", bound=SlipFamily)


@cache
def families(sort: type[Family]) -> tuple[Family, ...]:
    """Return the families of one sort, in their order.

    >>> [type(each).__name__ for each in families(EntryFamily) if each.by_form]
    ['Slopes', 'SoftmaxJacobians', 'TwoFactors']
    """
    load_families()
    found = [each for each in _below(sort) if not getattr(each, "__abstractmethods__", None)]
    return tuple(each() for each in sorted(found, key=lambda each: (each.order, each.__name__)))


@cache
def load_families() -> None:
    """Load every family.

    A process that runs other people's code sees no files: it has to be forked from one in which
    they are loaded already.
    """
    for name in FOLDERS:
        for module in pkgutil.iter_modules(importlib.import_module(name).__path__):
            importlib.import_module(f"{name}.{module.name}")


def _below(sort: type[Family]) -> Iterator[type[Family]]:
    for each in sort.__subclasses__():
        yield each
        yield from _below(each)


def entry_repairs(scene: Scene, index: int, by_form: bool = False) -> Iterator[Repair]:
    """Yield what the families propose for one entry: by its form, or by its function."""
    op = scene.first.tape.ops[index]
    for family in families(EntryFamily):
        if family.by_form is by_form:
            yield from family.repairs(scene, index, op)


__all__ = ["EntryFamily", "Looked", "SlipFamily", "TextFamily", "WholeFamily", "entry_repairs",
           "families", "load_families"]  # fmt: skip
