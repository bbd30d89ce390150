"""Files that misbehave: each ends in one clear line, the pairs that can be judged are judged."""

import os
import sys
import time
import uuid
from pathlib import Path

import pytest

from gradproof.checking.processes.isolate import Options, check_file
from gradproof.checking.run import run

pytestmark = [
    pytest.mark.usefixtures("unexplained"),
    pytest.mark.sampled(4, of="file"),
]

posix = pytest.mark.skipif(sys.platform == "win32", reason="signals and limits are POSIX")
linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")
GOOD = """
import numpy as np
def square(x):
    return x ** 2
def square_prime(x):
    return 2 * x
"""
CUBE = "def cube(x):\n    return x ** 3\ndef cube_prime(x):\n    return 3 * x ** 2\n"
FAST = Options(seconds=30.0, memory=2048, output=1)


def checked(tmp_path, text, options=FAST):
    path = tmp_path / "checked_file.py"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return check_file(path, options)


def reasons(report):
    return " ".join([e.reason for e in report.errors] + [u.reason for u in report.unmatched])


def verdicts(report):
    return {g.backward: g.verdict for g in report.gradients}


# What a module does at its end, all in one file each: the definitions are judged all the same.
HARMLESS = """
import os, sys
name = "nobody"
def attempt(action):
    try:
        action()
    except BaseException as error:
        print(type(error).__name__)
attempt(lambda: input("your name? "))
attempt(lambda: open("left_behind.txt", "w").write("x"))
attempt(lambda: print("x" * 10**5))
raise SystemExit(0)
"""


def test_definitions_are_judged_although_the_module_level_fails(tmp_path, capfd):
    report = checked(tmp_path, GOOD + HARMLESS)
    assert verdicts(report) == {"square_prime": "PROVED"}
    assert capfd.readouterr() == ("", "")
    assert not Path("left_behind.txt").exists()


def test_a_missing_import_is_named(tmp_path):
    text = GOOD.replace("import numpy", "import nowhere_to_be_found\nimport numpy")
    text += "def f(x):\n    return nowhere_to_be_found.f(x)\ndef f_prime(x):\n    return x\n"
    report = checked(tmp_path, text)
    assert verdicts(report) == {"square_prime": "PROVED"}
    assert "No module named 'nowhere_to_be_found'" in reasons(report)


@posix
def test_training_loop_that_prints_forever_is_interrupted(tmp_path):
    loop = "while True:\n    print('loss', 0.1)\n"
    report = checked(tmp_path, GOOD + loop, Options(seconds=20.0, output=1))
    assert verdicts(report) == {"square_prime": "PROVED"}


@posix
def test_what_cannot_be_interrupted_is_stopped(tmp_path):
    deaf = "import signal; signal.pthread_sigmask(0, [14])\nwhile True: pass\n"
    report = checked(tmp_path, GOOD + deaf, Options(seconds=1.5))
    assert report.gradients == []
    assert "so it was stopped" in reasons(report)
    assert len(report.errors) + len(report.unmatched) == 1


@posix
def test_one_function_that_goes_wrong_does_not_take_the_others_with_it(tmp_path):
    text = GOOD + (
        "import os, sys\n"
        "def leave(x):\n    return x\ndef leave_prime(x):\n    os._exit(0)\n"
        "def quit(x):\n    return x\ndef quit_prime(x):\n    sys.exit('bye')\n"
        "def hang(x):\n    return x\ndef hang_prime(x):\n    while True: pass\n"
        "def deep(x):\n    return deep(x)\ndef deep_prime(x):\n    return x\n"
        "def big(x):\n    return x\ndef big_prime(x):\n    return x * np.ones(10**11)[0]\n"
    )
    report = checked(tmp_path, text + CUBE, Options(seconds=5.0))
    assert set(verdicts(report)) == {"square_prime", "cube_prime"}
    assert all(g.holds for g in report.gradients)
    assert report.errors == []
    why = {u.name: u.reason for u in report.unmatched}
    assert "exit status 0" in why["leave_prime"]
    assert "SystemExit: bye" in why["quit_prime"]
    assert "does not end within" in why["hang_prime"]
    assert "RecursionError" in why["deep_prime"]
    assert "allocate" in why["big_prime"]


