"""The code under check as the judging side sees it: functions whose calls go to another process.

A ``RemoteFile`` answers as an ``Evaluator`` does, and its matches are called, traced and judged
like any other. Everything that comes back is checked: a value that is none ends the session with
``Gone``, which no ``except Exception`` of the engine turns into an ordinary failure.
"""

from __future__ import annotations

import secrets
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from gradproof.checking.conventions.match import Match, MatchError
from gradproof.checking.judgement.raised import CodeError, Gone, raised
from gradproof.checking.processes import bubblewrap, sizes
from gradproof.checking.processes.asked import Budget
from gradproof.checking.processes.own_time import MOST, Waiting, inner
from gradproof.checking.processes.remote_pair import (
    Backward,
    Diagnoser,
    Forward,
    RemotePair,
    Tracer,
)
from gradproof.checking.records import Candidate
from gradproof.checking.sandbox.channel import ChannelError, Message, decoded, encoded
from gradproof.checking.sandbox.child_process import EndedError, LateError, Process
from gradproof.checking.scripts import received
from gradproof.tracing.serial import plain_text

_GRACE = 3.0  # seconds in which the process is expected to interrupt by itself what takes too long
_START = 60.0  # seconds for Python and NumPy to start, on a busy machine
# What Windows says of a crash (NTSTATUS).
_WINDOWS = {
    0xC0000005: "by an access violation", 0xC00000FD: "by an overflow of its stack",
    0xC0000409: "by an overrun of its stack", 0xC0000017: "for lack of memory",
}  # fmt: skip
_LITTLE = 0.01  # seconds that nobody needs to be told of
_OFTEN = 0.5  # seconds after which it is asked how long the processes had to wait
_LINUX = sys.platform.startswith("linux")
_CONTRACTS = ("input", "output")


