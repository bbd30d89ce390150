"""Run cases of the golden file, with a bar, in one process or several."""

from __future__ import annotations

import multiprocessing
import subprocess
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from tqdm import tqdm

from gradproof.console import ignore_interrupts
from tests.golden.cases import Case, Said
from tests.golden.lines import Key, Lines, line_of, numbered, spoken

Words = dict[Key, str]


@dataclass
class Heard:
    """What was said so far: the lines that are pinned, and all the words, in both languages."""

    lines: Lines = field(default_factory=dict)
    words: Words = field(default_factory=dict)

    def hear(self, case: Case, found: Said) -> None:
        """Keep what was said of one case."""
        names = numbered([gradient for gradient, _, _ in found])
        for name, (_, line, words) in zip(names, found):
            self.lines[str(case), name], self.words[str(case), name] = line, words


def listen(
    chosen: Sequence[Case], heard: Heard, jobs: int = 1, quiet: bool = True, title: str = ""
) -> None:
    """Run every case into ``heard``, which holds what there is where this is interrupted."""
    bar = tqdm(_answers(chosen, jobs), title, len(chosen), disable=True if quiet else None)
    for case, found in zip(chosen, bar):
        heard.hear(case, found)


_WAITING: list[Case] = []


def _answers(chosen: Sequence[Case], jobs: int) -> Iterator[Said]:
    if jobs < 2 or "fork" not in multiprocessing.get_all_start_methods():
        yield from map(answer, chosen)
        return
    # Cases hold functions, which cannot be sent to a process: it has them from its start.
    _WAITING[:] = chosen
    with multiprocessing.get_context("fork").Pool(jobs, ignore_interrupts) as pool:
        yield from pool.imap(_answer_at, range(len(chosen)))


# What a busy process does: nothing, until the one that began it is gone, or for ten minutes.
_BUSY = """
import os, time
parent, end = os.getppid(), time.monotonic() + 600
while os.getppid() == parent and time.monotonic() < end:
    for _ in range(1_000_000):
        pass
"""


@contextmanager
def busy(count: int) -> Iterator[None]:
    """So many processes that do nothing but keep the processor busy, until the end of the body."""
    others = [
        subprocess.Popen([sys.executable, "-c", _BUSY], stderr=subprocess.DEVNULL)
        for _ in range(count)
    ]
    try:
        yield
    finally:
        for each in others:
            each.kill()
            each.wait()


def other_words(chosen: Sequence[Case], count: int, quiet: bool = True) -> list[str]:
    """Run cases alone, then beside busy processes: what is said otherwise then, case by case."""
    alone, beside = Heard(), Heard()
    listen(chosen, alone, quiet=quiet, title="alone")
    with busy(count):
        listen(chosen, beside, quiet=quiet, title=f"beside {count}")
    return [
        f"{spoken(key)}\n  - {alone.words.get(key)}\n  + {beside.words.get(key)}"
        for key in sorted({*alone.words, *beside.words})
        if alone.words.get(key) != beside.words.get(key)
    ]


def _answer_at(index: int) -> Said:
    return answer(_WAITING[index])


def answer(case: Case) -> Said:
    """What was said of one case; an error that the library raised is pinned as such."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return case.run()
        except Exception as error:
            text = f"{type(error).__name__}: {error}"
            return [("", line_of("RAISED", "", text, None), text)]
