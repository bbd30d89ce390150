"""Whether a pair is computed element by element, by its text: then a proof holds for any shape.

What is known to be elementwise is listed here, and anything else is not: arithmetic, comparisons,
NumPy's ufuncs, ``np.where``, numbers, and a mask by which elements are set to a number. A shape
that is read, an index, a reduction, a branch or a loop may make a difference between shapes.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence

import numpy as np

from gradproof.checking.records import Candidate
from gradproof.checking.source.out_of_reach import statements
from gradproof.checking.source.syntax import Source

_ARITHMETIC = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow, ast.Mod, ast.FloorDiv)
_LOGIC = (ast.BitAnd, ast.BitOr, ast.BitXor)
_ORDER = (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq)
_ALIKE = {
    "where": 3,
    "zeros_like": 1,
    "ones_like": 1,
    "copy": 1,
    "asarray": 1,
    "array": 1,
    "clip": 3,
}
_DEEPEST = 6


def is_elementwise(text: str, candidate: Candidate) -> bool:
    """Whether forward and backward of a pair do the same to each element, whatever the shape.

    >>> code = "import numpy as np\\ndef f(x): return np.tanh(x)\\ndef f_prime(x): return {}"
    >>> pair = Candidate("derivative", "f", "f_prime", 3)
    >>> [is_elementwise(code.format(e), pair) for e in ("1 - f(x)**2", "1 - f(x)**x.size")]
    [True, False]
    """
    if candidate.kind not in ("cache", "derivative", "layer", "object"):
        return False
    try:
        code = _Code(Source(text), candidate.owner)
    except (SyntaxError, ValueError, RecursionError):
        return False
    names = (candidate.forward, candidate.backward)
    return candidate.forward != candidate.backward and all(code.holds(name) for name in names)


class _Code:
    """The functions of a file, and what its attributes are."""

    def __init__(self, source: Source, owner: str) -> None:
        self.source, self.owner = source, owner
        self.numpy = _numpy_names(source.tree)
        self.constants = _constants(source.tree)
        self.made: set[str] = set()  # attributes that are as large as the input
        self.masks: set[str] = set()

    def holds(self, name: str, depth: int = 0) -> bool:
        """Whether a function of this name is elementwise."""
        node = self.source.node(self.owner, name)
        if node is None or depth > _DEEPEST or not _plain_arguments(node.args):
            return False
        if not self._is_defined_once(name):
            return False
        arguments = {a.arg for a in node.args.args}
        known = arguments - {"self"} if self.owner and "self" in arguments else arguments
        if node.decorator_list and not _is_static(node):
            return False
        body = _Body(self, known, depth)
        return all(body.is_plain(statement) for statement in node.body)

    def _is_defined_once(self, name: str) -> bool:
        """Whether nothing else in the module, or in one class, has this name."""
        inside = [self.source.tree.body] if not self.owner else [
            n.body for n in self.source.tree.body if isinstance(n, ast.ClassDef)]  # fmt: skip
        return all(_stored(body).count(name) <= 1 for body in inside)

    def number(self, attribute: str) -> bool:
        """Whether an attribute is a number that the constructor was given, or its default."""
        made = self.source.node(self.owner, "__init__")
        if made is None:
            return False
        numbers = {
            a.arg for a, d in zip(made.args.args[::-1], made.args.defaults[::-1]) if _is_number(d)
        }
        kept = [
            n.value for n in ast.walk(made) if isinstance(n, ast.Assign) and len(n.targets) == 1
            and isinstance(n.targets[0], ast.Attribute) and n.targets[0].attr == attribute
        ]  # fmt: skip
        return len(kept) == 1 and (
            _is_number(kept[0]) or (isinstance(kept[0], ast.Name) and kept[0].id in numbers)
        )


class _Body:
    """One function: the names that are as large as its input, and those that are masks."""

    def __init__(self, code: _Code, known: set[str], depth: int) -> None:
        self.code, self.known, self.depth = code, set(known), depth

    def is_plain(self, node: ast.stmt) -> bool:
        match node:
            case ast.Expr(ast.Constant()) | ast.Pass():
                return True
            case ast.Return(ast.Tuple(parts)):
                return all(self.is_alike(part) for part in parts)
            case ast.Return(ast.expr() as value):
                return self.is_alike(value)
            case ast.Assign([target], value):
                return self._assigned(target, value)
            case ast.AugAssign(ast.Subscript(value, mask), _, by):
                return self.is_alike(value) and self._is_mask(mask) and _is_number(by)
            case ast.AugAssign(target, op, value):
                return (
                    isinstance(op, _ARITHMETIC) and self.is_alike(target) and self.is_alike(value)
                )
        return False

    def _assigned(self, target: ast.expr, value: ast.expr) -> bool:
        match target:
            case ast.Subscript(array, mask):
                return self.is_alike(array) and self._is_mask(mask) and _is_number(value)
            case ast.Tuple(parts) if isinstance(value, ast.Tuple) and len(parts) == len(value.elts):
                return all(self._assigned(p, v) for p, v in zip(parts, value.elts))
        name = _name(target)
        if not name or not self.is_alike(value):
            return False
        masks = self.code.masks
        (masks.add if self._is_mask(value) else masks.discard)(name)
        (self.code.made if name.startswith("self.") else self.known).add(name)
        return True

    def is_alike(self, node: ast.expr) -> bool:
        """Whether an expression does the same to each element."""
        match node:
            case ast.Constant():
                return _is_number(node)
            case ast.Name(name):
                return name in self.known or name in self.code.constants
            case ast.Attribute():
                name = _name(node)
                return bool(name) and (name in self.code.made or self.code.number(name[5:]))
            case ast.BinOp(left, op, right):
                return (
                    isinstance(op, _ARITHMETIC + _LOGIC)
                    and self.is_alike(left)
                    and self.is_alike(right)
                )
            case ast.UnaryOp(op, operand):
                return not isinstance(op, ast.Not) and self.is_alike(operand)
            case ast.Compare(left, [op], [right]):
                return isinstance(op, _ORDER) and self.is_alike(left) and self.is_alike(right)
            case ast.Call(ast.Attribute(value, "astype"), [ast.Name("float" | "int")], []):
                return self.is_alike(value)
            case ast.Call(function, args, []):
                return all(map(self.is_alike, args)) and self._is_known(function, len(args))
        return False

    def _is_known(self, function: ast.expr, count: int) -> bool:
        match function:
            case ast.Attribute(ast.Name(home), name) if home in self.code.numpy:
                ufunc = getattr(np, name, None)
                if isinstance(ufunc, np.ufunc):
                    return ufunc.signature is None and count == ufunc.nin
                return _ALIKE.get(name) == count
            case ast.Attribute(ast.Name("self"), name) if self.code.owner:
                return self.code.holds(name, self.depth + 1)
            case ast.Attribute(value, "copy"):
                return count == 0 and self.is_alike(value)
            case ast.Name("abs"):
                return count == 1
            case ast.Name(name) if name not in self.known:
                module = _Code(self.code.source, "")
                return count > 0 and module.holds(name, self.depth + 1)
        return False

    def _is_mask(self, node: ast.expr) -> bool:
        match node:
            case ast.Compare():
                return self.is_alike(node)
            case ast.BinOp(left, op, right):
                return isinstance(op, _LOGIC) and self._is_mask(left) and self._is_mask(right)
            case ast.UnaryOp(ast.Invert(), operand):
                return self._is_mask(operand)
        return _name(node) in self.code.masks and self.is_alike(node)


def _name(node: ast.expr) -> str:
    """``mask`` or ``self.mask``; "" for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return f"self.{node.attr}" if node.value.id == "self" else ""
    return ""


