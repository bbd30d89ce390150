"""A process that runs somebody's code, with pipes that are read up to a deadline."""

from __future__ import annotations

import contextlib
import os
import secrets
import select
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from gradproof.checking.processes import bubblewrap, sizes
from gradproof.checking.sandbox.forked import NoServerError, forked
from gradproof.checking.sandbox.process_environment import home_of_user, of_a_file
from gradproof.checking.sandbox.process_groups import Started, job_for, own_mark, start_options
from gradproof.home import ROOT

_ROOT = str(ROOT)
# gradproof is found where it is now, and the file under check finds what it would find without it.
_START = (
    "import sys; sys.path.insert(0, sys.argv[1]); import gradproof; sys.path.remove(sys.argv[1]); "
    "from gradproof.checking.sandbox.launch import launched; "
    "launched(sys.argv[2], int(sys.argv[3]), float(sys.argv[4]), sys.argv[5], None, sys.argv[6:])"
)
_PIPES = "polled" if os.name == "posix" else "watched"
_LITTLE = 0.02  # seconds that make no difference
_KEPT = 4096  # bytes of what it prints, of which the last line may tell why it ended


class EndedError(Exception):
    """The process is gone, or has closed the channel."""


class LateError(Exception):
    """The deadline has passed."""


class Process:
    """One process in a temporary folder of its own.

    memory, output: megabytes; seconds: how long it may live; numbers: sizes that it tries
    functions with.
    """

    def __init__(
        self, memory: int, output: int, seconds: float, numbers: str = sizes.USUAL
    ) -> None:
        self.folder = tempfile.TemporaryDirectory(prefix="gradproof-", ignore_cleanup_errors=True)
        _lend_fonts(Path(self.folder.name))
        mark = own_mark() + secrets.token_hex(16)
        request = {
            "folder": self.folder.name, "memory": memory, "seconds": seconds, "numbers": numbers,
            "environment": of_a_file(self.folder.name, mark),
        }  # fmt: skip
        self.process, (writing, reading, errors) = _started(request)
        self.job = job_for(self.process, mark, memory)
        self._buffer = bytearray()
        self._open = True
        self.printed = _Printed(errors, output * 2**20)
        pipes = _Polled if _PIPES == "polled" else _Watched
        self.pipes = pipes(writing, reading, self.stop)
        self.more: Callable[[], float] = lambda: 0.0  # seconds to wait beyond a deadline

    def send(self, data: bytes, deadline: float) -> None:
        """Write to the process. Raises EndedError or LateError."""
        self.pipes.send(data, deadline)

    def read(self, count: int, deadline: float) -> bytes:
        """Read from the process. Raises EndedError or LateError."""
        while len(self._buffer) < count:
            self._buffer += self._received(deadline)
        data = bytes(self._buffer[:count])
        del self._buffer[:count]
        return data

    def _received(self, deadline: float) -> bytes:
        while True:
            try:
                return self.pipes.receive(deadline)
            except LateError:
                deadline = time.monotonic() + (more := self.more())
                if more < _LITTLE:
                    raise

    @property
    def unread(self) -> int:
        """How many bytes came that nobody has asked for."""
        return len(self._buffer)

    def code(self, seconds: float = 5.0) -> int | None:
        """The exit status; None if it is still running after these seconds."""
        try:
            return self.process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            return None

    def stop(self) -> None:
        """Stop the process and every child that it has started."""
        self.job.end()
        with contextlib.suppress(OSError):
            self.process.kill()

    def close(self) -> None:
        """Stop it, and remove its folder."""
        if not self._open:
            return
        self._open = False
        self.stop()
        self.process.wait()
        self.pipes.close()
        self.printed.close()
        self.folder.cleanup()


def _started(request: Mapping[str, Any]) -> tuple[Started, tuple[int, int, int]]:
    """The process, and this side of its input, output and errors: forked where that is possible."""
    given, answers, printed = os.pipe(), os.pipe(), os.pipe()
    theirs, ours = (given[0], answers[1], printed[1]), (given[1], answers[0], printed[0])
    try:
        return _begun(request, theirs), ours
    except BaseException:
        for each in ours:
            os.close(each)
        raise
    finally:
        for each in theirs:
            os.close(each)