@pytest.mark.campaign
def test_plots_open_no_window(tmp_path, monkeypatch):
    pytest.importorskip("matplotlib")
    monkeypatch.setenv("MPLBACKEND", "TkAgg")
    plots = "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()\nplt.savefig('a.png')\n"
    report = checked(tmp_path, plots + GOOD, Options(seconds=60.0))
    assert verdicts(report) == {"square_prime": "PROVED"}
    assert report.errors == report.unmatched == []


@linux
def test_the_kernel_keeps_the_file_from_other_processes(tmp_path):
    text = GOOD + (
        "import os\n"
        "def attempt(action):\n"
        "    try:\n        action()\n    except OSError as error:\n"
        "        return type(error).__name__\n"
        "signals = attempt(lambda: os.kill(os.getppid(), 0))\n"
        "memory = attempt(lambda: os.open(f'/proc/{os.getppid()}/mem', os.O_RDONLY))\n"
        "def reach(x):\n    x = 2 * x\n    raise KeyError(signals, memory)\n"
        "def reach_prime(x):\n    return x\n"
    )
    why = reasons(checked(tmp_path, text))
    if "None" in why:
        pytest.skip("needs Linux 6.12")
    assert "('PermissionError', 'PermissionError')" in why


@posix
def test_a_fork_bomb_stops_by_itself(tmp_path):
    report = checked(tmp_path, GOOD + "import os\nwhile True:\n    os.fork()\n")
    assert verdicts(report) == {"square_prime": "PROVED"}


@linux
def test_children_are_stopped_as_well(tmp_path, monkeypatch):
    mark = uuid.uuid4().hex
    monkeypatch.setenv("GRADPROOF_CHECK", mark)
    text = GOOD + (
        "import os, time\n"
        "for k in range(4):\n"
        "    if os.fork() == 0:\n"
        "        if k % 2: os.setsid()\n"
        "        time.sleep(60)\n"
    )
    assert verdicts(checked(tmp_path, text)) == {"square_prime": "PROVED"}
    deadline = time.monotonic() + 5
    while carrying(mark) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert carrying(mark) == []


def carrying(mark):
    """The processes, but this one, with a mark in their environment."""
    found = []
    for file in Path("/proc").glob("[0-9]*/environ"):
        try:
            if mark.encode() in file.read_bytes() and file.parent.name != str(os.getpid()):
                found.append(file.parent.name)
        except OSError:
            continue
    return found


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("def f(:\n", "does not parse: line 1"),
        ("print 'hello'\n", "Python 2"),
        ("try:\n    pass\nexcept A, e:\n    pass\n", "Python 2"),
        ("x = 1\n", "no forward/backward pair was found"),
        ("", "is empty"),
        ("x = '" + "\0" + "'\n", "does not parse"),
        ("f(" * 5000, "does not parse"),
        ("def f(x):\n    return x" + "+x" * 5000 + "\ndef df(x):\n    return 1\n", ""),
        ("# 활성화\n".encode("cp949"), "line 1 is not in UTF-8"),
        ("# -*- coding: klingon -*-\n", "klingon"),
        ("# -*- coding: utf-8 -*-\n# 활성화\n".encode("cp949"), "cannot be read"),
        ("x = 1\n".encode("utf-16"), "UTF-16"),
    ],
)
def test_what_does_not_parse(tmp_path, text, words):
    report = checked(tmp_path, text)
    assert words in reasons(report)
    assert len(report.errors) == 1


FOLDER = {
    "a_leaves.py": (GOOD + "import os; os._exit(3)\n").encode(),
    "b_crashes.py": (GOOD + "import ctypes; ctypes.string_at(0)\n").encode(),
    "c_python2.py": b"print 'hello'\n",
    "d_korean.py": "# 제곱\n".encode("cp949"),
    "e_writes.py": (GOOD + "import os\nfor fd in range(3, 20):\n    try: os.write(fd, b'yes')\n"
                           "    except OSError: pass\n").encode(),
    "f_right.py": GOOD.encode(),
    "g_empty.py": b"",
    "h_defines.py": (GOOD + "import os\nk = os._exit(0)\n").encode(),
}  # fmt: skip


