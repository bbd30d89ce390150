"""Answers that are gradients or functions: what is claimed of them, and how that came out.

That ``softmax`` is the right function is a claim about a gradient as well: that of
``s * true_softmax(x)`` with respect to ``s`` is ``dy * softmax(x)`` for the right one alone.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from gradproof.checking.formats.failures import body_of, slip_key, steps_of, value_text
from gradproof.checking.formats.inert import one_line
from gradproof.checking.formats.report_rows import remarks, rows_of
from gradproof.checking.formats.report_style import Style
from gradproof.checking.records import GradientResult, Report
from gradproof.checking.source.declared import Declared
from gradproof.checking.source.discover import functions_in, returned_parts
from gradproof.learn.exercise_text import Exercise
from gradproof.learn.learn_words import words
from gradproof.learn.outcome import Outcome, fitting
from gradproof.text import Text

_SCALE = "judged_scale"
_RAISED = re.compile(r"raises (.*?) \(line (\d+): (.*)\)", re.DOTALL)
_UNSEEN = "has not been seen"


@dataclass(frozen=True)
class _Value:
    """A function of the learner's, one of its outputs, and its arguments."""

    function: str
    output: int | None
    arguments: tuple[str, ...]

    @property
    def title(self) -> str:
        return self.function if self.output is None else f"{self.function}[{self.output}]"

    @property
    def pair(self) -> str:
        return f"judged_{self.function}" + ("" if self.output is None else f"_{self.output}")

    def code(self, guard: str) -> str:
        """The pair whose gradient is the function; guard: the lines that hold shapes to theirs."""
        given, own = ", ".join(self.arguments), self.function
        at = "" if self.output is None else f"[{self.output}]"
        return (
            f"\n\ndef {self.pair}({given}, {_SCALE}):\n{guard}"
            f"    return {_SCALE} * true_{own}({given}){at}\n"
            f"\n\ndef {self.pair}_backward(dy, {given}, {_SCALE}):\n"
            f"    d{_SCALE} = dy * {own}({given}){at}\n"
            f"    return d{_SCALE}\n"
        )


def _values(exercise: Exercise) -> Iterator[_Value]:
    for each in exercise.value:
        call = ast.parse(each, mode="eval").body
        assert isinstance(call, ast.Call)
        arguments = tuple(map(ast.unparse, call.args))
        if isinstance(call.func, ast.Subscript):
            at = ast.literal_eval(call.func.slice)
            yield _Value(ast.unparse(call.func.value), at, arguments)
        else:
            yield _Value(ast.unparse(call.func), None, arguments)


def judged_text(exercise: Exercise, text: str) -> str:
    """The learner's file with what it is held against behind it."""
    return "\n".join(
        [text.rstrip("\n"), "\n", exercise.truth, *_guarded(exercise),
         *(each.code(_guard(exercise, each.arguments)) for each in _values(exercise))]
    )  # fmt: skip


def _guard(exercise: Exercise, arguments: Sequence[str]) -> str:
    """Lines that refuse arguments of another number of axes than the exercise speaks of."""
    ranks = {name: len(exercise.shapes[name]) for name in arguments if name in exercise.shapes}
    return "".join(
        f"    if np.ndim({name}) != {rank}:\n        raise ValueError('{name}: {rank} axes')\n"
        for name, rank in ranks.items()
    )


def _guarded(exercise: Exercise) -> Iterator[str]:
    """The forwards, each with such lines before it."""
    functions = {
        node.name: [each.arg for each in node.args.args]
        for node in ast.parse(exercise.file).body if isinstance(node, ast.FunctionDef)
    }  # fmt: skip
    for forward in dict.fromkeys(f for _, f in exercise.pairs if exercise.shapes):
        given = functions[forward]
        called = ", ".join(given)
        yield (
            f"\n\ndef judged_{forward}({called}):\n{_guard(exercise, given)}"
            f"    return {forward}({called})\n"
        )


