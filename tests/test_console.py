"""Ctrl-C ends every command with one line and status 130; a reader that has seen enough is none."""

from __future__ import annotations

import ast
import signal
from pathlib import Path

import pytest

from gradproof.console import run_command

ROOT = Path(__file__).parent.parent
COMMANDS = sorted(
    path
    for room in ("gradproof", "report", "benchmarks", "tests")
    for path in (ROOT / room).rglob("*.py")
    if not path.name.startswith("test_")
    and not {"corpus", "scripts", "subjects"} & set(path.parts)
    and '\nif __name__ == "__main__":' in path.read_text("utf-8")
)


def _interrupted() -> int:
    raise KeyboardInterrupt


@pytest.mark.parametrize(("language", "told"), [("en", "stopped"), ("ko", "중단했어요")])
def test_ctrl_c_is_one_line(language: str, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        run_command(_interrupted, "work", language)
    assert left.value.code == 130
    assert capsys.readouterr().err == f"work: {told}\n"


@pytest.mark.parametrize("status", [0, 1, 3])
def test_any_other_status_is_the_command_s_own(status: int) -> None:
    with pytest.raises(SystemExit) as left:
        run_command(lambda: status, "work")
    assert left.value.code == status


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="signals of POSIX")
@pytest.mark.parametrize("asked", [None, "SIGTERM", "SIGHUP"])
def test_a_command_run_in_this_process_leaves_signals_as_they_were(asked: str | None) -> None:
    """But one that has been asked to end goes on ignoring that: it is closing what is open."""
    numbers = signal.SIGTERM, signal.SIGHUP
    before = {each: signal.getsignal(each) for each in numbers}
    during: list[object] = []

    def command() -> None:
        during.extend(map(signal.getsignal, numbers))
        if asked:
            signal.raise_signal(getattr(signal, asked))

    try:
        with pytest.raises(SystemExit) as left:
            run_command(command, "work")
        after = {each: signal.getsignal(each) for each in numbers}
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
    assert not set(during) & set(before.values())
    if asked:
        assert left.value.code == 128 + getattr(signal, asked)
        assert set(after.values()) == {signal.SIG_IGN}
    else:
        assert after == before


@pytest.mark.parametrize("path", COMMANDS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_command_ends_so(path: Path) -> None:
    last = ast.parse(path.read_text("utf-8")).body[-1]
    assert isinstance(last, ast.If)
    called = {node.id for node in ast.walk(last) if isinstance(node, ast.Name)}
    assert called & {"run_command", "run"}, "end it by gradproof.console.run_command"


LATE = ("gradproof", "report")  # their commands import what they need when they need it


@pytest.mark.parametrize(
    "path",
    [path for path in COMMANDS if path.relative_to(ROOT).parts[0] not in LATE],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_ctrl_c_while_it_imports_is_one_line_as_well(path: Path) -> None:
    _, future, first, *_ = ast.parse(path.read_text("utf-8")).body
    assert isinstance(future, ast.ImportFrom)
    called = {node.id for node in ast.walk(first) if isinstance(node, ast.Name)}
    assert "quiet_interrupt" in called


def test_the_commands_are_found() -> None:
    found = {str(path.relative_to(ROOT)) for path in COMMANDS}
    assert {"report/__main__.py", "benchmarks/__main__.py", "tests/mutants.py"} <= found
