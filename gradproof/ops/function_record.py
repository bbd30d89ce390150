"""What is known of one function of NumPy or SciPy: a record, and the table of them.

A record holds what only a person can know of a function: its names, its slopes, what it means in
simpler functions, how it is written. Whoever carries out programs (on numbers, with 50 digits, on
symbols, backwards, as text) asks the table; none of them has a list of functions of its own.

Variables in formulas: ``x`` is the argument of a function of one, ``a`` and ``b`` those of a
function of two, ``y`` is the result.
"""

from __future__ import annotations

import importlib
import math
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType
from typing import Any

import numpy as np

from gradproof.ops.formula import Formula, Number

NOTHING: Mapping[str, str] = MappingProxyType({})


class NoMeaningError(Exception):
    """What a record's ``meaning`` does not cover; the text goes on after the function's name."""


class Kind(StrEnum):
    """What a function does with the elements of arrays."""

    ELEMENTWISE = "each element by itself"
    REDUCTION = "elements along axes become one"
    SUMMARY = "elements become others in a way of its own"
    RUNNING = "along an axis: totals, differences, order"
    POSITION = "where elements are"
    CONTRACTION = "sums of products along axes"
    ARRANGEMENT = "elements are moved about"
    SAME_ELEMENTS = "the same elements in the same order, in another shape"
    SELECTION = "elements are chosen"
    LINEAR_ALGEBRA = "matrices"
    MAKER = "a new array that depends on no element"
    COPY = "the same array again"
    QUESTION = "an answer about an array that is no array of numbers"


@dataclass(frozen=True, eq=False, kw_only=True)
class Operation:
    """A function, by the name that it has on a tape: ``np.<name>``.

    also:      its other names, NumPy's (``true_divide``) and those of its ufunc.
    home:      the module where it is found, such as ``scipy.special``; all are optional but NumPy.
    numbers:   carries it out on NumPy arrays where its module is not at hand.
    family:    labels of groups of functions that are taken for one another; a slip in a function is
               looked for in its groups.
    seldom:    it is hardly ever what was meant when another of its family was written.
    ordered:   the order of the elements alone decides which of them it is.
    method:    it is written ``x.name(...)``.
    symbol:    how it is written between operands, and how tightly it binds: ``(1, " + ")``.
    text:      how it is written where that is no call under its name: "polygamma(1, {})".
    without:   for whoever cannot carry it out, the reason: "proof", "adjoint", "digits", "text",
               "latex", "slope".
    """

    name: str
    kind: Kind
    also: tuple[str, ...] = ()
    home: str = "numpy"
    numbers: Callable[..., Any] | None = None
    family: tuple[str, ...] = ()
    seldom: bool = False
    ordered: bool = False
    method: bool = False
    symbol: tuple[int, str] | None = None
    text: str = ""
    without: Mapping[str, str] = field(default_factory=lambda: NOTHING)

    @property
    def function(self) -> Callable[..., Any]:
        """The function on NumPy arrays; arrays of a proof or a diagnosis carry it out themselves.

        Raises LookupError where its module is not installed.
        """
        if self.home == "numpy" and self.numbers is None:
            return _numpy_function(self.name)
        return self._stand_in if self.home else self.plain()

    @cached_property
    def _stand_in(self) -> StandIn:
        return StandIn(self, self.plain())

    def plain(self) -> Callable[..., Any]:
        """Return the function on plain NumPy arrays."""
        found = _attribute(self.home, self.name) if self.numbers is None else self.numbers
        if found is None:
            raise LookupError(f"{self.home}.{self.name} is not installed")
        function: Callable[..., Any] = found
        return function

    def originals(self) -> Iterator[Any]:
        """Yield the function objects that have its names, of the modules that are loaded."""
        for name in (self.name, *self.also):
            found = _loaded(self.home, name)
            if found is not None:
                yield found


