"""Experiments to be run: which, with which parameters, and under which key their results are kept."""

from __future__ import annotations

import importlib
import platform
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from tqdm.auto import tqdm

from gradproof.pages.outcomes import one_line
from report.cache import ROOT, Cache, key_of, plain, sources_of

EXPERIMENTS = Path(__file__).parent / "experiments"
_PACKAGE = f"{__package__}.experiments"


@dataclass(frozen=True)
class Task:
    """One run of the experiment in ``report/story/experiments/<experiment>.py``.

    ``needs`` are packages that it cannot run without, by the name under which they are imported.
    """

    experiment: str
    parameters: Mapping[str, Any]
    needs: tuple[str, ...] = ()

    @property
    def missing(self) -> tuple[str, ...]:
        """Which of the packages it needs are not installed."""
        return tuple(name for name in self.needs if find_spec(name) is None)

    @property
    def key(self) -> str:
        """The key of its result: parameters, contents of the sources, and versions."""
        sources = _sources(self.experiment)
        return key_of(self.experiment, self.parameters, sources, _versions(self.needs))

    def run(self) -> Any:
        """Run it here, and return its result as plain data."""
        return run_experiment(self.experiment, self.parameters)


@dataclass(frozen=True)
class Result:
    """What became of a task: exactly one of ``value``, ``error`` and ``missing`` is there."""

    task: Task
    value: Any = None
    error: str = ""
    missing: tuple[str, ...] = ()


# Begins a task somewhere, and returns what waits for its result.
Start = Callable[[Task], Callable[[], Any]]


def run_experiment(experiment: str, parameters: Mapping[str, Any]) -> Any:
    """Run an experiment in this process; also what another process is told to do."""
    module = importlib.import_module(f"{_PACKAGE}.{experiment}")
    return plain(module.run(**parameters))


def start_here(task: Task) -> Callable[[], Any]:
    """Run a task in this process, when its result is asked for."""
    return task.run


def results_of(
    tasks: Iterable[Task], cache: Cache | None, start: Start = start_here, quiet: bool = True
) -> list[Result]:
    """The result of every task: from the cache where it is there, and else run and kept.

    ``start`` is called for all of them first, so that they can run side by side. One that breaks
    down gives its error, one that lacks a package names it.
    """
    begun = [(task, *_begin(task, cache, start)) for task in tasks]
    results = []
    for task, key, wait in tqdm(begun, desc=f"{'experiments':<24}", disable=quiet):
        results.append(_finish(task, key, wait, cache))
    return results


def _begin(task: Task, cache: Cache | None, start: Start) -> tuple[str, Callable[[], Any] | None]:
    """The key of a task, and what waits for its result; None where nothing has to be run."""
    if task.missing:
        return "", None
    key = task.key
    kept = cache.load(key) if cache is not None else None
    if kept is not None:
        return "", lambda: kept
    return key, start(task)


def _finish(
    task: Task, key: str, wait: Callable[[], Any] | None, cache: Cache | None
) -> Result:
    if wait is None:
        return Result(task, missing=task.missing)
    try:
        value = wait()
    except Exception as raised:  # whatever broke is printed in the figure's place
        return Result(task, error=one_line(raised))
    if key and cache is not None:
        cache.store(key, value)
    return Result(task, value)


@cache
def _sources(experiment: str) -> tuple[Path, ...]:
    """The experiment's own imports, and all of ``impl``, parts of which are found by name."""
    own = sources_of(EXPERIMENTS / f"{experiment}.py")
    return tuple(sorted(own | {path.resolve() for path in (ROOT / "impl").rglob("*.py")}))


def _versions(needs: Iterable[str]) -> dict[str, str]:
    found = {name: importlib.import_module(name).__version__ for name in needs}
    return {"Python": platform.python_version(), "NumPy": np.__version__, **found}