def declared(exercise: Exercise) -> tuple[Declared, ...]:
    """The pairs to judge."""
    kind = "derivative" if exercise.derivative else "backward"
    shapes = {**exercise.shapes}
    judged = "judged_" if shapes else ""
    own = [
        Declared(f"{judged}{f}", b, kind, _of(shapes, ""), where="learn") for b, f in exercise.pairs
    ]
    return (*own, *(
        Declared(each.pair, f"{each.pair}_backward", "backward", _of(shapes, _SCALE), where="learn")
        for each in _values(exercise)
    ))  # fmt: skip


def _of(shapes: dict[str, list[int]], scale: str) -> dict[str, list[int]]:
    """The sizes for a pair; "result" is that of what a function returns."""
    out = {name: shape for name, shape in shapes.items() if name != "result"}
    return out | ({scale: shapes["result"]} if scale and "result" in shapes else {})


def outcome(exercise: Exercise, text: str, report: Report, hint: int | None) -> Outcome:
    """What to say of what came of the learner's text. hint: how much of a slip to tell."""
    last = len(text.splitlines())
    style = Style(exercise.language, hint=hint)
    named = {f"{each.pair}_backward": each for each in _values(exercise)}
    wrong = [each for each in report.gradients if each.verdict == "REFUTED"]
    if wrong:
        lines: list[str] = []
        told: set[object] = set()
        for each in (_of_the_learner(one, last) for one in wrong[:2]):
            again = slip_key(each) in told
            told |= {slip_key(each)} - {None}
            lines += [*_failure(each, named.get(each.backward), style, again), ""]
        kinds = tuple(each.slip.kind for each in wrong if each.slip is not None)
        return Outcome("wrong", tuple(lines[:-1]), kinds)
    other = [each for each in report.gradients if each.contract not in (exercise.by, "step")
             and each.backward not in named and exercise.derivative]  # fmt: skip
    if other:
        said = words(f"by_{other[0].contract}", exercise.language, name=other[0].backward,
                     forward=other[0].forward.removeprefix("judged_"))  # fmt: skip
        return Outcome("wrong", (said,), (f"by {other[0].contract}",))
    if lacking := _not_returned(exercise, text, report):
        return Outcome("wrong", (lacking,), ("not returned",))
    missing = [each for each in (b for b, _ in exercise.pairs)
               if not any(each == g.backward for g in report.gradients)]  # fmt: skip
    missing += [name for name in named if not any(name == g.backward for g in report.gradients)]
    if stopped := [found for each in report.unmatched if (found := _RAISED.search(each.reason))]:
        why, line, code = stopped[0].groups()
        if int(line) <= last:
            said = words("raised", exercise.language, line=line, why=f"{why} (`{code}`)")
            return Outcome("wrong", (said,), ("raised",))
    open_ones = [(each.backward, each.reason) for each in report.gradients if not each.holds]
    open_ones += [(each.backward, words("not_seen", exercise.language))
                  for each in report.gradients if each.holds and _UNSEEN in each.scope]  # fmt: skip
    open_ones += [(each.name, each.reason) for each in report.unmatched]
    open_ones += [("", each.reason) for each in report.errors]
    if missing or open_ones:
        return Outcome("undecided", tuple(_open(exercise, open_ones or [("", "?")], named, style)))
    lines = [*_held(report.gradients, named, style)]
    lines += [f"{kind}  {said}" for kind, said in remarks(report.gradients, style)]
    return Outcome("pass", tuple(lines))


def _of_the_learner(result: GradientResult, last: int) -> GradientResult:
    """A result whose slip is in the learner's lines: what stands behind them is right."""
    slip = result.slip
    if slip is None:
        return result
    own = [each for each in (slip, *slip.others) if each.line is not None and each.line <= last]
    if not own:
        known = replace(slip, others=()) if slip.line is None else None
        return replace(result, diagnosis=known)
    return replace(result, diagnosis=replace(own[0], others=tuple(own[1:])))


