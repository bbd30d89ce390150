"""Slips of whole statements: what is done too early, in too few turns, or only for the last one.

No step of a run is wrong by itself then: ``return dx`` stands inside the loop, the loop ends a turn
too soon, ``=`` stands for ``+=``. So these are changes of the author's text, each of which is put
into the file and run: there are few in a function.
"""

from __future__ import annotations

import ast
import copy
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from gradproof.diagnosis.slips.slip_family import TextFamily
from gradproof.diagnosis.source.source_positions import enclosing
from gradproof.diagnosis.source.verbatim import between, edit_of, edited
from gradproof.diagnosis.tape.author_words import Naming
from gradproof.diagnosis.tape.points import Scene
from gradproof.diagnosis.weights import weight
from gradproof.slip_kinds import Kind
from gradproof.verdicts import Diagnosis, Edit

_RANGE, _INDEX, _ADDS, _RETURN, _EARLY, _KEPT, _ENTRY, _DEDENT, _FIRST = (
    weight("statement slips: range"),
    weight("statement slips: index"),
    weight("statement slips: adds"),
    weight("statement slips: return"),
    weight("statement slips: early"),
    weight("statement slips: kept"),
    weight("statement slips: entry"),
    weight("statement slips: dedent"),
    weight("statement slips: first"),
)


_KNOWN = weight("statement slips: found of another gradient")


@dataclass(frozen=True)
class StatementSlip:
    """A change of the author's text: what kind of slip it mends, how unlikely it is, the edits.

    old, new: what stands there and what should; line: where; term: what is left out, if that is it.
    """

    kind: Kind
    cost: float
    edits: tuple[Edit, ...]
    old: str
    new: str
    line: int
    term: str = ""

    def made(self) -> StatementSlip | None:
        """Return it."""
        return self


@dataclass(frozen=True)
class Planned:
    """A change of the author's text: its cost is known, the text only when it is asked for."""

    cost: float
    make: Callable[[], StatementSlip | None]

    def made(self) -> StatementSlip | None:
        """Return the slip; None where it has no place in the text."""
        return self.make()


Slip = StatementSlip | Planned


def told_again(naming: Naming, found: Diagnosis) -> StatementSlip:
    """Return the slip of a diagnosis that was made before, to be tried of another gradient."""
    first = found.edits[0]
    old = " ".join(between(naming.sources.lines(first.file), first).split())
    return StatementSlip(Kind(found.kind), _KNOWN, found.edits, old, first.text, first.line,
                         found.term)  # fmt: skip


class StatementSlips(TextFamily):
    """A statement: a loop that ends too soon, return inside it, an index off by one, = for +=.

    Looks at statements of forward and backward. In their place: ranges, indices, += and the place
    of return, one at a time. Says the kind of each, with old and new text.
    """

    order = 10
    most = 160

    def slips(self, scene: Scene) -> Iterator[Slip]:
        naming = scene.naming
        found: list[Slip] = []
        for file, function, backward in functions_of(scene):
            made = Changes(naming, file, function)
            found += made.of_backward() if backward else made.of_forward()
        yield from sorted(found, key=lambda slip: slip.cost)[: self.most]


def functions_of(scene: Scene) -> Iterator[tuple[str, ast.FunctionDef, bool]]:
    """Yield the author's functions that ran, with their files; whether it was in backward."""
    tape, naming = scene.first.tape, scene.naming
    seen: dict[int, tuple[str, ast.FunctionDef, bool]] = {}
    ends = [end for ends in tape.ends.values() for end in ends]
    places = [(op.place.file, op.place.line, k > tape.start)
              for k, op in enumerate(tape.ops) if op.place is not None]  # fmt: skip
    places += [(op.site.file, op.site.line, k > tape.start)
               for k, op in enumerate(tape.ops) if op.site is not None]  # fmt: skip
    for file, line, backward in [*places, *((f, n, True) for f, n in ends)]:
        function = enclosing(naming, file, line)
        if function is not None:
            known = seen.get(id(function), (file, function, False))
            seen[id(function)] = (file, function, known[2] or backward)
    yield from seen.values()


