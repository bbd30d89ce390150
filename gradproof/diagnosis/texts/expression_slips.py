"""Slips in expressions that no step on arrays shows: a Jacobian written out in numbers.

``np.array([[np.cos(t), r * np.sin(t)], ...])`` is one array of many numbers; what is wrong with one
of them is sought in the text: a sign, a number, a factor with a name, a transpose. Each change is
put into the author's file and run, after all that is sought on the tape.
"""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator

from gradproof.diagnosis.slips.slip_family import TextFamily
from gradproof.diagnosis.tape.points import Scene
from gradproof.diagnosis.texts.statement_slips import Changes, Slip, functions_of
from gradproof.diagnosis.weights import weight
from gradproof.slip_kinds import Kind

_SIGN, _NUMBER, _TRANSPOSE, _FACTOR, _OPERATOR = (
    weight("expression slips: sign"),
    weight("expression slips: number"),
    weight("expression slips: transpose"),
    weight("expression slips: factor"),
    weight("expression slips: operator"),
)
_EXCHANGE, _WIDEST = (
    weight("expression slips: exchange"),
    6,
)  # elements of a list of which two may be exchanged
_FEW = 8  # names that a factor may be
_ARGUMENT, _SIZE = weight("name slips: argument"), weight("name slips: size")
_MOST_AXES = 3


class ExpressionSlips(TextFamily):
    """An expression: a sign, a factor, a number, a transpose that no tape shows.

    Looks at the expressions of backward. In their place: their signs, numbers and factors, one at a
    time. Says the kind of each, with old and new text.
    """

    order = 20
    most = 240

    def slips(self, scene: Scene) -> Iterator[Slip]:
        found: list[Slip] = []
        for file, function, backward in functions_of(scene):
            if backward:
                found += _Expressions(scene, file, function).all()
        yield from sorted(found, key=lambda slip: slip.cost)[: self.most]


class _Expressions:
    """The changes of the expressions of one function."""

    def __init__(self, scene: Scene, file: str, function: ast.FunctionDef) -> None:
        self.changes = Changes(scene.naming, file, function)
        self.function = function
        self.names = list(dict.fromkeys(_names_of(function)))[:_FEW]
        found = (n.value for n in ast.walk(function) if isinstance(n, ast.Constant))
        self.numbers = list(dict.fromkeys(v for v in found if type(v) is float))[:_FEW]

    def all(self) -> Iterator[Slip]:
        """Yield all of them."""
        for statement in ast.walk(self.function):
            if isinstance(statement, (ast.Assign, ast.AugAssign, ast.Return)) and statement.value:
                yield from self._of(statement.value)

    def _of(self, value: ast.expr) -> Iterator[Slip]:
        terms = list(_terms(value))
        for term in terms:
            yield from self._signs(term)
            for name in self.names:
                by = ast.Name(name, ast.Load())
                for op, left_out in ((ast.Mult(), name), (ast.Div(), f"1/{name}")):
                    yield from self.changes.put(Kind.MISSING_FACTOR, _FACTOR, term,
                                                ast.BinOp(term, op, by), term=left_out)  # fmt: skip
        if value not in terms:
            yield from self._signs(value)
        for term in [value, *(t for t in terms if isinstance(t, (ast.Name, ast.Call)))]:
            yield from self._transposes(term)
        for node in ast.walk(value):
            if isinstance(node, (ast.List, ast.Tuple)) and 1 < len(node.elts) <= _WIDEST:
                yield from self._exchanges(node)
        for call in (n for n in _outside_of_indices(value) if isinstance(n, ast.Call)):
            for each in call.args:  # how far something is rolled or shifted, and which way
                if isinstance(each, ast.Name) and each not in terms:
                    yield from self._signs(each)
        for node in _outside_of_indices(value):
            if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub)):
                other = ast.Sub() if isinstance(node.op, ast.Add) else ast.Add()
                yield from self._put(Kind.WRONG_SIGN, _OPERATOR, node,
                                     ast.BinOp(node.left, other, node.right))  # fmt: skip
            elif isinstance(node, ast.Constant) and type(node.value) in (int, float):
                yield from self._numbers(node)
            elif isinstance(node, ast.BinOp) and _is_twice(node):  # right if A is symmetric
                both = ast.BinOp(node.right, ast.Add(), ast.Attribute(node.right, "T", ast.Load()))
                yield from self._put(Kind.TRANSPOSED, _TRANSPOSE, node, both)

    def _exchanges(self, node: ast.List | ast.Tuple) -> Iterator[Slip]:
        for a, b in itertools.combinations(range(len(node.elts)), 2):
            parts = list(node.elts)
            parts[a], parts[b] = parts[b], parts[a]
            new = type(node)(parts, ast.Load())
            if isinstance(new, ast.List):
                yield from self._put(Kind.WRONG_ENTRY, _EXCHANGE, node, new)

    def _signs(self, term: ast.expr) -> Iterator[Slip]:
        negative = isinstance(term, ast.UnaryOp) and isinstance(term.op, ast.USub)
        new = term.operand if isinstance(term, ast.UnaryOp) and negative else (
            _negative(term))  # fmt: skip
        yield from self._put(Kind.WRONG_SIGN, _SIGN, term, new)

    def _transposes(self, term: ast.expr) -> Iterator[Slip]:
        if isinstance(term, ast.Attribute) and term.attr == "T":
            yield from self.changes.without_end(Kind.TRANSPOSED, _TRANSPOSE, term, term.value)
            return
        new = ast.Attribute(term, "T", ast.Load())
        yield from self._put(Kind.TRANSPOSED, _TRANSPOSE, term, new)

    def _numbers(self, node: ast.Constant) -> Iterator[Slip]:
        value = node.value
        assert isinstance(value, (int, float))
        others = [2 * value, value / 2, -value]
        others += [value + 1, value - 1] if isinstance(value, int) else []
        others += [known for known in self.numbers if known != value]
        for other in others:
            plain = int(other) if isinstance(value, int) and other == int(other) else other
            new = ast.parse(repr(plain), mode="eval").body
            yield from self._put(Kind.WRONG_FACTOR, _NUMBER, node, new)

    def _put(self, kind: Kind, cost: float, old: ast.expr, new: ast.expr) -> Iterator[Slip]:
        yield from self.changes.put(kind, cost, old, new)


