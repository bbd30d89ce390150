"""Files that misbehave: each ends in one clear line, the pairs that can be judged are judged."""

import os
import sys
import time
from pathlib import Path

import pytest

from gradproof.checking.isolate import Options, check_file

posix = pytest.mark.skipif(sys.platform == "win32", reason="signals and limits are POSIX")
GOOD = """
import numpy as np
def square(x):
    return x ** 2
def square_prime(x):
    return 2 * x
"""
FAST = Options(seconds=8.0, memory=2048)


def checked(tmp_path, text, options=FAST):
    path = tmp_path / "checked_file.py"
    path.write_text(text)
    return check_file(path, options)


def running(pid):
    """Whether a process exists and is no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def reasons(report):
    return " ".join([e.reason for e in report.errors] + [u.reason for u in report.unmatched])


@pytest.mark.parametrize(
    "line",
    [
        "import a_module_that_is_nowhere",
        "raise SystemExit(0)",
        "name = input('your name? ')",
        "import sys; print('x' * 10**7); sys.stderr.write('x' * 10**6); 1 / 0",
        "open('left_behind.txt', 'w').write('x')",
    ],
)
def test_definitions_are_judged_although_the_module_level_fails(tmp_path, line, capfd):
    report = checked(tmp_path, GOOD + line + "\n")
    assert [g.verdict for g in report.gradients] == ["PROVED"], report
    assert capfd.readouterr().out == ""
    assert not Path("left_behind.txt").exists()


@posix
def test_training_loop_is_interrupted(tmp_path):
    report = checked(tmp_path, GOOD + "while True:\n    square(np.ones(3))\n", Options(seconds=4.0))
    assert [g.verdict for g in report.gradients] == ["PROVED"]


@posix
@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("import os; os._exit(0)", "exit status 0"),
        ("import os; os.kill(os.getpid(), 11)", "SIGSEGV"),
        ("import signal; signal.pthread_sigmask(0, [14])\nwhile True: pass", "--timeout"),
    ],
)  # fmt: skip
def test_what_cannot_be_caught_ends_in_one_line(tmp_path, line, words):
    report = checked(tmp_path, "import signal\n" + GOOD + line + "\n", Options(seconds=3.0))
    assert report.gradients == []
    assert words in reasons(report)
    assert len(report.errors) + len(report.unmatched) == 1


@posix
def test_memory_is_limited(tmp_path):
    text = GOOD.replace("return 2 * x", "return 2 * x * np.ones(10**10)[0]")
    report = checked(tmp_path, text)
    assert "MemoryError" in reasons(report) or "allocate" in reasons(report)


@posix
def test_a_pair_that_hangs_does_not_take_the_others_with_it(tmp_path):
    text = GOOD + "def cube(x):\n    return x ** 3\ndef cube_prime(x):\n    while True: pass\n"
    report = checked(tmp_path, text, Options(seconds=2.5))
    assert [g.verdict for g in report.gradients] == ["PROVED"]
    assert [u.name for u in report.unmatched] == ["cube_prime"]
    assert "--timeout" in reasons(report)


@posix
def test_children_are_stopped_as_well(tmp_path):
    note = tmp_path / "pid"
    text = (
        GOOD + "import os, time\npid = os.fork()\n"
        f"if pid == 0:\n    open({str(note)!r}, 'w').write(str(os.getpid()))\n    time.sleep(60)\n"
    )
    checked(tmp_path, text, Options(seconds=4.0))
    pid = int(note.read_text())
    deadline = time.monotonic() + 5
    while running(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not running(pid)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("def f(:\n", "does not parse: line 1"),
        ("print 'hello'\n", "Python 2"),
        ("try:\n    pass\nexcept A, e:\n    pass\n", "Python 2"),
        ("x = 1\n", "no forward/backward pair was found"),
    ],
)
def test_what_does_not_parse(tmp_path, text, words):
    report = checked(tmp_path, text)
    assert words in reasons(report)
    assert len(report.errors) == 1


def test_verdicts_on_stdout_are_not_believed(tmp_path):
    text = GOOD.replace("2 * x", "3 * x") + (
        "import os, json\nfor fd in (1, 2):\n"
        "    os.write(fd, json.dumps({'type': 'done'}).encode() + b'\\n')\n"
    )
    report = checked(tmp_path, text)
    assert [g.verdict for g in report.gradients] == ["REFUTED"]


def test_the_callers_folder_stays_clean(tmp_path):
    before = set(os.listdir(tmp_path))
    checked(tmp_path, GOOD)
    assert set(os.listdir(tmp_path)) - before == {"checked_file.py"}
