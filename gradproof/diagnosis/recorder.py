"""The tape while it is being written: entries, fingerprints of values, places and names."""

from __future__ import annotations

import os
import sys
from types import CodeType, FrameType
from typing import Any

import numpy as np

from gradproof.diagnosis.tape import Op, Place, Ref
from gradproof.tracing.record import Program

_ENGINE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_NUMPY = os.path.dirname(os.path.abspath(np.__file__)) + os.sep
# Numbers with fewer digits than these may be equal by accident.
_TELLING = 1e-6
MOST_ENTRIES = 4000
_GIVEN = ("input", "upstream", "returned")
_RUN = Program.run.__code__.co_filename


class TooLongError(Exception):
    """The run has more entries than a diagnosis can look at."""


class Recorder:
    """Writes the entries of one run.

    Values are told apart by their bits: an array that has lost its recording on the way (a pickle,
    ``np.array`` of a list) is found again by its value, since inputs are drawn at random.
    """

    def __init__(self, mains: set[CodeType]) -> None:
        self.ops: list[Op] = []
        self.mains = mains
        self.numbers: dict[str, float] = {}
        self.backward = False
        self._front: dict[int, int] = {}
        self._known: dict[tuple[Any, ...], int] = {}

    def add(self, name: str, args: Any, kwargs: dict[str, Any], value: Any) -> int:
        """Write one entry and return its number."""
        if len(self.ops) >= MOST_ENTRIES:
            raise TooLongError
        encoded = tuple(self.encode(a) for a in args)
        options = {k: self.encode(v) for k, v in kwargs.items()}
        kept = value if isinstance(value, list) else np.array(value)
        op = Op(name, encoded, options, kept)
        if name not in _GIVEN:
            op.place, op.site = self._places()
        self.ops.append(op)
        node = len(self.ops) - 1
        if not isinstance(kept, list) and _is_telling(kept):
            self._known.setdefault(_fingerprint(kept), node)
        return node

    def current(self, array: Any) -> int:
        """Return the entry of a recorded array, by its value if its memory was changed elsewhere."""
        node = getattr(array, "node", None)
        value = np.asarray(array).view(np.ndarray)
        if node is not None:
            held = self.ops[node].value
            if held.shape == value.shape and np.array_equal(held, value, equal_nan=True):
                return int(node)
        known = self._known.get(_fingerprint(value)) if _is_telling(value) else None
        return self.add("constant", (), {}, value) if known is None else known

    def cast(self, node: int, value: Any) -> int:
        """Return an entry for a value that was written into an array of another dtype or shape."""
        held = self.ops[node].value
        if held.shape == value.shape and held.dtype.kind == value.dtype.kind:
            return node
        if held.shape != value.shape:
            return self.add("broadcast_to", (Ref(node), value.shape), {}, value)
        return self.add("astype", (Ref(node), value.dtype.str), {}, value)

    def encode(self, item: Any) -> Any:
        """Return an operand as it stands on the tape."""
        from gradproof.diagnosis.recorded import Recorded

        if isinstance(item, Recorded):
            return Ref(self.current(item))
        if isinstance(item, np.ndarray) and item.size and item.dtype.kind in "fiub":
            known = self._known.get(_fingerprint(item)) if _is_telling(item) else None
            return Ref(self.add("constant", (), {}, item) if known is None else known)
        if type(item) is slice:
            parts = (item.start, item.stop, item.step)
            return slice(*(int(p) if isinstance(p, np.ndarray) else p for p in parts))
        if type(item) in (tuple, list):
            return type(item)(self.encode(part) for part in item)
        if isinstance(item, (float, np.floating)):
            known = self._known.get(_fingerprint(np.asarray(item))) if _is_telling(item) else None
            return float(item) if known is None else Ref(known)
        return item

    def name(self, name: str, value: Any) -> None:
        """Note a name for the value, if it is recorded; the names in backward come first."""
        from gradproof.diagnosis.recorded import Recorded

        if not isinstance(value, Recorded) or not hasattr(value, "node"):
            return
        names = self.ops[value.node].names
        front = self._front.get(value.node, 0)
        if self.backward and name not in names[:front]:
            names[:] = [n for n in names if n != name]
            names.insert(front, name)
            self._front[value.node] = front + 1
        elif name not in names:
            names.append(name)

    def _places(self) -> tuple[Place | None, Place | None]:
        """Return the place in the author's function, and the one where the call itself stands."""
        frame: FrameType | None = sys._getframe(2)
        inner, main = None, None
        while frame is not None:
            code = frame.f_code
            if code.co_filename == _RUN:  # below it stands who asked for the diagnosis
                break
            if not code.co_filename.startswith((_ENGINE, _NUMPY, "<frozen", "<__array")):
                inner = inner or frame
                if code in self.mains:
                    main = frame
                    break
            frame = frame.f_back
        if inner is None:
            return None, None
        if main is not None:
            self._read_names(main)
        site = _place(inner)
        return (site if main in (None, inner) else _place(main, False)), site

    def _read_names(self, frame: FrameType) -> None:
        for name, value in frame.f_locals.items():
            if isinstance(value, np.ndarray):
                self.name(name, value)
            elif type(value) in (int, float) and name not in ("axis",):
                self.numbers[name] = float(value)
            elif isinstance(value, dict):
                for key, each in value.items():
                    self.name(f"{name}[{key!r}]", each)
            elif name == "self" and hasattr(value, "__dict__"):
                for key, each in vars(value).items():
                    self.name(f"self.{key}", each)


def _place(frame: FrameType, direct: bool = True) -> Place:
    code = frame.f_code
    at = frame.f_lasti // 2
    for k, (line, end_line, column, end_column) in enumerate(code.co_positions()):
        if k == at:
            line = frame.f_lineno if line is None else line
            return Place(code.co_filename, line or 0, end_line or line or 0, column or 0,
                         end_column or 0, code.co_name, direct)  # fmt: skip
    return Place(code.co_filename, frame.f_lineno or 0, frame.f_lineno or 0, 0, 0, code.co_name,
                 direct)  # fmt: skip


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
