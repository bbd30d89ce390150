"""``python -m report``: its exit status, its messages, its one-line errors."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pytest

import gradproof.operation.operations
import report.book
import report.story.telling
from gradproof.verdicts import Status
from report.__main__ import main
from report.story.telling import Story
from tests.catalogue import OPERATIONS
from tests.report.conftest import instant, with_a_false_step


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        report.book.write_book, "__defaults__", (0, (instant(Status.PROVED),), True, None, None)
    )
    monkeypatch.setattr(report.story.telling, "Story", partial(Story, chapters=()))


def test_a_book_that_holds_is_written_and_exits_0(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "made" / "here"
    assert main(["--ops", "relu,elu", "--out", str(out), "--seed", "5"]) == 0
    told = capsys.readouterr()
    assert str(out / "index.html") in told.out
    assert "Every verdict holds." in told.out
    assert told.err == ""
    assert 'href="en/index.html"' in (out / "index.html").read_text(encoding="utf-8")
    written = {path.relative_to(out).as_posix() for path in out.glob("*/*.html")}
    assert written == {f"{language}/{name}.html" for language in ("en", "ko")
                       for name in ("index", "relu", "elu")}  # fmt: skip
    assert 'id="elu"' in (out / "en" / "elu.html").read_text(encoding="utf-8")


def test_a_book_that_fails_is_written_all_the_same_and_exits_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    planted = {"relu": with_a_false_step(OPERATIONS["relu"])}
    monkeypatch.setattr(gradproof.operation.operations, "load_operations", lambda *_: planted)
    assert main(["--out", str(tmp_path)]) == 1
    told = capsys.readouterr().out
    assert "NOT every verdict holds." in told
    assert "relu" in told
    assert "differs from" in told
    assert "REFUTED" in (tmp_path / "en" / "relu.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--ops", "sigmoyd"], "no operation called 'sigmoyd'; there are: "),
        (["--ops", ","], "expected names separated by commas, got none"),
        (["--seed", "-1"], "expected a whole number from 0 up, got '-1'"),
        (["--seed", "two"], "expected a whole number from 0 up, got 'two'"),
        (["--jobs", "0"], "expected a whole number from 1 up, got '0'"),
        (["--nonsense"], "unrecognized arguments: --nonsense"),
    ],
)
def test_a_wrong_argument_is_one_line_and_exit_2(
    arguments: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _status([*arguments, "--out", str(tmp_path)]) == 2
    told = capsys.readouterr().err
    assert message in told
    assert told.count("\n") == 1


def test_a_folder_that_cannot_be_written_is_said_before_any_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def too_late(*_: Any, **__: Any) -> None:
        raise AssertionError("the work was begun")

    monkeypatch.setattr(report.book, "write_book", too_late)
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    assert main(["--ops", "relu", "--out", str(blocked)]) == 2
    told = capsys.readouterr().err
    assert f"--out {blocked}: cannot write there" in told
    assert told.count("\n") == 1


def test_help_names_every_option(capsys: pytest.CaptureFixture[str]) -> None:
    assert _status(["--help"]) == 0
    told = capsys.readouterr().out
    assert all(
        option in told
        for option in (
            "--out",
            "--ops",
            "--seed",
            "--jobs",
            "--cache",
            "--fresh",
            "--quiet",
            "--open",
        )
    )


def test_open_shows_the_file_in_a_browser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    assert main(["--ops", "relu", "--out", str(tmp_path), "--open"]) == 0
    assert opened == [(tmp_path / "index.html").resolve().as_uri()]


def _status(arguments: list[str]) -> int:
    try:
        return main(arguments)
    except SystemExit as left:
        return int(left.code or 0)