class RemoteFile:
    """One file in a process of its own.

    ended: how another process has ended that ran its module level, which is not run again then.
    """

    def __init__(
        self, path: Path, budget: Budget, seed: int, deadline: float, numbers: str = sizes.USUAL,
        ended: str = "",
    ) -> None:  # fmt: skip
        self.budget, self.deadline, self.ended = budget, deadline, ended
        self.start = partial(Process, budget.memory, budget.output, budget.seconds, numbers)
        self.process = self.start()
        self.request = {
            "path": str(path.resolve()), "load_seconds": budget.loading, "seed": seed,
        }  # fmt: skip
        self.waiting: list[Waiting] = []
        self.allowed = time.monotonic()
        self.noted: Callable[[float], Any] = lambda _: None  # who is told of it
        self.dropped: list[int] = []
        self.gone: Gone | None = None  # why it was stopped: it is asked no more
        self.proposed: dict[bool, Sequence[Match]] = {}  # the last matches, by whether bare

    def __enter__(self) -> RemoteFile:
        start = time.monotonic()
        allowed, self.deadline = self.deadline, start + _START
        try:
            self.isolation = self._greeted()
            if "pid" not in self.isolation and bubblewrap.installed() and _LINUX:
                bubblewrap.want()  # nothing of the file has run yet
                self.process.close()
                self.process = self.start()
                self.isolation = self._greeted()
        except BaseException:
            self.process.close()
            raise
        self.deadline = allowed + time.monotonic() - start
        started, depth = self.process.process.pid, 2 if "pid" in self.isolation else 1
        self.process.more = self._allowed
        most = MOST * self.budget.seconds
        self.waiting = [Waiting(lambda: inner(started, depth), most),
                        Waiting(lambda: "self", most)]  # fmt: skip
        return self

    def _greeted(self) -> list[str]:
        """What keeps the process apart, as it says before the file runs."""
        answer, _ = self._exchange(self.request, (), _START)
        return [plain_text(each, 20) for each in self.part(answer, "isolation", list)]

    def __exit__(self, *_: object) -> None:
        self.process.close()

    # --- what an Evaluator answers -----------------------------------------------------------

    def load(self, text: str, bare: bool = False) -> str:
        """Run the file, or its text without guards; why only its definitions were run."""
        # Definitions are run one by one where the whole does not end.
        answer, _ = self.ask(
            "load", 4 * self.budget.loading, text=text, bare=bare, ended=self.ended
        )
        return plain_text(self.part(answer, "note", str))

    def matches(self, candidate: Candidate, bare: bool = False) -> Sequence[Match]:
        """The ways in which a candidate is to be called, as far as they are well-formed."""
        seconds = self.budget.asking
        answer, arrays = self.ask("match", seconds, candidate=asdict(candidate), bare=bare)
        if "unmatched" in answer:
            raise MatchError(plain_text(answer["unmatched"]))
        start, found = 0, []
        for each in self.part(answer, "matches", list):
            try:
                match, used = self._match(each, arrays[start:], candidate)
            except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
                raise self.broken(f"a match that is none: {error}") from None
            start += used
            found.append(match)
        self.proposed[bare] = found
        return found

    def _match(
        self, told: Mapping[str, Any], arrays: Sequence[Any], candidate: Candidate
    ) -> tuple[Match, int]:
        names, wrt = [_name(n) for n in told["inputs"]], tuple(_name(n) for n in told["wrt"])
        inputs = {n: np.asarray(a) for n, a in zip(names, arrays, strict=False)}
        if len(inputs) != len(names) or not wrt or not set(wrt) <= set(inputs):
            raise ValueError("its gradients are of none of its inputs")
        if any(inputs[n].dtype.kind != "f" or not inputs[n].size for n in wrt):
            raise ValueError("a gradient of something that is no array of real numbers")
        fixed, used = {}, len(names)
        for name, value in told["fixed"].items():
            kept = "array" in value
            fixed[_name(name)] = np.asarray(arrays[used]) if kept else value["plain"]
            used += kept
        mode, contract = told["mode"], told["contract"]
        if contract not in _CONTRACTS:
            raise ValueError("a contract that is none")
        pair = RemotePair(self, int(told["match"]), tuple(names), wrt)
        match = Match(
            Forward(pair, candidate.forward), Backward(pair, candidate.backward), inputs, wrt,
            fixed, plain_text(told["output"], 80), contract,
            None if mode is None else plain_text(mode, 80),
            tuple(plain_text(note) for note in told["notes"]), plain_text(told["doubt"]),
            plain_text(told["setting"], 200),
            tuple((plain_text(what, 80), plain_text(why)) for what, why in told["unjudged"]),
            Tracer(pair), Diagnoser(pair),
            spoken={_name(k): plain_text(v, 80) for k, v in told["spoken"].items()},
        )  # fmt: skip
        return match, used

    def script(self, text: str, seconds: float) -> tuple[list[dict[str, Any]], str]:
        """What the run of the file as a script claims of its updates, and how the run ended."""
        answer, _ = self.ask("script", seconds, text=text)
        try:
            claims = received(self.part(answer, "claims", list))
        except (KeyError, TypeError, ValueError) as error:
            raise self.broken(f"a claim that is none: {error}") from None
        return claims, plain_text(self.part(answer, "ended", str))

    # --- requests ------------------------------------------------------------------------------

    def ask(self, what: str, seconds: float, arrays: Sequence[Any] = (), **header: Any) -> Message:
        """Ask for one thing; raises what the code raised. Raises Gone where no answer comes."""
        drop, self.dropped = self.dropped, []
        request = {"ask": what, "seconds": seconds, "drop": drop, **header}
        answer, found = self._exchange(request, arrays, seconds + _GRACE)
        if "raised" in answer:
            kinds, text = self.part(answer, "raised", list, 2)
            raise raised(kinds, text)
        if "late" in answer:
            raise CodeError(f"does not end within {seconds:g} s", "TimeoutError")
        return answer, found

    def _exchange(
        self, header: Mapping[str, Any], arrays: Sequence[Any], seconds: float
    ) -> Message:
        if self.gone is not None:
            raise Gone(str(self.gone), self.gone.tampered)
        number = secrets.randbits(48)
        try:
            message = encoded({"id": number, **header}, arrays)
        except ChannelError as error:  # what cannot be sent is ours: wider floats, for instance
            raise CodeError(str(error), "TypeError") from None
        if time.monotonic() - self.allowed > _OFTEN:
            self._allowed()
        until = min(time.monotonic() + seconds, self.deadline)
        try:
            if self.process.unread:
                raise ChannelError("what nobody asked for")
            self.process.send(message, until)
            answer, found = decoded(lambda count: self.process.read(count, until))
        except LateError:
            self.gone = self._late()
            raise self.gone from None
        except EndedError:
            self.gone = self._ended()
            raise self.gone from None
        except ChannelError as error:
            raise self.broken(str(error)) from None
        if answer.pop("id", None) != number:
            raise self.broken("an answer to no question")
        return answer, found

    def _allowed(self) -> float:
        """Let what both processes have waited for a processor be no time of the file's: how long
        the one was made to wait on which this one waits."""
        own, ours = [each.granted() for each in self.waiting] or [0.0, 0.0]
        self.allowed = time.monotonic()
        if own > _LITTLE:
            self.noted(own)
        self.deadline += own + ours
        return own

    def part(self, answer: Mapping[str, Any], name: str, kind: type, length: int = -1) -> Any:
        """One part of an answer, of this type. Raises Gone if it is not."""
        value = answer.get(name)
        if type(value) is not kind or (isinstance(value, list) and len(value) != length >= 0):
            raise self.broken(f"an answer without {name!r}")
        return value

    # --- why it can no longer be asked ----------------------------------------------------------

    def broken(self, what: str) -> Gone:
        """What came is no answer: the code has written to the channel, or changed what answers."""
        self.process.stop()
        self.gone = Gone(
            f"its process sent {plain_text(what)} in place of an answer: the file writes to "
            "gradproof's channel or changes gradproof, so it is not judged",
            tampered=True,
        )
        return self.gone

    def _late(self) -> Gone:
        self.process.stop()
        if time.monotonic() >= self.deadline:
            limit = f"still running after {self.budget.seconds:g} s (--timeout)"
        else:
            limit = "does not answer, and does not let itself be interrupted"
        return Gone(f"{limit}, so it was stopped{self._said()}")

    def _ended(self) -> Gone:
        code = self.process.code()
        if code is None:
            self.process.stop()
            return Gone("closed its channel to gradproof and went on running")
        if code < 0:
            known = {int(each) for each in signal.Signals}
            name = signal.Signals(-code).name if -code in known else str(-code)
            why = f"its process was ended by signal {name}"
        else:
            how = _WINDOWS.get(code, f"by itself with exit status {code}, without a verdict")
            why = f"its process ended {how}"
        return Gone(why + self._said())

    def _said(self) -> str:
        """The last line that the process printed, in brackets."""
        if self.process.printed.too_much:
            return f" (it printed more than {self.budget.output} MB)"
        line = plain_text(self.process.printed.last_line(), 200)
        return f" ({line})" if line else ""


def _name(value: Any) -> str:
    text = str(value)
    if not text.isidentifier():
        raise ValueError(f"{plain_text(text)!r} is no name")
    return text


__all__ = ["Budget", "RemoteFile"]
