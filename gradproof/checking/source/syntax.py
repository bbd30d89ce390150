"""The syntax tree of the file under check: names of what is returned, text of functions."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator

from gradproof.checking.reading.uses import in_dictionaries
from gradproof.checking.records import Candidate
from gradproof.checking.source.argument_roles import parameters
from gradproof.checking.source.discover import as_function, functions_in, returned
from gradproof.checking.source.out_of_reach import statements


class Source:
    """A file's text and tree; owner is the name of a class, "" for the module's functions."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tree = ast.parse(text)
        self.stated: dict[tuple[str, str], str] = {}

    def stating(self, candidate: Candidate) -> Source:
        """The same source, with the declared shapes as if forward's docstring gave them."""
        if not candidate.shapes:
            return self
        other = copy.copy(self)
        lines = (f"{name}: shape {tuple(shape)}" for name, shape in candidate.shapes.items())
        place = candidate.owner, candidate.forward
        other.stated = {**self.stated, place: "\n".join(lines) + "\n"}
        return other

    def node(self, owner: str, name: str) -> ast.FunctionDef | None:
        """The definition of a function or method, also of one inherited within the file."""
        body = self.tree.body
        if name.endswith("']"):  # constraints["fun"], a lambda in a dictionary
            return as_function(name, in_dictionaries(self.tree).get(name))
        if owner:
            found = next(self._classes(owner), None)
            if found is None:
                return None
            own = functions_in(found.body)
            if name in own:
                return own[name]
            bases = [b.id for b in found.bases if isinstance(b, ast.Name) and b.id != owner]
            return next((n for b in bases if (n := self.node(b, name))), None)
        return functions_in(body).get(name)

    def methods(self, owner: str) -> list[str]:
        """The names of the methods of a class, without those it inherits."""
        found = (n for n in self.tree.body if isinstance(n, ast.ClassDef) and n.name == owner)
        return [name for node in found for name in functions_in(node.body)]

    def returned(self, owner: str, name: str) -> list[str]:
        """The names that a function returns."""
        node = self.node(owner, name)
        return [] if node is None else returned(node)

    def parameters(self, owner: str, name: str) -> list[str]:
        """The names of a function's positional parameters, without self."""
        node = self.node(owner, name)
        return [] if node is None else parameters(node)

    def code(self, owner: str, name: str) -> str:
        """The text of a function."""
        node = self.node(owner, name)
        return "" if node is None else ast.unparse(node)

    def code_with_calls(self, owner: str, name: str, depth: int = 2) -> str:
        """The text of a function and of the functions of the file to which it hands its arguments
        on, in the names of its own arguments: what is done there is done with them."""
        node = self.node(owner, name)
        if node is None:
            return ""
        parts = [ast.unparse(node)]
        for call in ast.walk(node) if depth else ():
            if not isinstance(call, ast.Call):
                continue
            place = self._place(call.func, owner)
            given = self.parameters(*place) if place else []
            handed = dict(zip(given, call.args)) | {
                each.arg: each.value for each in call.keywords if each.arg in given
            }
            names = {p: v.id for p, v in handed.items()
                     if isinstance(v, ast.Name) and v.id in parameters(node)}  # fmt: skip
            if place and names and place != (owner, name):
                inner = self.code_with_calls(*place, depth - 1)
                parts.append(_renamed(inner, names))
        return "\n".join(parts)

    def docs_with_calls(self, owner: str, name: str) -> list[tuple[str, dict[str, str]]]:
        """The docstring of a function, and those of functions of the file to which it hands its own
        arguments whole, each with the names of those arguments by its own: {"W": "Wx"}."""
        found: list[tuple[str, dict[str, str]]] = [(self.doc(owner, name), {})]
        node = self.node(owner, name)
        for call in ast.walk(node) if node is not None else ():
            place = self._place(call.func, owner) if isinstance(call, ast.Call) else None
            if place and isinstance(call, ast.Call) and place != (owner, name):
                handed = zip(self.parameters(*place), call.args)
                names = {p: v.id for p, v in handed if isinstance(v, ast.Name)
                         and node is not None and v.id in parameters(node)}  # fmt: skip
                found.append((self.doc(*place), names))
        return found

    def _place(self, function: ast.expr, owner: str) -> tuple[str, str] | None:
        match function:
            case ast.Name(name) if self.node("", name) is not None:
                return "", name
            case ast.Attribute(ast.Name("self"), name) if self.node(owner, name) is not None:
                return owner, name
        return None

    def doc(self, owner: str, name: str) -> str:
        """The docstring of a function."""
        node = self.node(owner, name)
        said = "" if node is None else ast.get_docstring(node) or ""
        return self.stated.get((owner, name), "") + said

    def class_code(self, owner: str) -> str:
        """The text of a class; "" for what is none."""
        node = next(self._classes(owner), None)
        return "" if node is None else ast.unparse(node)

    def _classes(self, name: str) -> Iterator[ast.ClassDef]:
        """The classes of a name, also those below if, try, for and with."""
        for each in statements(self.tree.body):
            if isinstance(each, ast.ClassDef) and each.name == name:
                yield each


class _Renamer(ast.NodeTransformer):
    """Puts other names in place of some; those that would be taken for them get a mark."""

    def __init__(self, names: dict[str, str]) -> None:
        self.names = names

    def visit_Name(self, node: ast.Name) -> ast.Name:
        """Rename one name."""
        other = self.names.get(node.id)
        if other is None and node.id in self.names.values():
            other = f"{node.id}_"
        return node if other is None else ast.copy_location(ast.Name(other, node.ctx), node)


def _renamed(code: str, names: dict[str, str]) -> str:
    return ast.unparse(_Renamer(names).visit(ast.parse(code)))


def calls_of_self(text: str, method: str) -> list[str]:
    """The methods of its own object that a method calls, in the order of the text.

    >>> calls_of_self("class A:\n    def loss(self, x):\n        return self.f(x)", "loss")
    ['f']
    """
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return []
    bodies = (n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and n.name == method)
    called = (c.func for body in bodies for c in ast.walk(body) if isinstance(c, ast.Call))
    attributes = [f for f in called if isinstance(f, ast.Attribute)]
    return list(dict.fromkeys(f.attr for f in attributes if ast.unparse(f.value) == "self"))
