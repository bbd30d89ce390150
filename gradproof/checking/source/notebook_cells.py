"""The source of what stands in a namespace: a notebook's cells, a prompt, a module."""

from __future__ import annotations

import ast
import bisect
import inspect
import linecache
import math
import re
import sys
import textwrap
import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from gradproof.checking.records import GradientResult


@dataclass
class Cells:
    """Definitions put together to one text, and where each of its lines really stands."""

    text: str = ""
    starts: list[int] = field(default_factory=list)
    places: list[tuple[str, int]] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    def add(self, source: str, place: str, line: int) -> None:
        """Append a definition that stands at ``line`` of ``place``."""
        self.starts.append(self.text.count("\n") + 1)
        self.places.append((place, line))
        self.text += source.rstrip("\n") + "\n"

    def place(self, line: int) -> tuple[str, int]:
        """The file or cell in which a line of the text stands, and its number there."""
        if not self.places:
            return "namespace", line
        at = bisect.bisect_right(self.starts, line) - 1
        place, first = self.places[max(at, 0)]
        return place, first + line - self.starts[max(at, 0)]

    def placed(self, result: GradientResult) -> GradientResult:
        """A result about the text, as one about the cells; its diagnosis stays as it is."""
        file, line = self.place(result.line)
        return replace(result, file=file, line=line)


def cells_of(namespace: Mapping[str, Any]) -> Cells:
    """The functions and classes that were defined in a namespace, in the order of their lines.

    What was imported into it is left out; what has no source is listed in ``missing``.
    """
    cells = Cells()
    found: list[tuple[str, str, int]] = []
    for name, value in list(namespace.items()):
        if not isinstance(value, (types.FunctionType, type)) or name.startswith("_"):
            continue
        if value.__module__ != namespace.get("__name__", "__main__"):
            continue
        source = _source(value)
        if source is None:
            cells.missing.append(name)
        else:
            found.append(source)
    found.sort(key=lambda each: each[1:])
    _add_all(cells, found, namespace)
    return cells


def cells_of_functions(*functions: Callable[..., Any]) -> Cells:
    """The same for functions that are named one by one."""
    cells = Cells()
    sources = {each: _source(inspect.unwrap(each)) for each in functions}
    cells.missing = [each.__name__ for each, source in sources.items() if source is None]
    known = {k: v for each in functions for k, v in getattr(each, "__globals__", {}).items()}
    _add_all(cells, [source for source in sources.values() if source is not None], known)
    return cells


def _add_all(cells: Cells, found: list[tuple[str, str, int]], namespace: Mapping[str, Any]) -> None:
    """Append definitions, before them the numbers that they know by name (eps = 1e-07)."""
    words = set(re.findall(r"\w+", "\n".join(text for text, _, _ in found)))
    numbers = [
        f"{name} = {value!r}" for name, value in namespace.items()
        if name in words and type(value) in (int, float) and math.isfinite(value)
    ]  # fmt: skip
    if numbers:
        cells.add("\n".join(numbers), "namespace", 1)
    for text, file, line in found:
        cells.add(text, _shown(file), line)


def _source(value: Any) -> tuple[str, str, int] | None:
    """The text of a definition, its file, and its first line there."""
    for code in _codes(value):
        lines = linecache.getlines(code.co_filename)
        node = _definition("".join(lines), value.__name__, code.co_firstlineno)
        if node is not None:
            first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
            text = "".join(lines[first - 1 : node.end_lineno])
            return textwrap.dedent(text), code.co_filename, first
    return None


def _codes(value: Any) -> Iterator[types.CodeType]:
    """The code of a function, or of the methods that a class defines itself."""
    for each in vars(value).values() if isinstance(value, type) else [value]:
        function = inspect.unwrap(getattr(each, "__func__", each)) if callable(each) else each
        own = not isinstance(value, type) or getattr(function, "__qualname__", "").startswith(
            f"{value.__qualname__}."
        )
        if isinstance(function, types.FunctionType) and own:
            yield function.__code__


def _definition(
    text: str, name: str, line: int
) -> ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | None:
    """The definition of this name that holds a line."""
    try:
        tree = ast.parse(text)
    except SyntaxError:  # a cell with %magic lines; its functions stand on lines of their own
        tree = ast.parse(_without_magic(text))
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.name == name:
            first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
            if first <= line <= (node.end_lineno or line):
                return node
    return None


def _without_magic(text: str) -> str:
    """A cell whose lines for IPython (%timeit, !pip) are empty."""
    lines = text.splitlines(keepends=True)
    text = "".join("\n" if line.lstrip()[:1] in ("%", "!", "?") else line for line in lines)
    try:
        ast.parse(text)
    except SyntaxError:
        return ""
    return text


def _shown(file: str) -> str:
    """The name of a file; a cell is called as IPython calls it, In[3]."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    named = shell.compile.format_code_name(file) if shell is not None else None
    return " ".join(named) if named else file
