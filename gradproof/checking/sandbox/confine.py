"""What the process of the file under check forbids itself before the file runs.

POSIX: limits on memory (on macOS by a thread that looks at it), processor time, file sizes, core
dumps and, unless run by root, the number of processes. Linux 5.13 and newer: Landlock, by which the
kernel allows no writing outside one folder and no reach into the memory of processes outside, nor
TCP (from 6.7) and signals (from 6.12). Everywhere: an audit hook, which stops what Python code
writes outside that folder; it is for honest files that save a plot, and no barrier for hostile
ones.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from gradproof.checking.sandbox import hidden_frames, seccomp

PROCESSES = 64  # beside those that the user has running anyway
CHILDREN = 8  # so many processes may be started by Python code
_STARTING = ("os.fork", "os.forkpty", "os.posix_spawn", "os.system", "subprocess.Popen")
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
# Audit events whose arguments at these places are paths that change.
_CHANGING = {
    "os.mkdir": (0,), "os.rmdir": (0,), "os.remove": (0,), "os.rename": (0, 1), "os.link": (1,),
    "os.symlink": (1,), "os.truncate": (0,), "os.chmod": (0,), "os.utime": (0,),
    "shutil.rmtree": (0,), "shutil.move": (0, 1), "shutil.copyfile": (1,), "sqlite3.connect": (0,),
}  # fmt: skip


def limit(megabytes: int, seconds: float) -> None:
    """Limit memory, processor time, file sizes and processes, where the platform can."""
    try:
        import resource
    except ImportError:  # Windows: the job object does it from outside
        return
    limits = [
        (resource.RLIMIT_AS, megabytes * 2**20),
        (resource.RLIMIT_CPU, int(seconds) + 5),
        (resource.RLIMIT_FSIZE, 64 * 2**20),
        (resource.RLIMIT_CORE, 0),
    ]
    running = _running_processes()
    if running is not None:
        limits.append((resource.RLIMIT_NPROC, running + PROCESSES))
    for kind, value in limits:
        with contextlib.suppress(ValueError, OSError):  # a lower limit is already in force
            resource.setrlimit(kind, (value, value))
    if sys.platform == "darwin":  # takes the limit on memory, and does not keep it
        used = partial(resource.getrusage, resource.RUSAGE_SELF)
        watch = partial(watch_memory, megabytes, lambda: used().ru_maxrss)
        threading.Thread(target=watch, daemon=True).start()


def watch_memory(megabytes: int, used: Callable[[], int], leave: Callable[[int], Any] = os._exit,
                 pause: float = 0.2) -> None:  # fmt: skip
    """End the process once it has used more memory than it may. used: bytes at the most so far."""
    while used() <= megabytes * 2**20:
        time.sleep(pause)
    os.write(2, f"used more than {megabytes} MB (--memory)\n".encode())
    leave(1)


def _running_processes() -> int | None:
    """How many threads the user has; None for root, whom the limit does not bind, or if unknown."""
    if not sys.platform.startswith("linux") or os.getuid() == 0:
        return None
    count = 0
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                if entry.stat().st_uid == os.getuid():
                    count += len(list((entry / "task").iterdir()))
    return count


def confine(folder: str) -> list[str]:
    """Allow writing in this folder only, and few processes; what of the kernel's is in force."""
    held = []
    if sys.platform.startswith("linux"):
        for name, begin in (("landlock", partial(landlock, folder)), ("seccomp", seccomp.install)):
            with contextlib.suppress(OSError, AttributeError):  # an old kernel, or switched off
                begin()
                held.append(name)
    sys.addaudithook(_hook(os.path.realpath(folder)))
    sys.addaudithook(hidden_frames.hook())
    started = _Started()
    sys.addaudithook(started.hook)
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=started.no_more)
    return held


