"""Bars that move when work is done, in whatever order; and Ctrl-C, which waits for nothing."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from functools import partial
from multiprocessing import active_children, get_context
from typing import Any

import pytest
from tqdm import tqdm

import report.book
from gradproof.console import deaf_processes
from gradproof.operation.operations import Operation
from gradproof.pages import ask
from gradproof.verdicts import Status
from report.book import write_book
from report.labour import Alone, Together
from report.progress import _WIDTH, Promise, as_they_come, bar, kept
from report.story.tasks import EXPERIMENTS
from tests.catalogue import OPERATIONS
from tests.report.conftest import instant


def done(value: object) -> Future[Any]:
    future: Future[Any] = Future()
    future.set_result(value)
    return future


def test_what_is_done_first_comes_first() -> None:
    late: Future[Any] = Future()
    coming = as_they_come({"asked first": late, "asked last": done(2)})
    assert next(coming)[0] == "asked last"
    late.set_result(1)
    name, promise = next(coming)
    assert (name, kept(promise)) == ("asked first", 1)
    assert list(coming) == []


def test_work_in_this_process_comes_in_order_and_only_when_it_is_asked_for() -> None:
    begun: list[str] = []
    coming = as_they_come({name: partial(begun.append, name) for name in "ab"})
    name, promise = next(coming)
    assert (name, begun) == ("a", [])
    kept(promise)
    assert begun == ["a"]
    assert next(coming)[0] == "b"


def test_the_clock_of_a_bar_goes_on_while_nothing_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("report.progress._TICK", 0.001)
    late: Future[Any] = Future()

    class Bar:
        ticks = 0

        def refresh(self) -> None:
            self.ticks += 1
            if self.ticks == 3:
                late.set_result(None)

    shown = Bar()
    assert len(list(as_they_come({"late": late}, shown))) == 1  # type: ignore[arg-type]
    assert shown.ticks >= 3


class Backwards(Alone):
    """Answers that are there in the opposite order, as of the processes that work on a book."""

    def answers(self, operations: Iterable[Operation]) -> dict[tuple[str, str], Promise]:
        return {
            (operation.name, witness.name): done(ask(witness, operation, self.seed))
            for operation in reversed(list(operations))
            for witness in self.witnesses
        }


def test_the_bars_of_a_book_move_with_every_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    counts: dict[str, list[int]] = {}

    class Counting:
        def __init__(self, what: str, total: int, quiet: bool, inner: bool = False) -> None:
            self.total, self.moves = total, counts.setdefault(what, [total, 0])

        def __enter__(self) -> Counting:
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def update(self) -> None:
            self.moves[1] += 1

        def set_postfix_str(self, text: str, refresh: bool) -> None:
            assert text

        def refresh(self) -> None:
            pass

    monkeypatch.setattr(report.book, "bar", Counting)
    chosen = {name: OPERATIONS[name] for name in ("relu", "leaky_relu")}
    witnesses = (instant(Status.PROVED, "one"), instant(Status.CHECKED, "two"))
    made = write_book(chosen, witnesses=witnesses, labour=Backwards(witnesses, 0))
    assert counts == {"operations": [2, 2], "witnesses": [4, 4], "pages": [2, 2]}
    assert [page.name for page in made.pages] == list(chosen)
    titles = [[outcome.title.en for outcome in page.outcomes] for page in made.pages]
    assert titles == [["one", "two"]] * 2  # in the order of the board, whoever was first


def test_what_stands_beside_a_bar_fits_eighty_columns() -> None:
    for name in [*OPERATIONS, *(path.stem for path in EXPERIMENTS.glob("*.py"))]:
        prefix = f"{'experiments':<{_WIDTH}}"
        line = tqdm.format_meter(149, 150, 3599, ncols=80, prefix=prefix, postfix=name)
        assert line.endswith(f"{name}]")
        assert len(line) <= 80


def test_a_bar_is_silent_where_it_is_told_to_be(capfd: pytest.CaptureFixture[str]) -> None:
    for quiet in (True, False):  # nor is there anyone to see it here
        with bar("work", 2, quiet) as shown:
            shown.update(2)
    assert capfd.readouterr().err == ""


def _busy(seconds: float) -> float:
    time.sleep(seconds)
    return seconds


@pytest.fixture
def pool() -> Iterator[ProcessPoolExecutor]:
    with ProcessPoolExecutor(1, get_context("spawn")) as made:
        yield made


@pytest.mark.skipif(os.name == "nt", reason="Windows has no signals to send to one process")
def test_ctrl_c_does_not_reach_the_processes_of_a_pool(pool: ProcessPoolExecutor) -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in the background
    try:
        with deaf_processes():
            working = pool.submit(_busy, 0.3)
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler  # ours is as it was
    finally:
        signal.signal(signal.SIGINT, before)
    (process,) = active_children()
    assert process.pid is not None
    os.kill(process.pid, signal.SIGINT)
    assert working.result() == 0.3


def test_whoever_presses_ctrl_c_does_not_wait() -> None:
    chosen = {"batch_norm": OPERATIONS["batch_norm"]}

    def stopped() -> None:
        with Together(chosen, 0, jobs=1) as workers:
            assert workers.answers(chosen.values())
            assert active_children()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped()
    for process in active_children():
        process.join(10)
    assert not active_children()
