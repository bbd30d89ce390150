"""End a process with all its children: process groups on POSIX, a job object on Windows.

Written for Windows from its documentation and tested here by its calls only, not run there.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
from ctypes import wintypes
from pathlib import Path
from typing import Any, Protocol

MARK = "GRADPROOF_CHECK"
"""The environment variable by which every process that a check has started is known."""


_ROOM = "-" * 64  # of the mark of a process that forks others, for theirs
_MOMENT = 2.0  # seconds for a process to end what it has adopted


def with_room(mark: str) -> str:
    """A mark as the environment of a process has it that forks others."""
    return mark + _ROOM


def own_mark() -> str:
    """The mark of this process, with which those that it starts begin; "" if it has none."""
    return os.environ.get(MARK, "").rstrip("-")


class Started(Protocol):
    """A process that was started, as subprocess.Popen has it."""

    pid: int

    def wait(self, timeout: float | None = None) -> int:
        """Its exit status. Raises subprocess.TimeoutExpired."""

    def terminate(self) -> None:
        """Ask it to end."""

    def kill(self) -> None:
        """End it."""


class Job(Protocol):
    """What holds the processes of one check together."""

    def end(self) -> None:
        """Stop all of them."""


def job_for(process: Started, mark: str, megabytes: int, platform: str = sys.platform) -> Job:
    """The strongest kind of job that the platform offers."""
    if platform != "win32":
        return Group(process, mark)
    try:
        return WindowsJob(process, megabytes)
    except OSError:
        return TaskKill(process)


def start_options(platform: str = sys.platform) -> dict[str, Any]:
    """The options of Popen by which a process can be ended with its children."""
    if platform != "win32":
        return {"start_new_session": True}
    new_group, no_window = 0x00000200, 0x08000000
    return {"creationflags": new_group | no_window}


class Group:
    """A session of its own; on Linux also whoever left it but still carries its mark.

    The marks of processes that one of these has started begin with its own.
    """

    def __init__(self, process: Started, mark: str) -> None:
        self.process, self.mark = process, f"{MARK}={mark}".encode()

    def end(self) -> None:
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            self.process.terminate()
            self.process.wait(_MOMENT)
        for _ in range(3):  # a process may be forked while the others are being stopped
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
            if not self._end_marked():
                return

    def _end_marked(self) -> int:
        found = 0
        for environment in Path("/proc").glob("[0-9]*/environ"):
            with contextlib.suppress(OSError):
                entries = environment.read_bytes().split(b"\0")
                if any(each.startswith(self.mark) for each in entries):
                    pid = int(environment.parent.name)
                    if pid != self.process.pid and pid != os.getpid():
                        os.kill(pid, signal.SIGKILL)
                        found += 1
        return found


class TaskKill:
    """Windows without job objects: taskkill, which follows the tree of parents."""

    def __init__(self, process: Started) -> None:
        self.process = process

    def end(self) -> None:
        with contextlib.suppress(OSError):
            subprocess.run(
                ["taskkill", "/T", "/F", "/PID", str(self.process.pid)],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                check=False, timeout=30,
            )  # fmt: skip


class _Basic(ctypes.Structure):
    _fields_ = (
        ("PerProcessUserTimeLimit", ctypes.c_int64), ("PerJobUserTimeLimit", ctypes.c_int64),
        ("LimitFlags", ctypes.c_uint32), ("MinimumWorkingSetSize", ctypes.c_size_t),
        ("MaximumWorkingSetSize", ctypes.c_size_t), ("ActiveProcessLimit", ctypes.c_uint32),
        ("Affinity", ctypes.c_size_t), ("PriorityClass", ctypes.c_uint32),
        ("SchedulingClass", ctypes.c_uint32),
    )  # fmt: skip


class _Extended(ctypes.Structure):
    _fields_ = (
        ("Basic", _Basic), ("IoInfo", ctypes.c_uint64 * 6),
        ("ProcessMemoryLimit", ctypes.c_size_t), ("JobMemoryLimit", ctypes.c_size_t),
        ("PeakProcessMemoryUsed", ctypes.c_size_t), ("PeakJobMemoryUsed", ctypes.c_size_t),
    )  # fmt: skip


_EXTENDED_LIMITS = 9
_ACTIVE_PROCESSES, _JOB_MEMORY, _NO_DIALOG, _KILL_ON_CLOSE = 0x8, 0x200, 0x400, 0x2000
MOST_PROCESSES = 16


class WindowsJob:
    """A job object: a limit on memory and on processes, and the end of all when it is closed.

    See https://learn.microsoft.com/windows/win32/procthread/job-objects. Raises OSError where
    Windows refuses; the process has not been told to run anything by then.
    """

    def __init__(self, process: Started, megabytes: int, kernel32: Any = None) -> None:
        self.kernel32 = kernel32 or _kernel32()
        self.handle = self.kernel32.CreateJobObjectW(None, None)
        if not self.handle:
            raise OSError("CreateJobObjectW")
        limits = _Extended()
        limits.Basic.LimitFlags = _ACTIVE_PROCESSES | _JOB_MEMORY | _NO_DIALOG | _KILL_ON_CLOSE
        limits.Basic.ActiveProcessLimit = MOST_PROCESSES
        limits.JobMemoryLimit = megabytes * 2**20
        size = ctypes.sizeof(limits)
        given = self.kernel32.SetInformationJobObject(
            self.handle, _EXTENDED_LIMITS, ctypes.byref(limits), size
        )
        process_handle = getattr(process, "_handle", 0)
        if not given or not self.kernel32.AssignProcessToJobObject(
            self.handle, int(process_handle)
        ):
            self.kernel32.CloseHandle(self.handle)
            raise OSError("AssignProcessToJobObject")

    def end(self) -> None:
        if self.handle:
            self.kernel32.TerminateJobObject(self.handle, 1)
            self.kernel32.CloseHandle(self.handle)
            self.handle = None


def _kernel32() -> Any:
    library = ctypes.WinDLL("kernel32", use_last_error=True)  # type: ignore[attr-defined]
    library.CreateJobObjectW.argtypes = [ctypes.c_void_p, wintypes.LPCWSTR]
    library.CreateJobObjectW.restype = wintypes.HANDLE
    library.SetInformationJobObject.argtypes = [
        wintypes.HANDLE, ctypes.c_int, ctypes.c_void_p, wintypes.DWORD,
    ]  # fmt: skip
    library.AssignProcessToJobObject.argtypes = [wintypes.HANDLE, wintypes.HANDLE]
    library.TerminateJobObject.argtypes = [wintypes.HANDLE, wintypes.UINT]
    library.CloseHandle.argtypes = [wintypes.HANDLE]
    return library


__all__ = [
    "MARK", "Group", "Job", "Started", "TaskKill", "WindowsJob", "job_for", "own_mark",
    "start_options", "with_room",
]  # fmt: skip
