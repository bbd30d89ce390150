"""One name for another where a helper is called or a size is taken: ``sigmoid_grad(z)`` for
``sigmoid_grad(a)``, ``np.sqrt(K.shape[0])`` for ``np.sqrt(Q.shape[1])``.

On the tape the helper's own steps are wrong then, and a size is a number like any other. So these
are changes of the author's text, each of which is put into the file and run.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from gradproof.diagnosis.slips.slip_family import TextFamily
from gradproof.diagnosis.slips.statement_slips import Changes, StatementSlip, functions_of
from gradproof.diagnosis.tape.points import Scene
from gradproof.diagnosis.weights import weight
from gradproof.slip_kinds import Kind

_ARGUMENT, _SIZE = weight("name slips: argument"), weight("name slips: size")
_MOST_AXES = 3


class NameSlips(TextFamily):
    """Another argument of a helper of the author's, another array's length.

    Looks at the calls of functions that the file defines, and at ``a.shape[k]``, in backward. In
    their place: the other names of the function. Says which name was taken for which.
    """

    order = 15
    most = 60

    def slips(self, scene: Scene) -> Iterator[StatementSlip]:
        found: list[StatementSlip] = []
        for file, function, backward in functions_of(scene) if scene.wrong() else ():
            defined = {n.name for n in scene.naming.sources.nodes(file)
                       if isinstance(n, ast.FunctionDef)}  # fmt: skip
            if backward:
                changes = Changes(scene.naming, file, function)
                found += _arguments(changes, function, defined)
                found += _sizes(changes, function)
        yield from sorted(found, key=lambda slip: slip.cost)[: self.most]


def _arguments(
    changes: Changes, function: ast.FunctionDef, defined: set[str]
) -> Iterator[StatementSlip]:
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


def _sizes(changes: Changes, function: ast.FunctionDef) -> Iterator[StatementSlip]:
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


__all__ = ["NameSlips"]