@pytest.mark.campaign
def test_one_file_after_another_has_its_line(tmp_path):
    for name, content in FOLDER.items():
        (tmp_path / name).write_bytes(content)
    report = run([str(tmp_path)], Options(seconds=30.0))
    judged = [(Path(g.file).name, g.verdict) for g in report.gradients]
    names = "a_leaves.py", "b_crashes.py", "f_right.py"
    assert judged == [(name, "PROVED") for name in names]
    assert [Path(each.file).name for each in report.unmatched] == ["h_defines.py"]
    assert "exit status 0" in report.unmatched[0].reason
    assert {Path(e.file).name: e.reason.split(" (")[0] for e in report.errors} == {
        "c_python2.py": "does not parse, it seems to be Python 2",
        "d_korean.py": "cannot be read: line 1 is not in UTF-8, and no other encoding is named; "
                       "save it as UTF-8, or put # -*- coding: cp949 -*- into line 1",
        "e_writes.py": "its process sent lengths that no message has in place of an answer: the "
                       "file writes to gradproof's channel or changes gradproof, so it is not "
                       "judged",
    }  # fmt: skip


def test_korean_encodings_are_read(tmp_path):
    text = "# -*- coding: cp949 -*-\n# 제곱\n" + GOOD
    assert verdicts(checked(tmp_path, text.encode("cp949"))) == {"square_prime": "PROVED"}
    marked = checked(tmp_path, b"\xef\xbb\xbf" + ("# 제곱" + GOOD).encode())
    assert verdicts(marked) == {"square_prime": "PROVED"}


def snapshot(folder):
    return {str(p.relative_to(folder)): p.stat().st_mtime_ns for p in folder.rglob("*")}


def test_nothing_is_written_where_the_user_works(tmp_path, monkeypatch):
    home, here = tmp_path / "home", tmp_path / "here"
    home.mkdir()
    here.mkdir()
    (here / "checked_file.py").write_text(
        GOOD + "import os, pathlib, tempfile\n"
        "HERE = os.path.dirname(os.path.abspath(__file__))\n"
        "def attempt(action):\n"
        "    try:\n        action()\n    except OSError:\n        pass\n"
        "attempt(lambda: open('plot.png', 'wb').write(b'x'))\n"
        "attempt(lambda: np.save(os.path.join(HERE, 'weights.npy'), np.ones(3)))\n"
        "attempt(lambda: os.makedirs(os.path.join(HERE, 'logs')))\n"
        "attempt(lambda: (pathlib.Path.home() / '.cache_of_mine').mkdir())\n"
        f"attempt(lambda: open({str(home / 'x')!r}, 'w'))\n"
        f"attempt(lambda: os.remove({str(here / 'data.txt')!r}))\n"
        "attempt(lambda: tempfile.NamedTemporaryFile(delete=False).write(b'x'))\n"
        "import ctypes\n"
        f"ctypes.CDLL(None).creat({str(here / 'from_c').encode()!r}, 0o600)\n"
    )
    (here / "data.txt").write_text("data")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir(here)
    before = snapshot(tmp_path)
    report = check_file(Path("checked_file.py"), FAST)
    assert verdicts(report) == {"square_prime": "PROVED"}
    left = set(snapshot(tmp_path)) - set(before)
    assert left <= {"here/from_c"}  # where the kernel has no Landlock, only Python code is stopped
    assert (here / "data.txt").exists()


def test_what_cannot_be_asked_is_no_fault_of_the_file(tmp_path):
    (tmp_path / "wrong.py").write_text(
        "def f(x):\n    return x * x\ndef df(x):\n    return 3 * x\n"
    )
    report = run([str(tmp_path / "wrong.py")], Options(seconds=60.0, prove=False))
    assert [each.verdict for each in report.gradients] == ["REFUTED"]
    assert report.errors == []