def _is_twice(node: ast.BinOp) -> bool:
    two = isinstance(node.left, ast.Constant) and node.left.value == 2
    return two and isinstance(node.op, ast.Mult) and isinstance(node.right, ast.Name)


def _negative(term: ast.expr) -> ast.expr:
    """Return a product with a minus before its first factor, as one writes it."""
    if isinstance(term, ast.BinOp) and isinstance(term.op, (ast.Mult, ast.Div)):
        return ast.BinOp(_negative(term.left), term.op, term.right)
    return ast.UnaryOp(ast.USub(), term)


def _terms(value: ast.expr) -> Iterator[ast.expr]:
    """Yield what a sum, a tuple or an array written out is made of."""
    if isinstance(value, ast.BinOp) and isinstance(value.op, (ast.Add, ast.Sub)):
        yield from _terms(value.left)
        yield from _terms(value.right)
    elif isinstance(value, (ast.Tuple, ast.List)):
        for part in value.elts:
            yield from _terms(part)
    elif isinstance(value, ast.Call) and value.args and isinstance(value.args[0], ast.List):
        yield from _terms(value.args[0])
    elif isinstance(value, ast.Attribute) and isinstance(value.value, ast.Call):
        yield from _terms(value.value)
    else:
        yield value


def _outside_of_indices(value: ast.expr) -> Iterator[ast.AST]:
    """Walk through an expression, but not into indices and keywords."""
    yield value
    for child in ast.iter_child_nodes(value):
        if isinstance(child, ast.expr) and not (
                isinstance(value, ast.Subscript) and child is value.slice):  # fmt: skip
            yield from _outside_of_indices(child)


def _names_of(function: ast.FunctionDef) -> Iterator[str]:
    """Yield the variables of a function that may be numbers or arrays, parameters last."""
    given = [a.arg for a in function.args.args]
    made = [n.id for n in ast.walk(function) if isinstance(n, ast.Name)
            and isinstance(n.ctx, ast.Store)]  # fmt: skip
    yield from made
    yield from (name for name in given if name != "self")


class NameSlips(TextFamily):
    """Another argument of a helper of the author's, another array's length.

    Looks at the calls of functions that the file defines, and at ``a.shape[k]``, in backward. In
    their place: the other names of the function. Says which name was taken for which.
    """

    order = 15
    most = 60

    def slips(self, scene: Scene) -> Iterator[Slip]:
        found: list[Slip] = []
        for file, function, backward in functions_of(scene) if scene.wrong() else ():
            defined = {n.name for n in scene.naming.sources.nodes(file)
                       if isinstance(n, ast.FunctionDef)}  # fmt: skip
            if backward:
                changes = Changes(scene.naming, file, function)
                found += _arguments(changes, function, defined)
                found += _sizes(changes, function)
        yield from sorted(found, key=lambda slip: slip.cost)[: self.most]


def _arguments(changes: Changes, function: ast.FunctionDef, defined: set[str]) -> Iterator[Slip]:
    names = list(dict.fromkeys(_known(function)))
    for call in ast.walk(function):
        called = ast.unparse(call.func).split(".")[-1] if isinstance(call, ast.Call) else ""
        if not isinstance(call, ast.Call) or called not in defined - {function.name}:
            continue
        for argument in call.args:
            if not isinstance(argument, (ast.Name, ast.Attribute)):
                continue
            for name in names:
                if name != ast.unparse(argument):
                    new = ast.parse(name, mode="eval").body
                    yield from changes.put(Kind.WRONG_VARIABLE, _ARGUMENT, argument, new, call)


def _sizes(changes: Changes, function: ast.FunctionDef) -> Iterator[Slip]:
    sizes = [n for n in ast.walk(function) if isinstance(n, ast.Subscript)
             and isinstance(n.value, ast.Attribute) and n.value.attr == "shape"
             and isinstance(n.slice, (ast.Constant, ast.UnaryOp))]  # fmt: skip
    names = list(dict.fromkeys(_known(function))) if sizes else []
    for size in sizes:
        for name in names:
            for axis in (*range(_MOST_AXES), -1):
                text = f"{name}.shape[{axis}]"
                if text != ast.unparse(size):
                    new = ast.parse(text, mode="eval").body
                    yield from changes.put(Kind.WRONG_VARIABLE, _SIZE, size, new)


def _known(function: ast.FunctionDef) -> Iterator[str]:
    """Yield the variables and attributes that a function has, but those that are called or np."""
    called = {id(n.func) for n in ast.walk(function) if isinstance(n, ast.Call)}
    called |= {id(n.value) for n in ast.walk(function) if isinstance(n, ast.Attribute)}
    yield from (a.arg for a in function.args.args if a.arg != "self")
    for node in ast.walk(function):
        if id(node) in called or not isinstance(node, (ast.Name, ast.Attribute)):
            continue
        text = ast.unparse(node)
        if isinstance(node, ast.Name) or (text.startswith("self.") and text.count(".") == 1):
            yield text
