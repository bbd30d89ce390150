"""The modules beside a file that it imports, without their guards."""

from __future__ import annotations

import ast
import sys
import types
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gradproof.checking.source.file_text import regular_bytes
from gradproof.checking.source.guards import without_guards

_ELSEWHERE = {"numpy", "scipy", "matplotlib", "pandas", "sklearn", "torch", "jax", "tqdm", "sympy"}


def imported(text: str) -> list[str]:
    """The modules that a file imports and that may stand beside it."""
    names: list[str] = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            names += [each.name.partition(".")[0] for each in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.append(node.module.partition(".")[0])
    known = _ELSEWHERE | sys.stdlib_module_names
    return [name for name in dict.fromkeys(names) if name not in known]


@contextmanager
def bare_helpers(path: Path, text: str) -> Iterator[list[str]]:
    """While it lasts, what the file imports from beside it has no guards; says where they stand."""
    before = dict(sys.modules)
    told: list[str] = []
    for name in imported(text):
        helper = path.parent / f"{name}.py"
        try:
            bare, lines = without_guards(regular_bytes(helper).decode())
            if lines:
                module = types.ModuleType(name)
                module.__file__ = str(helper)
                exec(compile(bare, str(helper), "exec"), module.__dict__)
                sys.modules[name] = module
                told.append(f"line {', '.join(map(str, lines))} of {name}.py")
        except Exception:  # no such file, or one that does not run
            continue
    try:
        yield told
    finally:
        sys.modules.update({k: v for k, v in before.items() if sys.modules.get(k) is not v})
        for name in set(imported(text)) - set(before):
            sys.modules.pop(name, None)


__all__ = ["bare_helpers", "imported"]
