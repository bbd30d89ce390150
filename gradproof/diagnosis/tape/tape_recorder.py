"""The tape while it is being written: entries, fingerprints of values, places and names."""

from __future__ import annotations

import os
import sys
import sysconfig
from collections import Counter
from collections.abc import Sequence
from types import FrameType
from typing import Any

import numpy as np

from gradproof.diagnosis.tape.tape import Op, Place, Ref, refs
from gradproof.home import ENGINE
from gradproof.libraries import position_of
from gradproof.tracing.record_trace import Program
from gradproof.work import RECORDED, spend

_ENGINE = str(ENGINE) + os.sep
_NUMPY = os.path.dirname(os.path.abspath(np.__file__)) + os.sep
_LIBRARY = sysconfig.get_path("stdlib") + os.sep
# Numbers with fewer digits than these may be equal by accident.
_TELLING = 1e-6
MOST_ENTRIES = 4000
_SHOWN = 4096  # elements of a constant that is known by its name
LONGEST = 64  # of a list of arrays that are looked at one by one
_GIVEN = ("input", "upstream", "returned")
_PASSED = ("cache", "ctx", "saved", "memory")  # names of what is handed on, not of what it is
Owner = tuple[str, str]  # a file and a function in it
_RUN = Program.run.__code__.co_filename


class TooLongError(Exception):
    """The run has more entries than a diagnosis can look at."""


class OnTape(np.ndarray):
    """An array that stands for one entry of the tape: what a recorder tells from other arrays."""

    node: int


