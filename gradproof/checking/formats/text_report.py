"""Print what was found: a line per gradient, then what is wrong, then what was left out."""

from __future__ import annotations

import io
import math
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TextIO

from gradproof.checking.formats.command_words import word
from gradproof.checking.formats.hints import hints
from gradproof.checking.formats.inert import one_line
from gradproof.checking.formats.korean_scopes import in_korean
from gradproof.checking.records import GradientResult, Report
from gradproof.checking.sandbox.linux_namespaces import ALL
from gradproof.columns import padded, text_width
from gradproof.text import system_language
from gradproof.verdicts import Diagnosis

_COLOURS = {"PROVED": "32", "CHECKED": "32", "REFUTED": "31;1", "UNDECIDED": "33",
            "UNMATCHED": "33", "ERROR": "31;1"}  # fmt: skip
_VERDICTS = ("PROVED", "CHECKED", "REFUTED", "UNDECIDED")
_LONG = 240
_SMALL, _SPARSE = 6, 2  # so few elements are printed; of more, so few that are not zero


@dataclass(frozen=True)
class Style:
    """How to print: the language, with colours or without, the width of a terminal, how much of a
    slip (``--hint``; None: all)."""

    language: str = "en"
    colour: bool = False
    width: int | None = None
    hint: int | None = None
    steps: bool = False

    def said(self, text: str) -> str:
        """A sentence of the engine's in the reader's language."""
        return in_korean(text) if self.language == "ko" else text

    def painted(self, verdict: str, shown: str) -> str:
        """A word in the colour of a verdict."""
        return f"\033[{_COLOURS[verdict]}m{shown}\033[0m" if self.colour else shown

    def line(self, verdict: str, rest: str) -> str:
        """A line that begins with a verdict, cut where the terminal ends."""
        fitting = _cut(rest, self.width - 10) if self.width else _cut(rest, _LONG + 120)
        return f"{self.painted(verdict, f'{verdict:<9}')} {fitting}"


PLAIN = Style()