def _is_number(node: ast.expr | None) -> bool:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
        node = node.operand
    return isinstance(node, ast.Constant) and type(node.value) in (int, float)


def _plain_arguments(arguments: ast.arguments) -> bool:
    """Whether it takes arrays, and numbers with a default, and nothing besides."""
    others = arguments.posonlyargs or arguments.kwonlyargs or arguments.vararg or arguments.kwarg
    return not others and all(map(_is_number, arguments.defaults))


def _is_static(node: ast.FunctionDef) -> bool:
    return all(isinstance(d, ast.Name) and d.id == "staticmethod" for d in node.decorator_list)


def _numpy_names(tree: ast.Module) -> set[str]:
    return {
        a.asname or a.name for n in tree.body if isinstance(n, ast.Import) for a in n.names
        if a.name == "numpy"
    }  # fmt: skip


def _constants(tree: ast.Module) -> set[str]:
    """The numbers of the module that nothing changes."""
    stored = [
        n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
    ]
    return {
        name for n in tree.body if isinstance(n, ast.Assign) and _is_number(n.value)
        for name in map(_name, n.targets) if name and stored.count(name) == 1
    }  # fmt: skip


def _stored(body: Sequence[ast.stmt]) -> list[str]:
    """The names that statements define or assign, also under ``if`` and ``try``."""
    found = []
    for node in statements(list(body)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            found.append(node.name)
        elif not isinstance(node, ast.ClassDef):
            found += [n.id for n in ast.walk(node)
                      if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]  # fmt: skip
    return found


__all__ = ["is_elementwise"]
