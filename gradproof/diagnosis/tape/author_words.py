"""The author's own words: names and source text for the entries of a tape."""

from __future__ import annotations

import ast
import linecache
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gradproof.diagnosis.quantities.terms import combined, level_of, plain_number
from gradproof.diagnosis.tape.tape import Op, Place, Ref, Tape

Span = tuple[int, int, int, int]


@dataclass
class Sources:
    """Source lines by file: those given, else those of the files themselves."""

    given: dict[str, str] = field(default_factory=dict)
    _lines: dict[str, list[str]] = field(default_factory=dict)
    _trees: dict[str, dict[Span, ast.AST]] = field(default_factory=dict)
    _statements: dict[Place, ast.stmt | None] = field(default_factory=dict)

    def lines(self, file: str) -> list[str]:
        """Return the lines of a file; none where it cannot be read."""
        if file not in self._lines:
            known = self.given.get(file)
            self._lines[file] = (
                [line.rstrip("\n") for line in linecache.getlines(file)]
                if known is None else known.splitlines()
            )  # fmt: skip
        return self._lines[file]

    def node(self, place: Place) -> ast.AST | None:
        """Return the expression or statement that stands exactly there."""
        if place.file not in self._trees:
            found: dict[Span, ast.AST] = {}
            try:
                tree = ast.parse("\n".join(self.lines(place.file)))
            except (SyntaxError, ValueError):
                tree = ast.Module([], [])
            for node in ast.walk(tree):
                if isinstance(node, (ast.expr, ast.stmt)):
                    found.setdefault(_span(node), node)
            self._trees[place.file] = found
        return self._trees[place.file].get(
            (place.line, place.column, place.end_line, place.end_column)
        )

    def nodes(self, file: str) -> list[ast.AST]:
        """Return every expression and statement of a file."""
        self.node(Place(file, 0, 0, 0, 0, ""))
        return list(self._trees[file].values())

    def text(self, file: str, span: Span) -> str:
        """Return the source text of a span, on one line."""
        lines = self.lines(file)
        line, column, end_line, end_column = span
        if not 0 < line <= end_line <= len(lines):
            return ""
        parts = [text.encode() for text in lines[line - 1 : end_line]]
        parts[-1] = parts[-1][:end_column]
        parts[0] = parts[0][column:]
        text = b"\n".join(parts).decode(errors="replace")
        try:
            return ast.unparse(ast.parse(text.strip(), mode="eval")) if "\n" in text else text
        except SyntaxError:
            return " ".join(text.split())

    def line(self, place: Place) -> str:
        """Return the line of a place, without its indentation."""
        lines = self.lines(place.file)
        return lines[place.line - 1].strip() if 0 < place.line <= len(lines) else ""

    def statement(self, place: Place) -> ast.stmt | None:
        """Return the innermost statement around a place."""
        if place not in self._statements:
            self._statements[place] = self._statement(place)
        return self._statements[place]

    def _statement(self, place: Place) -> ast.stmt | None:
        self.node(place)
        best: ast.stmt | None = None
        for node in self._trees[place.file].values():
            if not isinstance(node, (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Return,
                                     ast.Expr)):  # fmt: skip
                continue
            line, column, end_line, end_column = _span(node)
            inside = (line, column) <= (place.line, place.column) and (
                place.end_line, place.end_column) <= (end_line, end_column)  # fmt: skip
            if inside and (best is None or _span(best) < _span(node)):
                best = node
        return best


def _span(node: Any) -> Span:
    return node.lineno, node.col_offset, node.end_lineno, node.end_col_offset


