"""Who does the work of a run: this process alone, or several beside it.

Both give the same book. Processes are started afresh ("spawn"), the one way that works on every
system; they are told names, and load operations and witnesses themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cache
from multiprocessing import get_context
from types import TracebackType
from typing import Any, Protocol

from gradproof.operations import Operation, load_operations
from gradproof.pages import Outcome, Page, ask, build_page
from gradproof.pages.outcomes import one_line
from gradproof.witnesses import WITNESSES, Witness
from report.story.tasks import Task, run_experiment, start_here

_FEWEST = 4


class Labour(AbstractContextManager["Labour"], Protocol):
    """Answers of witnesses, and pages, as they are asked for."""

    def outcomes(self, operation: Operation) -> Iterator[Outcome]:
        """What each witness says about one operation, in the order of the board."""

    def page(self, operation: Operation, outcomes: tuple[Outcome, ...]) -> Callable[[], Page]:
        """Have the page made; the answer waits for it."""

    def start(self, task: Task) -> Callable[[], Any]:
        """Have an experiment run; the answer waits for its result."""


@dataclass
class Alone(Labour):
    """All work in this process, as it is asked for."""

    witnesses: tuple[Witness, ...]
    seed: int

    def outcomes(self, operation: Operation) -> Iterator[Outcome]:
        for witness in self.witnesses:
            yield ask(witness, operation, self.seed)

    def page(self, operation: Operation, outcomes: tuple[Outcome, ...]) -> Callable[[], Page]:
        made = build_page(operation, outcomes, self.seed)
        return lambda: made

    def start(self, task: Task) -> Callable[[], Any]:
        return start_here(task)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        return None


class Together(Labour):
    """Work on loaded operations and the book's own witnesses, in several processes."""

    def __init__(self, operations: Mapping[str, Operation], seed: int, jobs: int) -> None:
        self._seed = seed
        self._pool = ProcessPoolExecutor(jobs, mp_context=get_context("spawn"))
        # Later chapters take longest: begun first, they leave no process waiting at the end.
        self._asked: dict[tuple[str, str], Future[Outcome]] = {
            (name, witness.name): self._pool.submit(_outcome, name, witness.name, seed)
            for name in reversed(list(operations))
            for witness in WITNESSES
        }

    def outcomes(self, operation: Operation) -> Iterator[Outcome]:
        for witness in WITNESSES:
            try:
                yield self._asked[operation.name, witness.name].result()
            except Exception as raised:  # a process that died is a witness that broke down
                yield Outcome(witness.name, witness.title, witness.question, None, one_line(raised))

    def page(self, operation: Operation, outcomes: tuple[Outcome, ...]) -> Callable[[], Page]:
        try:
            promised = self._pool.submit(_page, operation.name, outcomes, self._seed)
        except RuntimeError:  # no process is left to make it
            return lambda: build_page(operation, outcomes, self._seed)
        return lambda: self._made(promised, operation, outcomes)

    def start(self, task: Task) -> Callable[[], Any]:
        promised: Future[Any] = self._pool.submit(
            run_experiment, task.experiment, dict(task.parameters)
        )
        return promised.result

    def _made(
        self, promised: Future[Page], operation: Operation, outcomes: tuple[Outcome, ...]
    ) -> Page:
        try:
            return promised.result()
        except Exception:  # whatever could not be sent or survive there is made here
            return build_page(operation, outcomes, self._seed)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._pool.shutdown(wait=error is None, cancel_futures=True)


def worthwhile(operations: Mapping[str, Operation], jobs: int) -> bool:
    """Whether starting processes pays: each takes a second or two to load SymPy."""
    return jobs > 1 and len(operations) >= _FEWEST


@cache
def _operations() -> dict[str, Operation]:
    import derivations
    import impl

    return load_operations(derivations, impl)


def _outcome(operation: str, witness: str, seed: int) -> Outcome:
    chosen = next(each for each in WITNESSES if each.name == witness)
    return ask(chosen, _operations()[operation], seed)


def _page(operation: str, outcomes: tuple[Outcome, ...], seed: int) -> Page:
    return build_page(_operations()[operation], outcomes, seed)
