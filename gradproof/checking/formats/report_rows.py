"""The lines of a report: a function or a layer with its gradients side by side."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gradproof.checking.formats.failures import figure_of
from gradproof.checking.formats.inert import one_line
from gradproof.checking.formats.report_style import GLUE, Style, broken, cut
from gradproof.checking.formats.short_scope import ShortScope, in_place, short
from gradproof.checking.records import GradientResult
from gradproof.columns import fitted, padded, wrapped

_TAG = 10  # columns of a verdict and the space after it
_LONG_REASON = 400
_SHAPE = re.compile(r" ?\((?:\d+|m),(?: (?:\d+|m),?)*\)")


@dataclass(frozen=True)
class Row:
    """One line: the gradients of one function with one verdict and one scope."""

    verdict: str
    name: str
    gradients: str
    limits: str
    members: tuple[GradientResult, ...]


def gradient_name(result: GradientResult) -> str:
    """``dx`` of ``x``; ``d(lin.W)`` of what has a longer name; "" for the step of a script."""
    if result.contract == "step":
        return ""
    return f"d{result.of}" if result.of.isidentifier() else f"d({result.of})"


def named(result: GradientResult) -> str:
    """The function, and the mode that it is judged in."""
    mode = f" [{result.mode}]" if result.mode else ""
    where = f":{result.line}" if result.contract == "step" else ""
    return one_line(f"{result.backward}{where}{mode}")


def rows_of(results: Sequence[GradientResult], style: Style) -> list[Row]:
    """A row for each function, verdict and scope, in the order in which they come."""
    groups: dict[tuple[str, ...], list[GradientResult]] = {}
    for result in results:
        step = f"{result.line} {result.of}" if result.contract == "step" else ""
        key = (result.verdict, named(result), str(result.line), said_of(result, style), step)
        groups.setdefault(key, []).append(result)
    return [_row(group, style) for group in groups.values()]


def _row(group: Sequence[GradientResult], style: Style) -> Row:
    first = group[0]
    names = ", ".join(dict.fromkeys(gradient_name(each) for each in group))
    figure = _worst(group, style.language) if first.verdict == "CHECKED" else ""
    limits = "; ".join(part for part in (said_of(first, style), figure) if part)
    return Row(first.verdict, named(first), one_line(names), one_line(limits), tuple(group))


def said_of(result: GradientResult, style: Style) -> str:
    """What stands beside a gradient: for what it holds, or why it is not decided."""
    if result.contract == "step":
        korean = style.language == "ko" and result.korean
        return korean or result.scope or result.reason
    if not result.holds:
        return cut(" ".join(style.said(result.reason).split()), _LONG_REASON)
    return "; ".join(short(result.scope, style.language).limits)


def _worst(group: Sequence[GradientResult], language: str) -> str:
    """The error that is closest to its bound."""
    known = [each for each in group if each.max_error is not None and each.bound is not None]
    if not known:
        return ""
    return figure_of(max(known, key=lambda e: (e.max_error or 0.0) / (e.bound or 1.0)), language)


def table_lines(
    rows: Sequence[tuple[str, Sequence[str]]], style: Style
) -> Iterator[tuple[int, str]]:
    """Rows of (verdict, cells) in columns that fit the width: (number of the row, line)."""
    if not rows:
        return
    whole = [(verdict, [_SHAPE.sub(_held_together, cell) for cell in cells])
             for verdict, cells in rows]  # fmt: skip
    widths = fitted([cells for _, cells in whole], style.columns - _TAG)
    for at, (verdict, cells) in enumerate(whole):
        columns = [wrapped(cell, width) for cell, width in zip(cells[:-1], widths)]
        columns.append(broken(cells[-1], widths[-1]))
        for line in range(max(map(len, columns))):
            parts = (
                padded(column[line] if line < len(column) else "", width)
                for column, width in zip(columns, widths)
            )
            rest = "  ".join(parts).rstrip().replace(GLUE, " ")
            yield at, style.tagged(verdict, rest) if line == 0 else " " * _TAG + rest


def _held_together(shape: re.Match[str]) -> str:
    return shape[0].replace(" ", GLUE)


def remarks(
    results: Sequence[GradientResult], style: Style, strict: bool = False
) -> Iterator[tuple[str, str]]:
    """Damage in place and conventions: ("WARNING" or "NOTE", its sentence), the same ones once.

    strict: whether damage is an "ERROR".
    """
    damaged: dict[str, None] = {}
    found: dict[str, dict[str, list[str]]] = {}
    for result in results:
        if result.contract == "step":
            continue
        scope: ShortScope = short(result.scope, style.language)
        name = named(result)
        for each in scope.warnings:
            damaged[f"{name}: {in_place(each, style.language)}"] = None
        for each in scope.notes:
            of = found.setdefault(style.said(each), {}).setdefault(name, [])
            of.append(gradient_name(result))
    yield from (("ERROR" if strict else "WARNING", one_line(each)) for each in damaged)
    for said, functions in found.items():
        whose = (f"{name} {', '.join(dict.fromkeys(of))}" for name, of in functions.items())
        yield "NOTE", one_line(f"{'; '.join(whose)}: {said}")


__all__ = ["Row", "gradient_name", "named", "remarks", "rows_of", "said_of", "table_lines"]
