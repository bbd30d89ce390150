"""Load a file under check: as a whole if it ends soon, else only its definitions."""

from __future__ import annotations

import ast
import builtins
import importlib
import linecache
import sys
import types
import warnings
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

from gradproof.checking.reading.observed import Observed, Recorder, main_blocks
from gradproof.checking.sandbox.alarm import TooLong, at_most

_DEFINITIONS = (
    ast.Import,
    ast.ImportFrom,
    ast.FunctionDef,
    ast.ClassDef,
    ast.Assign,
    ast.AnnAssign,
)


_MAIN = 0.4  # of the seconds for the module level, for what stands under __main__


def load(
    path: Path, seconds: float, text: str, observed: Observed | None = None, ended: str = ""
) -> tuple[types.ModuleType, str]:
    """Run the text of a file: its module, and why only definitions were run.

    observed: where the calls of its functions are noted; ended: how the process has ended in which
    the whole was run, so that here it is not.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = ast.parse(text, str(path))
    linecache.cache[str(path)] = (len(text), None, text.splitlines(True), str(path))
    if str(path.parent) not in sys.path:
        sys.path.insert(0, str(path.parent))
        sys.path.append(str(path.parent.parent))  # from course.layers import ... in course/net.py
    _find_above(path, tree)
    what = f"at module level {ended}"
    try:
        if ended:
            raise _EndedError
        with at_most(seconds), _noted(path, observed):
            module = _run(path, [tree.body], level=_level(tree))
        if observed is not None:
            _as_program(path, tree, module, observed, seconds * _MAIN)
        return module, ""
    except BaseException as error:  # SystemExit, KeyboardInterrupt and the alarm included
        if not ended:
            what = f"its module level ends in {type(error).__name__}: {str(error)[:200]}"
        if isinstance(error, TooLong):
            what = f"its module level does not end within {seconds:g} s"
    kept: list[list[ast.stmt]] = [[node] for node in tree.body if isinstance(node, _DEFINITIONS)]
    return _run(path, kept, forgiving=seconds, level=_level(tree)), what


class _EndedError(Exception):
    """The process that ran the whole of it has ended."""


def _find_above(path: Path, tree: ast.Module) -> None:
    """Let a file import by the name of a folder that it lies in, however deep: nn.layers.base."""
    tops = {alias.name.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import)
            for alias in node.names}  # fmt: skip
    tops |= {node.module.split(".")[0] for node in ast.walk(tree)
             if isinstance(node, ast.ImportFrom) and node.module and not node.level}  # fmt: skip
    for folder in list(path.resolve().parents)[:_MOST_ABOVE]:
        if folder.name in tops and str(folder.parent) not in sys.path:
            sys.path.append(str(folder.parent))


_MOST_ABOVE = 6  # folders that a package may be deep


def _level(tree: ast.Module) -> int:
    """How many folders up the file's relative imports go."""
    return max((n.level for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)), default=0)


def _noted(path: Path, observed: Observed | None) -> AbstractContextManager[Any]:
    return nullcontext() if observed is None else Recorder(str(path), observed)


def _as_program(
    path: Path, tree: ast.Module, module: types.ModuleType, observed: Observed, seconds: float
) -> None:
    """Run what stands under __main__, for the calls in it; its results are not kept."""
    blocks = list(main_blocks(tree))
    if not blocks:
        return
    again = types.ModuleType(module.__name__)
    again.__dict__.update(module.__dict__)
    try:
        with at_most(seconds), Recorder(str(path), observed):
            for block in blocks:
                exec(compile(ast.Module(list(block), []), str(path), "exec"), again.__dict__)
    except BaseException:  # the author's code may raise anything, SystemExit included
        return


def _run(
    path: Path, blocks: list[list[ast.stmt]], forgiving: float = 0.0, level: int = 0
) -> types.ModuleType:
    """The module; level: how many folders are its package at least, with __init__.py or without."""
    module = types.ModuleType(_name(path))
    module.__file__ = str(path)
    vars(module)["__builtins__"] = builtins  # the usual ones: exec would hand on our own
    package = _package(path, level)
    if package:
        module.__package__ = package
        with _forgiven(forgiving):
            importlib.import_module(module.__package__)
    sys.modules[module.__name__] = module
    for block in blocks:
        code = compile(ast.Module(block, []), str(path), "exec")
        with _forgiven(forgiving):
            exec(code, module.__dict__)
    return module


@contextmanager
def _forgiven(seconds: float) -> Iterator[None]:
    """Where seconds are given: what fails, or takes more than part of them, is left out."""
    if not seconds:
        yield
        return
    with suppress(BaseException), at_most(max(seconds / 4, 0.5)):
        yield


def _name(path: Path) -> str:
    plain = path.stem if path.stem.isidentifier() else "checked"
    return f"{plain}__checked" if plain in sys.modules else plain


def _package(path: Path, level: int) -> str:
    """The package that a file belongs to, "" for none; its folder is put on the path."""
    parts: list[str] = []
    folder = path.resolve().parent
    while folder.name.isidentifier() and ((folder / "__init__.py").exists() or len(parts) < level):
        parts.insert(0, folder.name)
        folder = folder.parent
    if parts:
        sys.path.insert(0, str(folder))
    return ".".join(parts)


__all__ = ["load"]
