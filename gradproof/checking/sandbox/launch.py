"""How the process of a file under check comes about, so that nothing of it stays behind.

On Linux three processes: the one that was started, which waits; the first of a new namespace of
processes, with whose end the kernel ends all others in it; and the one in which the file runs.
Where the kernel allows no namespaces there are two, and the first adopts and ends what is left.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from gradproof.checking.processes import sizes
from gradproof.checking.sandbox.linux_namespaces import (
    adopt,
    die_with_parent,
    drop_capabilities,
    furnish,
    unshare,
)

_MOST_ROUNDS = 50  # of ending what is left; each can have forked once more


def launched(
    folder: str, memory: int, seconds: float, numbers: str, hide: Callable[[], None] | None = None,
    around: Sequence[str] = (),
) -> None:  # fmt: skip
    """Run in a process that was started for a file: become its process, or wait for it.

    numbers: the sizes of the arrays with which its functions are tried; hide: takes the modules of
    gradproof out of reach, where they were loaded for that already (hidden_modules.prepare);
    around: the namespaces in which it was started.
    """
    sizes.choose(numbers)
    die_with_parent()
    if not sys.platform.startswith("linux"):
        _run(folder, memory, seconds, (), hide)
        return
    namespaces = unshare()
    if not namespaces:
        adopt()
        signal.signal(signal.SIGTERM, _end_all)
    die_with_parent()  # once more: a new user has no such wish
    reading, writing = os.pipe()
    inner = os.fork()
    if inner:
        os.close(writing)
        _let_go()
        _, status = os.waitpid(inner, 0)
        if namespaces:
            status = int.from_bytes(os.read(reading, 8), "little") or status
        else:
            _end_children()
        _end_like(status)
    os.close(reading)
    die_with_parent()
    if namespaces and not _first(folder, writing):
        namespaces = tuple(each for each in namespaces if each != "mount")
    os.close(writing)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    die_with_parent()
    held = ("capabilities",) if drop_capabilities() else ()
    isolation = dict.fromkeys((*held, *namespaces, *around))
    _run(folder, memory, seconds, tuple(isolation), hide)


def _run(
    folder: str, memory: int, seconds: float, isolation: Sequence[str],
    hide: Callable[[], None] | None,
) -> None:  # fmt: skip
    if hide is None:
        from gradproof.checking.sandbox import hidden_modules

        hide = hidden_modules.prepare()
    from gradproof.checking.sandbox.file_process import started

    started(folder, memory, seconds, isolation, hide)


def _first(folder: str, writing: int) -> bool:
    """The first process of the namespace; returns in the second, in which the file will run.

    Whether the folder is a small disk of its own, and keys are out of sight.
    """
    from gradproof.checking.sandbox.process_environment import home_of_user

    furnished = furnish(folder, home_of_user())
    inner = os.fork()
    if not inner:
        return furnished
    _let_go()
    while True:
        ended, status = os.wait()
        if ended == inner:
            os.write(writing, status.to_bytes(8, "little"))
            os._exit(0)  # and the kernel ends whoever is left


def _let_go() -> None:
    """Leave the pipes to the process that answers on them."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)


def _end_all(*_: object) -> None:
    _end_children()
    os._exit(1)


def _end_children() -> None:
    """End everything that is a child of this process, and what becomes one by that."""
    for _ in range(_MOST_ROUNDS):
        children = _children()
        for child in children:
            os.kill(child, signal.SIGKILL)
        for child in children:
            os.waitpid(child, 0)
        if not children:
            return


def _children() -> list[int]:
    own = os.getpid()
    found = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == own:
            found.append(int(entry.parent.name))
    return found


def _end_like(status: int) -> None:
    """End as the process with this wait status has ended."""
    if os.WIFSIGNALED(status):
        import resource

        number = os.WTERMSIG(status)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if number not in (signal.SIGKILL, signal.SIGSTOP):
            signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
    os._exit(os.waitstatus_to_exitcode(status) & 0xFF)


__all__ = ["launched"]
