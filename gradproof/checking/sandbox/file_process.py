"""The process of the file under check: answers requests, decides nothing.

Started by gradproof.checking.processes.remote_file. Its standard input and output are the channel;
before anything of the file runs they are moved away: the file reads and prints elsewhere.
"""

from __future__ import annotations

import gc
import itertools
import os
import sys
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from gradproof.checking.conventions.match import Match, MatchError
from gradproof.checking.judgement.standins import draws_by, of_its_own
from gradproof.checking.processes.evaluator import Evaluator
from gradproof.checking.processes.own_time import own_time
from gradproof.checking.records import Candidate
from gradproof.checking.sandbox.alarm import TooLong, at_most
from gradproof.checking.sandbox.channel import Array, ChannelError, decoded, encoded
from gradproof.checking.sandbox.genuine import Changes, Genuine
from gradproof.checking.sandbox.many_answers import Answer, ManyAnswers, is_changed, raised, real
from gradproof.tracing.errors import NotTraceableError, PathLimitError
from gradproof.tracing.nodes import SizeLimitError, fresh_table
from gradproof.tracing.record_trace import Program, trace
from gradproof.tracing.serial import SerialError, packed
from gradproof.work import Budget, Net, TimeLimitError, WorkLimitError

_REPLACED = "judged with the usual {}, which the file replaces"
# As NumPy begins: code can ask for it. What it warns of is not shown.
_AS_USUAL: Any = {"divide": "warn", "over": "warn", "under": "ignore", "invalid": "warn"}


class Server(ManyAnswers):
    """Answers requests about one file."""

    def __init__(
        self, path: str, load_seconds: float, seed: int, genuine: Genuine | None = None
    ) -> None:
        sys.argv = [path]
        self.genuine = genuine or _genuine(None)
        self.evaluator = Evaluator(Path(path), load_seconds, seed)
        self.matches: list[Match] = []
        self.runs: dict[int, tuple[Any, Any]] = {}
        self.numbers = itertools.count()

    def answer(self, request: dict[str, Any], arrays: list[Any]) -> Answer:
        """What a request asks for, or what the code raised instead."""
        for run in request.pop("drop", ()):
            self.runs.pop(run, None)
        self.genuine.restore()
        seconds, ask = request.pop("seconds"), getattr(self, request.pop("ask"))
        try:
            with at_most(seconds), np.errstate(**_AS_USUAL):
                answer: Answer = ask(*arrays, **request)
                return answer
        except TooLong:
            return {"late": seconds}, []
        except (
            NotTraceableError,
            PathLimitError,
            SizeLimitError,
            WorkLimitError,
            TimeLimitError,
        ) as error:
            what, where = getattr(error, "what", str(error)), getattr(error, "where", "")
            return {"untraced": [type(error).__name__, what, where]}, []
        except BaseException as error:  # SystemExit included: the code may raise anything
            return raised(error), []

    def load(self, text: str, bare: bool, ended: str) -> Answer:
        note = self.evaluator.load(text, bare, ended)
        draws_by(text)
        self.genuine.restore()
        return {"note": note}, []

    def match(self, candidate: dict[str, Any], bare: bool) -> Answer:
        """The matches of a candidate: the arrays of all of them, one after the other."""
        try:
            found = self.evaluator.matches(Candidate(**candidate), bare)
        except MatchError as error:
            return {"unmatched": str(error)}, []
        if self.genuine.replaced:
            names = ", ".join(self.genuine.replaced)
            found = [each.noted(_REPLACED.format(names)) for each in found]
        described: list[dict[str, Any]] = []
        arrays: list[Any] = []
        for each in found:
            described.append(_described(each, len(self.matches), arrays))
            self.matches.append(each)
        return {"matches": described}, arrays

    def forward(self, *given: Any, match: int) -> Answer:
        before = [np.array(each) for each in given]
        y, cache = self.matches[match].forward(*given)
        run = next(self.numbers)
        self.runs[run] = y, cache
        changed = [k for k, (a, b) in enumerate(zip(before, given)) if is_changed(a, b)]
        return {"run": run, "changed": changed}, [real(y), *(given[k] for k in changed)]

    def backward(self, dy: Any, match: int, run: int) -> Answer:
        y, cache = self.runs[run]
        y_before, dy_before = np.array(y), np.array(dy)
        found = self.matches[match].backward(dy, cache)
        gradients = [real(each) for each in found]
        changed = [each for each, was in ((dy, dy_before), (y, y_before)) if is_changed(was, each)]
        names = [is_changed(dy_before, dy), is_changed(y_before, y)]
        return {"gradients": len(gradients), "changed": names}, [*gradients, *changed]

    def trace(
        self, *given: Array, match: int, paths: int, nodes: int, work: float, until: float
    ) -> Answer:
        """The traced pair as plain data; the arrays are its example inputs."""
        pair = self.matches[match]
        program = Program(
            pair.forward, pair.backward, dict(zip(pair.inputs, given)), tuple(pair.wrt)
        )
        with fresh_table(nodes, Budget(work, Net(until, own_time))):
            return {"trace": packed(trace(program, paths))}, []

    def diagnose(self, match: int, until: float) -> Answer:
        """What slip explains each wrong gradient, as plain data; until: the net of seconds."""
        from gradproof.checking.judgement import explain_refuted

        found = explain_refuted.slips(
            self.matches[match], sources=self.evaluator.texts, net=Net(until, own_time)
        )
        return {"slips": explain_refuted.told(found)}, []

    def outcome(self, function: str) -> Answer:
        """The text that a function of the file, which takes nothing, returns."""
        module, _ = self.evaluator.loaded(bare=False)
        return {"outcome": str(getattr(module, function)())}, []

    def script(self, text: str) -> Answer:
        """What the run of the file as a script claims, as plain data, and how the run ended."""
        from gradproof.checking.scripts import told
        from gradproof.claims.claim_words import claims_of
        from gradproof.claims.driven import read_driven
        from gradproof.claims.script_reading import read_script
        from gradproof.trace.script import ScriptError

        try:
            reading = read_script(self.evaluator.path, text)
        except ScriptError as error:
            return {"claims": [], "ended": str(error)}, []
        claims = claims_of(reading)
        lines = {each.place.line for each in claims}
        for driven in read_driven(self.evaluator.path, text, lines):
            claims += claims_of(driven)
        return {"claims": told(claims), "ended": reading.ended}, []