class Recorder:
    """Writes the entries of one run.

    Values are told apart by their bits: an array that has lost its recording on the way (a pickle,
    ``np.array`` of a list) is found again by its value, since inputs are drawn at random.
    most: the number of entries after which TooLongError is raised. wide: float32 and float16 are
    float64, so that no rounding stands between a value and its formula. unseen: whether
    there are numbers on the tape that NumPy has made of anything at all, such as ``X.dot(theta)``
    of a plain X.
    """

    def __init__(self, most: int = MOST_ENTRIES, wide: bool = True) -> None:
        self.most, self.wide = most, wide
        self.ops: list[Op] = []
        self.stacks: list[tuple[Place, ...]] = []
        self.names: dict[tuple[Owner, bool], dict[int, list[str]]] = {}
        self.numbers: dict[tuple[Owner, bool], dict[str, float]] = {}
        self.lists: dict[str, list[int]] = {}
        self._counting: set[tuple[tuple[Owner, bool], str]] = set()
        self._counters: dict[str, int] = {}
        self.backward = self.unseen = False
        self.replaced: dict[int, int] = {}
        self.results: list[tuple[Any, tuple[str, int], Owner]] = []
        self.returning: list[Owner] = []
        self._known: dict[tuple[Any, ...], int] = {}
        self._constants: dict[int, tuple[np.ndarray, int]] = {}  # data that the code was given

    def add(self, name: str, args: Any, kwargs: dict[str, Any], value: Any) -> int:
        """Write one entry and return its number."""
        if len(self.ops) >= self.most:
            raise TooLongError
        spend(RECORDED)
        encoded = tuple(self.encode(a) for a in args)
        options = {k: self.encode(v) for k, v in kwargs.items()}
        kept = value if isinstance(value, list) else np.array(value)
        here = () if name in _GIVEN else self._stack()
        self.stacks.append(here)
        self.ops.append(Op(name, encoded, options, kept, counters=self._counters if here else {}))
        node = len(self.ops) - 1
        if not isinstance(kept, list) and _is_telling(kept):
            self._known.setdefault(_fingerprint(kept), node)
        return node

    def current(self, array: Any) -> int:
        """Return the entry of a recorded array, by its value if its memory has changed."""
        node = getattr(array, "node", None)
        value = np.asarray(array).view(np.ndarray)
        if node is not None:
            held = self.ops[node].value
            if held.shape == value.shape and np.array_equal(held, value, equal_nan=True):
                return int(node)
        source = getattr(array, "source", None) if node is None else None
        if source is not None and np.array_equal(np.asarray(source).astype(value.dtype), value):
            array.node = self.add("astype", (Ref(self.current(source)), value.dtype.str), {}, value)
            return int(array.node)
        known = self._known.get(_fingerprint(value)) if _is_telling(value) else None
        return self.add("constant", (), {}, value) if known is None else known

    def cast(self, node: int, value: Any) -> int:
        """Return an entry for a value that was written into an array of another dtype or shape."""
        held = self.ops[node].value
        same = held.dtype.kind == value.dtype.kind if self.wide else held.dtype == value.dtype
        if held.shape == value.shape and same:
            return node
        if held.shape != value.shape:
            return self.add("broadcast_to", (Ref(node), value.shape), {}, value)
        return self.add("astype", (Ref(node), value.dtype.str), {}, value)

    def encode(self, item: Any) -> Any:
        """Return an operand as it stands on the tape."""
        if isinstance(item, OnTape):
            return Ref(self.current(item))
        if isinstance(item, np.ndarray) and item.size and item.dtype.kind in "fiub":
            known = self._known.get(_fingerprint(item)) if _is_telling(item) else None
            self.unseen |= known is None and item.dtype.kind == "f"
            return Ref(self.add("constant", (), {}, item) if known is None else known)
        if type(item) is slice:
            parts = (item.start, item.stop, item.step)
            return slice(*(int(p) if isinstance(p, np.ndarray) else p for p in parts))
        if type(item) in (tuple, list):
            return type(item)(self.encode(part) for part in item)
        if isinstance(item, (float, np.floating)):
            known = self._known.get(_fingerprint(np.asarray(item))) if _is_telling(item) else None
            self.unseen |= known is None and isinstance(item, np.floating)
            return float(item) if known is None else Ref(known)
        return item

    def name(self, owner: Owner, name: str, value: Any) -> None:
        """Note a name that one of the author's functions has for a value, or for data."""
        if is_recorded(value):
            node = value.node
        elif type(value) is np.ndarray and value.dtype.kind == "f" and value.size <= _SHOWN:
            found = self._constants.get(id(value))
            if found is None or found[0] is not value:
                node = self._known.get(_fingerprint(value), -1) if _is_telling(value) else -1
                if node < 0 or self.ops[node].name != "constant":
                    return
                self._constants[id(value)] = value, node
            node = self._constants[id(value)][1]
        else:
            return
        names = self.names.setdefault((owner, self.backward), {}).setdefault(node, [])
        if name not in names:
            names.append(name)

    def _stack(self) -> tuple[Place, ...]:
        """Return where in the author's files this happens, the innermost place first."""
        frame: FrameType | None = sys._getframe(2)
        places: list[Place] = []
        while frame is not None and frame.f_code.co_filename != _RUN:
            if not is_engine_file(frame.f_code.co_filename) and not is_library_file(
                    frame.f_code.co_filename):  # fmt: skip
                if not places:
                    self._counters = _whole_numbers(frame)
                self._read_names(frame)
                places.append(_place(frame))
            frame = frame.f_back
        return tuple(places)

    def _read_names(self, frame: FrameType) -> None:
        owner = frame.f_code.co_filename, frame.f_code.co_name
        for name, value in frame.f_locals.items():
            if isinstance(value, np.ndarray) and name != "_":
                self.name(owner, name, value)
            elif is_number(value):
                self._number(owner, name, plain_value(value))
            elif isinstance(value, dict):
                for key, each in value.items():
                    self.name(owner, f"{name}[{key!r}]", each)
            elif type(value) in (list, tuple):
                self._read_list(name, value)
            elif name == "self" and hasattr(value, "__dict__"):
                self._read_attributes(owner, vars(value))

    def _number(self, owner: Owner, name: str, value: float) -> None:
        """Note a number with a name; what takes several values counts the turns of a loop."""
        numbers = self.numbers.setdefault((owner, self.backward), {})
        if numbers.setdefault(name, value) != value:
            self._counting.add(((owner, self.backward), name))

    def _read_list(self, name: str, items: Any) -> None:
        short = self.backward and 1 < len(items) <= LONGEST
        if short and all(isinstance(item, OnTape) for item in items):
            self.lists[name] = [item.node for item in items]

    def _read_attributes(self, owner: Owner, attributes: dict[str, Any]) -> None:
        for key, each in attributes.items():
            if is_number(each):
                self._number(owner, f"self.{key}", plain_value(each))
            elif isinstance(each, dict):
                for inner, part in each.items():
                    self.name(owner, f"self.{key}[{inner!r}]", part)
            else:
                self.name(owner, f"self.{key}", each)

    def begin_backward(self) -> None:
        """Take what is done from now on for backward's."""
        self.backward = True

    def returns(self, value: Any, line: int) -> Any:
        """Note what one of the author's functions returns in backward, and where; return it."""
        if self.backward and value is not None:
            frame = sys._getframe(1)
            file = frame.f_code.co_filename
            owner = file, frame.f_code.co_name
            self.results.append((value, (file, line), owner))
            several = isinstance(value, (tuple, list))
            if any(map(is_recorded, value if several else (value,))):
                self._read_names(frame)
        return value

    def returned_at(self, value: Any) -> list[tuple[str, int]]:
        """Return the files and lines where a value was returned, the innermost first."""
        places = []
        for found, place, owner in self.results:
            parts = found.values() if isinstance(found, dict) else found
            inside = isinstance(found, (tuple, list, dict)) and any(p is value for p in parts)
            if found is value or inside:
                places.append(place)
                self.returning.append(owner)
        return places

    def places_returned(self) -> dict[int, tuple[str, int]]:
        """Return where each entry was first returned by one of the author's functions."""
        found: dict[int, tuple[str, int]] = {}
        for value, place, _ in self.results:
            if is_recorded(value):
                found.setdefault(value.node, place)
        return found

    def finish(self, start: int, results: Sequence[int]) -> tuple[dict[str, float], ...]:
        """Settle which functions are the author's own; return the numbers with names, first those
        of backward, then those that only forward has.

        They are the outermost ones of the file in which most of backward happens, so neither the
        helpers that they call nor what adapts one interface to another.
        """
        live, pending = set(), list(results)
        while pending:
            index = pending.pop()
            if index not in live:
                live.add(index)
                pending.extend(refs(self.ops[index].args))
        files = Counter(self.stacks[k][0].file for k in live if k > start and self.stacks[k])
        file = files.most_common(1)[0][0] if files else ""
        direct = {(s[0].file, s[0].function) for s in self.stacks if s}
        # Where backward does no arithmetic, it is the innermost function that returns.
        owners: list[list[Owner]] = [[], [] if files else self.returning[:1]]
        for index, (op, stack) in enumerate(zip(self.ops, self.stacks)):
            own = [p for p in stack if p.file == file and (p.file, p.function) in direct]
            op.site = stack[0] if stack else None
            op.place = own[-1] if own else op.site
            if op.place is not None:
                owner = (op.place.file, op.place.function)
                later = index > start
                if owner not in owners[later]:
                    owners[later].append(owner)
        numbers: tuple[dict[str, float], ...] = ({}, {})
        for later in (True, False):
            for owner in owners[later]:
                for index, names in self.names.get((owner, later), {}).items():
                    _add_names(self.ops[index], names, later)
                for name, value in self.numbers.get((owner, later), {}).items():
                    if name not in numbers[0] and ((owner, later), name) not in self._counting:
                        numbers[not later].setdefault(name, value)
        return numbers


