"""Processes of files that a fork server makes: each as clean as one that was started afresh."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gradproof.checking.judgement import standins
from gradproof.checking.processes.remote_file import Budget, RemoteFile
from gradproof.checking.sandbox import child_process, fork_server, forked
from gradproof.home import ENGINE
from tests.checking.commands import ROOT, environment

pytestmark = pytest.mark.skipif(
    not (sys.platform.startswith("linux") and hasattr(os, "pidfd_open")), reason="Linux 5.3"
)
MARKS = """
import os, random, sys
import numpy as np
random_numbers = random.random(), float(np.random.rand())
seen = hasattr(np, "left_behind"), os.environ["HOME"] == os.getcwd()
np.left_behind = True
def told(x):
    x = 2 * x
    raise KeyError(random_numbers, seen, "nowhere" in sys.modules)
def told_prime(x):
    return x
"""


def said(tmp_path):
    """What a file sees of the process that it is run in, which leads a session of its own."""
    path = tmp_path / "checked_file.py"
    path.write_text(MARKS)
    with RemoteFile(path, Budget(20.0, 1024, 1), 0, time.monotonic() + 60) as side:
        process = side.process.process
        by_fork = isinstance(process, forked.Forked)
        side.load(MARKS)
        # asked from out here: within a process namespace every outer session is called 0
        assert os.getsid(process.pid) == process.pid
        from gradproof.checking.source.discover import discover

        (candidate,) = discover(MARKS).candidates
        with pytest.raises(Exception, match=r"KeyError|False") as caught:
            side.matches(candidate)
    return by_fork, str(caught.value)


def test_each_process_is_clean_and_draws_its_own_numbers(tmp_path):
    first, second = said(tmp_path), said(tmp_path)
    assert first[0]
    assert second[0]
    assert "(False, True), False" in first[1]
    assert "(False, True), False" in second[1]
    assert first[1] != second[1]


def test_without_a_server_processes_are_started_one_by_one(tmp_path, monkeypatch):
    def refused(*_):
        raise forked.NoServerError("not on this system")

    monkeypatch.setattr(child_process, "forked", refused)
    by_fork, words = said(tmp_path)
    assert not by_fork
    assert "(False, True), False" in words


def test_a_server_that_is_gone_is_replaced(tmp_path):
    said(tmp_path)
    servers = forked._SERVERS
    os.kill(servers.server.process.pid, signal.SIGKILL)
    servers.server.process.wait()
    try:
        for _ in range(2):
            assert "(False, True), False" in said(tmp_path)[1]
        assert servers.server.process.poll() is None
    finally:
        servers.failed = 0


def test_what_depends_on_the_sizes_is_loaded_once_for_each_of_them():
    code = """if True:
        from gradproof.checking.sandbox import fork_server
        loaded = fork_server.load()
        import sys
        print(*[m for m in sys.modules if m.startswith('gradproof')])
        (usual, one), (secret, other) = loaded.values()
        assert usual == '3,4,5,2' and secret != usual and one.keys() == other.keys()
        for numbers, modules in loaded.values():
            fork_server.show(modules)
            from gradproof.checking.trials import input_trials
            from gradproof.checking.sandbox import file_process
            assert input_trials.ROWS.data == tuple(map(int, numbers.split(',')[:2]))
            assert vars(file_process)['Evaluator'].__module__ in modules
    """
    out = subprocess.run([sys.executable, "-c", code], env=environment(), cwd=ROOT, check=True,
                         capture_output=True, text=True).stdout  # fmt: skip
    loaded = set(out.split())
    assert "gradproof.diagnosis.engine" in loaded
    depends = {
        ".".join(path.relative_to(ENGINE.parent).with_suffix("").parts)
        for path in Path(ENGINE).rglob("*.py")
        if "processes.sizes import" in path.read_text("utf-8")
    }
    assert "gradproof.checking.trials.input_trials" in depends
    assert not loaded & depends


def test_a_mark_that_does_not_fit_is_refused(monkeypatch):
    monkeypatch.setenv("GRADPROOF_CHECK", "short")
    with pytest.raises(ValueError, match="does not fit"):
        fork_server._carry("longer than short")


@pytest.mark.parametrize("way", [standins._kept, None])
def test_draws_are_the_same_inside_and_others_outside(monkeypatch, way):
    import random

    import numpy as np

    monkeypatch.setattr(standins, "_put_back", standins._kept)
    if way is None:
        standins.of_its_own()
    inside, outside = set(), set()
    numpy_draws = np.random.rand
    for _ in range(3):
        with standins.same_draws():
            inside.add((random.random(), numpy_draws(), np.random.default_rng().random()))
        outside.add(random.random())
        outside.add(numpy_draws())
    assert len(inside) == 1
    assert len(outside) == 6
