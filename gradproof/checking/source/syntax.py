"""The syntax tree of the file under check: names of what is returned, text of functions."""

from __future__ import annotations

import ast
import copy

from gradproof.checking.records import Candidate
from gradproof.checking.source.discover import functions_in, parameters, returned


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
        if owner:
            found = next((n for n in body if isinstance(n, ast.ClassDef) and n.name == owner), None)
            if found is None:
                return None
            own = functions_in(found.body)
            if name in own:
                return own[name]
            bases = [b.id for b in found.bases if isinstance(b, ast.Name) and b.id != owner]
            return next((n for b in bases if (n := self.node(b, name))), None)
        return functions_in(body).get(name)

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

    def doc(self, owner: str, name: str) -> str:
        """The docstring of a function."""
        node = self.node(owner, name)
        said = "" if node is None else ast.get_docstring(node) or ""
        return self.stated.get((owner, name), "") + said

    def class_code(self, owner: str) -> str:
        """The text of a class; "" for what is none."""
        found = (n for n in self.tree.body if isinstance(n, ast.ClassDef) and n.name == owner)
        node = next(found, None)
        return "" if node is None else ast.unparse(node)