def wants_colour(stream: TextIO) -> bool:
    """Whether to colour: on a terminal, unless NO_COLOR or FORCE_COLOR says otherwise."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def line_of(result: GradientResult, style: Style = PLAIN) -> str:
    """One gradient in one line: verdict, what of what, time, scope."""
    contract = word("by_output", style.language) if result.contract == "output" else ""
    seconds = word("seconds", style.language, seconds=result.seconds)
    head = f"{result.place}: {result.what}{contract} ({seconds})"
    detail = detail_of(result, style.language)
    return style.line(result.verdict, f"{head}: {_shortened(detail)}" if detail else head)


def detail_of(result: GradientResult, language: str = "en") -> str:
    """What a verdict holds for, or what stands against it."""
    style = Style(language)
    detail = style.said(result.scope if result.holds else result.reason)
    if result.korean and language == "ko":
        detail = result.korean
    if result.verdict == "CHECKED" and result.max_error is not None and result.bound is not None:
        figure = word("error_of", language, error=result.max_error, bound=result.bound)
    else:
        figure = result.certainty.within(language)
    return "; ".join(part for part in (figure, detail) if part)


def failure_lines(
    result: GradientResult, language: str = "en", again: bool = False, hint: int | None = None
) -> Iterator[str]:
    """What is wrong with a gradient: the inputs at which it is, both values, the diagnosis.

    again: the same slip was shown for a gradient before; it is only said to be the same.
    hint: tell only so much of the slip, 1 to 3.
    """
    return map(one_line, _failure_lines(result, language, again, hint))


def _slip_of(result: GradientResult) -> object:
    """What makes a slip the same as that of another gradient of the same pair; None for none."""
    slip = result.slip
    if slip is None or slip.line is None or not slip.fix:
        return None
    return result.place, result.backward, result.mode, slip.kind, slip.line, slip.fix


def _failure_lines(
    result: GradientResult, language: str, again: bool, hint: int | None
) -> Iterator[str]:
    style = Style(language)
    if result.verdict == "REFUTED":
        wrong = word("wrong", language, backward=result.backward, of=result.of)
        mode = f" [{result.mode}]" if result.mode else ""
        yield f"{result.place}: {wrong}{mode}"
    else:
        yield f"{result.place}: {result.verdict} {result.what}"
    example = result.counterexample
    if again and example is not None and result.slip is not None:
        yield "  " + word("differs", language, **{k: example[k] for k in ("at", "got", "wanted")})
        yield "  " + word("same_slip", language, line=result.slip.line)
        return
    if example is not None:
        for name, value in example["inputs"].items():
            yield f"  {_shortened(value_text(name, value, language))}"
        yield "  " + word("differs", language, **{k: example[k] for k in ("at", "got", "wanted")})
    if hint is not None:
        yield from (f"  {line}" for line in hints(result.slip, hint, language))
        return
    reason = result.korean if result.korean and language == "ko" else style.said(result.reason)
    for part in reason.splitlines():
        yield f"  {_shortened(part)}"
    if result.slip is not None:
        yield from (f"  {line}" for line in result.slip.lines(language))


def steps_of(slip: Diagnosis, language: str) -> list[str]:
    """The lines about the steps of backward."""
    if not slip.steps:
        return ["  " + word("no_steps", language)]
    return ["  " + word("steps", language)] + [
        one_line(f"    {step.within(language)}") for step in slip.steps
    ]


def value_text(name: str, value: Any, language: str = "en") -> str:
    """An input of a counterexample; a large one that is nearly all zero by what is not."""
    shape, numbers = _flat(value)
    others = [at for at, number in enumerate(numbers) if number != 0]
    if len(numbers) != math.prod(shape) or len(numbers) <= _SMALL or len(others) > _SPARSE:
        return f"{name} = {value}"
    sizes = f"({', '.join(map(str, shape))}{',' * (len(shape) == 1)})"
    text = word("zeros", language, name=name, shape=sizes)
    places = (f"{name}[{_index(at, shape)}] = {numbers[at]}" for at in others)
    return ", ".join([text, *places])


def _flat(value: Any) -> tuple[tuple[int, ...], list[Any]]:
    """Shape and elements of nested lists of numbers; () and none for anything else."""
    if not isinstance(value, list) or not value:
        return (), []
    if not isinstance(value[0], list):
        plain = all(isinstance(each, (int, float)) for each in value)
        return (len(value),), value if plain else []
    parts = [_flat(each) for each in value]
    numbers = [number for _, some in parts for number in some]
    return (len(value), *parts[0][0]), numbers


def _index(at: int, shape: tuple[int, ...]) -> str:
    places: list[str] = []
    for size in reversed(shape):
        at, place = divmod(at, size)
        places.insert(0, str(place))
    return ", ".join(places)


def print_gradients(
    results: Sequence[GradientResult], out: TextIO, quiet: bool = False, style: Style = PLAIN
) -> None:
    """A line for each gradient; quiet leaves out what holds."""
    for result in results:
        if not quiet or not result.holds:
            print(line_of(result, style), file=out)


def print_rest(report: Report, out: TextIO, quiet: bool = False, style: Style = PLAIN) -> None:
    """What comes after the lines: what is wrong, what was left out, how many of each."""
    told: set[object] = set()
    for result in report.gradients:
        if result.verdict == "REFUTED" or result.slip is not None:
            again = _slip_of(result) in told
            told |= {_slip_of(result)} - {None}
            head, *lines = failure_lines(result, style.language, again, style.hint)
            if style.steps and result.slip is not None and style.hint is None:
                lines += steps_of(result.slip, style.language)
            print("", style.painted(result.verdict, head), *lines, sep="\n", file=out)
    if any(each.verdict == "REFUTED" or each.slip for each in report.gradients) and (
        report.unmatched or report.errors or not quiet
    ):
        print(file=out)
    for reading in report.readings:
        print("", *map(one_line, reading.lines(style.language)), sep="\n", file=out)
    for each in report.unmatched:
        reason = _shortened(style.said(each.reason))
        print(style.line("UNMATCHED", f"{each.file}: {each.name}: {reason}"), file=out)
    if report.unmatched and not quiet:
        print(f"          {word('tell', style.language)}", file=out)
    for error in report.errors:
        line = one_line(f"{error.file}: {' '.join(style.said(error.reason).split())}")
        print(style.painted("ERROR", "ERROR    "), line, file=out)
    if quiet:
        return
    if len(report.files) > 1:
        print("", *table(report, style), "", sep="\n", file=out)
    print(*closing(report, style.language), sep="\n", file=out)


def print_report(report: Report, out: TextIO, quiet: bool = False, style: Style = PLAIN) -> None:
    """Print everything; quiet leaves out what holds."""
    print_gradients(report.gradients, out, quiet, style)
    print_rest(report, out, quiet, style)


def text_of(report: Report) -> str:
    """All of it as plain text, in the language of the system."""
    out = io.StringIO()
    print_report(report, out, style=Style(system_language()))
    return out.getvalue().rstrip("\n")


def table(report: Report, style: Style = PLAIN) -> Iterator[str]:
    """A line per file: how many of each verdict, and how many were not matched."""
    counts = {one_line(file): _counted(report.about(file)) for file in report.files}
    names = [v for v in (*_VERDICTS, "UNMATCHED", "ERROR") if any(c[v] for c in counts.values())]
    title = word("file", style.language)
    wide = max(map(text_width, [title, *counts]))
    yield padded(title, wide) + "".join(f"  {name}" for name in names)
    for file, found in counts.items():
        cells = (
            f"  {style.painted(name, number) if found[name] else number}"
            for name in names
            for number in [f"{found[name] or '-':>{len(name)}}"]
        )
        yield padded(file, wide) + "".join(cells)


def _counted(report: Report) -> Counter[str]:
    counts = Counter(each.verdict for each in report.gradients)
    return counts + Counter(UNMATCHED=len(report.unmatched), ERROR=len(report.errors))


def closing(report: Report, language: str = "en") -> Iterator[str]:
    """The last lines: which configuration was read, what of the isolation is not in force here,
    and how many of each verdict there are.
    """
    if report.configuration:
        yield one_line(word("options_from", language, path=report.configuration))
    missing = [] if report.isolation is None else [x for x in ALL if x not in report.isolation]
    if missing:
        held = ", ".join(report.isolation or ()) or "-"
        yield word("not_isolated", language, missing=", ".join(missing), held=held)
    yield summary(report, language)


def summary(report: Report, language: str = "en") -> str:
    """How many of each: "12 gradients: 10 PROVED, 2 REFUTED; 1 unmatched"."""
    counts = Counter(each.verdict for each in report.gradients)
    parts = ", ".join(f"{counts[name]} {name}" for name in _VERDICTS if counts[name])
    total = len(report.gradients)
    text = word("gradient" if total == 1 else "gradients", language, count=total)
    text += f": {parts}" if parts else ""
    if report.unmatched:
        text += "; " + word("unmatched", language, count=len(report.unmatched))
    if report.without:
        text += "; " + word("without", language, count=len(report.without))
    if report.errors:
        text += "; " + word("not_examined", language, count=len(report.errors))
    return text


def _shortened(text: str) -> str:
    return _cut(" ".join(text.split()), _LONG)


def _cut(text: str, width: int) -> str:
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
