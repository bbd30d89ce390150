"""Two runs of one commit print the same book to the byte, but for its one block of timings.

Of two processes: for one operation in the campaigns, for the whole book with its experiments in
``make thorough``. In one process, test_book.py compares two books.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_TIMINGS = re.compile(rb'<section id="timings">.*?</section>', re.DOTALL)


def printed(folder: Path, hash_seed: str, only: Sequence[str]) -> tuple[dict[str, bytes], str]:
    """The pages and the board of a process whose sets have an order of their own."""
    kept = folder / "experiments"
    done = subprocess.run(
        [sys.executable, "-m", "report", *only, "--quiet", "--jobs", hash_seed,
         "--out", str(folder), "--cache", str(kept)],
        cwd=ROOT, capture_output=True, check=True, encoding="utf-8",
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
    )  # fmt: skip
    pages = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.html")}
    return pages, done.stdout.partition("The report is in")[0]


@pytest.mark.parametrize(
    "only",
    [
        pytest.param(("--ops", "softmax"), id="softmax", marks=pytest.mark.campaign),
        pytest.param((), id="the whole book", marks=pytest.mark.thorough),
    ],
)
def test_two_runs_differ_in_their_timings_alone(only: Sequence[str], tmp_path: Path) -> None:
    (first, board), (again, other) = (printed(tmp_path / seed, seed, only) for seed in ("1", "2"))
    assert set(first) == set(again)
    cut = 0
    for name, page in first.items():
        (one, timings), (two, as_many) = (_TIMINGS.subn(b"", each) for each in (page, again[name]))
        assert one == two, name
        assert timings == as_many <= 1, name
        cut += timings
    assert cut == 4  # two languages, and each in one file
    assert board == other
    # There is something to compare: random numbers, from a seed.
    assert any(b"chance of error at most 2^-100" in page for page in first.values())


def test_a_number_that_is_no_timing_is_compared() -> None:
    book = b'<td>1</td><section id="timings"><td>0.25</td></section><footer>'
    assert _TIMINGS.sub(b"", book) == _TIMINGS.sub(b"", book.replace(b"0.25", b"9.87"))
    assert _TIMINGS.sub(b"", book) != _TIMINGS.sub(b"", book.replace(b"<td>1<", b"<td>2<"))
