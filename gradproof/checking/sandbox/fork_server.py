"""A process that has loaded Python, NumPy and what answers, and forks one process for each file.

To load them takes longer than most files do. The fork is made before anything of a file has run,
and nothing of a file ever runs in the server itself: each file begins with the same clean copy,
from which launch.launched makes its process as if it had just been started. What depends on the
sizes that functions are tried with (processes/sizes.py) is loaded twice: with the usual ones, and
with some drawn in secret, which are those of all second processes of this server. Linux only;
gradproof.checking.sandbox.forked is the other end.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import select
import socket
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any, NoReturn

from gradproof.checking.processes import sizes
from gradproof.checking.sandbox import hidden_modules, launch
from gradproof.checking.sandbox.linux_namespaces import die_with_parent
from gradproof.checking.sandbox.process_groups import MARK

MOST_REQUEST = 2**17
PIPES = 4  # of a request: standard input, output and errors, and where to say how it has ended
_MOST_DESCRIPTORS = 1024  # this process has a few dozen


def served(descriptor: int) -> NoReturn:
    """Answer requests on a socket, until the other end is gone."""
    die_with_parent()
    hide = hidden_modules.prepare()
    _serve(descriptor, hide, load())


def grown(descriptor: int, hide: Callable[[], None], loaded: Loaded) -> NoReturn:
    """The same in the fork of a process that has loaded this, and done nothing else."""
    os.setsid()
    nothing = os.open(os.devnull, os.O_RDWR)
    for number, wanted in enumerate((nothing, nothing, nothing, descriptor)):
        os.dup2(wanted, number)
    os.closerange(4, _MOST_DESCRIPTORS)
    die_with_parent()
    sys.dont_write_bytecode = True
    _serve(3, hide, loaded)


def _serve(descriptor: int, hide: Callable[[], None], loaded: Loaded) -> NoReturn:
    if len(os.listdir("/proc/self/task")) > 1:
        os._exit(1)  # threads do not survive a fork, and locks that they hold do
    gc.collect()
    gc.freeze()  # so that the pages of what is loaded stay shared
    _Server(socket.socket(fileno=descriptor), hide, loaded).serve()


Loaded = dict[str, tuple[str, dict[str, ModuleType]]]


def load() -> Loaded:
    """Load what a process needs: what depends on its sizes once for each name of sizes; these with
    their numbers."""
    import gradproof.claims.script_reading
    import gradproof.diagnosis.engine
    import gradproof.numeric.check
    import gradproof.trace.script
    import gradproof.tracing.record_trace
    import gradproof.tracing.serial  # noqa: F401

    drawn = {sizes.USUAL: sizes.USUAL, sizes.SECRET: sizes.in_secret()}
    return {name: (numbers, _depending(numbers)) for name, numbers in drawn.items()}


def _depending(numbers: str) -> dict[str, ModuleType]:
    """Load what depends on the sizes with these, and take it out of sight again."""
    sizes.choose(numbers)
    before = set(sys.modules)
    import gradproof.checking.judgement.explain_refuted
    import gradproof.checking.sandbox.file_process
    import gradproof.checking.scripts  # noqa: F401

    ours = [each for each in sys.modules if each not in before and each.startswith("gradproof.")]
    return {name: sys.modules.pop(name) for name in ours}


def show(modules: dict[str, ModuleType]) -> None:
    """Be a process in which these are loaded."""
    sys.modules.update(modules)
    for name, module in modules.items():
        above, _, last = name.rpartition(".")
        setattr(sys.modules[above], last, module)


class _Server:
    """Forks, and says how each process has ended, as its status on a pipe of its own."""

    def __init__(self, asked: socket.socket, hide: Callable[[], None], loaded: Loaded) -> None:
        self.asked, self.hide, self.loaded = asked, hide, loaded
        self.poll = select.poll()
        self.poll.register(asked, select.POLLIN)
        self.running: dict[int, tuple[int, int]] = {}  # by pidfd: the process, its pipe

    def serve(self) -> NoReturn:
        while True:
            for ready, _ in self.poll.poll():
                if ready == self.asked.fileno():
                    self._begin()
                else:
                    self._end(ready)

    def _begin(self) -> None:
        data, pipes, _, _ = socket.recv_fds(self.asked, MOST_REQUEST, PIPES)
        if not data:
            os._exit(0)
        request = json.loads(data)
        pid = os.fork()
        if not pid:
            try:
                request["numbers"], modules = self.loaded[request["numbers"]]
                show(modules)
                _become(request, pipes, self.hide)
            finally:
                os._exit(1)
        for pipe in pipes[:3]:
            os.close(pipe)
        _say(pipes[3], pid)
        handle = os.pidfd_open(pid)
        self.running[handle] = pid, pipes[3]
        self.poll.register(handle, select.POLLIN)

    def _end(self, handle: int) -> None:
        pid, pipe = self.running.pop(handle)
        self.poll.unregister(handle)
        os.close(handle)
        _say(pipe, os.waitpid(pid, 0)[1])
        os.close(pipe)


def _say(pipe: int, number: int) -> None:
    try:
        os.write(pipe, number.to_bytes(8, "little"))
    except OSError:  # nobody waits for it any more
        return


def _become(request: dict[str, Any], pipes: list[int], hide: Callable[[], None]) -> None:
    """In the fork: be the process that was asked for."""
    os.setsid()
    for number, pipe in enumerate(pipes[:3]):
        os.dup2(pipe, number)
    os.closerange(3, _MOST_DESCRIPTORS)
    folder, environment = request["folder"], request["environment"]
    _carry(environment[MARK])
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    _draw_anew()
    launch.launched(folder, request["memory"], request["seconds"], request["numbers"], hide)


def _draw_anew() -> None:
    """Random numbers that differ from process to process, as they do in new ones."""
    import random

    import numpy as np

    random.seed()
    np.random.seed()  # noqa: NPY002 - the author's code draws from it


def _carry(mark: str) -> None:
    """Show this mark to who looks for it in /proc, where the environment is that of the server."""
    get = ctypes.CDLL(None).getenv
    get.restype, get.argtypes = ctypes.c_void_p, (ctypes.c_char_p,)
    place = get(MARK.encode())
    length = len(os.environ[MARK])
    if place is None or len(mark) > length:
        raise ValueError("a mark that does not fit")
    ctypes.memmove(place, mark.encode().ljust(length, b"\0"), length)


__all__ = ["MOST_REQUEST", "PIPES", "Loaded", "grown", "load", "served", "show"]
