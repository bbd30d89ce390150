"""Pairs that their author has declared: in the source, or in the configuration file."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

from gradproof.checking.options import UsageError
from gradproof.checking.records import Candidate, Kind
from gradproof.checking.source.gradient_names import looks_backward, looks_upstream
from gradproof.text import Text

KINDS = ("backward", "derivative")
_REQUIRED = ("forward", "backward")


@dataclass(frozen=True)
class Declared:
    """That ``backward`` is the gradient of ``forward``; methods as Class.method.

    kind:   one of KINDS; "" lets the parameters' names decide.
    shapes: sizes of arguments of forward.
    file:   a pattern of the files that are meant; "" for all in which the two are found.
    where:  who says so.
    """

    forward: str
    backward: str
    kind: str = ""
    shapes: Mapping[str, Sequence[int]] = field(default_factory=dict)
    file: str = ""
    where: str = ""

    def is_for(self, path: PurePath) -> bool:
        """Whether a file is meant."""
        return not self.file or path.match(self.file)


def from_table(table: Mapping[str, Any], where: str) -> Declared:
    """A pair of the configuration file. Raises UsageError."""
    known = (*_REQUIRED, "kind", "shapes", "file")
    for key, value in table.items():
        if key not in known:
            raise _wrong(f"{where}: {key}", *_one_of(known), key)
        if key == "shapes":
            _require_shapes(value, f"{where}: shapes")
        elif key == "kind" and value not in KINDS:
            raise _wrong(f"{where}: kind", *_one_of(KINDS), value)
        elif not isinstance(value, str) or not value:
            raise _wrong(f"{where}: {key}", "a name", "이름", value)
    for key in _REQUIRED:
        if key not in table:
            raise _wrong(where, f"{key} = the name of a function", f"{key} = 함수 이름", "none")
    return Declared(**table, where=where)


def _require_shapes(value: Any, where: str) -> None:
    fitting = isinstance(value, Mapping) and all(
        isinstance(shape, (list, tuple))
        and all(isinstance(size, int) and size > 0 for size in shape)
        for shape in value.values()
    )
    if not fitting:
        raise _wrong(where, "sizes by name, {x = [3, 4]}", "이름별 크기, {x = [3, 4]}", value)


def _one_of(words: Sequence[str]) -> tuple[str, str]:
    listed = ", ".join(words)
    return f"one of {listed}", f"{listed} 중 하나"


def _wrong(where: str, expected: str, korean: str, got: Any) -> UsageError:
    return UsageError(
        Text(f"{where}: expected {expected}, got {got!r}",
             f"{where}: 필요한 값은 {korean}, 받은 값은 {got!r}")
    )  # fmt: skip


def in_source(tree: ast.Module) -> Iterator[Declared]:
    """The pairs that a file declares: ``gradproof.pair(f, g)``, or ``@gradproof.pair(f)``."""
    for node in tree.body:
        if isinstance(node, ast.Expr) and _is_pair(node.value):
            yield from _read(node.value, "")
        elif isinstance(node, ast.FunctionDef):
            for each in node.decorator_list:
                if _is_pair(each):
                    yield from _read(each, node.name)


def _is_pair(node: ast.expr) -> bool:
    if not isinstance(node, ast.Call):
        return False
    name = ast.unparse(node.func)
    return name == "pair" or name.endswith("gradproof.pair")


def _read(node: ast.expr, decorated: str) -> Iterator[Declared]:
    """What a call says, as far as it is written in names and plain values."""
    assert isinstance(node, ast.Call)
    named = {each.arg: each.value for each in node.keywords if each.arg}
    given = [*map(ast.unparse, node.args), *([decorated] if decorated else [])]
    given += [ast.unparse(named[key]) for key in _REQUIRED[len(given) :] if key in named]
    if len(given) != 2:
        return
    try:
        options = {k: ast.literal_eval(v) for k, v in named.items() if k in ("kind", "shapes")}
        where = f"line {node.lineno}"
        yield from_table({**dict(zip(_REQUIRED, given)), **options}, where)
    except (ValueError, UsageError):  # not written in plain values: found or not by the names
        return


def candidate_of(
    declared: Declared,
    functions: Mapping[str, ast.FunctionDef],
    methods: Mapping[str, Mapping[str, ast.FunctionDef]],
) -> Candidate | str | None:
    """The pair to be called; why it cannot be; None where the file has neither function."""
    places = []
    for name in (declared.forward, declared.backward):
        owner, _, short = name.rpartition(".")
        found = methods.get(owner, {}) if owner else functions
        places.append((owner, short, found.get(short)))
    (owner, forward, first), (other, backward, second) = places
    if first is None and second is None:
        return None
    if first is None or second is None or owner != other:
        missing = declared.forward if first is None else declared.backward
        return f"declared ({declared.where}) with {declared.forward}, but {missing} is not there"
    shapes = {name: tuple(shape) for name, shape in declared.shapes.items()}
    return Candidate(
        _kind(declared, second, owner), forward, backward, second.lineno, owner, shapes
    )


def _kind(declared: Declared, backward: ast.FunctionDef, owner: str) -> Kind:
    takes = [each.arg for each in (*backward.args.posonlyargs, *backward.args.args)]
    names = takes[1:] if owner else takes
    upstream = looks_backward(declared.backward) or (
        any(map(looks_upstream, names)) and (len(names) > 1 or bool(owner))
    )
    if declared.kind == "derivative" or (not declared.kind and not upstream):
        return "derivative"
    return "layer" if owner else "cache"