class _Started:
    """Counts the processes that Python code starts; those that are started start none."""

    def __init__(self) -> None:
        self.count = 0

    def hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event in _STARTING:
            self.count += 1
            if self.count > CHILDREN:
                raise PermissionError("gradproof check lets a file start no more processes")

    def no_more(self) -> None:
        self.count = CHILDREN


def _hook(folder: str) -> Callable[[str, tuple[Any, ...]], None]:
    inside = folder + os.sep
    allowed = {folder, os.devnull, "/dev/tty", "nul", "NUL"}

    def forbid(path: Any) -> None:
        if isinstance(path, int) or path is None:
            return
        real = os.path.realpath(os.fsdecode(path))
        if real not in allowed and not real.startswith(inside):
            raise PermissionError(f"gradproof check lets a file write nothing: {real}")

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            path, mode, flags = arguments
            writes = isinstance(mode, str) and any(c in mode for c in "wax+")
            if writes or (isinstance(flags, int) and flags & _WRITING):
                forbid(path)
        elif event in _CHANGING:
            for at in _CHANGING[event]:
                if arguments[at] != ":memory:":
                    forbid(arguments[at])

    return hook


# --- Landlock (https://docs.kernel.org/userspace-api/landlock.html) -------------------------------

_CREATE, _ADD, _RESTRICT = 444, 445, 446  # the same numbers on every architecture
_VERSION, _PATH_BENEATH = 1, 1
_NO_NEW_PRIVILEGES = 38
_WRITE_FILE, _TRUNCATE, _REFER = 1 << 1, 1 << 14, 1 << 13
_MAKE_AND_REMOVE = sum(1 << bit for bit in range(4, 13))
_TCP = 0b11  # bind and connect
_SCOPES = 0b11  # abstract Unix sockets and signals


class _Ruleset(ctypes.Structure):
    _fields_ = (
        ("files", ctypes.c_uint64),
        ("network", ctypes.c_uint64),
        ("scoped", ctypes.c_uint64),
    )


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


def rights(version: int) -> tuple[int, int, int, int]:
    """What a version of Landlock handles: files, network, scopes; and the structure's size."""
    files = _WRITE_FILE | _MAKE_AND_REMOVE
    files |= (_REFER if version >= 2 else 0) | (_TRUNCATE if version >= 3 else 0)
    network = _TCP if version >= 4 else 0
    scopes = _SCOPES if version >= 6 else 0
    return files, network, scopes, 8 if version < 4 else 16 if version < 6 else 24


def landlock(folder: str) -> None:
    """Have the kernel forbid writing outside the folder. Raises OSError where it cannot."""
    libc = ctypes.CDLL(None, use_errno=True)

    def call(number: int, *arguments: Any) -> int:
        result = int(libc.syscall(ctypes.c_long(number), *arguments))
        if result < 0:
            raise OSError(ctypes.get_errno(), "landlock")
        return result

    zero = ctypes.c_size_t(0)
    version = call(_CREATE, None, zero, ctypes.c_uint32(_VERSION))
    files, network, scopes, size = rights(version)
    ruleset = _Ruleset(files, network, scopes)
    held = call(_CREATE, ctypes.byref(ruleset), ctypes.c_size_t(size), ctypes.c_uint32(0))
    try:
        for path, allowed in ((folder, files), (os.devnull, files & (_WRITE_FILE | _TRUNCATE))):
            beneath = os.open(path, os.O_PATH | os.O_CLOEXEC)
            try:
                rule = _Beneath(allowed, beneath)
                call(_ADD, ctypes.c_int(held), ctypes.c_int(_PATH_BENEATH), ctypes.byref(rule),
                     ctypes.c_uint32(0))  # fmt: skip
            finally:
                os.close(beneath)
        if libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0):
            raise OSError(ctypes.get_errno(), "no_new_privs")
        call(_RESTRICT, ctypes.c_int(held), ctypes.c_uint32(0))
    finally:
        os.close(held)


__all__ = ["confine", "landlock", "limit", "rights"]
