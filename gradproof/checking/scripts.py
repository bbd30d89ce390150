"""Read the training script in a file by its run, in a process of its own, and report its steps.

The process runs the script once, traced and bounded (gradproof.claims), and answers with what it
found of each update. What looks like a gradient step and was not read is listed with its line.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from gradproof.checking.judgement.raised import Gone
from gradproof.checking.processes.asked import RunsScripts
from gradproof.checking.reading.listed import is_by_hand, without_lines
from gradproof.checking.records import FileError, GradientResult, Report, Unmatched
from gradproof.checking.source.discover import returned_parts
from gradproof.checking.source.syntax import Source
from gradproof.claims.statements import parsed
from gradproof.claims.unread_steps import steps_beside, steps_of
from gradproof.tracing.serial import plain_text

SECONDS = 30.0  # for one script; most take less than one
_STATUSES = ("CHECKED", "REFUTED", "UNDECIDED")
_MOST_LINES = 200
_MOST_ABOVE = 3  # folders up in which a file that the script imports may lie
_METHOD = "the script's own run, read as one program"
_SUMS = (ast.Add, ast.Sub)


@dataclass
class Ran:
    """What the run of a script says.

    report: its steps, and those that could not be read.
    why:    why it says nothing; "" where it says something.
    lines:  of each step that is checked or that no scalar fits, the lines in which it is computed.
    """

    report: Report = field(default_factory=Report)
    why: str = ""
    lines: dict[int, tuple[int, ...]] = field(default_factory=dict)

    def without(self, judged: Iterable[GradientResult], text: str) -> Report:
        """The report without the steps that no scalar fits and that functions are used for which
        are judged by themselves: the step of a filter by its Jacobians, say, which is no gradient
        step, or one by a gradient whose function the script never calls. Where another step fits,
        the script trains, and nothing is left out."""
        source, within = Source(text), set[int]()
        if any(each.verdict != "UNDECIDED" for each in self.report.gradients):
            return self.report
        for each in judged:
            owner, _, name = each.backward.rpartition(".")
            node = source.node(owner, name)
            if node is not None and _is_whole(node):
                within.update(_lines(node))
        kept = [g for k, g in enumerate(self.report.gradients)
                if within.isdisjoint(self.lines.get(k, ()))]  # fmt: skip
        return replace(self.report, gradients=kept)


_SUMMED = ("dot", "matmul", "sum", "mean", "outer", "einsum", "tensordot", "inner")
_MADE = ("array", "asarray", "eye", "zeros", "ones", "empty", "diag", "stack", "concatenate",
         "Matrix")  # fmt: skip


def _is_whole(node: ast.FunctionDef) -> bool:
    """Whether a derivative is one of everything that a step needs, a gradient or a Jacobian, rather
    than the slope of an activation, which is a factor of it: it sums, or builds a matrix."""
    called = {ast.unparse(each.func).rpartition(".")[2] for each in ast.walk(node)
              if isinstance(each, ast.Call)}  # fmt: skip
    products = any(isinstance(each, ast.MatMult) for each in ast.walk(node))
    return products or not called.isdisjoint((*_SUMMED, *_MADE))


def runs_by_itself(text: str, path: Path | None = None) -> bool:
    """Whether a file has statements to run, and a sum that is given the name of one of its terms;
    or imports a file beside it, in which there may be such.

    >>> runs_by_itself("w = 1.0\\nfor _ in range(9):\\n    w -= 0.1 * w")
    True
    >>> runs_by_itself("def step(w, dw):\\n    return w - 0.1 * dw")
    False
    """
    try:
        tree = parsed(text)
    except (SyntaxError, ValueError, RecursionError):
        return False
    runs = any(
        isinstance(part, (ast.For, ast.While, ast.Expr, ast.If, ast.With, ast.Try))
        and not (isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant))
        for part in tree.body
    )
    folders = [] if path is None else [path.parent]
    if path is not None and "sys.path" in text:  # the author looks further up
        folders += list(path.resolve().parents)[1:_MOST_ABOVE]
    return runs and any(
        (isinstance(node, (ast.AugAssign, ast.Assign)) and _is_sum(node))
        or any(_is_of_a_file_beside(node, folder) for folder in folders)
        for node in ast.walk(tree)
    )


def _is_of_a_file_beside(node: ast.AST, folder: Path) -> bool:
    names: list[str] = []
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom) and node.module:
        names = [node.module]
    tops = [name.split(".")[0] for name in names]
    return any((folder / f"{top}.py").is_file() or (folder / top).is_dir() for top in tops)


def _is_sum(node: ast.AugAssign | ast.Assign) -> bool:
    if isinstance(node, ast.AugAssign):
        return isinstance(node.op, _SUMS)
    value = node.value
    return any(
        isinstance(part, ast.BinOp) and isinstance(part.op, _SUMS) for part in ast.walk(value)
    )


def read(
    path: Path,
    file: str,
    text: str,
    start: Callable[[], AbstractContextManager[RunsScripts]],
    whole: bool,
) -> Ran:
    """Return what the run of a script says of its updates.

    start: makes the process of the file; whole: nothing else is judged in the file, so that steps
    that were not read have to be listed.
    """
    out = Report()
    why = ""
    try:
        with start() as side:
            claims, why = side.script(text, SECONDS)
    except Gone as gone:
        if gone.tampered:
            return Ran(Report(errors=[FileError(file, str(gone))]))
        claims, why = [], f"run as a script, {gone}"
    except Exception as error:
        claims, why = [], f"{error}"
    out.gradients = [_result(path, file, claim) for claim in claims]
    own = path.resolve()
    known = {(c["line"], c["target"]) for c in claims if Path(c["file"]).resolve() == own}
    if whole and not out.gradients:
        reason = why or "no scalar was found of which it is the gradient"
        out.unmatched = [
            Unmatched(file, f"line {line}: {target}",
                      f"a step of a training loop; its run could not be read: {reason}")
            for line, target in steps_of(text)
        ]  # fmt: skip
    elif known:
        out.unmatched = [
            Unmatched(file, f"line {line}: {target}", _not_read(target, min(known)[0], anew, why))
            for line, target, anew in steps_beside(text, known)
        ]
    lines = {k: claim["lines"] for k, claim in enumerate(claims) if claim["lines"]}
    return Ran(out, "" if claims else why, lines)


def _not_read(target: str, beside: int, anew: bool, why: str) -> str:
    if anew:
        return (f"it has a factor of the step of line {beside}, but takes the place of {target} "
                "instead of being subtracted from it")  # fmt: skip
    ended = "" if not why or why.startswith("stopped") else f"; the run ended: {why}"
    return (f"it is written as the step of line {beside} is, but no loss that was seen depends on "
            f"{target}, or it was not reached{ended}")  # fmt: skip


def without_read(
    unmatched: list[Unmatched], text: str, ran: Ran, file: str = ""
) -> list[Unmatched]:
    """Return what is unmatched, without the functions whose steps the run of the script has told:
    a method that updates weights and returns nothing is judged by that, and so is a function of
    which every value that it returns is a step that is checked. Where the run told nothing, the
    steps are listed with why."""
    read, why = ran.report, ran.why
    told = {(each.file, each.line) for each in read.gradients if each.verdict != "UNDECIDED"}
    if not told:
        return [
            replace(each, reason=f"{each.reason}; the run of the file could not be read: {why}")
            if why and is_by_hand(each.reason)
            else each
            for each in unmatched
        ]
    source = Source(text)
    unmatched = [
        replace(each, name=left[0], reason=left[1])
        for each in unmatched
        if (left := without_lines(each.name, each.reason, text,
                                  {line for file, line in told if file == each.file}))
    ]  # fmt: skip

    def is_told(each: Unmatched) -> bool:
        owner, _, name = each.name.rpartition(".")
        node = source.node(owner, name)
        if node is None:
            return False
        bodies = [node, *_passed_on_to(node, source)]
        if any((each.file, line) in told for body in bodies for line in _lines(body)):
            return True
        through = [k for k, lines in ran.lines.items() if not set(_lines(node)).isdisjoint(lines)]
        held = all(read.gradients[k].verdict == "CHECKED" for k in through)
        return each.file == file and held and len(through) >= _values_of(node) > 0

    return [each for each in unmatched if not is_told(each)]


def _values_of(node: ast.FunctionDef) -> int:
    """How many values a function returns, a dictionary's one by one."""
    parts = returned_parts(node)
    return sum(len(part.values) if isinstance(part, ast.Dict) else 1 for part in parts)


