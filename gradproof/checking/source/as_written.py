"""Whether the functions that run are those that stand in the file's text.

A file can put another function in the place of one that it defines: ``backward = identity`` further
down, ``globals()[...] = ...``, ``Layer.backward = ...``, ``f.__code__ = ...``. What would be judged
then is not what a reader sees at the line of the report.
"""

from __future__ import annotations

import ast
import builtins
import cmath
import contextlib
import functools
import math
import types
from collections.abc import Set
from typing import Any

import numpy as np

from gradproof.checking.records import Candidate
from gradproof.checking.source.out_of_reach import statements

_NOT_WRITTEN = (
    "what runs as {name} is not what line {line} defines: the file puts something else in its place"
)
_OTHER_DEFAULT = (
    "{function} has another default of {name} than line {line} says: the file puts something else "
    "in its place"
)
_OTHER_NAME = (
    "what runs as {name} is not what Python or an import gives that name: the file puts something "
    "else in its place"
)
_PLAIN = (int, float, complex, str, bytes, bool, type(None))
# As they are before a file runs.
_IN_PYTHON = frozenset(each for each in vars(builtins) if not each.startswith("_"))
_LIBRARIES = {each.__name__: each for each in (np, math, cmath)}
_DEEPEST = 4  # of wrappers around a function
_INSIDE = ("__wrapped__", "__func__", "fget", "func", "pyfunc", "py_func", "fun")


def replaced(candidate: Candidate, module: types.ModuleType, text: str, path: str) -> str:
    """Why a pair is not the one that is written; "" where it is, or where that cannot be told.

    What a decorator or a wrapper has made of a function is that function's.
    """
    tree, modules = _compiled(text, path)
    body = _class_body(tree.body, candidate.owner) if candidate.owner else tree.body
    written = [code for each in modules for code in _codes(each, candidate.owner)]
    holder = getattr(module, candidate.owner, None) if candidate.owner else module
    for name in dict.fromkeys((candidate.forward, candidate.backward)):
        definitions = [each for each in statements(body)
                       if isinstance(each, ast.FunctionDef) and each.name == name]  # fmt: skip
        if not definitions or any(each.decorator_list for each in definitions):
            continue
        if isinstance(holder, types.ModuleType | type) and name not in vars(holder):
            if holder is module and hasattr(module, name):  # a function __getattr__ answers
                return _NOT_WRITTEN.format(name=name, line=definitions[-1].lineno)
            continue  # it is deleted, or inherited: nothing of that name is judged
        own = [code for code in written if code.co_name == name]
        found = vars(holder).get(name) if holder is not None else None
        if holder is module and getattr(module, name) is not found:
            return _NOT_WRITTEN.format(name=name, line=definitions[-1].lineno)
        kept = holder is not module and any(_assigned_on_self(each, name) for each in body)
        if own and (kept or not _reaches(found, own, _DEEPEST)):
            return _NOT_WRITTEN.format(name=name, line=definitions[-1].lineno)
        if changed := _other_default(found, definitions[-1]):
            return changed
    if isinstance(holder, type) and any(
        "__getattribute__" in vars(each) for each in holder.__mro__[:-1]
    ):
        return f"{candidate.owner} defines __getattribute__, so its methods may be any others"
    pair = [code for code in written if code.co_name in (candidate.forward, candidate.backward)]
    return _replaced_helper(
        module, text, tree, pair, [code for each in modules for code in _codes(each, "")]
    )


def _replaced_helper(
    module: types.ModuleType, text: str, tree: ast.Module, pair: list[types.CodeType],
    written: list[types.CodeType],
) -> str:  # fmt: skip
    """Why a function of the file that a pair calls, or one that this calls, is not as written."""
    functions = {
        each.name: each for each in tree.body
        if isinstance(each, ast.FunctionDef) and not each.decorator_list
    }  # fmt: skip
    reached, seen = [*pair], {code.co_name for code in pair}
    for code in reached:  # which grows
        inside = [each for each in code.co_consts if isinstance(each, types.CodeType)]
        reached += [each for each in inside if each not in reached]
        for name in code.co_names:
            if name in seen or name not in functions or name not in vars(module):
                continue
            seen.add(name)
            there = [each for each in written if each.co_name == name]
            if there and not _reaches(vars(module)[name], there, _DEEPEST):
                return _NOT_WRITTEN.format(name=name, line=functions[name].lineno)
            if changed := _other_default(vars(module)[name], functions[name]):
                return changed
            reached += there
    return _other_name(module, text, {name for code in reached for name in code.co_names})


