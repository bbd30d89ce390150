"""Two runs of one commit print the same book to the byte, but for its one block of timings.

Of two processes, which the campaigns start; in one process, test_book.py compares two books.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_TIMINGS = re.compile(rb'<section id="timings">.*?</section>', re.DOTALL)


def printed(folder: Path, hash_seed: str) -> tuple[bytes, str]:
    """The book and the board of a process whose sets have an order of their own."""
    done = subprocess.run(
        [sys.executable, "-m", "report", "--ops", "softmax", "--quiet", "--out", str(folder)],
        cwd=ROOT, capture_output=True, check=True, encoding="utf-8",
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
    )  # fmt: skip
    pages = b"".join(path.read_bytes() for path in sorted(folder.rglob("*.html")))
    return pages, done.stdout.partition("The report is in")[0]


@pytest.mark.campaign
def test_two_runs_differ_in_their_timings_alone(tmp_path: Path) -> None:
    first, again = (printed(tmp_path / seed, seed) for seed in ("1", "2"))
    books = [_TIMINGS.subn(b"", book) for book, _ in (first, again)]
    assert books[0][1] == books[1][1] == 4  # two languages, and each in one file
    assert books[0][0] == books[1][0]
    assert first[1] == again[1]
    assert b"chance of error at most 2^-100" in books[0][0]  # of random numbers, from a seed


def test_a_number_that_is_no_timing_is_compared() -> None:
    book = b'<td>1</td><section id="timings"><td>0.25</td></section><footer>'
    assert _TIMINGS.sub(b"", book) == _TIMINGS.sub(b"", book.replace(b"0.25", b"9.87"))
    assert _TIMINGS.sub(b"", book) != _TIMINGS.sub(b"", book.replace(b"<td>1<", b"<td>2<"))
