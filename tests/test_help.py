"""``--help`` of every command is whole in both languages: headings, options, what comes of it."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable

import pytest

import benchmarks.__main__
import impl.network.arguments
import report.__main__
from gradproof import cli
from gradproof.columns import text_width
from gradproof.help import Parser
from gradproof.text import Text

HANGUL = re.compile("[가-힣]")
ENGLISH_HEADINGS = ("usage:", "options:", "arguments:", "show this help", "show program's")


def _check() -> argparse.ArgumentParser:
    (commands,) = [
        action
        for action in cli._parser(cli.system_language())._actions
        if isinstance(action, argparse._SubParsersAction)
    ]
    check: argparse.ArgumentParser = commands.choices["check"]
    return check


COMMANDS: dict[str, Callable[[], argparse.ArgumentParser]] = {
    "gradproof": lambda: cli._parser(cli.system_language()),
    "gradproof check": _check,
    "python -m report": report.__main__._parser,
    "python -m impl.network": impl.network.arguments._parser,
    "python -m benchmarks": benchmarks.__main__._parser,
}


@pytest.fixture(params=COMMANDS)
def command(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("COLUMNS", "80")
    return str(request.param)


def helped(command: str, language: str, monkeypatch: pytest.MonkeyPatch) -> tuple[str, list[str]]:
    """The whole help, and that of each argument."""
    monkeypatch.setenv("LC_ALL", {"en": "en_US.UTF-8", "ko": "ko_KR.UTF-8"}[language])
    parser = COMMANDS[command]()
    actions = [each for each in parser._actions if not isinstance(each, argparse._SubParsersAction)]
    return parser.format_help(), [str(action.help or "") for action in actions]


@pytest.mark.parametrize("language", ["en", "ko"])
def test_every_argument_is_explained_and_every_line_fits(
    command: str, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, parts = helped(command, language, monkeypatch)
    assert all(len(part) > 3 for part in parts)
    assert max(map(text_width, whole.splitlines())) <= 80
    assert command in whole  # as one types it
    for option in re.findall(r"--[\w-]+", whole.split("\n\n")[0]):
        assert whole.count(option) >= 2, f"{option} stands in the usage alone"


def test_korean_help_is_korean(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, parts = helped(command, "ko", monkeypatch)
    assert all(HANGUL.search(part) for part in parts), parts
    assert not [each for each in ENGLISH_HEADINGS if each in whole]
    headings = [line for line in whole.splitlines() if re.fullmatch(r"\S.*:", line)]
    assert all(HANGUL.search(each) for each in headings)
    assert "니다" not in whole  # one register: 해요체


def test_english_help_is_english(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, _ = helped(command, "en", monkeypatch)
    assert not HANGUL.search(whole)
    assert whole.startswith("usage: ")


def test_both_languages_name_the_same_options(
    command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = [helped(command, each, monkeypatch)[0].split("\n\n")[0] for each in ("en", "ko")]
    options = [re.findall(r"--[\w-]+", usage) for usage in told]
    assert options[0] == options[1]


def test_an_error_is_one_line_in_the_reader_s_language(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for language, told in (("en", "(try --help)"), ("ko", "(--help를 보세요)")):
        parser = Parser("work", Text("It works.", "일해요."), language=language)
        with pytest.raises(SystemExit) as left:
            parser.parse_args(["--nonsense"])
        assert left.value.code == 2
        shown = capsys.readouterr().err
        assert shown.startswith("work: ")
        assert shown.rstrip().endswith(told)
        assert shown.count("\n") == 1


def test_an_option_without_korean_is_noticed() -> None:
    parser = impl.network.arguments.Parser("work")
    parser.add_argument("--unheard-of", help="something")
    with pytest.raises(KeyError, match="unheard_of"):
        parser.turn_korean()