class Naming:
    """Texts of the entries of one tape.

    given: the values that numbers of forward have as the code is called, None where that varies.
    numbers: the numbers that have names.
    """

    def __init__(self, tape: Tape, sources: Sources) -> None:
        self.tape, self.sources = tape, sources
        self.given: Mapping[str, float | None] = {}
        self.numbers: Mapping[str, float] = tape.constants | tape.foreign
        self._assigned()
        self.again = self._computed_again()

    def _computed_again(self) -> dict[Any, int]:
        """What backward computes itself, by its value: forward's y may be ``sigmoid(x)`` there."""
        found: dict[Any, int] = {}
        for index in range(self.tape.start + 1, len(self.tape.ops)):
            op = self.tape.ops[index]
            last = index + 1 == len(self.tape.ops) or self.tape.ops[index + 1].place != op.place
            if last and not op.own and self.source(op) and not isinstance(op.value, list):
                found.setdefault(_bits(op), index)
        return found

    def _assigned(self) -> None:
        """Name what is assigned to a variable by the last thing done on a line."""
        for index, op in enumerate(self.tape.ops):
            if op.site is None or op.site != op.place:
                continue
            node = self.sources.node(op.site)
            parent = self.sources.statement(op.site) if node is not None else None
            if isinstance(parent, ast.Assign) and parent.value is node:
                for target in parent.targets:
                    if isinstance(target, ast.Name):
                        self._call(op, target.id, index > self.tape.start)

    def _call(self, op: Op, name: str, own: bool) -> None:
        """Put a name in front: of all, or of those that forward alone has."""
        at = 0 if own else op.own
        if name not in op.names[:at]:
            rest = [n for n in op.names[at:] if n != name]
            op.names[at:] = [name, *rest]
        op.own = max(op.own, int(own))

    def named(self, index: int) -> bool:
        """Whether the author has a name for the entry."""
        return bool(self.tape.ops[index].names)

    def text(self, index: int, depth: int = 0) -> str:
        """Return the author's name of an entry, else the text of the expression.

        A name that only forward has is no use in backward: there its formula is given.
        """
        op = self.tape.ops[index]
        if op.own:
            return op.names[0]
        if op.name in ("input", "upstream", "constant"):
            return op.names[0] if op.names else _constant(op)
        if index < self.tape.start:
            return self._of_forward(index, op, depth)
        source = self.source(op)
        if op.name == "setitem" and source:
            return source  # dx[mask] = 0 leaves what is called dx, at any depth
        if source and len(source) < 60 and op.place == op.site and depth == 0:
            return source
        if depth > 6:
            return source or op.name
        return self.composed(op, depth)

    def _of_forward(self, index: int, op: Op, depth: int) -> str:
        """Return a formula in names of backward, if there is a short one; else forward's name."""
        again = self.again.get(_bits(op))
        if again is not None:
            return self.source(self.tape.ops[again])
        known = self._written(index, 0)
        if known is not None and len(known) < 60:
            return known
        if op.names:
            return op.names[0]
        return (op.name == "setitem" and self.source(op)) or self.composed(op, depth)

    def _written(self, index: int, depth: int) -> str | None:
        op = self.tape.ops[index]
        if op.own:
            return op.names[0]
        if op.name in ("input", "upstream", "constant", "returned", "getitem") or depth > 4:
            return None
        if any(isinstance(a, (list, tuple)) for a in op.args[:1]):
            return None
        texts = []
        for operand in op.args:
            inner = isinstance(operand, Ref)
            text = self._written(operand.index, depth + 1) if inner else self.scalar(operand)
            if text is None:
                return None
            texts.append(text)
        if op.name == "reshape" and op.args[0].index < self.tape.start and len(op.args) == 2:
            return f"{texts[0]}.reshape{op.args[1]}" if level_of(texts[0]) == 9 else texts[0]
        if op.name in ("astype", "moveaxis", "broadcast_to", "pick", "reshape"):
            return texts[0]
        return combined(op.name, [(level_of(t), t) for t in texts], op.kwargs)[1]

    def composed(self, op: Op, depth: int = 0) -> str:
        """Return the text of an entry made from those of its operands."""
        if op.name in ("astype", "moveaxis", "broadcast_to", "pick", "returned") and op.args:
            return self._operand(op, 0, depth + 1)
        texts = [self._operand(op, k, depth + 1) for k in range(len(op.args))]
        if op.name == "getitem":
            return f"{texts[0]}[{_key(op.args[1])}]"
        if op.name == "reshape":
            return texts[0]
        return combined(op.name, [(level_of(t), t) for t in texts], op.kwargs)[1]

    def _operand(self, op: Op, k: int, depth: int) -> str:
        operand = op.args[k]
        if isinstance(operand, Ref):
            return self.text(operand.index, depth)
        return self.scalar(operand)

    def variable(self, op: Op, k: int, index: int) -> str:
        """Return the one variable that operand k is written with, so that its uses go together."""
        node = self.operand_node(op, k)
        if op.name == "returned" or node is None:
            names = self.tape.ops[index].names
            return names[-1] if names else ""
        called = {id(n.func) for n in ast.walk(node) if isinstance(n, ast.Call)}
        found = {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and id(n) not in called}
        return found.pop() if len(found) == 1 else ast.unparse(node)

    def scalar(self, value: Any) -> str:
        """Return the text of an operand that is no array."""
        if type(value) is float or (type(value) is int and value > 2):
            for name, known in self.numbers.items():
                telling = name in self.tape.constants or not float(known).is_integer()
                if known == value and telling:
                    return name
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return plain_number(value)
        known = not isinstance(value, (list, tuple)) or all(type(v) is int for v in value)
        return repr(value) if known else "[...]"

    def source(self, op: Op) -> str:
        """Return the source text of the call or operator that made an entry."""
        site = op.place  # of a helper, the call
        node = None if site is None else self.sources.node(site)
        if site is None or node is None:
            return ""
        if op.name == "setitem" and isinstance(node, ast.Subscript):
            return ast.unparse(node.value)  # of dx[mask] = 0 what it leaves is dx
        return self.sources.text(site.file, (site.line, site.column, site.end_line,
                                             site.end_column))  # fmt: skip

    def at_site(self, op: Op) -> str:
        """Return the source text of an entry where it is made, inside a helper too."""
        if op.site is None or self.sources.node(op.site) is None:
            return self.source(op) or self.composed(op)
        place = op.site
        return self.sources.text(place.file, (place.line, place.column, place.end_line,
                                              place.end_column))  # fmt: skip

    def operand_node(self, op: Op, k: int) -> ast.AST | None:
        """Return the syntax of operand k of an entry, where the source shows it."""
        direct = op.site is not None and op.site == op.place
        node = self.sources.node(op.site) if direct and op.site is not None else None
        return operand_of(node, op.name, k, len(op.args))

    def operand(self, op: Op, k: int) -> str:
        """Return operand k as the author wrote it; else as it can be composed."""
        node = self.operand_node(op, k)
        if node is not None and op.site is not None:
            return self.sources.text(op.site.file, _span(node))
        return self._operand(op, k, 0)


