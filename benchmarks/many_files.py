"""``python -m benchmarks.many_files``: a folder of submissions through ``gradproof check``.

Files of six gradients each are written from a seed, every tenth with a slip, and checked by the
command as a person runs it. Printed are the seconds that passed, the processor seconds of all
processes that took part, those of a file, the memory of all of them at the beginning and at the
end, and whether every verdict is as it should be.
"""

from __future__ import annotations

if __name__ == "__main__":
    from gradproof.console import quiet_interrupt

    quiet_interrupt("benchmarks.many_files")

import contextlib
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from gradproof.help import Parser
from gradproof.home import ROOT
from gradproof.text import Text

# Forward and backward of x, at a constant that differs from file to file.
ACTIVATIONS = (
    ("np.tanh({c} * x)", "dout * {c} * (1 - np.tanh({c} * x) ** 2)"),
    ("np.maximum(x, {c} * x)", "dout * np.where(x > 0, {s}, {r})"),
    ("1 / (1 + np.exp(-{c} * x))", "dout * {c} * np.exp(-{c} * x) / (1 + np.exp(-{c} * x)) ** 2"),
    ("np.log1p(np.exp({c} * x))", "dout * {c} / (1 + np.exp(-{c} * x))"),
    ("np.exp(-{c} * x**2)", "dout * -2 * {c} * x * np.exp(-{c} * x**2)"),
    ("x / np.sqrt({c} + x**2)", "dout * {c} / ({c} + x**2) ** 1.5"),
)
FILE = """import numpy as np


def affine_forward(x, w, b):
    return x @ w + b, (x, w)


def affine_backward(dout, cache):
    x, w = cache
    return dout @ w.T, x.T @ dout, dout.sum(axis=0)


def activation_forward(x):
    return {forward}, x


def activation_backward(dout, x):
    return {backward}


def gate_forward(a, b):
    return a * b + {c} * a, (a, b)


def gate_backward(dout, cache):
    a, b = cache
    return dout * (b + {wrong}), dout * a
"""
HANG = """

def last_forward(x):
    while True:
        x = x + 0.0


def last_backward(dout, x):
    return dout
"""
GRADIENTS, WRONG = 6, 10  # in a file, and one file in so many has a slip
_PAUSE = 1.0


def submission(number: int, seed: int) -> str:
    """The text of one file."""
    rng = random.Random(f"{seed}:{number}")
    c = rng.randint(2, 9) / 10
    forward, backward = rng.choice(ACTIVATIONS)
    values = {"c": c, "s": 1.0, "r": c}
    wrong = c + 1 if number % WRONG == WRONG - 1 else c
    return FILE.format(forward=forward.format(**values), backward=backward.format(**values), c=c,
                       wrong=wrong)  # fmt: skip


def written(folder: Path, count: int, seed: int, hung: bool) -> None:
    """Write the files."""
    for number in range(count):
        text = submission(number, seed) + (HANG if hung and number == 0 else "")
        Path(folder, f"submission_{number:04}.py").write_text(text, encoding="utf-8")


def faults(report: dict[str, Any], count: int) -> Iterator[str]:
    """What is not as it should be in a report about these files."""
    by_file: dict[str, list[str]] = {}
    for each in report["gradients"]:
        by_file.setdefault(each["file"], []).append(each["verdict"])
    if len(by_file) != count:
        yield f"{len(by_file)} of {count} files judged"
    for file, verdicts in by_file.items():
        number = int(Path(file).stem.rpartition("_")[2])
        wanted = int(number % WRONG == WRONG - 1)
        right = sum(each in ("PROVED", "CHECKED") for each in verdicts)
        if (verdicts.count("REFUTED"), right) != (wanted, GRADIENTS - wanted):
            yield f"{file}: {', '.join(verdicts)}"