@dataclass(frozen=True, eq=False, kw_only=True)
class Elementwise(Operation):
    """A function of each element (of one array, or of the broadcast of two).

    slopes:   the derivative by each argument; None where it is 0 or does not exist.
    meaning:  the same value in simpler functions, for exact arithmetic; None for a primitive.
    digits:   its name in mpmath, or a function of mpmath and the arguments; None: by its meaning.
    math:     its name in Python's ``math``.
    sympy:    its name in SymPy, or a function of SymPy and the arguments.
    latex:    how it is set where SymPy does not know it.
    sign:     "positive" for a function without zeros, "argument" for one with the sign of its
              argument (it is then 0 at 0), "" otherwise.
    where_positive: it is taken to exist for positive arguments only.
    integers: of integers it is an integer.
    truth:    it answers yes or no.
    common:   people reach for it; it is tried around other quantities.
    growing:  floats overflow, or its digits vanish, where its argument is large.
    reduces:  the reduction that ``ufunc.reduce`` is; accumulates: that of ``ufunc.accumulate``.
    """

    kind: Kind = Kind.ELEMENTWISE
    slopes: tuple[Formula | None, ...] = (None,)
    meaning: Formula | None = None
    digits: str | Callable[..., Any] | None = None
    math: str = ""
    sympy: str | Callable[..., Any] | None = None
    latex: str = ""
    sign: str = ""
    where_positive: bool = False
    integers: bool = False
    truth: bool = False
    common: bool = False
    growing: bool = False
    reduces: str = ""
    accumulates: str = ""

    def plain(self) -> Callable[..., Any]:
        """Return the function on plain NumPy arrays; by its meaning where it is not installed."""
        try:
            return super().plain()
        except LookupError:
            if self.meaning is None:
                raise
            return lambda *args: read(self.meaning, numbers_of, _float, args)

    @property
    def arity(self) -> int:
        """The number of arguments."""
        return len(self.slopes)

    def derivative(self, k: int, apply: Callable[..., Any], number: Callable[[Number], Any],
                   args: Sequence[Any], result: Any) -> Any:  # fmt: skip
        """Return its slope by argument ``k`` in some arithmetic; None where there is none."""
        return read(self.slopes[k], apply, number, args, result)


@dataclass(frozen=True, eq=False, kw_only=True)
class ArrayOperation(Operation):
    """A function of whole arrays.

    stands_as: the name that it has on a tape, where another function says the same.
    meaning: the same in simpler functions of NumPy, which pass calls on to arrays of any sort;
             raises NoMeaningError for options that it does not cover.
    adjoint: ``adjoint(step, values, a, k)`` returns the adjoint of operand k from that of the
             result, ``a``; step has .args, .kwargs and .value. None, or where it returns
             NotImplemented: by its meaning, else by trying whether it is linear.
    written_out: on a tape stands what it means, in place of it.
    digits:  ``digits(mpmath, step, values)`` carries it out with many digits; None: by its meaning,
             else by NumPy on arrays of such numbers.
    moments: it loses digits where the elements are large beside their differences.
    """

    stands_as: str = ""
    meaning: Callable[..., Any] | None = None
    adjoint: Callable[..., Any] | None = None
    digits: Callable[..., Any] | None = None
    written_out: bool = False
    moments: bool = False


def read(formula: Formula | None, apply: Callable[..., Any], number: Callable[[Number], Any],
         args: Sequence[Any], result: Any = None) -> Any:  # fmt: skip
    """Return the value of a record's formula for these arguments; None for no formula."""
    if formula is None:
        return None
    names = ("x",) if len(args) == 1 else ("a", "b", "c")
    return formula.read(apply, number, y=result, **dict(zip(names, args)))


class StandIn:
    """A function that hands arrays of a proof or of a diagnosis what they are to carry out.

    Such an array has a method ``apply_operation(record, args, kwargs)``. Everything else goes to
    the ``original``, as if nothing stood in its place.
    """

    def __init__(self, record: Operation, original: Callable[..., Any]) -> None:
        self.record, self.original = record, original

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        for item in _flat((*args, *kwargs.values())):
            apply = getattr(type(item), "apply_operation", None)
            if apply is not None:
                return apply(item, self.record, args, kwargs)
        return self.original(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.original, name)


def _flat(items: Sequence[Any]) -> Iterator[Any]:
    for item in items:
        if type(item) in (list, tuple):
            yield from _flat(item)
        else:
            yield item


# --- numbers --------------------------------------------------------------------------------------


def numbers_of(name: str, *args: Any) -> Any:
    """Carry out an operation on NumPy arrays."""
    return math.pi if name == "pi" else function_of(name)(*args)


def _float(value: Number) -> int | float:
    return value if isinstance(value, int) else float(value)