def _begun(request: Mapping[str, Any], pipes: Sequence[int]) -> Started:
    wrapped = bubblewrap.is_wanted()
    with contextlib.suppress(NoServerError):
        if not wrapped:
            return forked(request, pipes)
    around = bubblewrap.command(request["folder"], home_of_user()) if wrapped else []
    given = [str(request[name]) for name in ("folder", "memory", "seconds", "numbers")]
    return subprocess.Popen(
        [*around, sys.executable, "-P", "-c", _START, _ROOT, *given,
         *(bubblewrap.GIVEN if wrapped else ())],
        stdin=pipes[0], stdout=pipes[1], stderr=pipes[2], cwd=request["folder"],
        env=request["environment"], **start_options(),
    )  # fmt: skip


class _Polled:
    """Pipes of POSIX: wait for them up to the deadline."""

    def __init__(self, writing: int, reading: int, stop: Callable[[], None]) -> None:
        self.writing, self.reading = writing, reading
        self.readable, self.writable = select.poll(), select.poll()
        self.readable.register(reading, select.POLLIN)
        self.writable.register(writing, select.POLLOUT)
        os.set_blocking(writing, False)

    def send(self, data: bytes, deadline: float) -> None:
        left = memoryview(data)
        while left:
            try:
                left = left[os.write(self.writing, left) :]
            except BlockingIOError:
                if not self.writable.poll(1000 * _left(deadline)):
                    raise LateError from None
            except OSError:
                raise EndedError from None

    def receive(self, deadline: float) -> bytes:
        if not self.readable.poll(1000 * _left(deadline)):
            raise LateError
        data = os.read(self.reading, 2**18)
        if not data:
            raise EndedError
        return data

    def close(self) -> None:
        os.close(self.writing)
        os.close(self.reading)


class _Watched:
    """Pipes that cannot be waited for (Windows): a thread ends the process at the deadline."""

    def __init__(self, writing: int, reading: int, stop: Callable[[], None]) -> None:
        self.writing, self.reading, self.stop = writing, reading, stop
        self.deadline: float | None = None
        self.late = False
        self._change = threading.Condition()
        self._closed = False
        threading.Thread(target=self._watch, daemon=True).start()

    def send(self, data: bytes, deadline: float) -> None:
        left = memoryview(data)
        with self._until(deadline):
            while left:
                left = left[os.write(self.writing, left) :]

    def receive(self, deadline: float) -> bytes:
        with self._until(deadline):
            data = os.read(self.reading, 2**18)
            if not data:
                raise EndedError
        return data

    @contextlib.contextmanager
    def _until(self, deadline: float) -> Iterator[None]:
        _left(deadline)
        with self._change:
            self.deadline = deadline
            self._change.notify()
        try:
            yield
        except (OSError, EndedError):
            raise (LateError if self.late else EndedError) from None
        finally:
            with self._change:
                self.deadline = None

    def _watch(self) -> None:
        with self._change:
            while not self._closed:
                now = time.monotonic()
                if self.deadline is not None and now > self.deadline:
                    self.deadline, self.late = None, True
                    self.stop()
                self._change.wait(None if self.deadline is None else self.deadline - now + 1e-3)

    def close(self) -> None:
        with self._change:
            self._closed = True
            self._change.notify()
        os.close(self.writing)
        os.close(self.reading)


class _Printed:
    """What the process prints, drained by a thread. Beyond the limit its printing fails."""

    def __init__(self, descriptor: int, most: int) -> None:
        self.descriptor, self.most = descriptor, most
        self.tail = b""
        self.too_much = False
        self.thread = threading.Thread(target=self._drain, daemon=True)
        self.thread.start()

    def _drain(self) -> None:
        count = 0
        while count <= self.most:
            try:
                data = os.read(self.descriptor, 65536)
            except OSError:
                break
            if not data:
                break
            count += len(data)
            self.tail = (self.tail + data)[-_KEPT:]
        self.too_much = count > self.most
        with contextlib.suppress(OSError):
            os.close(self.descriptor)

    def last_line(self) -> str:
        """The last line that it printed, once it has ended."""
        self.thread.join(timeout=1)
        lines = self.tail.decode(errors="replace").strip().splitlines()
        return lines[-1].strip() if lines else ""

    def close(self) -> None:
        self.thread.join(timeout=1)


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise LateError
    return left


def _lend_fonts(folder: Path) -> None:
    """Give matplotlib its list of fonts, which it would take seconds to make again."""
    for cache in (".cache/matplotlib", ".matplotlib", "AppData/Local/matplotlib"):
        with contextlib.suppress(OSError, RuntimeError):
            for fonts in (Path.home() / cache).glob("fontlist-*.json"):
                shutil.copyfile(fonts, folder / fonts.name)


__all__ = ["EndedError", "LateError", "Process"]
