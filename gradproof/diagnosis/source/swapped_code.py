"""One copy of the author's code, in which functions get other code in turn: soon tried.

A copy for each change takes most of the time of a trial. Here the copy is made once, and the code
of the changed functions is exchanged and put back. What a change leaves on objects would be seen by
the next one, so that a change that seems right here is tried again in a copy of its own; and where
the code as it is does no longer what it did, a new copy is made.
"""

from __future__ import annotations

import types
from collections.abc import Callable

from gradproof.diagnosis.source.recompiled import Told, told
from gradproof.tracing.namespace.user_namespace import Namespace
from gradproof.tracing.record_trace import Program

_EVERY = 24  # changes after which the code as it is has to do what it did


class SwappedCode:
    """A program whose functions get other code, one change after the other.

    file: whose functions; is_as_it_was: whether a program does what the author's own does.
    """

    def __init__(
        self, program: Program, file: str, is_as_it_was: Callable[[Program], bool]
    ) -> None:
        self._asked, self._file, self._is_as_it_was = program, file, is_as_it_was
        self._tried = 0
        self._other: dict[Told, types.CodeType] = {}
        self.usable = self._made() and self._same() and self._same()

    def holds(self, other: dict[Told, types.CodeType], holds: Callable[[Program], bool]) -> bool:
        """Whether something holds of the program with other code; True where that is not known."""
        self._tried += 1
        if self._tried % _EVERY == 0 and not self._same():
            self.usable = self._made() and self._same() and self._same()
        if not self.usable:
            return True
        self._other, self._met = other, False
        try:
            for made, own, key in self._functions():
                if key in other:
                    self._met = True
                    if other[key].co_freevars != own.co_freevars:
                        return True
                    made.__code__ = other[key]
            return holds(self._program) or not self._met
        finally:
            self._other = {}
            for made, own, _ in self._functions():
                made.__code__ = own

    def _made(self) -> bool:
        self._other = {}
        self._own: list[tuple[types.FunctionType, types.CodeType, Told]] = []
        self._seen, self._met = 0, False
        self._space = Namespace(code=self._code)
        self._program = self._asked.within(self._space)
        return True

    def _same(self) -> bool:
        """Whether the copy, with its own code, does what the author's code does."""
        return self._is_as_it_was(self._program)

    def _code(self, code: types.CodeType) -> types.CodeType:
        """The code of a function that is copied while another change is tried."""
        if code.co_filename != self._file or not self._other:
            return code
        new = self._other.get(told(code), code)
        self._met |= new is not code
        return new if new.co_freevars == code.co_freevars else code

    def _functions(self) -> list[tuple[types.FunctionType, types.CodeType, Told]]:
        """Return the copies of the file's functions that there are by now, with their own code."""
        for original, made in self._space.pairs(self._seen):
            self._seen += 1
            if isinstance(original, types.FunctionType) and original is not made:
                code = original.__code__
                if code.co_filename == self._file:
                    self._own.append((made, code, told(code)))
        return self._own


__all__ = ["SwappedCode"]
