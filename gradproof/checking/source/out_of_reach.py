"""Pairs that a file's text shows, and that cannot be called by a name of its module.

They are listed, so that nobody takes their absence for a pass: inside a function or class, in a
text that is run by exec, in a class made by type(...), under a name that another function is given.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator

from gradproof.checking.source.gradient_names import (
    LAYER_BACKWARDS,
    LAYER_FORWARDS,
    first_known,
    forwards_of,
    looks_backward,
)

_INSIDE = "it is defined inside {where}, where it cannot be called"
_EXECUTED = "line {line} runs it as text, which is not judged"
_MADE = "line {line} makes its class without a definition, and such classes are not judged"
_ALIAS = "line {line} gives this name to {other}, which is judged by no name of its own"


def out_of_reach(tree: ast.Module, known: Collection[str]) -> dict[str, str]:
    """What stands in the text and is not judged: its name, and why.

    known: the names of functions and classes that are judged or listed by themselves.
    """
    found: dict[str, str] = {}
    for where, scope in _scopes(tree.body, ()):
        inner = {each.name: each for each in _functions(scope)}
        for name in inner:
            if looks_backward(name) and first_known(forwards_of(name), inner, name):
                found[f"{where}.{name}"] = _INSIDE.format(where=where)
    for where, owner in _classes(tree.body, ()):
        methods = {each.name for each in _functions(owner.body)}
        backward = next((each for each in LAYER_BACKWARDS if each in methods), None)
        if where and backward and methods & {*LAYER_FORWARDS}:
            found[f"{where}.{owner.name}.{backward}"] = _INSIDE.format(where=where)
    for node in ast.walk(tree):
        found |= _by_text(node) | _by_type(node)
    found |= dict(_aliases(tree.body, known))
    return {name: why for name, why in found.items() if name not in known}


def statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a module or class, also those below if, try, for and with; but not what
    only a program runs."""
    for each in body:
        yield each
        if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        if isinstance(each, ast.If) and "__main__" in ast.unparse(each.test):
            continue
        for name in ("body", "orelse", "handlers", "finalbody"):
            for part in getattr(each, name, []):
                yield from statements([part] if isinstance(part, ast.stmt) else part.body)


def _functions(body: list[ast.stmt]) -> list[ast.FunctionDef]:
    return [each for each in statements(body) if isinstance(each, ast.FunctionDef)]


def _scopes(body: list[ast.stmt], where: tuple[str, ...]) -> Iterator[tuple[str, list[ast.stmt]]]:
    """The bodies of functions, and of methods, with their names."""
    for each in statements(body):
        if isinstance(each, ast.FunctionDef):
            yield ".".join((*where, each.name)), each.body
        if isinstance(each, ast.FunctionDef | ast.ClassDef):
            yield from _scopes(each.body, (*where, each.name))


def _classes(body: list[ast.stmt], where: tuple[str, ...]) -> Iterator[tuple[str, ast.ClassDef]]:
    """The classes inside functions and classes, with the name of where they stand."""
    for each in statements(body):
        if isinstance(each, ast.ClassDef):
            yield ".".join(where), each
        if isinstance(each, ast.FunctionDef | ast.ClassDef):
            yield from _classes(each.body, (*where, each.name))


def _by_text(node: ast.AST) -> dict[str, str]:
    """What is defined in a text that exec is given."""
    match node:
        case ast.Call(ast.Name("exec" | "eval" | "compile"), [ast.Constant(str(text)), *_]):
            try:
                names = [each.name for each in ast.walk(ast.parse(text))
                         if isinstance(each, ast.FunctionDef)]  # fmt: skip
            except SyntaxError:
                return {}
            return {n: _EXECUTED.format(line=node.lineno) for n in names if looks_backward(n)}
    return {}


def _by_type(node: ast.AST) -> dict[str, str]:
    """The backward of a class that type(...) makes."""
    match node:
        case ast.Call(ast.Name("type"), [ast.Constant(str(name)), _, ast.Dict(keys)]):
            held = [key.value for key in keys if isinstance(key, ast.Constant)]
            return {f"{name}.{key}": _MADE.format(line=node.lineno)
                    for key in held if key in LAYER_BACKWARDS}  # fmt: skip
    return {}


def _aliases(body: list[ast.stmt], known: Collection[str]) -> Iterator[tuple[str, str]]:
    """Names of backwards that are given to functions of other names."""
    for each in statements(body):
        if not isinstance(each, ast.Assign):
            continue
        for target in each.targets:
            for name, value in _pairs(target, each.value):
                if isinstance(name, ast.Name) and looks_backward(name.id) and (
                    isinstance(value, ast.Name | ast.Lambda | ast.Call | ast.Attribute)
                ):  # fmt: skip
                    other = ast.unparse(value).partition("\n")[0][:60]
                    if name.id not in known and other not in known:
                        yield name.id, _ALIAS.format(line=each.lineno, other=other)


def _pairs(target: ast.expr, value: ast.expr) -> list[tuple[ast.expr, ast.expr]]:
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        return list(zip(target.elts, value.elts))
    return [(target, value)]


__all__ = ["out_of_reach", "statements"]
