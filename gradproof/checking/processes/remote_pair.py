"""A pair of functions in another process, as callables: forward, backward, and who traces them.

What comes back is held to its form. Anything else ends the session with the file (``Gone``).
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradproof.checking.judgement.explain_refuted import heard, not_found, too_late
from gradproof.checking.judgement.raised import CodeError, raised
from gradproof.checking.processes.asked import Asked
from gradproof.checking.sandbox.channel import Message
from gradproof.diagnosis.sentences.catalogue import filled
from gradproof.diagnosis.sentences.limits import SEARCH_RAISED
from gradproof.tracing.errors import NotTraceableError, PathLimitError
from gradproof.tracing.nodes import SizeLimitError, table
from gradproof.tracing.record_trace import Program, Trace
from gradproof.tracing.serial import SerialError, plain_text, unpacked
from gradproof.verdicts import Diagnosis
from gradproof.work import PER_SECOND, Budget, Net, TimeLimitError, WorkLimitError

Batch = tuple[Any, tuple[Any, ...]]  # outputs, and a gradient of each input in wrt
Part = tuple[Sequence[Any], Any, str]  # inputs, upstream gradients, the form of arrays
_MOST_OUTPUTS = 10**7
_TRACE = 20.0  # seconds of work for a trace without a budget


@dataclass(frozen=True)
class RemotePair:
    """A pair of functions in the other process, known there by its number."""

    file: Asked
    number: int
    inputs: tuple[str, ...]
    wrt: tuple[str, ...]


class Run:
    """What backward needs of a call of forward: kept in the other process until this is dropped."""

    def __init__(self, file: Asked, number: int, y: Any) -> None:
        self.file, self.number, self.y = file, number, y

    def __del__(self) -> None:
        self.file.dropped.append(self.number)


class Forward:
    """forward(*inputs) -> (y, run)."""

    def __init__(self, pair: RemotePair, name: str) -> None:
        self.pair, self.__name__ = pair, name
        self.__signature__ = _signature(pair.inputs)

    def __call__(self, *inputs: Any) -> tuple[Any, Run]:
        file = self.pair.file
        answer, (y, *changed) = _some(
            file, file.ask("forward", file.budget.asking, inputs, match=self.pair.number)
        )
        run = Run(file, file.part(answer, "run", int), y)
        where = file.part(answer, "changed", list, len(changed))
        for at, value in zip(where, changed):
            if at not in range(len(inputs)):
                raise file.broken("a change of what was not given")
            _overwrite(file, inputs[at], value)
        return y, run


class Backward:
    """backward(dy, run) -> the gradients, in the order of wrt."""

    def __init__(self, pair: RemotePair, name: str) -> None:
        self.pair, self.__name__ = pair, name
        self.__signature__ = _signature(("dy", "cache"))

    def __call__(self, dy: Any, run: Run) -> tuple[Any, ...]:
        file = self.pair.file
        answer, found = _some(
            file,
            file.ask("backward", file.budget.asking, [dy], match=self.pair.number, run=run.number),
        )
        count = len(self.pair.wrt)
        changed = [x for x, is_changed in zip((dy, run.y), file.part(answer, "changed", list, 2))
                   if is_changed]  # fmt: skip
        if answer.get("gradients") != count or len(found) != count + len(changed):
            raise file.broken(f"another number of gradients than {count}")
        for target, value in zip(changed, found[count:]):
            _overwrite(file, target, value)
        return tuple(found[:count])

    def again(self, inputs: Sequence[Any], dy: Any, times: int, until: float) -> tuple[Any, ...]:
        """The gradients after so many calls at the same numbers, or as many as time allows."""
        file, count = self.pair.file, len(self.pair.wrt)
        answer, found = file.ask("again", max(file.budget.asking, 4 * until), [*inputs, dy],
                                 match=self.pair.number, times=times, until=until)  # fmt: skip
        if answer.get("gradients") != count or len(found) != count:
            raise file.broken(f"another number of gradients than {count}")
        return tuple(found)

    def batch(self, inputs: Sequence[Any], dys: Any, form: str = "", together: int = 3) -> Batch:
        """Outputs and gradients at many points; every array holds one point in each row. So many
        of them belong together, and there are gradients at the first of those.

        form: of the arrays, where they are to be others than new ones (Server.batch).
        """
        file = self.pair.file
        answer, found = file.ask(
            "batch", file.budget.asking, [*inputs, dys], match=self.pair.number, form=form,
            together=together,
        )  # fmt: skip
        return self._of_a_batch(answer, found, inputs, dys)

    def batches(self, parts: Sequence[Part]) -> list[Batch | Exception]:
        """Several batches by one message; what the code raised in the place of those that fail."""
        file = self.pair.file
        given = [each for inputs, dys, _ in parts for each in (*inputs, dys)]
        told = [[len(inputs) + 1, form] for inputs, _, form in parts]
        answer, found = file.ask("batches", file.budget.asking, given, match=self.pair.number,
                                 parts=told)  # fmt: skip
        out: list[Batch | Exception] = []
        for said, (inputs, dys, _) in zip(file.part(answer, "parts", list, len(parts)), parts):
            if type(said) is not dict:
                raise file.broken("a part that is none")
            if "raised" in said:
                out.append(raised(*file.part(said, "raised", list, 2)))
                continue
            count = 1 + len(self.pair.wrt)
            here, found = found[:count], found[count:]
            try:
                out.append(self._of_a_batch(said, here, inputs, dys))
            except CodeError as error:
                out.append(error)
        if found:
            raise file.broken("more arrays than were asked for")
        return out

    def shapes(self, points: Sequence[Sequence[Any]]) -> list[tuple[int, ...] | None]:
        """The shape of what forward returns at each of several points; None where it raises."""
        file = self.pair.file
        given = [each for inputs in points for each in inputs]
        answer, _ = file.ask("shapes", file.budget.asking, given, match=self.pair.number,
                             counts=[len(inputs) for inputs in points])  # fmt: skip
        found = file.part(answer, "shapes", list, len(points))
        return [each if each is None else self._shape(each) for each in found]

    def _shape(self, told: Any) -> tuple[int, ...]:
        fits = type(told) is list and all(type(n) is int and 0 <= n < 2**31 for n in told)
        if not fits or math.prod(told) > _MOST_OUTPUTS:
            raise self.pair.file.broken("a shape that is none")
        return tuple(told)

    def _of_a_batch(
        self, answer: Mapping[str, Any], found: Sequence[Any], inputs: Sequence[Any], dys: Any
    ) -> Batch:
        """The outputs and gradients of a batch, as far as they are some."""
        file, count = self.pair.file, len(self.pair.wrt)
        shapes = [np.shape(each)[:1] for each in found]
        wanted = [(len(inputs[0]),), *[(len(dys),)] * count]
        if answer.get("gradients") != count or shapes != wanted:
            raise file.broken(f"another number of gradients than {count}")
        sizes = {name: np.shape(each)[1:] for name, each in zip(self.pair.inputs, inputs)}
        for name, each in zip(self.pair.wrt, found[1:]):
            if np.shape(each)[1:] != sizes[name]:
                raise CodeError(f"the gradient of {name} has another shape", "ValueError")
        return found[0], tuple(found[1:])


class Tracer:
    """Has the pair traced where its code is, and reads the trace as a claim to be checked."""

    def __init__(self, pair: RemotePair) -> None:
        self.pair = pair

    def __call__(self, program: Program, paths: int) -> Trace:
        file, budget = self.pair.file, table().budget or Budget(_TRACE * PER_SECOND, Net(_TRACE))
        left = budget.net.left
        answer, _ = file.ask(
            "trace", left + 1.0, list(program.inputs.values()), match=self.pair.number,
            paths=paths, nodes=table().size_limit, work=budget.left, until=left,
        )  # fmt: skip
        if "untraced" in answer:
            kind, what, where = map(plain_text, file.part(answer, "untraced", list, 3))
            raise _untraced(kind, what, where)
        try:
            return unpacked(answer.get("trace"), program)
        except SerialError as error:
            raise NotTraceableError(f"its trace was not accepted: {error}", "") from None


class Diagnoser:
    """Has the pair diagnosed where its code is; what comes back is words for the reader."""

    def __init__(self, pair: RemotePair) -> None:
        self.pair = pair

    def __call__(self) -> Mapping[str, Diagnosis]:
        file, number = self.pair.file, self.pair.number
        until = file.budget.seconds / 2
        try:
            answer, _ = file.ask("diagnose", until + file.budget.asking, match=number, until=until)
        except CodeError as error:
            late = type(error).__name__ == "TimeoutError"
            way = too_late(f"{error}") if late else not_found(
                filled(SEARCH_RAISED, error=plain_text(f"{error}", 200)))  # fmt: skip
            return dict.fromkeys(self.pair.wrt, way)
        try:
            return heard(file.part(answer, "slips", dict), self.pair.wrt)
        except ValueError as error:
            raise file.broken(str(error)) from None


def _untraced(kind: str, what: str, where: str) -> Exception:
    if kind == "SizeLimitError":
        return SizeLimitError()
    if kind in ("WorkLimitError", "TimeLimitError"):
        return WorkLimitError() if kind == "WorkLimitError" else TimeLimitError()
    return PathLimitError(what) if kind == "PathLimitError" else NotTraceableError(what, where)


def _some(file: Asked, message: Message) -> Message:
    if not message[1]:
        raise file.broken("an answer without arrays")
    return message


def _overwrite(file: Asked, target: Any, value: Any) -> None:
    """Do to an array what the code did to it over there."""
    if not isinstance(target, np.ndarray) or np.shape(value) != target.shape:
        raise file.broken("a change of another shape")
    target[...] = value


def _signature(names: Sequence[str]) -> Any:
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    return inspect.Signature([inspect.Parameter(name, kind) for name in names])


__all__ = ["Backward", "Diagnoser", "Forward", "RemotePair", "Tracer"]