def _lines(node: ast.FunctionDef) -> range:
    return range(node.lineno, (node.end_lineno or 0) + 1)


def _passed_on_to(node: ast.FunctionDef, source: Source) -> list[ast.FunctionDef]:
    """The methods of the file that a method calls on others, where it does nothing but that: its
    steps are theirs."""
    if any(isinstance(each, (ast.BinOp, ast.AugAssign)) for each in ast.walk(node)):
        return []
    called = {each.func.attr for each in ast.walk(node)
              if isinstance(each, ast.Call) and isinstance(each.func, ast.Attribute)}  # fmt: skip
    defined = (each for each in ast.walk(source.tree) if isinstance(each, ast.FunctionDef))
    return [each for each in defined if each.name in called and each is not node]


def _result(path: Path, file: str, claim: Mapping[str, Any]) -> GradientResult:
    """A claim as an entry of the report."""
    own = path.resolve()
    other = Path(claim["file"])
    shown = file
    if claim["file"] and other != own:
        try:
            shown = str(Path(file).parent / other.relative_to(own.parent))
        except ValueError:
            shown = other.name
    status, english, korean = claim["status"], claim["said"][0], claim["said"][1]
    holds = status == "CHECKED"
    return GradientResult(
        shown, claim["line"], "", claim["target"], claim["target"], "loss", "step", None, status,
        _METHOD, english if holds else "", reason="" if holds else english, korean=korean,
    )  # fmt: skip


def told(claims: list[Any]) -> list[dict[str, Any]]:
    """Return claims as plain data, to be sent from the process of the file."""
    return [
        {
            "file": each.place.file, "line": each.place.line, "target": each.target,
            "status": each.status.value, "said": [each.said.en, each.said.ko],
            "lines": list(each.lines[:_MOST_LINES]),
        }
        for each in claims
    ]  # fmt: skip


def received(value: Any) -> list[dict[str, Any]]:
    """Return what came as claims. Raises TypeError, KeyError or ValueError for what is none."""
    out = []
    for each in value:
        whole = [each["line"], *each["lines"]]
        if each["status"] not in _STATUSES or any(type(line) is not int for line in whole):
            raise ValueError("a claim that is none")
        english, korean = each["said"]
        out.append(
            {
                "file": plain_text(each["file"], 500), "line": each["line"],
                "target": plain_text(each["target"], 60), "status": each["status"],
                "said": [plain_text(english, 600), plain_text(korean, 600)],
                "lines": tuple(whole[1:]),
            }
        )  # fmt: skip
    return out


__all__ = ["Ran", "read", "received", "runs_by_itself", "told", "without_read"]
