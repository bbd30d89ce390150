"""The parts of the confinement, one by one; those of other systems by what they would call."""

import ctypes
import os
import subprocess
import sys
import time
from types import SimpleNamespace

import pytest

from gradproof.checking.processes import bubblewrap, own_time
from gradproof.checking.processes.remote_file import Budget, RemoteFile
from gradproof.checking.sandbox import alarm, confine
from gradproof.checking.sandbox.child_process import LateError, Process
from gradproof.checking.sandbox.process_groups import (
    Group,
    TaskKill,
    WindowsJob,
    job_for,
    start_options,
)

posix = pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals")


class Kernel32:
    """Notes the calls; answers as told."""

    def __init__(self, **answers):
        self.answers, self.calls = answers, []

    def __getattr__(self, name):
        def call(*arguments):
            self.calls.append((name, arguments))
            return self.answers.get(name, 1)

        return call


PROCESS = SimpleNamespace(pid=1, _handle=77)


def test_a_windows_job_limits_memory_and_processes_and_ends_with_its_handle():
    kernel = Kernel32(CreateJobObjectW=5)
    job = WindowsJob(PROCESS, 100, kernel)
    (_, (handle, kind, limits, size)) = kernel.calls[1]
    # The size on 64-bit Windows: 64 bytes of basic limits, 48 of counters, 4 sizes.
    assert (handle, kind, size) == (5, 9, 64 + 48 + 32)
    assert limits._obj.JobMemoryLimit == 100 * 2**20
    assert limits._obj.Basic.LimitFlags == 0x2000 | 0x400 | 0x200 | 0x8
    assert kernel.calls[2] == ("AssignProcessToJobObject", (5, 77))
    job.end()
    job.end()
    assert [name for name, _ in kernel.calls[3:]] == ["TerminateJobObject", "CloseHandle"]


@pytest.mark.parametrize("refused", ["CreateJobObjectW", "SetInformationJobObject",
                                     "AssignProcessToJobObject"])  # fmt: skip
def test_where_windows_refuses_a_job_the_tree_is_ended_by_taskkill(monkeypatch, refused):
    monkeypatch.setattr(
        "gradproof.checking.sandbox.process_groups._kernel32", lambda: Kernel32(**{refused: 0})
    )
    job = job_for(PROCESS, "", 100, "win32")
    assert isinstance(job, TaskKill)
    ran = []
    monkeypatch.setattr(subprocess, "run", lambda command, **_: ran.append(command))
    job.end()
    assert ran == [["taskkill", "/T", "/F", "/PID", "1"]]


def test_every_platform_has_its_way(monkeypatch):
    monkeypatch.setattr("gradproof.checking.sandbox.process_groups._kernel32", Kernel32)
    assert isinstance(job_for(PROCESS, "", 100, "win32"), WindowsJob)
    assert isinstance(job_for(PROCESS, "", 100, "linux"), Group)
    assert isinstance(job_for(PROCESS, "", 100, "darwin"), Group)
    assert start_options("darwin") == {"start_new_session": True}
    assert start_options("win32") == {"creationflags": 0x08000200}


@pytest.mark.parametrize("version", range(1, 8))
def test_landlock_asks_for_no_more_than_the_kernel_knows(version):
    files, network, scopes, size = confine.rights(version)
    known = 1 << {1: 13, 2: 14, 3: 15, 4: 15, 5: 16, 6: 16, 7: 16}[version]
    assert files < known
    assert bool(network) == (version >= 4)
    assert bool(scopes) == (version >= 6)
    assert size == ctypes.sizeof(ctypes.c_uint64) * (1 + (version >= 4) + (version >= 6))


def test_the_hook_lets_read_and_stops_writing(tmp_path):
    inside, outside = tmp_path / "in", tmp_path / "out"
    inside.mkdir()
    hook = confine._hook(str(inside))
    hook("open", (str(outside), "r", os.O_RDONLY))
    hook("open", (str(inside / "x"), "w", os.O_WRONLY))
    hook("open", (3, "w", os.O_WRONLY))
    hook("import", ("os",))
    for arguments in [(str(outside), "w", 0), (str(outside), None, os.O_RDWR),
                      (str(inside / ".." / "x"), "a", 0), (f"{inside}x", "w", 0)]:  # fmt: skip
        with pytest.raises(PermissionError, match="lets a file write nothing"):
            hook("open", arguments)
    with pytest.raises(PermissionError):
        hook("os.rename", (str(inside / "x"), str(outside), -1, -1))


