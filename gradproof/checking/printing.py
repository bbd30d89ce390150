"""Print what was found: a line per gradient, then what is wrong, then what was left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TextIO

from gradproof.checking.records import GradientResult, Report

_COLOURS = {"PROVED": "32", "CHECKED": "32", "REFUTED": "31;1", "UNDECIDED": "33"}


def line_of(result: GradientResult, colour: bool = False) -> str:
    """One gradient in one line: verdict, what of what, scope, time."""
    verdict = f"{result.verdict:<9}"
    if colour:
        verdict = f"\033[{_COLOURS[result.verdict]}m{verdict}\033[0m"
    mode = f" [{result.mode}]" if result.mode else ""
    contract = " by its output" if result.contract == "output" else ""
    what = f"{result.backward}: d({result.output})/d({result.of}){mode}{contract}"
    detail = result.scope if result.verdict in ("PROVED", "CHECKED") else result.reason
    if result.verdict == "CHECKED" and result.max_error is not None and result.bound is not None:
        detail = f"error {result.max_error:.0e}, bound {result.bound:.0e}; {detail}"
    where = f"{result.file}:{result.line}"
    return f"{verdict} {where}: {what}: {_shortened(detail)} ({result.seconds:.1f} s)"


def _shortened(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= 240 else f"{plain[:237]}..."


def counterexample_lines(result: GradientResult) -> Iterator[str]:
    """The inputs at which a gradient is wrong, and both values."""
    example = result.counterexample
    yield f"{result.file}:{result.line}: {result.backward} is wrong for {result.of}"
    if result.reason:
        yield f"  {result.reason}"
    if example is None:
        return
    for name, value in example["inputs"].items():
        yield f"  {name} = {_shortened(str(value))}"
    yield f"  {example['at']} is {example['got']}, but the derivative is {example['wanted']}"


def print_report(report: Report, out: TextIO, quiet: bool = False, colour: bool = False) -> None:
    """Print everything in plain text; quiet leaves out what holds."""
    for result in report.gradients:
        if not quiet or result.verdict not in ("PROVED", "CHECKED"):
            print(line_of(result, colour), file=out)
    for result in report.gradients:
        if result.verdict == "REFUTED":
            print(file=out)
            print(*counterexample_lines(result), sep="\n", file=out)
    for each in report.unmatched:
        print(f"UNMATCHED {each.file}: {each.name}: {_shortened(each.reason)}", file=out)
    for error in report.errors:
        print(f"ERROR     {error.file}: {error.reason}", file=out)
    if not quiet:
        print(summary(report), file=out)


def summary(report: Report) -> str:
    """How many of each: "12 gradients: 10 PROVED, 2 REFUTED; 1 unmatched"."""
    counts = Counter(each.verdict for each in report.gradients)
    order = ("PROVED", "CHECKED", "REFUTED", "UNDECIDED")
    parts = ", ".join(f"{counts[name]} {name}" for name in order if counts[name])
    total = len(report.gradients)
    text = f"{total} gradient{'s' * (total != 1)}" + (f": {parts}" if parts else "")
    if report.unmatched:
        text += f"; {len(report.unmatched)} unmatched"
    if report.errors:
        text += f"; {len(report.errors)} not examined"
    return text