def measured(folder: Path, arguments: Sequence[str]) -> tuple[dict[str, Any], dict[str, float]]:
    """The report of a check of this folder, and what it has cost."""
    with _Account() as account:
        start = time.monotonic()
        # As the console script starts; the folder of the files is no place for modules.
        process = subprocess.Popen(
            [sys.executable, "-P", "-c", "from gradproof.cli import run; run()", "check",
             str(folder), "--format", "json", *arguments],
            stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)},
            preexec_fn=account.join,
        )  # fmt: skip
        held = _Held(process.pid)
        out, _ = process.communicate()
        seconds = time.monotonic() - start
        held.done.set()
        held.join()
        used = account.seconds()
    few = max(len(held.megabytes) // 4, 1)
    return json.loads(out), {
        "seconds": seconds, "processor seconds": used,
        "MB, first quarter": max(held.megabytes[:few], default=0.0),
        "MB, last quarter": max(held.megabytes[-few:], default=0.0),
    }  # fmt: skip


class _Account:
    """Counts the processor seconds of a process and of all that it starts, however those end.

    By a control group, where one may be made: a namespace whose first process is ended does not
    hand on what the others in it have used. Elsewhere by what children say as they end, which is
    less.
    """

    def __enter__(self) -> _Account:
        self.folder: Path | None = None
        self.before = _children()
        with contextlib.suppress(OSError, StopIteration):
            mounts = (line.split() for line in Path("/proc/mounts").read_text().splitlines())
            place = next(Path(each[1]) for each in mounts if each[2] == "cgroup2")
            folder = place / f"gradproof-benchmark-{os.getpid()}"
            folder.mkdir()
            self.folder = folder
        return self

    def __exit__(self, *_: object) -> None:
        if self.folder is not None:
            with contextlib.suppress(OSError):
                self.folder.rmdir()

    def join(self) -> None:
        """Count the process that calls this."""
        if self.folder is not None:
            (self.folder / "cgroup.procs").write_text("0")

    def seconds(self) -> float:
        """How many it were."""
        if self.folder is None:
            return _children() - self.before
        return int((self.folder / "cpu.stat").read_text().split()[1]) / 1e6


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class _Held(threading.Thread):
    """Looks at the memory of a process and all that it has started; what is shared counts once."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.pid, self.done = pid, threading.Event()
        self.megabytes: list[float] = []
        self.start()

    def run(self) -> None:
        while not self.done.wait(_PAUSE):
            self.megabytes.append(sum(map(_share, _family(self.pid))) / 2**20)


def _family(pid: int) -> list[int]:
    parents: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError):
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
            parents.setdefault(parent, []).append(int(stat.parent.name))
    found = [pid]
    for each in found:
        found += parents.get(each, [])
    return found


def _share(pid: int) -> int:
    with contextlib.suppress(OSError, ValueError, IndexError):
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
        return int(text.partition("\nPss:")[2].split()[0]) * 1024
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the files, check them, print; 1 if a verdict is not as it should be."""
    parser = Parser(
        "python -m benchmarks.many_files",
        Text(
            "A folder of submissions of six gradients each through gradproof check: seconds, "
            "processor seconds of all processes, memory, and whether the verdicts are right.",
            "기울기가 여섯 개씩 있는 제출물 폴더를 gradproof check로 검사해요. 걸린 시간과 모든 "
            "프로세스의 처리 시간, 메모리, 판정이 옳은지를 보여 줘요.",
        ),
    )
    add = parser.add
    add("--count", type=int, default=60, metavar="N", help=Text(
        "files (default: 60)", "파일 수(기본값: 60)"))  # fmt: skip
    add("--seed", type=int, default=0, metavar="N", help=Text(
        "which files (default: 0)", "어떤 파일인지(기본값: 0)"))  # fmt: skip
    add("--jobs", type=int, default=2, metavar="N", help=Text(
        "judges side by side (default: 2)", "나란히 도는 판정 프로세스 수(기본값: 2)"))  # fmt: skip
    add("--hung", action="store_true", help=Text(
        "one function of one file never returns",
        "파일 하나에 끝나지 않는 함수를 하나 넣어요"))  # fmt: skip
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        written(Path(folder), options.count, options.seed, options.hung)
        report, costs = measured(Path(folder), ["--jobs", str(options.jobs)])
    for name, value in costs.items():
        print(f"{name:20} {value:9.1f}")
    print(f"{'processor s a file':20} {costs['processor seconds'] / options.count:9.2f}")
    wrong = list(faults(report, options.count))
    print(*wrong, sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    from gradproof.console import run_command

    run_command(main, "benchmarks.many_files")
