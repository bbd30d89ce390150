"""How a report is printed: language, colours, the width of lines."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TextIO

from gradproof.checking.formats.inert import one_line
from gradproof.checking.formats.korean_scopes import in_korean
from gradproof.columns import text_width

WIDTH = 100  # columns that a report fits into where no terminal is narrower
LONG = 240
GLUE = "\ue000"  # in place of a space at which no line is to end
_FORGED = re.compile(r" (?=::|#|=|\d+ gradient)|(?<= 기울기) (?=\d)| (?=기울기 \d)")
_COLOURS = {"PROVED": "32", "CHECKED": "32", "REFUTED": "31;1", "UNDECIDED": "33",
            "UNMATCHED": "33", "ERROR": "31;1", "WARNING": "33", "NOTE": "36"}  # fmt: skip


@dataclass(frozen=True)
class Style:
    """How to print: the language, with colours or without, the width of a terminal, how much of a
    slip (``--hint``; None: all), with its steps, with every detail (``--verbose``)."""

    language: str = "en"
    colour: bool = False
    width: int | None = None
    hint: int | None = None
    steps: bool = False
    verbose: bool = False

    @property
    def columns(self) -> int:
        """How many columns a line may take."""
        return min(self.width or WIDTH, WIDTH)

    def said(self, text: str) -> str:
        """A sentence of the engine's in the reader's language."""
        return in_korean(text) if self.language == "ko" else text

    def painted(self, verdict: str, shown: str) -> str:
        """A word in the colour of a verdict."""
        return f"\033[{_COLOURS[verdict]}m{shown}\033[0m" if self.colour else shown

    def tagged(self, verdict: str, rest: str) -> str:
        """A line that begins with a verdict."""
        return f"{self.painted(verdict, f'{verdict:<9}')} {rest}".rstrip()


PLAIN = Style()


def wants_colour(stream: TextIO) -> bool:
    """Whether to colour: on a terminal, unless NO_COLOR or FORCE_COLOR says otherwise."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def shortened(text: str) -> str:
    """A text in one line, and of a very long one the beginning."""
    return cut(" ".join(text.split()), LONG)


def cut(text: str, width: int) -> str:
    """A text no wider than this; on a terminal Hangul is two columns wide."""
    text = one_line(text)
    if text_width(text) <= width:
        return text
    used, kept = 0, ""
    for letter in text:
        used += text_width(letter)
        if used > width - 3:
            break
        kept += letter
    return f"{kept}..."


def broken(text: str, width: int) -> list[str]:
    """A sentence in lines of this width, broken at spaces alone: no path, no name is.

    What a file says makes no line here that looks like one of a report or of a build server.
    """
    lines = [""]
    for piece in re.findall(r"\S+ *| +", _FORGED.sub(GLUE, text)) or [""]:
        if lines[-1] and text_width(lines[-1] + piece.rstrip()) > width:
            lines.append("")
        lines[-1] += piece
    return [one_line(each.rstrip().replace(GLUE, " ")) for each in lines]


__all__ = ["GLUE", "LONG", "PLAIN", "WIDTH", "Style", "broken", "cut", "shortened", "wants_colour"]
