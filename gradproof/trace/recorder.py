"""Writes down every step of a run, until enough has been seen of it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from gradproof.libraries import position_of
from gradproof.program.steps import (
    LEAF,
    NOWHERE,
    UNKNOWN,
    Place,
    Program,
    Ref,
    ScriptStep,
    is_real,
    mapped,
)  # fmt: skip
from gradproof.trace.memory import Memory

MOST_STEPS = 100_000
MOST_BYTES = 400 * 2**20
FIRST_LOOK = 400  # steps after which it is first asked whether enough was seen
# Where libraries live whose own sums are no steps of the author's. NumPy's may be: they are called.
_OPTIMISERS = tuple(
    str(Path(np.__file__).parents[1] / name) + os.sep for name in ("scipy", "sklearn")
)


class Traced:
    """What all traced values are, and nothing else is.

    _recorder: the recorder that their steps are written by; None for values without a step.
    _step:     the step of a number; arrays have theirs in the memory.
    """

    _recorder: Recorder | None = None
    _step: int | None = None


class EnoughError(BaseException):
    """Ends the run; no ``except Exception`` of the author's swallows it."""


class Recorder:
    """The program of a run as it is written, and the memory that its arrays live in.

    is_own: whether a file is the author's, so that lines of it are told.
    enough: asked now and then whether the run may end; it is given the program.
    """

    def __init__(
        self,
        is_own: Callable[[str], bool],
        enough: Callable[[Program], bool] = lambda program: False,
    ) -> None:
        self.program = Program()
        self.memory = Memory(self.program, self.push)
        self.is_own, self.enough = is_own, enough
        # What gives data in place of a file that is not there: name of the reader, its arguments.
        self.missing: Callable[[str, tuple[Any, ...], dict[str, Any]], Any] | None = None
        self._bytes = 0
        self._next_look = FIRST_LOOK
        self._own: dict[str, bool] = {}

    def push(self, op: str, args: tuple[Any, ...], kwargs: dict[str, Any], value: Any) -> int:
        """Write down a step with its value, of which a copy is kept; return its number."""
        steps = self.program.steps
        kept = value if isinstance(value, (tuple, list)) else np.array(value, subok=False)
        self._bytes += getattr(kept, "nbytes", 0)
        if len(steps) >= MOST_STEPS or self._bytes > MOST_BYTES:
            what = f"{MOST_STEPS} steps" if len(steps) >= MOST_STEPS else "too much memory"
            self.program.ended = f"stopped after {what}"
            raise EnoughError
        steps.append(ScriptStep(op, args, kwargs, kept, self.place()))
        if len(steps) >= self._next_look:
            self._next_look = 2 * len(steps)
            if self.enough(self.program):
                self.program.ended = self.program.ended or "stopped: enough was seen"
                raise EnoughError
        return len(steps) - 1

    def leaf(self, value: Any) -> int:
        """Write down a value from outside."""
        return self.push(LEAF, (), {}, value)

    def unknown(self, value: Any, *made_of: Any) -> int:
        """Write down a value whose making was not seen."""
        return self.push(UNKNOWN, tuple(self.operand(each) for each in made_of), {}, value)

    def guard(self, step: int) -> None:
        """Note that the way the code goes depends on a step."""
        self.program.guards.append(step)

    def shown(self, step: int) -> None:
        """Note that the author prints a step."""
        if not self.program.shown or self.program.shown[-1] != step:
            self.program.shown.append(step)

    def place(self) -> Place:
        """Return the line of the author's that runs."""
        frame, inside = sys._getframe(2), False
        while frame is not None:
            name = frame.f_code.co_filename
            own = self._own.get(name)
            if own is None:
                own = self._own[name] = self.is_own(name)
            if own:
                column = position_of(frame.f_code, frame.f_lasti)[2] or 0
                return Place(name, frame.f_lineno, column=column, at=frame.f_lasti, inside=inside)
            inside = inside or name.startswith(_OPTIMISERS)
            frame = frame.f_back  # type: ignore[assignment]
        return NOWHERE

    def operand(self, item: Any) -> Any:
        """Return operands as a step keeps them: references, and copies of constants."""
        return mapped(self._one, item)

    def _one(self, item: Any) -> Any:
        if isinstance(item, Traced) and item._step is not None:  # a number
            return Ref(item._step)
        if isinstance(item, np.ndarray):
            found = self.memory.step_of(item)
            if found is not None:
                return Ref(found)
            if isinstance(item, Traced) and is_real(item) and item.size:
                return Ref(self.unknown(item))
            return np.array(item, subok=False)
        return item


__all__ = ["EnoughError", "Recorder", "Traced"]
