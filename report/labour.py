"""Who does the work of a run: this process alone, or several beside it.

Both give the same book. Processes are started afresh ("spawn"), the one way that works on every
system; they are told names, and load operations and witnesses themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cache, partial
from multiprocessing import active_children, get_context
from types import TracebackType
from typing import Protocol

from gradproof.console import deaf_processes, ignore_interrupts
from gradproof.operation.operations import Operation, load_operations
from gradproof.pages import Outcome, Page, ask, build_page
from gradproof.witnesses import WITNESSES, Witness
from report.progress import Promise
from report.story.tasks import Task, run_experiment, start_here

_FEWEST = 4


class Labour(AbstractContextManager["Labour"], Protocol):
    """Answers of witnesses, and pages, as they are asked for."""

    def answers(self, operations: Iterable[Operation]) -> dict[tuple[str, str], Promise]:
        """What each witness says about each operation: promises of outcomes, by both names."""

    def page(self, operation: Operation, outcomes: tuple[Outcome, ...]) -> Promise:
        """Have the page made."""

    def start(self, task: Task) -> Promise:
        """Have an experiment run."""


@dataclass
class Alone(Labour):
    """All work in this process, as it is asked for."""

    witnesses: tuple[Witness, ...]
    seed: int

    def answers(self, operations: Iterable[Operation]) -> dict[tuple[str, str], Promise]:
        return {
            (operation.name, witness.name): partial(ask, witness, operation, self.seed)
            for operation in operations
            for witness in self.witnesses
        }

    def page(self, operation: Operation, outcomes: tuple[Outcome, ...]) -> Promise:
        return partial(build_page, operation, outcomes, self.seed)

    def start(self, task: Task) -> Promise:
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
        self._pool = ProcessPoolExecutor(jobs, get_context("spawn"), ignore_interrupts)
        with deaf_processes():  # the first submission starts them all
            # Later chapters take longest: begun first, they leave no process waiting at the end.
            self._asked: dict[tuple[str, str], Promise] = {
                (name, witness.name): self._pool.submit(_outcome, name, witness.name, seed)
                for name in reversed(list(operations))
                for witness in WITNESSES
            }

    def answers(self, operations: Iterable[Operation]) -> dict[tuple[str, str], Promise]:
        names = {operation.name for operation in operations}
        return {key: promised for key, promised in self._asked.items() if key[0] in names}

    def page(self, operation: Operation, outcomes: tuple[Outcome, ...]) -> Promise:
        try:
            return self._pool.submit(_page, operation.name, outcomes, self._seed)
        except RuntimeError:  # no process is left to make it
            return partial(build_page, operation, outcomes, self._seed)

    def start(self, task: Task) -> Promise:
        return self._pool.submit(run_experiment, task.experiment, dict(task.parameters))

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._pool.shutdown(wait=error is None, cancel_futures=True)
        if error is not None:  # whoever pressed Ctrl-C does not wait for what is at hand
            for process in active_children():
                process.terminate()


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
