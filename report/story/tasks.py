"""Experiments to run: with which parameters, and the key under which a result is kept."""

from __future__ import annotations

import importlib
import platform
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from gradproof.pages.outcomes import one_line
from report.cache import ROOT, Cache, key_of, plain, sources_of
from report.progress import Promise, as_they_come, bar, kept

EXPERIMENTS = Path(__file__).parent / "experiments"
_PACKAGE = f"{__package__}.experiments"


@dataclass(frozen=True)
class Task:
    """One run of the experiment in ``report/story/experiments/<experiment>.py``.

    ``needs`` are packages that it cannot run without, by the names under which pip installs them.
    """

    experiment: str
    parameters: Mapping[str, Any]
    needs: tuple[str, ...] = ()

    @property
    def missing(self) -> tuple[str, ...]:
        """Which of the packages it needs are not installed."""
        return tuple(name for name in self.needs if not version_of(name))

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
Start = Callable[[Task], Promise]


def run_experiment(experiment: str, parameters: Mapping[str, Any]) -> Any:
    """Run an experiment in this process; also what another process is told to do."""
    module = importlib.import_module(f"{_PACKAGE}.{experiment}")
    return plain(module.run(**parameters))


def start_here(task: Task) -> Callable[[], Any]:
    """Run a task in this process, when its result is asked for."""
    return task.run


def begin(
    tasks: Iterable[Task], cache: Cache | None, start: Start = start_here
) -> Callable[[bool], list[Result]]:
    """Begin every task whose result is not in the cache, so that they can run side by side.

    The answer, told whether to be quiet, waits for the results and keeps the new ones. A task that
    breaks down gives its error, one that lacks a package names it.
    """
    begun = [(task, *_begin(task, cache, start)) for task in tasks]

    def finish(quiet: bool = True) -> list[Result]:
        results: dict[int, Result] = {}
        promises = {at: promise for at, (_, promise, _) in enumerate(begun)}
        with bar("experiments", len(begun), quiet) as shown:
            for at, promise in as_they_come(promises, shown):
                task, _, known = begun[at]
                shown.set_postfix_str(task.experiment, refresh=False)
                results[at] = result = _finish(task, promise)
                if cache is not None and not known and result.value is not None:
                    cache.store(task.key, result.value)
                shown.update()
        return [results[at] for at in range(len(begun))]

    return finish


def _begin(task: Task, cache: Cache | None, start: Start) -> tuple[Promise, bool]:
    """What waits for the result of a task, and whether it was kept."""
    if task.missing:
        return lambda: None, False
    known = cache.load(task.key) if cache is not None else None
    return (start(task), False) if known is None else (lambda: known, True)


def _finish(task: Task, promise: Promise) -> Result:
    if task.missing:
        return Result(task, missing=task.missing)
    try:
        return Result(task, kept(promise))
    except Exception as raised:  # whatever broke is printed in the figure's place
        return Result(task, error=one_line(raised))


@cache
def _sources(experiment: str) -> tuple[Path, ...]:
    """The experiment's own imports, and all of each room among them: parts are found by name."""
    own = sources_of(EXPERIMENTS / f"{experiment}.py")
    rooms = [ROOT / name for name in ("impl", "gradproof")]
    used = [room for room in rooms if any(path.is_relative_to(room) for path in own)]
    return tuple(sorted(own | {path for room in used for path in room.rglob("*.py")}))


def _versions(needs: Iterable[str]) -> dict[str, str]:
    found = {name: version_of(name) for name in needs}
    return {"Python": platform.python_version(), "NumPy": np.__version__, **found}


@cache
def version_of(package: str) -> str:
    """The version of an installed package; "" where it is not installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