def numeric_slope(record: Elementwise, k: int, args: Sequence[Any], result: Any) -> Any:
    """Return the slope by argument ``k`` at arrays of numbers; None where there is none."""
    return record.derivative(k, numbers_of, _float, args, result)


# --- the table ------------------------------------------------------------------------------------


class Table:
    """The records by name. A name that two records have is an error."""

    def __init__(self, records: Sequence[Operation] = ()) -> None:
        self.records: dict[str, Operation] = {}
        self._names: dict[str, Operation] = {}
        self._special: dict[str, Callable[..., Any]] = {}
        for record in records:
            self.add(record)

    def add(self, record: Operation) -> None:
        """Put a record in; ValueError where one of its names is taken."""
        for name in (record.name, *record.also):
            if name in self._names:
                raise ValueError(f"two records are called {name!r}: {record.name}, "
                                 f"{self._names[name].name}")  # fmt: skip
        self.records[record.name] = record
        self._names |= dict.fromkeys((record.name, *record.also), record)

    def remove(self, record: Operation) -> None:
        """Take a record out again."""
        del self.records[record.name]
        for name in (record.name, *record.also):
            del self._names[name]

    def find(self, name: str) -> Operation | None:
        """Return the record of a name or another name of it; None for what is not known."""
        return self._names.get(name)


def _attribute(module: str, name: str) -> Any:
    try:
        found: Any = importlib.import_module(module)
    except ImportError:
        return None
    return _within(found, name)


def _loaded(module: str, name: str) -> Any:
    found = sys.modules.get(module)
    return None if found is None else _within(found, name)


def _within(found: Any, name: str) -> Any:
    for part in name.split("."):
        found = getattr(found, part, None)
    return found


TABLE = Table()


def find(name: str) -> Operation | None:
    """Return the record of a function by any of its names; None for what is not known."""
    return TABLE.find(name)


def elementwise(name: str) -> Elementwise | None:
    """Return the record of a function of each element; None for any other."""
    found = TABLE.find(name)
    return found if isinstance(found, Elementwise) else None


def canonical(name: str) -> str:
    """Return the name under which a function stands on a tape: ``abs`` for ``absolute``."""
    found = TABLE.find(name)
    if isinstance(found, ArrayOperation) and found.stands_as:
        return found.stands_as
    return name if found is None else found.name


def function_of(name: str) -> Callable[..., Any]:
    """Return the function of a name on NumPy arrays, one that has no record included."""
    found = TABLE.find(name)
    return found.function if found is not None else _numpy_function(name)


def _numpy_function(name: str) -> Callable[..., Any]:
    found: Any = np
    for part in name.split("."):
        found = getattr(found, part)
    function: Callable[..., Any] = found
    return function


def records(*kinds: Kind) -> Iterator[Operation]:
    """Yield the records of these kinds, of all kinds where none is named, in the table's order."""
    yield from (r for r in list(TABLE.records.values()) if not kinds or r.kind in kinds)


def elementwise_records() -> Iterator[Elementwise]:
    """Yield the records of functions of each element."""
    yield from (r for r in records(Kind.ELEMENTWISE) if isinstance(r, Elementwise))


_IN_PLACE = ("sort", "partition", "resize")


def methods() -> dict[str, Operation]:
    """Return the functions that NumPy's arrays have as methods, too, by these names; without those
    that change the array itself."""
    return {name: record for record in records() for name in (record.name, *record.also)
            if record.home == "numpy" and callable(getattr(np.ndarray, name, None))
            and name not in _IN_PLACE}  # fmt: skip


def relatives_of(name: str) -> Iterator[Operation]:
    """Yield the functions that one is taken for, and is taken instead of."""
    own = TABLE.find(name)
    for record in records() if own is not None and own.family else ():
        if record is not own and not set(record.family).isdisjoint(own.family if own else ()):
            yield record


def of_function(function: Any) -> Operation | None:
    """Return the record of a function object: that very object, not one of the same name."""
    found = TABLE.find(str(getattr(function, "__name__", "")))
    if found is not None and any(each is function for each in found.originals()):
        return found
    return next((r for r in records() if any(f is function for f in r.originals())), None)


@contextmanager
def added(*extra: Operation) -> Iterator[None]:
    """Have these records in the table for a while: a function of one's own, or a test's."""
    known: list[Operation] = []
    try:
        for record in extra:
            TABLE.add(record)
            known.append(record)
        yield
    finally:
        for record in known:
            TABLE.remove(record)
