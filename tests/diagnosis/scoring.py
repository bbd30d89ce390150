"""When a diagnosis names a planted slip: the right kind, and the right term.

Kind. ``Slip.kinds`` holds every kind that describes the slip truly; the diagnosis names one of
them.

Term. Either of these will do:

- repair: what the learner is told to write makes every gradient right. ``fix`` takes the place of
  the right-hand side of the statement at ``line``, or of ``term`` in it, or of the statement; the
  file is run again and its gradients compared with the truth at three random inputs;
- label: ``line`` is that of the slip (an elementwise derivative has one, so there any line counts,
  that of the product with ``dy`` too), and ``term`` is the label's (what was left out, or the
  expression before or after the change), letter by letter once both are parsed, or in value, up to
  its sign, among the inputs and the variables that the right backward has at that line.

What is neither is no match, however near. A diagnosis of another kind whose repair works is true
too, and counted apart ("in other words"): not as right. One that is exact, of another kind or about
another term, and does not repair the code is wrong with certainty.
"""

from __future__ import annotations

import ast
import enum
import itertools
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from gradproof.diagnosis import Kind
from gradproof.verdicts import Diagnosis
from tests.diagnosis.namespaces import evaluated
from tests.diagnosis.planting import Slip
from tests.diagnosis.screening import Outcome, differing, proved

_OPEN = (Kind.UNEXPLAINED, Kind.INCONCLUSIVE)


class Score(enum.StrEnum):
    """How well a diagnosis names a slip, from best to worst."""

    RIGHT = "right kind and term"
    OTHERS = "right among the others named"
    OTHER_WORDS = "true, in other words"
    KIND = "right kind, no term"
    OPEN = "said: no simple slip"
    HEDGED = "wrong, not certain"
    WRONG = "wrong with certainty"
    MISSED = "called right"
    FAILED = "raised an error"


def scored(slip: Slip, found: Diagnosis | None) -> Score:
    """Compare a diagnosis with the label of the slip."""
    if found is None:
        return Score.MISSED
    if found.kind in _OPEN:
        return Score.OPEN
    kind, term = is_kind(slip, found), is_term(slip, found)
    if kind and term:
        return Score.RIGHT
    if any(is_kind(slip, other) and is_term(slip, other) for other in found.others):
        return Score.OTHERS
    if term or repairs(slip, found):
        return Score.OTHER_WORDS
    if kind and not (found.term or found.fix):
        return Score.KIND
    return Score.WRONG if found.exact else Score.HEDGED


def is_kind(slip: Slip, found: Diagnosis) -> bool:
    """Whether the kind named is one that describes the slip; of two slips, both, in any order."""
    if not slip.parts:
        return found.kind in slip.kinds
    if found.kind != Kind.TWO_SLIPS or len(found.parts) != 2:
        return False
    return any(
        all(is_kind(part, named) for part, named in zip(slip.parts, order))
        for order in itertools.permutations(found.parts)
    )


def is_term(slip: Slip, found: Diagnosis) -> bool:
    """Whether the term named is that of the slip."""
    if slip.parts:
        named = found.parts or (found,)
        return repairs(slip, found) or all(
            any(_is_labelled(part, each) for each in named) for part in slip.parts
        )
    return _is_labelled(slip, found) or repairs(slip, found)


def _is_labelled(slip: Slip, found: Diagnosis) -> bool:
    if found.line != slip.line and slip.subject.style not in ("input", "output"):
        return False
    labels = (slip.term, slip.old, slip.new)
    return any(_same(slip, found.term, label) for label in labels)


def _same(slip: Slip, one: str, other: str) -> bool:
    a, b = _parsed(one), _parsed(other)
    if a is not None and b is not None and ast.dump(a) == ast.dump(b):
        return True
    values = [evaluated(text, slip.subject, slip.line) for text in (one, other)]
    if any(v is None for v in values) or values[0].shape != values[1].shape:
        return False
    return bool(np.allclose(values[0], values[1]) or np.allclose(values[0], -values[1]))


def _parsed(text: str) -> ast.expr | None:
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError):
        return None