def _not_returned(exercise: Exercise, text: str, report: Report) -> str:
    """A sentence about gradients that the given file returns, and the learner's does not, or in
    another order."""
    for backward, _ in exercise.pairs:
        asked, own = _returned(exercise.file, backward), _returned(text, backward)
        if len(asked) < 2:
            continue
        found = {f"d{each.of}" for each in report.gradients if each.backward == backward}
        lacking = [name for name in asked if name not in found]
        if lacking and found:
            names = ", ".join(lacking)
            return words("not_returned", exercise.language, name=backward, lacking=names)
        if own != asked and sorted(own) == sorted(asked):
            names = ", ".join(asked)
            return words("order", exercise.language, name=backward, order=names)
    return ""


def _returned(text: str, function: str) -> list[str]:
    """What the last return of a function returns, part by part."""
    node = functions_in(ast.parse(text).body).get(function)
    return [] if node is None else [ast.unparse(part) for part in returned_parts(node)]


def _held(
    results: Sequence[GradientResult], named: dict[str, _Value], style: Style
) -> Iterator[str]:
    for row in rows_of(results, style):
        value = named.get(row.name)
        limits = row.limits
        if value is not None:
            limits = re.sub(rf",? ?\b({_SCALE}|dy)\b( \([\d, ]*\))?", "", limits)
            yield f"{row.verdict}  {value.title}  {limits}".rstrip()
        else:
            yield f"{row.verdict}  {row.name} {row.gradients}  {limits}".rstrip()


def _failure(
    result: GradientResult, value: _Value | None, style: Style, again: bool
) -> Iterator[str]:
    what = f"{result.backward} d{result.of}" if value is None else value.title
    yield f"{result.verdict}  {what}"
    if value is not None:
        yield from (f"  {line}" for line in _value_lines(result, value, style))
    else:
        told = body_of(result, style, again)
        yield from (f"  {line}" for each in told for line in fitting(each))
    if result.slip is not None and len(result.slip.steps) > 1 and value is None and not again:
        yield from (f"  {line}" for line in steps_of(result.slip, style.language))


def _value_lines(result: GradientResult, value: _Value, style: Style) -> Iterator[str]:
    """The inputs, the value there and the right one, then the slip in the function's own name."""
    example = result.counterexample
    if example is not None:
        for name, number in example["inputs"].items():
            if not {_SCALE, "dy"} & set(name.split(", ")):
                yield one_line(value_text(name, number, style.language))
        at = example["at"].replace(f"d{_SCALE}", value.title)
        yield words("value", style.language, at=at, got=example["got"], wanted=example["wanted"])
    if result.slip is None:
        yield words("unexplained", style.language)
        return
    slip = result.slip
    texts: dict[str, Any] = {
        name: Text(*(_own(each, value) for each in getattr(slip, name)))
        for name in ("message", "confirmation")
    }
    others = tuple(each for each in slip.others if _SCALE not in each.message.en)
    slip = replace(slip, equation=_own(slip.equation, value), others=others, **texts)
    bare = replace(result, counterexample=None, reason="", diagnosis=slip)
    yield from (line for each in body_of(bare, style) for line in fitting(each))


def _own(text: str, value: _Value) -> str:
    text = re.sub(rf",? ?\b{_SCALE} of shape \([\d, ]*\)", "", text)
    text = re.sub(rf",? ?(모양이 \([\d, ]*\)인 )?\b{_SCALE}(?![A-Za-z_])", "", text)
    return text.replace(f"d{_SCALE}", value.function)


def _open(
    exercise: Exercise, found: Sequence[tuple[str, str]], named: dict[str, _Value], style: Style
) -> Iterator[str]:
    for name, reason in list(dict.fromkeys(found))[:2]:
        value = named.get(name)
        title = value.title if value is not None else name
        said = style.said(reason)
        for before, own in ((f"d{_SCALE}", title), ("true_", ""), ("judged_", "")):
            said = said.replace(before, own)
        yield words("undecided", exercise.language, name=title or exercise.name, why=said)


__all__ = ["declared", "judged_text", "outcome"]