def operand_of(node: ast.AST | None, name: str, k: int, count: int) -> ast.AST | None:
    """Return the syntax of one operand of an operator or call."""
    if isinstance(node, ast.BinOp) and count == 2:
        return node.left if k == 0 else node.right
    if isinstance(node, ast.UnaryOp) and k == 0:
        return node.operand
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and count == 2:
        return node.left if k == 0 else node.comparators[0]
    if isinstance(node, ast.AugAssign) and count == 2:
        return node.target if k == 0 else node.value
    if isinstance(node, ast.Subscript) and name in ("getitem", "setitem") and k < 2:
        return node.value if k == 0 else node.slice
    if isinstance(node, ast.Attribute) and k == 0:
        return node.value
    if isinstance(node, ast.Call):
        return _argument_of(node, name, k)
    return None


def _argument_of(node: ast.Call, name: str, k: int) -> ast.AST | None:
    function = node.func
    called = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    if called not in _CALLED.get(name, {name}):
        return None  # a helper that does it inside
    module = isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name) and (
        function.value.id in ("np", "numpy", "xp", "math", "linalg"))  # fmt: skip
    operands: list[ast.AST] = list(node.args)
    if isinstance(function, ast.Attribute) and not module:
        operands.insert(0, function.value)
    return operands[k] if k < len(operands) else None


_CALLED = {
    "matmul": {"matmul", "dot"}, "abs": {"abs", "absolute", "fabs"}, "max": {"max", "amax"},
    "min": {"min", "amin"}, "reshape": {"reshape", "ravel", "flatten"}, "power": {"power", "pow"},
    "divide": {"divide", "true_divide"},
}  # fmt: skip


def _bits(op: Op) -> Any:
    return (op.value.shape, op.value.tobytes()) if not isinstance(op.value, list) else None


def _constant(op: Op) -> str:
    value = op.value
    if getattr(value, "size", 0) == 1:
        return plain_number(float(value.reshape(-1)[0]))
    return f"an array of shape {getattr(value, 'shape', ())}"


def _slice(part: slice) -> str:
    """Return a slice as one writes it in brackets.

    >>> _slice(slice(1, None)), _slice(slice(None, None, -1)), _slice(slice(None))
    ('1:', '::-1', ':')
    """
    start, stop, step = ("" if v is None else str(v) for v in (part.start, part.stop, part.step))
    return f"{start}:{stop}" + (f":{step}" if step else "")


def _key(key: Any) -> str:
    parts = key if isinstance(key, tuple) else (key,)
    shown = {type(None): "None", type(Ellipsis): "..."}
    return ", ".join(
        _slice(part) if isinstance(part, slice) else shown.get(type(part), str(part))
        for part in parts
        if not isinstance(part, Ref)
    ) or "..."  # fmt: skip
