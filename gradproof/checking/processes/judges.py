"""Processes that judge, each of which can be ended: whatever one of them does, others go on.

A judge runs in an empty folder and finds modules where Python has them (``-P``), never beside what
it judges. It says what it has found as it goes, so that what is known is kept where it has to be
ended at its deadline.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import secrets
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gradproof.checking.processes.isolate import Options
from gradproof.checking.processes.own_time import MOST, Waiting
from gradproof.checking.records import FileError, GradientResult, Report, Unmatched
from gradproof.checking.sandbox.process_environment import of_a_judge
from gradproof.checking.sandbox.process_groups import job_for, start_options, with_room
from gradproof.home import ROOT

_ROOT = str(ROOT)
# gradproof is found where it is now, and everything else where Python finds it. What files are
# forked from comes first, when nothing else is loaded.
_START = (
    "import sys; sys.path.insert(0, sys.argv[1]); import gradproof; sys.path.remove(sys.argv[1]); "
    "from gradproof.checking.sandbox.hidden_modules import prepare; hide = prepare(); "
    "from gradproof.checking.sandbox.forked import grow; grow(hide); "
    "from gradproof.checking.processes.judge_process import started; started(int(sys.argv[2]))"
)
_PATIENCE = 90.0  # seconds for Python, NumPy and SymPy to start, on a busy machine
_SPARE = 0.75, 5.0  # of a file's seconds, and beside them, for a judge to come to its end
_FILES = 50  # after which a judge makes room for a new one, so that none grows
_KEPT = 2000  # bytes of what it complains about


@dataclass
class _Task:
    """One file at a judge: what came of it so far, and until when it is waited for."""

    number: int
    path: Path
    shown: str
    deadline: float
    started: bool = False
    candidates: list[str] = field(default_factory=list)
    judged: list[str] = field(default_factory=list)
    found: list[GradientResult] = field(default_factory=list)
    left: float | None = None  # seconds, while a process for the file is starting
    waiting: Waiting | None = None  # of its judge for a processor
    granted: float = 0.0  # seconds that the process of the file has waited for one

    def until(self, seconds: float) -> None:
        """Wait so many seconds from now on."""
        self.deadline = time.monotonic() + seconds

    def stopped(self, reason: str) -> Report:
        """The report of a file whose judge had to be ended."""
        rest = [each for each in self.candidates if each not in self.judged]
        if not rest:
            return Report(self.found, errors=[FileError(self.shown, reason)])
        first, *others = rest
        missed = [Unmatched(self.shown, first, reason)]
        missed += [Unmatched(self.shown, each, f"not reached: {reason}") for each in others]
        return Report(self.found, missed)


class Judge:
    """One process that judges files one after another."""

    def __init__(self, memory: int, said: queue.SimpleQueue[tuple[Judge, Any]]) -> None:
        self.folder = tempfile.TemporaryDirectory(prefix="gradproof-", ignore_cleanup_errors=True)
        mark = secrets.token_hex(16)
        self.errors = tempfile.TemporaryFile()  # noqa: SIM115
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-c", _START, _ROOT, str(memory)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors,
            cwd=self.folder.name, env=of_a_judge(self.folder.name, with_room(mark)),
            **start_options(),
        )  # fmt: skip
        self.job = job_for(self.process, mark, 4 * memory)
        self.task: _Task | None = None
        self.ready = False
        self.count = 0
        threading.Thread(target=self._read, args=(said,), daemon=True).start()

    def _read(self, said: queue.SimpleQueue[tuple[Judge, Any]]) -> None:
        assert self.process.stdout is not None
        with contextlib.suppress(OSError, ValueError):
            for line in self.process.stdout:
                said.put((self, json.loads(line)))
        said.put((self, None))

    def ask(self, task: _Task, options: Options) -> None:
        """Give it a file."""
        self.task, self.count = task, self.count + 1
        request = {"path": str(task.path.absolute()), "shown": task.shown,
                   "options": options.as_plain()}  # fmt: skip
        assert self.process.stdin is not None
        with contextlib.suppress(OSError):  # it is gone, which is heard of elsewhere
            self.process.stdin.write(json.dumps(request).encode() + b"\n")
            self.process.stdin.flush()

    def last_words(self) -> str:
        """The last line of what it complained about."""
        self.errors.seek(0, os.SEEK_END)
        self.errors.seek(max(self.errors.tell() - _KEPT, 0))
        lines = self.errors.read().decode(errors="replace").strip().splitlines()
        return lines[-1].strip() if lines else ""

    def close(self) -> None:
        """End it with all that it has started, and remove its folder."""
        self.job.end()
        with contextlib.suppress(OSError):
            self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            with contextlib.suppress(OSError, ValueError, AttributeError):
                pipe.close()  # type: ignore[union-attr]
        self.errors.close()
        self.folder.cleanup()


class Judges:
    """Several judges side by side; ``with`` ends them all."""

    def __init__(self, count: int, options: Options,
                 progress: Callable[[GradientResult], None] | None = None) -> None:  # fmt: skip
        self.count, self.options, self.progress = count, options, progress
        self.judges: list[Judge] = []
        self.said: queue.SimpleQueue[tuple[Judge, Any]] = queue.SimpleQueue()

    def __enter__(self) -> Judges:
        return self

    def __exit__(self, *_: object) -> None:
        while self.judges:
            self.judges.pop().close()

    def one(self, path: Path, shown: str = "") -> Report:
        """What came of one file."""
        ((_, report),) = self.reports([(path, shown)])
        return report

    def reports(self, files: Sequence[tuple[Path, str]]) -> Iterator[tuple[int, Report]]:
        """What came of each file, with its number, as soon as it is there."""
        waiting = [_Task(number, path, shown or str(path), 0.0)
                   for number, (path, shown) in enumerate(files)][::-1]  # fmt: skip
        left = len(waiting)
        while left:
            self._give(waiting)
            for task, report in self._heard():
                left -= 1
                yield task.number, report

    def _give(self, waiting: list[_Task]) -> None:
        """Let every judge that is free begin a file."""
        for judge in [each for each in self.judges if each.task is None and each.count >= _FILES]:
            self._end(judge)
        free = [each for each in self.judges if each.task is None]
        while waiting and (free or len(self.judges) < self.count):
            if not free:
                self.judges.append(Judge(self.options.memory, self.said))
                free.append(self.judges[-1])
            judge, task = free.pop(), waiting.pop()
            task.until(_PATIENCE)
            judge.ask(task, self.options)
            if judge.ready:
                self._begin(judge, task)

    def _begin(self, judge: Judge, task: _Task) -> None:
        task.started = True
        task.waiting = Waiting(lambda: judge.process.pid, MOST * self.options.seconds)
        task.until(self.options.seconds * (1 + _SPARE[0]) + _SPARE[1])

    def _heard(self) -> list[tuple[_Task, Report]]:
        """Wait for what a judge says, or for a deadline; the files that this is the end of."""
        soonest = min(each.task.deadline for each in self.judges if each.task is not None)
        try:
            judge, message = self.said.get(timeout=max(soonest - time.monotonic(), 0.0) + 1e-3)
        except queue.Empty:
            return self._late()
        if judge not in self.judges:
            return []  # what was on its way when it was ended
        if message is None:
            return self._gone(judge)
        report = self._noted(judge, message)
        if report is None or judge.task is None:
            return []
        task, judge.task = judge.task, None
        return [(task, report)]

    def _noted(self, judge: Judge, message: dict[str, Any]) -> Report | None:
        task = judge.task
        match message:
            case {"ready": _}:
                judge.ready = True
                if task is not None:
                    self._begin(judge, task)
            case {"report": plain}:
                return Report.from_plain(plain)
            case {"gradient": plain} if task is not None:
                task.found.append(GradientResult(**plain))
                if self.progress is not None:
                    self.progress(task.found[-1])
            case {"candidates": titles} if task is not None:
                task.candidates = titles
            case {"judged": title} if task is not None:
                task.judged.append(title)
            case {"waited": seconds} if task is not None:
                more = min(seconds, MOST * self.options.seconds - task.granted)
                task.granted += more
                task.deadline += more
            case {"starting": True} if task is not None:  # which is not the file's time
                task.left = task.deadline - time.monotonic()
                task.until(_PATIENCE)
            case {"starting": False} if task is not None and task.left is not None:
                task.until(task.left)
        return None

    def _late(self) -> list[tuple[_Task, Report]]:
        now, ended = time.monotonic(), []
        for judge in self.judges:
            if judge.task and judge.task.deadline <= now and judge.task.waiting is not None:
                judge.task.deadline += judge.task.waiting.granted()
        for judge in [each for each in self.judges if each.task and each.task.deadline <= now]:
            task = judge.task
            assert task is not None
            reason = f"judging it does not end within {self.options.seconds:g} s (--timeout)"
            if not task.started:
                reason = f"the process that judges did not start within {_PATIENCE:g} s"
            ended.append((task, task.stopped(f"{reason}, so it was stopped")))
            self._end(judge)
        return ended

    def _gone(self, judge: Judge) -> list[tuple[_Task, Report]]:
        task, words = judge.task, judge.last_words()
        self._end(judge)
        if task is None:
            return []
        why = f"the process that judges it has ended with status {judge.process.returncode}"
        return [(task, task.stopped(f"{why} ({words})" if words else why))]

    def _end(self, judge: Judge) -> None:
        self.judges.remove(judge)
        judge.close()


__all__ = ["Judge", "Judges"]
