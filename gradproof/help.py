"""Parsers of command lines whose help and errors are whole in either language."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import Any, NoReturn

from gradproof.columns import wrapped
from gradproof.text import Text, system_language

USAGE = Text("usage: ", "사용법: ")
ARGUMENTS = Text("arguments", "인수")
OPTIONS = Text("options", "옵션")
HELP = Text("show this help and exit", "이 도움말을 출력하고 끝내요")
VERSION = Text("show the version and exit", "버전을 출력하고 끝내요")
TRY_HELP = Text("(try --help)", "(--help를 보세요)")


class Parser(argparse.ArgumentParser):
    """A parser whose help is in one language, headings too, and whose errors are one line.

    Texts may be given as :class:`Text`; language: default, that of the system.
    """

    language = "en"

    def __init__(
        self,
        prog: str,
        description: Text | str = "",
        epilog: Text | str = "",
        language: str | None = None,
        **options: Any,
    ) -> None:
        self.language = language or system_language()
        super().__init__(
            prog=prog, description=self.said(description), epilog=self.said(epilog),
            formatter_class=_Formatter, add_help=False, **options,
        )  # fmt: skip
        self._positionals.title = ARGUMENTS.within(self.language)
        self._optionals.title = OPTIONS.within(self.language)
        self.add_argument("-h", "--help", action="help", help=HELP.within(self.language))

    def said(self, text: Text | str) -> str:
        """A text in the reader's language."""
        return text.within(self.language) if isinstance(text, Text) else text

    def add(self, *names: str, help: Text | str, **options: Any) -> argparse.Action:
        """Like ``add_argument``, with its help in both languages."""
        return self.add_argument(*names, help=self.said(help), **options)

    def format_help(self) -> str:
        """The help; its first heading, too, is in the reader's language."""
        return self._headed(super().format_help())

    def format_usage(self) -> str:
        """The usage, under a heading in the reader's language."""
        return self._headed(super().format_usage())

    def _headed(self, text: str) -> str:
        return USAGE.within(self.language) + text.removeprefix("usage: ")

    def error(self, message: str) -> NoReturn:
        """Exit with status 2 and one line: what was wrong, and where to read on."""
        if self.language == "ko":
            from gradproof.checking.formats.korean_scopes import in_korean

            message = in_korean(message)
        self.exit(2, f"{self.prog}: {message}{self.hint(message)} {self.said(TRY_HELP)}\n")

    def hint(self, message: str) -> str:
        """What may have been meant, to be added to an error; here nothing."""
        return ""


class _Formatter(argparse.HelpFormatter):
    """Breaks lines by the columns they take: a Hangul syllable takes two."""

    def _split_lines(self, text: str, width: int) -> list[str]:
        return wrapped(" ".join(text.split()), width)

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        paragraphs: Iterable[str] = text.split("\n\n")
        return "\n\n".join(
            "\n".join(indent + line for line in wrapped(" ".join(each.split()), width))
            for each in paragraphs
        )


__all__ = ["VERSION", "Parser"]