def _other_default(found: Any, definition: ast.FunctionDef) -> str:
    """Why a function has another number or word for a default than is written."""
    if not isinstance(found, types.FunctionType):
        return ""
    given, line = definition.args, definition.lineno
    names = [each.arg for each in (*given.posonlyargs, *given.args)]
    written = dict(zip(names[::-1], given.defaults[::-1]))
    written |= {
        each.arg: value for each, value in zip(given.kwonlyargs, given.kw_defaults) if value
    }
    held = {**dict(zip(names[::-1], (found.__defaults__ or ())[::-1])),
            **(found.__kwdefaults__ or {})}  # fmt: skip
    for name, value in written.items():
        with contextlib.suppress(ValueError):  # no number, word or the like
            wanted = ast.literal_eval(value)
            if isinstance(wanted, _PLAIN) and repr(held.get(name)) != repr(wanted):
                return _OTHER_DEFAULT.format(name=name, function=definition.name, line=line)
    return ""


def _other_name(module: types.ModuleType, text: str, used: Set[str]) -> str:
    """Why a name that a pair uses is neither what it is in Python, nor what the file imports by it,
    although the text does not give it to anything else."""
    own = vars(module)
    if own.get("__builtins__") not in (builtins, vars(builtins)):
        return _OTHER_NAME.format(name="__builtins__")
    given, imported = _bound(text)
    for name in sorted(used & own.keys()):
        libraries = imported.get(name, ())
        genuine = _LIBRARIES.get(libraries[0]) if len(libraries) == 1 else None
        foreign = name in _IN_PYTHON and name not in given and not libraries
        if foreign or (genuine is not None and own[name] is not genuine):
            return _OTHER_NAME.format(name=name)
    return ""


@functools.lru_cache(maxsize=4)
def _bound(text: str) -> tuple[set[str], dict[str, list[str]]]:
    """The names that a text gives to something, and the modules that it imports by each name."""
    given: set[str] = set()
    imported: dict[str, list[str]] = {}
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Name(name, ast.Store()) | ast.ExceptHandler(name=str(name)):
                given.add(name)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                given.add(node.name)
            case ast.ImportFrom():
                every = any(each.name == "*" for each in node.names)
                given |= _IN_PYTHON if every else set()
                for each in node.names:  # of these it is not known what they are
                    imported.setdefault(each.asname or each.name, []).append("")
            case ast.Import():
                for each in node.names:
                    name = each.asname or each.name.partition(".")[0]
                    imported.setdefault(name, []).append(each.name)
    return given, imported


@functools.lru_cache(maxsize=4)
def _compiled(text: str, path: str) -> tuple[ast.Module, list[types.CodeType]]:
    """The tree of a file, and its code: as a whole, and statement by statement.

    Of a file whose module level fails, statements were compiled one by one, and Python then writes
    another code for the call of an imported module's function.
    """
    tree = ast.parse(text)
    alone = (ast.Module([each], []) for each in tree.body
             if isinstance(each, (ast.FunctionDef, ast.ClassDef, ast.Assign)))  # fmt: skip
    return tree, [compile(each, path, "exec") for each in (tree, *alone)]


def _class_body(body: list[ast.stmt], owner: str) -> list[ast.stmt]:
    found = [each.body for each in statements(body)
             if isinstance(each, ast.ClassDef) and each.name == owner]  # fmt: skip
    return found[-1] if found else []


def _assigned_on_self(method: ast.stmt, name: str) -> bool:
    """Whether a method puts something in the place of another: self.forward = ..."""
    if not isinstance(method, ast.FunctionDef) or not method.args.args:
        return False
    own = method.args.args[0].arg
    return any(
        isinstance(each, ast.Attribute) and isinstance(each.ctx, ast.Store) and each.attr == name
        and isinstance(each.value, ast.Name) and each.value.id == own
        for each in ast.walk(method)
    )  # fmt: skip


def _codes(code: types.CodeType, owner: str) -> list[types.CodeType]:
    """The code objects of the functions of a module, or of a class in it."""
    inside = [each for each in code.co_consts if isinstance(each, types.CodeType)]
    if not owner:
        return inside
    return [function for each in inside if each.co_name == owner for function in _codes(each, "")]


def _reaches(found: Any, written: list[types.CodeType], depth: int) -> bool:
    """Whether a function is one of these, or is made around one."""
    code = getattr(found, "__code__", None)
    if code in written:
        return True
    if depth == 0 or found is None:
        return False
    cells = [cell.cell_contents for cell in getattr(found, "__closure__", None) or ()
             if _is_filled(cell)]  # fmt: skip
    inside = [getattr(found, name) for name in _INSIDE if hasattr(found, name)]
    return any(_reaches(each, written, depth - 1) for each in (*cells, *inside))


def _is_filled(cell: Any) -> bool:
    try:
        return cell.cell_contents is not None
    except ValueError:
        return False


__all__ = ["replaced"]
