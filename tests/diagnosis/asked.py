"""``python -m tests.diagnosis.asked`` checks each file of ``asked_slips.py`` as a user would.

The printed text is kept word for word, to be read and judged; what can be told without a reader is
told here: whether it was REFUTED, whether the line is the slip's, whether the copy that ``--fix``
writes is the right file, or one of whose gradients none is refuted, and the processor seconds.
"""

from __future__ import annotations

if __name__ == "__main__":  # before the imports that take long
    from gradproof.console import quiet_interrupt

    quiet_interrupt("tests.diagnosis.asked")

import argparse
import contextlib
import io
import os
import re
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradproof.cli
from gradproof.checking import run
from gradproof.checking.processes import judges, remote_file
from tests.diagnosis.asked_slips import ASKED_SLIPS, AskedSlip
from tests.diagnosis.sixth_slips import SIXTH_SLIPS
from tests.in_this_process import Here

SETS = {"asked": ASKED_SLIPS, "sixth": SIXTH_SLIPS}
LINE = re.compile(r"(?:line|lines) (\d+)")


@dataclass(frozen=True)
class Told:
    """What was printed about a file, and what can be told of it without a reader."""

    slip: AskedSlip
    text: str
    refuted: bool
    line: bool
    mends: str
    seconds: float


def check(path: Path, *options: str) -> tuple[str, float]:
    """What ``gradproof check`` prints about a file, and its processor seconds."""
    start, said = time.process_time(), io.StringIO()
    with (contextlib.chdir(path.parent), contextlib.redirect_stdout(said),
          contextlib.redirect_stderr(said), contextlib.suppress(SystemExit)):  # fmt: skip
        gradproof.cli.main(["check", path.name, "--quiet", *options])
    return said.getvalue(), time.process_time() - start


def _reports(self: Any, files: Any) -> Iterator[tuple[int, Any]]:
    for number, (path, shown) in enumerate(files):
        yield number, run.examine_file(path, self.options, shown)


def in_this_process() -> None:
    """Let files run and be judged here."""
    remote_file.RemoteFile = Here  # type: ignore[misc, assignment]
    judges.Judges.reports = _reports  # type: ignore[method-assign]


def told(slip: AskedSlip) -> Told:
    """Plant a slip into a copy of its file, and check it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{slip.file}.py"
        path.write_text(slip.text())
        text, seconds = check(path, "--fix")
        copy = path.with_suffix(".fixed.py")
        mends = _mends(slip, copy) if copy.exists() else "no fix"
    first, last = slip.lines
    lines = [int(number) for number in LINE.findall(text.split("REFUTED")[-1])]
    near = any(first - 1 <= number <= last for number in lines)
    return Told(slip, text, "REFUTED" in text, near, mends, seconds)


def _mends(slip: AskedSlip, copy: Path) -> str:
    right, fixed = slip.right_text(), copy.read_text()
    if "".join(right.split()) == "".join(fixed.split()):
        return "mends (the very text)"
    text, _ = check(copy)
    return "does not mend" if "REFUTED" in text or "UNMATCHED" in text else "mends"


def main() -> int:
    """Check the slips whose file matches; print each text, then the counts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="files whose name contains this")
    parser.add_argument("--set", default="asked", choices=SETS, help="which slips (asked)")
    parser.add_argument("--from", dest="first", type=int, default=0, help="leave out so many")
    arguments = parser.parse_args()
    os.environ["LC_ALL"] = "C"
    in_this_process()
    found = []
    for slip in SETS[arguments.set][arguments.first :]:
        if arguments.only not in slip.file:
            continue
        each = told(slip)
        found.append(each)
        head = "caught" if each.refuted else "NOT CAUGHT"
        print(f"\n=== {slip.file} line {slip.lines[0]}: {slip.wrong.strip()!r} for "
              f"{slip.right.strip()!r}")  # fmt: skip
        print(f"=== {head}, line {'right' if each.line else 'WRONG'}, {each.mends}, "
              f"{each.seconds:.1f} s")  # fmt: skip
        print(each.text.rstrip(), flush=True)
    caught = [each for each in found if each.refuted]
    right, mended = sum(e.line for e in caught), sum(e.mends.startswith("mends") for e in caught)
    print(f"\n{len(caught)} of {len(found)} caught; line right {right}, mended {mended}")
    return 0


if __name__ == "__main__":
    from gradproof.console import run_command

    run_command(main, "tests.diagnosis.asked")