# --- repair ---------------------------------------------------------------------------------------


def repairs(slip: Slip, found: Diagnosis) -> bool:
    """Whether following the diagnosis makes every gradient right."""
    return any(_works(text, slip) for text in _repaired([slip.text], found))


def _repaired(texts: list[str], found: Diagnosis) -> list[str]:
    """The file's text as a reader of the diagnosis could mend it; of two slips, one by one."""
    for part in found.parts or (found,):
        texts = [new for text in texts for new in _mended(text, part)][:40]
    return texts


def _mended(text: str, found: Diagnosis) -> Iterator[str]:
    statement = _statement_at(text, found.line)
    if statement is None or not found.fix:
        return
    for new in _rewritten(statement, found):
        lines = text.splitlines()
        first, last = statement.lineno - 1, statement.end_lineno or statement.lineno
        indent = lines[first][: len(lines[first]) - len(lines[first].lstrip())]
        lines[first:last] = [indent + new] + [""] * (last - first - 1)
        yield "\n".join(lines) + "\n"


def _statement_at(text: str, line: int | None) -> ast.stmt | None:
    if line is None:
        return None
    simple = (ast.Assign, ast.AugAssign, ast.Return, ast.Expr)
    return next(
        (
            node
            for node in ast.walk(ast.parse(text))
            if isinstance(node, simple) and node.lineno <= line <= (node.end_lineno or node.lineno)
        ),
        None,
    )


def _rewritten(statement: ast.stmt, found: Diagnosis) -> Iterator[str]:
    """The statement with ``fix`` in it, in each of the ways a reader could take it."""
    fix, term = _parsed(found.fix), _parsed(found.term)
    if fix is None:
        yield found.fix.strip()
        return
    if isinstance(statement, ast.Assign | ast.AugAssign):
        target = ast.unparse(statement.targets[0] if isinstance(statement, ast.Assign)
                             else statement.target)  # fmt: skip
        operator = "=" if isinstance(statement, ast.Assign) else (
            ast.unparse(statement).removeprefix(target).split("=")[0].strip() + "=")  # fmt: skip
        yield f"{target} {operator} {ast.unparse(fix)}"
        if isinstance(fix, ast.Call):
            yield ast.unparse(fix)  # np.add.at(dW, labels, dy) for dW[labels] = dy
    if isinstance(statement, ast.Return):
        yield f"return {ast.unparse(fix)}"
    if term is not None:
        yield from _substituted(statement, term, fix)


def _substituted(statement: ast.stmt, term: ast.expr, fix: ast.expr) -> Iterator[str]:
    """The statement with one occurrence of ``term`` replaced, and with all of them."""
    wanted = ast.dump(term)
    places = [n for n in ast.walk(statement) if isinstance(n, ast.expr) and ast.dump(n) == wanted]
    for chosen in [*([p] for p in places), places]:
        if chosen:
            yield ast.unparse(_Swap([id(n) for n in chosen], fix).visit(statement))


class _Swap(ast.NodeTransformer):
    """Copies a tree with the nodes at ``places`` replaced."""

    def __init__(self, places: list[int], new: ast.expr) -> None:
        self.places, self.new = places, new

    def generic_visit(self, node: ast.AST) -> ast.AST:
        copy = type(node)(**{name: self._part(value) for name, value in ast.iter_fields(node)})
        return ast.copy_location(copy, node)

    def _part(self, value: object) -> object:
        if isinstance(value, list):
            return [self._part(item) for item in value]
        return self.visit(value) if isinstance(value, ast.AST) else value

    def visit(self, node: ast.AST) -> ast.AST:
        return self.new if id(node) in self.places else self.generic_visit(node)


def _works(text: str, slip: Slip) -> bool:
    subject = slip.subject
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / subject.file.name
        path.write_text(text, encoding="utf-8")
        try:
            if slip.forward:  # right is then what is the derivative of the forward as it stands
                return proved(path, subject) is Outcome.EQUAL
            return differing(path, subject) == set()
        except SyntaxError:
            return False
