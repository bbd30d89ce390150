"""Tasks: run once, kept under a key of their sources, and honest about what goes wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import pytest

from report.cache import Cache
from report.story import tasks as module
from report.story.tasks import Result, Task, begin, start_here

TASK = Task("delta_rule", {"data": "and", "lr": 0.1, "epochs": 2})


def counted(calls: list[Task]) -> Callable[[Task], Callable[[], Any]]:
    """A start that remembers what it was asked to begin."""

    def start(task: Task) -> Callable[[], Any]:
        calls.append(task)
        return start_here(task)

    return start


def results_of(*tasks: Task, cache: Cache | None, start: Any = start_here) -> list[Result]:
    return begin(tasks, cache, start)(True)


def test_a_second_run_finds_what_the_first_kept(tmp_path: Path) -> None:
    calls: list[Task] = []
    first = results_of(TASK, cache=Cache(tmp_path), start=counted(calls))
    second = results_of(TASK, cache=Cache(tmp_path), start=counted(calls))
    assert calls == [TASK]
    assert first[0].value == second[0].value != None  # noqa: E711


def test_other_parameters_are_another_run(tmp_path: Path) -> None:
    calls: list[Task] = []
    longer = Task("delta_rule", {**TASK.parameters, "epochs": 3})
    results_of(TASK, cache=Cache(tmp_path), start=counted(calls))
    results_of(longer, cache=Cache(tmp_path), start=counted(calls))
    assert calls == [TASK, longer]


def test_a_changed_source_is_run_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "source.py"
    source.write_text("x = 1\n", encoding="utf-8")
    monkeypatch.setattr(module, "_sources", lambda experiment: (source,))
    calls: list[Task] = []
    for text in ("x = 1\n", "x = 1\n", "x = 2\n"):
        source.write_text(text, encoding="utf-8")
        results_of(TASK, cache=Cache(tmp_path / "kept"), start=counted(calls))
    assert len(calls) == 2


def test_the_sources_are_the_experiment_and_all_of_impl() -> None:
    names = {path.as_posix().rpartition("/gradproof/")[2] for path in module._sources("accuracy")}
    endings = ("experiments/accuracy.py", "experiments/_shared.py", "impl/network/mlp.py",
               "impl/elu.py", "impl/_contract.py")  # fmt: skip
    for ending in endings:
        assert any(name.endswith(ending) for name in names), ending
    assert not any(name.endswith("experiments/bars.py") for name in names)


def test_a_tampered_entry_is_computed_again_and_mended(tmp_path: Path) -> None:
    (honest,) = results_of(TASK, cache=Cache(tmp_path))
    (path,) = tmp_path.iterdir()
    path.write_text(path.read_text(encoding="utf-8").replace("0.", "1."), encoding="utf-8")
    calls: list[Task] = []
    (again,) = results_of(TASK, cache=Cache(tmp_path), start=counted(calls))
    assert calls == [TASK]
    assert again.value == honest.value
    assert Cache(tmp_path).load(TASK.key) == honest.value


def test_what_breaks_down_gives_its_error_and_is_not_kept(tmp_path: Path) -> None:
    wrong = Task("delta_rule", {**TASK.parameters, "data": "nand"})
    result, fine = results_of(wrong, TASK, cache=Cache(tmp_path))
    assert result.value is None
    assert result.error.startswith("ValueError: gate: none called 'nand'")
    assert fine.value is not None
    assert len(list(tmp_path.iterdir())) == 1


def test_a_package_that_is_absent_is_named_and_nothing_is_begun(tmp_path: Path) -> None:
    def never(task: Task) -> NoReturn:
        raise AssertionError(f"{task} was begun")

    task = Task("digits", {}, needs=("no-such-package-anywhere",))
    (result,) = results_of(task, cache=Cache(tmp_path), start=never)
    assert result.missing == ("no-such-package-anywhere",)
    assert result.error == ""


def test_the_version_of_a_needed_package_is_part_of_the_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    task = Task("digits", {}, needs=("some-package",))
    keys = set()
    for version in ("1", "2"):
        monkeypatch.setattr(module, "version_of", lambda name, version=version: version)
        keys.add(task.key)
    assert len(keys) == 2