class Changes:
    """The changes of one function."""

    def __init__(self, naming: Naming, file: str, function: ast.FunctionDef) -> None:
        self.file, self.function = file, function
        self.lines = naming.sources.lines(file)
        self.loops = [n for n in ast.walk(function) if isinstance(n, ast.For)]
        self.inside = {id(n) for loop in self.loops for part in loop.body for n in ast.walk(part)}
        self.counters = [n.id for loop in self.loops for n in ast.walk(loop.target)
                         if isinstance(n, ast.Name)]  # fmt: skip

    def of_backward(self) -> Iterator[Slip]:
        """Yield the changes of a function that backward runs."""
        for loop in self.loops:
            yield from self._ranges(loop)
            yield from self._left_too_soon(loop)
        for node in ast.walk(self.function):
            if isinstance(node, ast.Subscript):
                yield from self._indices(node)
            elif isinstance(node, (ast.Assign, ast.AugAssign)):
                yield from self._assignments(node)

    def of_forward(self) -> Iterator[Slip]:
        """Yield the changes of a function that forward alone runs: what it keeps or spoils."""
        given = {a.arg for a in self.function.args.args}
        for node in ast.walk(self.function):
            if isinstance(node, ast.If) and not node.orelse and _is_kept_once(node):
                yield from self._always(node)
            elif isinstance(node, ast.AugAssign) and ast.unparse(node.target) in given:
                before = ast.parse(ast.unparse(node.target), mode="eval").body
                value = ast.BinOp(before, node.op, node.value)
                new = ast.Assign([node.target], value, lineno=1)
                yield from self.put(Kind.IN_PLACE, _EARLY, node, new)

    # --- loops ------------------------------------------------------------------------------------

    def _ranges(self, loop: ast.For) -> Iterator[Slip]:
        call = loop.iter
        turned = isinstance(call, ast.Call) and ast.unparse(call.func) == "reversed"
        inner = call.args[0] if turned and isinstance(call, ast.Call) and call.args else call
        if not (isinstance(inner, ast.Call) and ast.unparse(inner.func) == "range"):
            return
        for args in _other_ranges(inner.args):
            yield from self.put(Kind.OFF_BY_ONE, _RANGE, inner, ast.Call(inner.func, args, []))
        other = inner if turned else ast.Call(ast.Name("reversed", ast.Load()), [inner], [])
        yield from self.put(Kind.WRONG_ORDER, _RANGE, call, other)

    def _left_too_soon(self, loop: ast.For) -> Iterator[Slip]:
        """Yield ``return`` at the end of a loop's body, moved behind it."""
        last = loop.body[-1]
        if isinstance(last, ast.Return) and len(loop.body) > 1:
            yield from self._moved_out(Kind.LEFT_TOO_SOON, _RETURN, last, loop)
        elif isinstance(last, (ast.Assign, ast.AugAssign)) and len(loop.body) > 1:
            yield from self._moved_out(Kind.WRONG_LOOP, _DEDENT, last, loop)

    def _moved_out(self, kind: Kind, cost: float, last: ast.stmt, loop: ast.For) -> Iterator[Slip]:
        row = self.lines[last.lineno - 1]
        if last.lineno != last.end_lineno or row[: last.col_offset].strip():
            return
        text = row.strip()
        edit = Edit(self.file, last.lineno, 0, last.lineno, last.col_offset,
                    " " * loop.col_offset)  # fmt: skip
        yield StatementSlip(kind, cost, (edit,), text, text, last.lineno)

    # --- indices ----------------------------------------------------------------------------------

    def _indices(self, node: ast.Subscript) -> Iterator[Slip]:
        parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        for part in parts:
            if isinstance(part, ast.Slice):
                continue
            names = {n.id for n in ast.walk(part) if isinstance(n, ast.Name)}
            if names & set(self.counters) and not isinstance(part, ast.Compare):
                for new in _shifted(part):
                    yield from self.put(Kind.OFF_BY_ONE, _INDEX, part, new, node)
            elif isinstance(part, ast.Constant) and type(part.value) is int and id(
                    node) in self.inside:  # fmt: skip
                for counter in self.counters:
                    yield from self.put(Kind.WRONG_VARIABLE, _KEPT, part,
                                         ast.Name(counter, ast.Load()), node)  # fmt: skip
        if len(parts) == 2 and isinstance(node.ctx, ast.Store) and not any(
                isinstance(p, ast.Slice) for p in parts):  # fmt: skip
            new = ast.Tuple([parts[1], parts[0]], ast.Load())
            yield from self.put(Kind.WRONG_ENTRY, _ENTRY, node.slice, new, node)

    # --- assignments ------------------------------------------------------------------------------

    def _assignments(self, node: ast.Assign | ast.AugAssign) -> Iterator[Slip]:
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target
        inside = id(node) in self.inside
        if not isinstance(target, (ast.Name, ast.Attribute, ast.Subscript)):
            return
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            if inside or isinstance(target, ast.Subscript) or self._is_added_to(target):
                yield from self.put(Kind.WRONG_OPERATOR, _ADDS, node,
                                     ast.AugAssign(target, ast.Add(), node.value))  # fmt: skip
            if self._used_before(target, node):
                yield from self._left_out(node)
        elif isinstance(node, ast.AugAssign):
            if inside and isinstance(node.op, ast.Add):
                yield from self.put(Kind.WRONG_OPERATOR,
                                    _ADDS + weight("statement slips: more, for a plain assignment"),
                                    node, ast.Assign([target], node.value, lineno=1))  # fmt: skip
            if self._used_before(target, node):
                yield from self._left_out(node)
            yield from self._but_the_first(node)

    def _is_added_to(self, target: ast.expr) -> bool:
        """Whether the function adds to an attribute of this name elsewhere: ``self.grad += ...``
        beside ``other.grad = ...``."""
        return isinstance(target, ast.Attribute) and any(
            isinstance(n, ast.AugAssign) and isinstance(n.target, ast.Attribute)
            and n.target.attr == target.attr for n in ast.walk(self.function))  # fmt: skip

    def _but_the_first(self, node: ast.AugAssign) -> Iterator[Slip]:
        """Yield a term added for all elements, or for all but the first: is the bias among them?"""
        given = {a.arg for a in self.function.args.args}
        target = ast.unparse(node.target)
        if isinstance(node.target, ast.Subscript) and target.endswith("[1:]"):
            texts = [ast.unparse(node).replace("[1:]", "")]
        elif isinstance(node.target, ast.Name):
            names = {n.id for n in ast.walk(node.value) if isinstance(n, ast.Name)} & given
            texts = [ast.unparse(_behind_first(node, name)) for name in sorted(names)]
        else:
            return
        for text in texts:
            yield from self.put(Kind.WRONG_MASK, _FIRST, node, ast.parse(text).body[0])

    def _used_before(self, target: ast.expr, node: ast.stmt) -> bool:
        """Whether a statement changes what the function was given, or had from its cache or self:
        a step of the parameters, most likely."""
        if id(node) in self.inside or not isinstance(target, (ast.Name, ast.Attribute)):
            return False
        text = ast.unparse(target)
        value = node.value if isinstance(node, (ast.Assign, ast.AugAssign)) else node
        again = isinstance(node, ast.AugAssign) or any(
            ast.unparse(n) == text for n in ast.walk(value))  # fmt: skip
        return again and not isinstance(getattr(self.function, "returns", None), ast.Lambda)

    def _left_out(self, node: ast.stmt) -> Iterator[Slip]:
        """Yield the function without a statement that stands on lines of its own."""
        first, last = node.lineno, node.end_lineno or node.lineno
        if self.lines[first - 1][: node.col_offset].strip():
            return
        text = self.lines[first - 1].strip()
        if last == len(self.lines):
            return
        edit = Edit(self.file, first, 0, last + 1, 0, "")
        yield StatementSlip(Kind.CHANGED_EARLY, _EARLY, (edit,), text, "", first)

    def _always(self, node: ast.If) -> Iterator[Slip]:
        edit = edit_of(self.lines, self.file, node.test, ast.Constant(True))
        if edit is not None:
            said = ast.unparse(node.test)
            yield StatementSlip(Kind.STALE_CACHE, _KEPT, (edit,), said, "True", node.lineno)

    # --- all --------------------------------------------------------------------------------------

    def put(
        self, kind: Kind, cost: float, old: ast.AST, new: ast.AST, around: ast.AST | None = None,
        term: str = "",
    ) -> Iterator[Planned]:  # fmt: skip
        """Yield a piece of syntax in the place of another; around: what the sentence speaks of."""
        yield Planned(cost, partial(self._made, kind, cost, old, new, around, term))

    def _made(
        self, kind: Kind, cost: float, old: ast.AST, new: ast.AST, around: ast.AST | None,
        term: str,
    ) -> StatementSlip | None:  # fmt: skip
        edit = edit_of(self.lines, self.file, old, new)
        if edit is None:
            return None
        if isinstance(old, ast.expr) and isinstance(new, (ast.BinOp, ast.UnaryOp)):
            edit = self._in_parentheses(edit, old, new)
        before, after = between(self.lines, edit), edit.text
        if around is not None:
            whole = edit_of(self.lines, self.file, around, around)
            if whole is not None and whole.line == whole.end_line == edit.line == edit.end_line:
                before, row = between(self.lines, whole), self.lines[edit.line - 1]
                after = (row[whole.column : edit.column] + edit.text
                         + row[edit.end_column : whole.end_column])  # fmt: skip
        return StatementSlip(kind, cost, (edit,), " ".join(before.split()), after, edit.line, term)

    def without_end(
        self, kind: Kind, cost: float, whole: ast.expr, kept: ast.expr
    ) -> Iterator[Slip]:
        """Yield an expression without what stands behind a part of it: ``w`` for ``w.T``."""
        short = edit_of(self.lines, self.file, kept, kept)
        long = edit_of(self.lines, self.file, whole, whole)
        if short is None or long is None:
            return
        edit = Edit(self.file, short.end_line, short.end_column, long.end_line, long.end_column, "")
        old, new = (" ".join(between(self.lines, each).split()) for each in (long, short))
        yield StatementSlip(kind, cost, (edit,), old, new, edit.line)

    def _in_parentheses(self, edit: Edit, old: ast.expr, new: ast.expr) -> Edit:
        """Return an edit with parentheses, where the line reads otherwise without them."""
        after = edited(self.lines, [edit])
        first, last = self.function.lineno, self.function.end_lineno or self.function.lineno
        rows = after[first - 1 : last + len(after) - len(self.lines)]
        try:
            tree = ast.parse(textwrap.dedent("\n".join(rows)))
            found = {ast.dump(n) for n in ast.walk(tree)
                     if getattr(n, "lineno", 0) == edit.line - first + 1}  # fmt: skip
        except SyntaxError:
            found = set()
        if ast.dump(new) in found:
            return edit
        return replace(edit, text=f"({edit.text})")


