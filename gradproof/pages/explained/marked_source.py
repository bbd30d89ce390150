"""Source text as coloured lines in which places are marked, each beside what belongs there."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from markupsafe import Markup, escape

from gradproof.checking.formats.inert import written_out
from gradproof.verdicts import Edit

_TOKEN = Markup('<span class="{}">{}</span>')
_WRONG = Markup('<del class="wrong">{}</del>')
_RIGHT = Markup('<ins class="right"><span class="unseen">{} </span>{}</ins>')


@dataclass(frozen=True)
class Line:
    """One line of a file: its number, its text as HTML, and whether a mark stands in it."""

    number: int
    html: Markup
    marked: bool


class _Span(NamedTuple):
    """A place from ``start`` to ``end``, letters from the beginning of the text."""

    start: int
    end: int
    text: str


class _Piece(NamedTuple):
    """Part of a word, inside one line and inside or outside one span."""

    start: int
    end: int
    html: Markup
    span: _Span | None


def marked_lines(source: str, edits: Sequence[Edit], label: str) -> list[Line]:
    """The lines of ``source``, with each edit's place struck out and its text beside it.

    label: how a screen reader introduces the text that belongs there. Of edits that overlap, the
    first is shown: a place is told once.
    """
    starts = _starts(source)
    spans = _spans(edits, starts, len(source))
    lines: dict[int, list[_Piece]] = {number: [] for number in range(1, len(starts) + 1)}
    for piece in sorted(_pieces(source, starts, spans), key=lambda each: each[:2]):
        lines[bisect_right(starts, piece.start)].append(piece)
    return [
        Line(number, _shown(pieces, label), any(piece.span for piece in pieces))
        for number, pieces in lines.items()
    ]


def _shown(pieces: Sequence[_Piece], label: str) -> Markup:
    parts = []
    for span, group in groupby(pieces, key=lambda piece: piece.span):
        inside = list(group)
        html = Markup("").join(piece.html for piece in inside)
        if span is None:
            parts.append(html)
            continue
        if html:
            parts.append(_WRONG.format(html))
        if span.text and inside[-1].end == span.end:
            parts.append(_RIGHT.format(label, written_out(span.text)))
    return Markup("").join(parts)


def _starts(source: str) -> list[int]:
    """Where each line begins."""
    starts, at = [], 0
    for line in source.splitlines(keepends=True):
        starts.append(at)
        at += len(line)
    return starts or [0]


def _spans(edits: Sequence[Edit], starts: Sequence[int], length: int) -> list[_Span]:
    """The places of the edits, in order; none that overlaps the one before it."""
    kept: list[_Span] = []
    for span in sorted(
        _Span(
            min(starts[edit.line - 1] + edit.column, length),
            min(starts[edit.end_line - 1] + edit.end_column, length),
            edit.text,
        )
        for edit in edits
        if max(edit.line, edit.end_line) <= len(starts)
    ):
        if not kept or (span.start >= kept[-1].end and span != kept[-1]):
            kept.append(span)
    return kept


def _pieces(source: str, starts: Sequence[int], spans: Sequence[_Span]) -> Iterator[_Piece]:
    """Words with their places, cut at the ends of lines and of marks."""
    from pygments.lexers import PythonLexer
    from pygments.token import STANDARD_TYPES

    for span in spans:
        if span.start == span.end:  # where something is put in, nothing stands
            yield _Piece(span.start, span.end, Markup(""), span)
    cuts = sorted({*starts, *(edge for span in spans for edge in span[:2])})
    lexer = PythonLexer(stripnl=False, ensurenl=False)
    for at, kind, text in lexer.get_tokens_unprocessed(source):
        inner = [cut for cut in cuts if at < cut < at + len(text)]
        for start, end in zip([at, *inner], [*inner, at + len(text)]):
            piece = source[start:end].rstrip("\r\n")
            if piece:
                own = next((each for each in spans if each.start <= start < each.end), None)
                html = _coloured(STANDARD_TYPES.get(kind, ""), piece)
                yield _Piece(start, start + len(piece), html, own)


def _coloured(kind: str, text: str) -> Markup:
    shown = written_out(text)
    return _TOKEN.format(kind, shown) if kind else escape(shown)
