"""Processes that a fork server makes, for whoever asks it: started, waited for and ended from here.

A ForkServer stays as long as this process does. Where there can be none (elsewhere than on Linux,
on old kernels, in a process that may not start it), processes are started one by one as ever.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import secrets
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from gradproof.checking.processes import sizes
from gradproof.checking.sandbox.process_environment import known, of_a_file
from gradproof.checking.sandbox.process_groups import MARK, own_mark
from gradproof.home import ROOT

_ROOT = str(ROOT)
_START = (
    "import sys; sys.path.insert(0, sys.argv[1]); import gradproof; sys.path.remove(sys.argv[1]); "
    "from gradproof.checking.sandbox.fork_server import served; served(int(sys.argv[2]))"
)
_PATIENCE = 60.0  # seconds for the server to start, on a busy machine, and to fork
_TRIES = 3  # times that a server may fail before no further one is started


class NoServerError(Exception):
    """There is no fork server, or it has gone."""


class Forked:
    """A process that was forked: what subprocess.Popen offers of it, as far as it is needed.

    told: the pipe on which the server says its number, and how it has ended.
    """

    def __init__(self, told: int) -> None:
        self.told, self.returncode = told, None
        number = self._next(_PATIENCE)
        if not number:
            raise NoServerError("it has not forked")
        self.pid = number
        self.handle: int | None = None
        with contextlib.suppress(ProcessLookupError):  # it has ended, and was waited for
            self.handle = os.pidfd_open(self.pid)

    returncode: int | None

    def _next(self, seconds: float | None) -> int | None:
        """The next number that is said; None if nothing is, 0 if nothing will be."""
        poll = select.poll()
        poll.register(self.told, select.POLLIN)
        if not poll.poll(None if seconds is None else 1000 * seconds):
            return None
        return int.from_bytes(os.read(self.told, 8), "little")

    def wait(self, timeout: float | None = None) -> int:
        """The exit status, negative for a signal. Raises subprocess.TimeoutExpired."""
        if self.returncode is None:
            poll = select.poll()
            poll.register(self.told, select.POLLIN)
            if not poll.poll(None if timeout is None else 1000 * max(timeout, 0.0)):
                raise subprocess.TimeoutExpired("forked", timeout or 0.0)
            said = os.read(self.told, 8)
            # Nothing: the server is gone, and the kernel has ended those that it had forked.
            self.returncode = (
                os.waitstatus_to_exitcode(int.from_bytes(said, "little"))
                if said else -signal.SIGKILL
            )  # fmt: skip
            os.close(self.told)
            if self.handle is not None:
                os.close(self.handle)
        return self.returncode

    def _send(self, number: int) -> None:
        if self.returncode is None and self.handle is not None:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self.handle, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self._send(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self._send(signal.SIGKILL)


class _Child:
    """A fork of this process, as far as subprocess.Popen is needed of it."""

    def __init__(self, pid: int) -> None:
        self.pid, self.ended = pid, False

    def kill(self) -> None:
        """End it."""
        if not self.ended:
            os.kill(self.pid, signal.SIGKILL)

    def wait(self) -> None:
        """Wait for its end."""
        if not self.ended:
            os.waitpid(self.pid, 0)
        self.ended = True


class ForkServer:
    """One server; length: the room for the mark of any process that it forks."""

    def __init__(
        self, asking: socket.socket, process: _Child | subprocess.Popen[bytes], length: int
    ) -> None:
        self.environment = known(os.environ)
        self.asking, self.process, self.length = asking, process, length

    @classmethod
    def started(cls) -> ForkServer:
        """A new process. Raises OSError."""
        asking, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        mark = own_mark() + secrets.token_hex(32)
        with theirs:
            process = subprocess.Popen(
                [sys.executable, "-P", "-c", _START, _ROOT, str(theirs.fileno())],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                cwd="/", env=of_a_file("/", mark), pass_fds=[theirs.fileno()],
                start_new_session=True,
            )  # fmt: skip
        return cls(asking, process, len(mark))

    @classmethod
    def grown(cls, hide: Callable[[], None]) -> ForkServer:
        """A fork of this process, which has done nothing but load what is needed, apart."""
        from gradproof.checking.sandbox import fork_server

        loaded = fork_server.load()
        asking, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            pid = os.fork()
            if not pid:
                try:
                    fork_server.grown(theirs.fileno(), hide, loaded)
                finally:
                    os._exit(1)
        fork_server.show(loaded[sizes.USUAL][1])
        return cls(asking, _Child(pid), len(os.environ[MARK]))

    def fork(self, request: Mapping[str, Any], pipes: Sequence[int]) -> Forked:
        """A process with these pipes for its input, output and errors. Raises NoServerError."""
        if len(request["environment"][MARK]) > self.length:
            raise NoServerError("a mark that does not fit")
        told, telling = os.pipe()
        try:
            data = json.dumps(request).encode()
            socket.send_fds(self.asking, [data], [*pipes, telling])
        except OSError as error:
            os.close(told)
            raise NoServerError(str(error)) from None
        finally:
            os.close(telling)
        try:
            return Forked(told)
        except NoServerError:
            os.close(told)
            raise

    def close(self) -> None:
        """End it, and with it what it has forked."""
        self.asking.close()
        self.process.kill()
        self.process.wait()


class _Servers:
    """The server of this process, if it has one."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.server: ForkServer | None = None
        self.failed = 0

    def ready(self) -> ForkServer:
        """The server for the environment as it is now. Raises NoServerError."""
        if not possible():
            raise NoServerError("not on this system")
        environment = known(os.environ)
        with self.lock:
            if self.server is not None and self.server.environment != environment:
                self.server.close()
                self.server = None
            if self.server is None:
                if self.failed >= _TRIES:
                    raise NoServerError("it does not stay")
                try:
                    self.server = ForkServer.started()
                    atexit.register(self.server.close)
                except OSError as error:
                    self.failed += 1
                    raise NoServerError(str(error)) from None
            return self.server

    def lost(self, server: ForkServer) -> None:
        """This one has failed; the next process gets another one."""
        with self.lock:
            self.failed += 1
            if self.server is server:
                self.server = None
            server.close()


def possible() -> bool:
    """Whether there can be a server on this system."""
    return sys.platform.startswith("linux") and hasattr(os, "pidfd_open")


_SERVERS = _Servers()


def forked(request: Mapping[str, Any], pipes: Sequence[int]) -> Forked:
    """A process from the server, which is started where there is none yet.

    request: folder, memory, seconds, numbers and environment, as of Process; pipes: of standard
    input, output and errors, the ends of the process. Raises NoServerError.
    """
    server = _SERVERS.ready()
    try:
        return server.fork(request, pipes)
    except NoServerError:
        _SERVERS.lost(server)
        raise


def grow(hide: Callable[[], None]) -> None:
    """Let a fork of this process be its server. Where there can be none, there is none.

    hide: takes the modules of gradproof out of reach, none of which was loaded before
    hidden_modules.prepare() made this; nothing of a file and no thread has run here.
    """
    if possible():
        with contextlib.suppress(OSError):
            _SERVERS.server = ForkServer.grown(hide)


__all__ = ["Forked", "NoServerError", "forked", "grow"]