def _behind_first(node: ast.AugAssign, name: str) -> ast.AugAssign:
    """Return ``g[1:] += c * w[1:]`` for ``g += c * w``."""
    new = copy.deepcopy(node)
    new.target = ast.parse(f"{ast.unparse(node.target)}[1:] = 0").body[0].targets[0]  # type: ignore[attr-defined]
    new.value = _Behind(name).visit(new.value)
    return new


class _Behind(ast.NodeTransformer):
    """Puts all but the first element of a vector in the place of the vector."""

    def __init__(self, name: str) -> None:
        self.name = name

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return ast.parse(f"{node.id}[1:]", mode="eval").body if node.id == self.name else node


def _is_kept_once(node: ast.If) -> bool:
    """Whether something is kept on self only the first time: ``if self.x is None: self.x = x``."""
    keeps = all(isinstance(s, ast.Assign) and isinstance(s.targets[0], ast.Attribute)
                for s in node.body)  # fmt: skip
    text = ast.unparse(node.test)
    return keeps and ("None" in text or "hasattr" in text or text.startswith("not "))


def _other_ranges(args: list[ast.expr]) -> Iterator[list[ast.expr]]:
    """Yield the arguments of ranges that begin or end a turn sooner or later."""
    start, stop = (None, args[0]) if len(args) == 1 else (args[0], args[1])
    rest = args[2:]
    stops = list(_shifted(stop))
    for other in stops:
        yield [other] if start is None else [start, other, *rest]
    if start is not None:
        for other in _shifted(start):
            if len(args) == 2 and isinstance(other, ast.Constant) and other.value == 0:
                yield [stop]
            else:
                yield [other, stop, *rest]
        if len(args) == 3:
            yield [start, ast.UnaryOp(ast.USub(), ast.Constant(1)), *rest]
    else:
        yield [ast.Constant(1), stop]


def _shifted(node: ast.expr) -> Iterator[ast.expr]:
    """Yield an index one later and one sooner, as one writes it: ``t + 1`` for ``t``."""
    if isinstance(node, ast.Constant) and type(node.value) is int:
        yield from (ast.Constant(node.value + by) for by in (-1, 1) if node.value + by >= -1)
        return
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub)) and isinstance(
            node.right, ast.Constant) and type(node.right.value) is int:  # fmt: skip
        by = node.right.value if isinstance(node.op, ast.Add) else -node.right.value
        yield node.left if by in (1, -1) else _plus(node.left, by - 1 if by > 0 else by + 1)
        yield _plus(node.left, by + 1) if by != -1 else _plus(node.left, -2)
        if by in (1, -1):
            yield _plus(node.left, -by)
        return
    yield _plus(node, -1)
    yield _plus(node, 1)


def _plus(node: ast.expr, by: int) -> ast.expr:
    if by == 0:
        return node
    op: ast.operator = ast.Add() if by > 0 else ast.Sub()
    return ast.BinOp(node, op, ast.Constant(abs(by)))


__all__ = ["Changes", "Planned", "Slip", "StatementSlip", "StatementSlips", "functions_of"]
