"""Other code for functions of a file: compiled from a changed text, line by line where it was.

Nothing is changed in the functions themselves: their copies in a namespace get the other code.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator
from functools import lru_cache
from types import CodeType
from typing import Any

from gradproof.tracing.namespace.user_namespace import Namespace
from gradproof.tracing.record_trace import Program

RETURNED = "__returned__"  # what every function calls on what it returns, with the line
Told = tuple[Any, ...]


def compiled(text: str | ast.Module, file: str) -> CodeType:
    """Return the code of a file's text. Raises SyntaxError or ValueError."""
    with warnings.catch_warnings():  # the author has seen them when the file was compiled
        warnings.simplefilter("ignore")
        return compile(text, file, "exec", dont_inherit=True)


def told(code: CodeType) -> Told:
    """What tells a function's code from that of every other one in the file."""
    constants = [repr(c) for c in code.co_consts if not isinstance(c, CodeType)]
    return (code.co_firstlineno, code.co_name, code.co_code, code.co_names, code.co_varnames,
            code.co_freevars, *constants)  # fmt: skip


def functions_in(code: CodeType) -> Iterator[CodeType]:
    """Yield the code of every function, and of every body of a class, inside of some code."""
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield each
            yield from functions_in(each)


def _changed(old: CodeType, new: CodeType) -> Iterator[tuple[CodeType, CodeType]]:
    """Yield the functions that are compiled otherwise after a change, and what is around them."""
    before, after = ([c for c in code.co_consts if isinstance(c, CodeType)] for code in (old, new))
    for was, now in zip(before, after) if len(before) == len(after) else ():
        if was != now:
            yield was, now
            yield from _changed(was, now)


class Recompiled:
    """A file's functions after a change of its text.

    changed: whether any function is another one. unknown: whether the copy of a function, in a run
    since, could not be given its new code: it was made of another text than that of the file, or
    would need variables of a function around it that it does not hold.
    """

    def __init__(self, file: str, old: CodeType, new: CodeType) -> None:
        pairs = list(_changed(old, new))
        self._file = file
        self._known = {told(each) for each in functions_in(old)}
        self._new = {told(was): now for was, now in pairs}
        self._places = {(was.co_firstlineno, was.co_name) for was, _ in pairs}
        self.changed, self.unknown = bool(pairs), False

    @property
    def codes(self) -> dict[Told, CodeType]:
        """The new code of each changed function, by what tells the old one."""
        return self._new

    def of(self, program: Program) -> Program:
        """Return the program with the changed functions in the place of its own."""
        return program.within(Namespace(code=self._code))

    def _code(self, code: CodeType) -> CodeType:
        if code.co_filename != self._file:
            return code
        key = told(code)
        new = self._new.get(key)
        if new is None:
            here = (code.co_firstlineno, code.co_name) in self._places
            self.unknown |= here and key not in self._known
            return code
        if new.co_freevars != code.co_freevars:
            self.unknown = True
            return code
        return new


@lru_cache(maxsize=64)
def telling_returns(file: str, text: str) -> dict[Told, CodeType]:
    """Return the code of a file's functions that tell what they return: ``RETURNED(value, line)``.

    Nothing where the text cannot be compiled.
    """
    try:
        own = compiled(text, file)
        tree = _Telling().visit(ast.parse(text, file))
        other = compiled(ast.fix_missing_locations(tree), file)
    except (SyntaxError, ValueError, RecursionError):
        return {}
    return dict(zip(map(told, functions_in(own)), functions_in(other)))


class _Telling(ast.NodeTransformer):
    """Puts what is returned into a call; every expression stays where it stands."""

    def visit_Return(self, node: ast.Return) -> ast.Return:
        self.generic_visit(node)
        if node.value is not None:
            node.value = _telling(node.value, node.lineno)
        return node

    def visit_Lambda(self, node: ast.Lambda) -> ast.Lambda:
        self.generic_visit(node)
        node.body = _telling(node.body, node.body.lineno)
        return node


def _telling(value: ast.expr, line: int) -> ast.expr:
    name = ast.copy_location(ast.Name(RETURNED, ast.Load()), value)
    number = ast.copy_location(ast.Constant(line), value)
    return ast.copy_location(ast.Call(name, [value, number], []), value)


__all__ = ["RETURNED", "Recompiled", "compiled", "telling_returns", "told"]
