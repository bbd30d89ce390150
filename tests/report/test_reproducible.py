"""Two runs of one commit print the same book to the byte, but for its one block of timings."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_TIMINGS = re.compile(rb'<section id="timings">.*?</section>', re.DOTALL)


def printed(folder: Path, hash_seed: str, *options: str) -> tuple[bytes, str]:
    """The book and the board of a process whose sets have an order of their own."""
    given = ["--ops", "leaky_relu,softmax", "--quiet", "--out", str(folder), *options]
    done = subprocess.run(
        [sys.executable, "-m", "report", *given], cwd=ROOT, capture_output=True, check=True,
        env={**os.environ, "PYTHONHASHSEED": hash_seed}, encoding="utf-8",
    )  # fmt: skip
    return (folder / "index.html").read_bytes(), done.stdout.partition("The report is in")[0]


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, str]:
    return printed(tmp_path_factory.mktemp("first"), "1")


def test_two_runs_differ_in_their_timings_alone(first: tuple[bytes, str], tmp_path: Path) -> None:
    again = printed(tmp_path, "2")
    books = [_TIMINGS.subn(b"", book) for book, _ in (first, again)]
    assert [found for _, found in books] == [1, 1]
    assert books[0][0] == books[1][0]
    assert first[1] == again[1]


def test_another_seed_is_another_book(first: tuple[bytes, str], tmp_path: Path) -> None:
    """What is compared can differ."""
    other = printed(tmp_path, "1", "--seed", "1")
    assert _TIMINGS.sub(b"", first[0]) != _TIMINGS.sub(b"", other[0])