def _described(match: Match, number: int, arrays: list[Any]) -> dict[str, Any]:
    """A match as plain data; its inputs and the arrays that are kept go to ``arrays``."""
    fixed = {}
    arrays += match.inputs.values()
    for name, value in match.fixed.items():
        if isinstance(value, np.ndarray) and value.dtype.kind in "biuf":
            fixed[name] = {"array": len(arrays)}
            arrays.append(value)
        else:
            fixed[name] = {"plain": _plain(value)}
    return {
        "match": number, "inputs": list(match.inputs), "wrt": list(match.wrt), "fixed": fixed,
        "output": match.output, "contract": match.contract, "mode": match.mode,
        "notes": list(match.notes), "doubt": match.doubt, "setting": match.setting,
        "unjudged": [list(each) for each in match.unjudged], "spoken": dict(match.spoken),
    }  # fmt: skip


def _plain(value: Any) -> Any:
    if hasattr(value, "tolist"):
        return _plain(value.tolist())
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    return value if isinstance(value, (int, float, str, bool, type(None))) else str(value)


def _genuine(changes: Changes | None) -> Genuine:
    """What is in NumPy's and Python's modules, with random numbers of the file's own."""
    of_its_own()
    return Genuine(changes)


# --- the process ----------------------------------------------------------------------------------


def serve(
    read: Callable[[int], bytes], write: Callable[[bytes], None], isolation: Sequence[str] = (),
    genuine: Genuine | None = None,
) -> None:  # fmt: skip
    """Answer requests until the channel is closed. The first one says which file."""
    own = os.getpid()
    request, _ = decoded(read)
    server = Server(request["path"], request["load_seconds"], request["seed"], genuine)
    write(encoded({"id": request["id"], "isolation": list(isolation)}))
    while True:
        request, arrays = decoded(read)
        number = request.pop("id")
        answer, out = server.answer(request, arrays)
        if os.getpid() != own:  # a child that the file has forked; it has nothing to say
            os._exit(0)
        write(_message(number, answer, out))


def _message(number: Any, answer: dict[str, Any], arrays: list[Any]) -> bytes:
    try:
        return encoded({"id": number, **answer}, arrays)
    except (ChannelError, SerialError, TypeError, ValueError) as error:
        return encoded({"id": number, "raised": [[type(error).__name__], str(error)]})


def _channel() -> tuple[Callable[[int], bytes], Callable[[bytes], None]]:
    """Take standard input and output for the channel, and put others in their place."""
    reading, writing = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    os.close(nothing)
    if sys.platform == "win32":
        import msvcrt

        for descriptor in (reading, writing):
            msvcrt.setmode(descriptor, os.O_BINARY)

    buffer = bytearray()
    read_some, write_some = os.read, os.write  # before a file puts others in their place

    def read(count: int) -> bytes:
        while len(buffer) < count:
            part = read_some(reading, 2**18)
            if not part:  # the other side is gone
                os._exit(0)
            buffer.extend(part)
        data = bytes(buffer[:count])
        del buffer[:count]
        return data

    def write(data: bytes) -> None:
        left = memoryview(data)
        while left:
            left = left[write_some(writing, left) :]

    return read, write


def started(
    folder: str,
    memory: int,
    seconds: float,
    isolation: Sequence[str] = (),
    hide: Callable[[], None] = lambda: None,
) -> None:
    """Run in a process of its own: take the channel, set the limits, hide what answers, serve."""
    from gradproof.checking.sandbox.confine import confine, limit

    read, write = _channel()
    gc.set_threshold(200_000, 50, 50)  # expressions are many small objects that live together
    warnings.simplefilter("ignore")
    limit(memory, seconds)
    changes = Changes()
    genuine = _genuine(changes)  # before anybody is told of each look at a function
    held = [*isolation, *confine(folder)]
    hide()
    sys.addaudithook(changes.hook)
    serve(read, write, held, genuine)


__all__ = ["Server", "serve", "started"]
