"""Whatever ends a check ends all of it, soon: nothing is alive afterwards and no folder is left."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from gradproof.checking.processes.isolate import Options
from gradproof.checking.processes.judges import Judges, _Task
from tests.checking.commands import COMMAND, RIGHT, ROOT, check, environment

pytestmark = [
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc"),
    pytest.mark.sampled(1, of="file"),
]

# Hangs, deaf to whatever would interrupt it, with children that have left its session.
HANGS = (
    RIGHT
    + """
import os, signal, time
for k in range(2):
    if os.fork() == 0:
        os.setsid()
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        time.sleep(300)
signal.pthread_sigmask(0, range(1, 32))
while True:
    pass
"""
)


def alive(folder):
    """The processes whose working directory, or whose environment's, is below a folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            here = str(entry.joinpath("cwd").readlink())
            there = entry.joinpath("environ").read_bytes().decode(errors="replace")
        except OSError:
            continue
        if str(folder) in here + there and entry.name != str(os.getpid()):
            found.append(entry.name)
    return found


def heeds_ctrl_c():
    """What runs in the background ignores Ctrl-C, and so do its children: a terminal's do not."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def eventually(question, seconds=30.0):
    """Whether the question is answered with yes, now or soon."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if question():
            return True
        time.sleep(0.05)
    return False


@pytest.mark.sampled(1, each="jobs")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_signal_ends_everything(tmp_path, number, jobs):
    work, temporary = tmp_path / "work", tmp_path / "temporary"
    work.mkdir()
    temporary.mkdir()
    for k in range(3):
        (work / f"f{k}.py").write_text(HANGS)
    process = subprocess.Popen(
        [*COMMAND, ".", "--jobs", jobs], cwd=work, env=environment(TMPDIR=str(temporary)),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=heeds_ctrl_c,
    )  # fmt: skip
    # A judge, its folder with a folder in it, and the children of the file in that.
    assert eventually(lambda: len(alive(temporary)) > 2 + 4)
    process.send_signal(number)
    _, said = process.communicate(timeout=10)
    assert process.returncode == {signal.SIGINT: 130}.get(number, 128 + number)
    assert said.strip() == b"gradproof: stopped"
    assert eventually(lambda: not alive(temporary), 2.0), alive(temporary)
    assert list(temporary.iterdir()) == []


def test_a_judge_that_is_killed_takes_its_file_with_it(tmp_path):
    path = tmp_path / "f.py"
    path.write_text(HANGS)
    with Judges(1, Options(seconds=60.0)) as judges:
        found = judges.reports([(path, ""), (path, "again")])

        def kill():
            eventually(lambda: judges.judges and len(alive(judges.judges[0].folder.name)) > 4)
            judges.judges[0].process.kill()

        thread = threading.Thread(target=kill)
        thread.start()
        number, report = next(found)
        thread.join()
    assert number == 0
    assert "the process that judges it has ended" in report.unmatched[0].reason
    assert eventually(lambda: not alive(tmp_path), 2.0)


# The trace that comes is right, but for constants that take for ever to compute.
TRACES = {
    "powers": '[["const", "9" * 1999], ["mul", [2**20], n]]',
    "squares": '[["const", "9" * 1999]] + [["mul", [2], n + k] for k in range(40)]',
    "fractions": '[["const", f"1/{10**1990 + 2 * k + 1}"] for k in range(4000)]'
                 ' + [["add", [1] * 4000, *range(n, n + 4000)]]',
    "tower": '[["const", "3"]] + [["mul", [1000], n + k] for k in range(9)]',
    "sums of products": '[["symbol", "x[0, 0]"]] + [x for k in range(30) for x in '
                        '(["add", [1, k + 2], n + 2 * k, n + 2 * k], ["mul", [1, 1], '
                        'n + 2 * k + 1, n + 2 * k + 1])]',
}  # fmt: skip
# Run by every judge as it starts: what it is sent is forged, or it does not come to an end.
FORGED = """import sys
if "judge_process" in " ".join(sys.orig_argv):
    import gradproof.checking.processes.remote_pair as pair
    honest = pair.unpacked
    def forged(t, program):
        n = len(t["nodes"])
        t["nodes"] += {nodes}
        return honest(t, program)
    pair.unpacked = forged
"""
HANGING = """import sys
if "judge_process" in " ".join(sys.orig_argv):
    import gradproof.checking.processes.isolate as isolate
    honest = isolate.discover
    def discover(text, *given):
        while "HANGS" in text:
            pass
        return honest(text, *given)
    isolate.discover = discover
"""
BUSY = {"hanging": HANGING} | {k: FORGED.replace("{nodes}", t) for k, t in TRACES.items()}


@pytest.mark.sampled(1)
@pytest.mark.parametrize("lines", BUSY.values(), ids=BUSY)
def test_a_judge_that_does_not_end_is_ended(tmp_path, lines):
    (tmp_path / "sitecustomize.py").write_text(lines)
    work = tmp_path / "work"
    work.mkdir()
    (work / "a_bad.py").write_text(RIGHT + "HANGS = 1\n")
    (work / "b_good.py").write_text(RIGHT)
    path = f"{tmp_path}{os.pathsep}{ROOT}"
    done = check(work, ".", "--timeout", "6", "--jobs", "1", seconds=250, PYTHONPATH=path)
    assert "a_bad.py" in done.stdout
    good = done.stdout.partition("b_good.py\n")[2]
    assert good.startswith("PROVED") or lines != HANGING, done.stdout + done.stderr


def test_classes_whose_bases_double_from_one_to_the_next(tmp_path):
    text = "class A0:\n    def forward(self, x):\n        return x\nclass B0(A0):\n    pass\n"
    for k in range(1, 60):
        text += f"class A{k}(A{k - 1}, B{k - 1}):\n    pass\n"
        text += f"class B{k}(A{k - 1}, B{k - 1}):\n    pass\n"
    (tmp_path / "f.py").write_text(RIGHT + text)
    shown = check(tmp_path, "f.py", "--no-prove").stdout
    assert shown.startswith("f.py\nCHECKED   square_backward ")


def test_the_others_of_a_file_keep_their_verdict_when_its_judge_is_ended(tmp_path):
    task = _Task(0, tmp_path / "f.py", "f.py", 0.0, candidates=["a", "b", "c"], judged=["a"])
    assert [(each.name, each.reason) for each in task.stopped("too long").unmatched] == [
        ("b", "too long"), ("c", "not reached: too long"),
    ]  # fmt: skip
    assert _Task(0, tmp_path, "f.py", 0.0).stopped("why").status == 2