def test_a_watch_on_memory_ends_the_process(capfd):
    used, left = iter([10, 20, 5 * 2**20, 0]), []
    confine.watch_memory(4, lambda: next(used), left.append, pause=0.0)
    assert left == [1]
    assert "used more than 4 MB" in capfd.readouterr().err


LOOPS = {"busy": lambda: [None for _ in iter(int, 1)], "asleep": lambda: time.sleep(30)}


@posix
@pytest.mark.parametrize("loop", LOOPS)
def test_the_timer_interrupts(loop):
    with pytest.raises(alarm.TooLong), alarm._Timer(0.05):
        LOOPS[loop]()


@posix
def test_timers_can_stand_inside_each_other():
    def outer():
        with alarm._Timer(0.2):
            with pytest.raises(alarm.TooLong), alarm._Timer(0.05):
                LOOPS["busy"]()
            LOOPS["busy"]()

    with pytest.raises(alarm.TooLong):
        outer()


@posix
def test_what_a_process_waits_for_a_processor_does_not_count_up_to_three_times_as_long(monkeypatch):
    monkeypatch.setattr(alarm, "own_time", lambda exactly=False: 0.0)  # others run all the time
    start = time.monotonic()
    with pytest.raises(alarm.TooLong), alarm._Timer(0.05):
        LOOPS["asleep"]()
    assert time.monotonic() - start >= 0.2
    told = iter([1.0, 3.0, 3.5, 9.0])
    monkeypatch.setattr(own_time, "waited", lambda process: next(told))
    waiting = own_time.Waiting(lambda: 1, most=4.0)
    assert [waiting.granted() for _ in range(3)] == [2.0, 0.5, 1.5]


def test_a_deadline_moves_by_what_the_process_has_waited():
    def late_twice(deadline):
        late.append(deadline)
        if len(late) < 3:
            raise LateError
        return b"there"

    late, process = [], Process.__new__(Process)
    process.pipes, process.more = SimpleNamespace(receive=late_twice), lambda: 0.5
    assert process._received(0.0) == b"there"
    process.more = lambda: 0.0
    late.clear()
    with pytest.raises(LateError):
        process._received(0.0)
    assert len(late) == 1


def test_the_thread_interrupts_where_there_is_no_timer():
    with pytest.raises(alarm.TooLong), alarm._by_thread(0.05):
        LOOPS["busy"]()
    with alarm._by_thread(5.0):
        pass


def test_pipes_that_cannot_be_waited_for_are_watched(monkeypatch):
    """What Windows needs: reading blocks, and a thread ends the process at the deadline."""
    monkeypatch.setattr("gradproof.checking.sandbox.child_process._PIPES", "watched")
    process = Process(1024, 1, 10.0)
    try:
        with pytest.raises(LateError):
            process.read(1, time.monotonic() + 0.3)
        assert process.code() is not None
    finally:
        process.close()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/proc")
def test_the_temporary_folder_is_gone_and_no_descriptor_is_left():
    Process(1024, 1, 10.0).close()  # what serves every process of a file stays for the next
    before = set(os.listdir("/proc/self/fd"))
    process = Process(1024, 1, 10.0)
    folder = process.folder.name
    assert os.path.isdir(folder)
    process.close()
    assert not os.path.exists(folder)
    assert set(os.listdir("/proc/self/fd")) == before


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="bwrap is for Linux")
def test_where_the_kernel_gives_no_namespaces_bwrap_is_asked_for_them(tmp_path, monkeypatch):
    told = tmp_path / "told"
    program = tmp_path / "bwrap"
    program.write_text(f'#!/bin/sh\necho "$@" > {told}\n'
                       'while [ "$1" != -- ]; do shift; done\nshift\nexec "$@"\n')  # fmt: skip
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setattr(bubblewrap, "_wanted", [])
    greeted, seen = RemoteFile._greeted, []

    def as_if_there_were_none(self):
        seen.append(greeted(self))
        return [] if len(seen) == 1 else seen[-1]

    monkeypatch.setattr(RemoteFile, "_greeted", as_if_there_were_none)
    path = tmp_path / "file.py"
    path.write_text("def square(x):\n    return x**2\n")
    with RemoteFile(path, Budget(60.0), 0, time.monotonic() + 600) as side:
        assert set(bubblewrap.GIVEN) <= set(side.isolation)
        side.load(path.read_text())
    asked = told.read_text().split()
    assert {
        "--unshare-pid",
        "--unshare-net",
        "--unshare-ipc",
        "--die-with-parent",
        "--tmpfs",
    } < set(asked)
    assert len(seen) == 2