def _add_names(op: Op, names: list[str], own: bool) -> None:
    """Add names to an entry, those of backward in front."""
    first, rest = op.names[: op.own], op.names[op.own :]
    if own:
        first += [n for n in names if n not in first]
        first.sort(key=lambda name: name.endswith("]"))  # x is said for cache['x']
    first.sort(key=lambda n: n in _PASSED)
    op.names[:] = list(dict.fromkeys([*first, *rest, *names]))
    op.own = len(first)


def _whole_numbers(frame: FrameType) -> dict[str, int]:
    """Return the whole numbers that have names in a function, such as the counters of its loops."""
    known = frame.f_locals.items()
    return {k: int(v) for k, v in known if isinstance(v, (int, np.integer)) and type(v) is not bool}


def is_engine_file(file: str) -> bool:
    """Whether a file is gradproof's or NumPy's, and nothing in it a place of the author's."""
    return file.startswith((_ENGINE, _NUMPY, "<frozen", "<__array"))


def is_library_file(file: str) -> bool:
    """Whether a file is Python's own, such as copy.py: what it does is done where it is called."""
    return file.startswith(_LIBRARY) and "-packages" not in file


def is_recorded(value: Any) -> bool:
    """Whether a value is an array that writes down what is done with it."""
    return isinstance(value, OnTape) and hasattr(value, "node")


def is_number(value: Any) -> bool:
    """Whether a value is one number, of Python or of NumPy."""
    return isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)


def plain_value(value: Any) -> float:
    """Return a number as Python's own: whole ones stay such."""
    return int(value) if isinstance(value, (int, np.integer)) else float(value)


def _place(frame: FrameType) -> Place:
    code = frame.f_code
    here = position_of(code, frame.f_lasti)
    line, end_line, column, end_column = (here[0] or frame.f_lineno or 0, *here[1:])
    return Place(code.co_filename, line, end_line or line, column or 0, end_column or 0,
                 code.co_name)  # fmt: skip


def _fingerprint(value: np.ndarray) -> tuple[Any, ...]:
    return value.shape, value.dtype.kind, value.tobytes()


def _is_telling(value: Any) -> bool:
    """Whether two equal values of this kind are hardly equal by accident."""
    array = np.asarray(value)
    if array.dtype.kind != "f" or not array.size:
        return False
    flat = array.reshape(-1)
    if array.size > 3:
        return bool((flat != flat[0]).any())
    return bool((np.abs(flat * 1e4 - np.round(flat * 1e4)) > _TELLING).all())
