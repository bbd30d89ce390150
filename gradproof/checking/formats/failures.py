"""What is wrong with a gradient, in lines: the inputs at which it is, both values, the slip."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

from gradproof.checking.formats.command_words import word
from gradproof.checking.formats.hints import hints
from gradproof.checking.formats.inert import one_line
from gradproof.checking.formats.report_style import Style, shortened
from gradproof.checking.records import GradientResult
from gradproof.verdicts import Diagnosis

_SMALL, _SPARSE = 6, 2  # so few elements are printed; of more, so few that are not zero
# What a counterexample has said already, in figures.
_FIGURES = re.compile(
    r"\w+: \d+ of .* elements differ from the derivative by more than the error bound"
    r"|\S+(?: \d+\])?: got \S+, wanted .*, error \S+, bound \S+"
    r"|along a random direction the gradients .* give .*, the derivative is .*"
    r"|d\w+ is wrong"
)


def detail_of(result: GradientResult, language: str = "en") -> str:
    """What a verdict holds for, or what stands against it."""
    style = Style(language)
    detail = style.said(result.scope if result.holds else result.reason)
    if result.korean and language == "ko":
        detail = result.korean
    return "; ".join(part for part in (figure_of(result, language), detail) if part)


def figure_of(result: GradientResult, language: str = "en") -> str:
    """How sure a proof is, or the largest error of a check beside its bound."""
    if result.verdict == "CHECKED" and result.max_error is not None and result.bound is not None:
        return word("error_of", language, error=result.max_error, bound=result.bound)
    return result.certainty.within(language)


def line_of(result: GradientResult, style: Style) -> str:
    """All that is known of one gradient, in one line: ``--verbose``."""
    contract = word("by_output", style.language) if result.contract == "output" else ""
    seconds = word("seconds", style.language, seconds=result.seconds)
    head = f"{result.place}: {result.what}{contract} ({seconds})"
    detail = detail_of(result, style.language)
    return one_line(f"{head}: {detail}" if detail else head)


def failure_lines(
    result: GradientResult, language: str = "en", again: bool = False, hint: int | None = None
) -> Iterator[str]:
    """What is wrong with a gradient: the inputs at which it is, both values, the diagnosis.

    again: the same slip was shown for a gradient before; it is only said to be the same.
    hint: tell only so much of the slip, 1 to 3.
    """
    if result.verdict == "REFUTED":
        wrong = word("wrong", language, backward=result.backward, of=result.of)
        mode = f" [{result.mode}]" if result.mode else ""
        yield one_line(f"{result.place}: {wrong}{mode}")
    else:
        yield one_line(f"{result.place}: {result.verdict} {result.what}")
    for line in body_of(result, Style(language, hint=hint, verbose=True), again):
        yield f"  {line}"


def slip_key(result: GradientResult) -> object:
    """What makes a slip the same as that of another gradient of the same pair; None for none."""
    slip = result.slip
    if slip is None or slip.line is None or not slip.fix:
        return None
    return result.place, result.backward, result.mode, slip.kind, slip.line, slip.fix


def body_of(result: GradientResult, style: Style, again: bool = False) -> Iterator[str]:
    """The lines under the head: inputs, both values, the reason, the slip."""
    return map(one_line, _body_of(result, style, again))


def _body_of(result: GradientResult, style: Style, again: bool) -> Iterator[str]:
    language, example = style.language, result.counterexample
    if again and example is not None and result.slip is not None:
        yield word("differs", language, **{k: example[k] for k in ("at", "got", "wanted")})
        yield word("same_slip", language, line=result.slip.line)
        return
    reason = [] if style.hint is not None else _reason(result, style)
    first = [each for each in reason if not style.verbose]
    yield from first
    if example is not None:
        for name, value in example["inputs"].items():
            yield shortened(value_text(name, value, language))
        yield word("differs", language, **{k: example[k] for k in ("at", "got", "wanted")})
    if style.hint is not None:
        yield from hints(result.slip, style.hint, language)
        return
    yield from reason[len(first) :]
    if result.slip is not None:
        yield from result.slip.lines(language)


def _reason(result: GradientResult, style: Style) -> list[str]:
    if result.korean and style.language == "ko":
        said = result.korean
    elif style.verbose or result.counterexample is None:
        said = style.said(result.reason)
    else:
        said = style.said(_without_figures(result.reason))
    return [shortened(part) for part in said.splitlines()]


def _without_figures(reason: str) -> str:
    """A reason without the figures of what the counterexample shows."""
    lines = (
        "; ".join(part for part in line.strip().split("; ") if not _FIGURES.fullmatch(part))
        for line in reason.splitlines()
    )
    return "\n".join(line for line in lines if line)


def steps_of(slip: Diagnosis, language: str) -> list[str]:
    """The lines about the steps of backward."""
    if not slip.steps:
        return [word("no_steps", language)]
    return [word("steps", language)] + [
        one_line(f"  {step.within(language)}") for step in slip.steps
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


__all__ = ["body_of", "detail_of", "failure_lines", "figure_of", "line_of", "slip_key", "steps_of",
           "value_text"]  # fmt: skip
