"""Plant errors in an operation's source: one changed sign, constant or operator at a time."""

from __future__ import annotations

import ast
import copy
import inspect
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from types import ModuleType

from gradproof.operations import Operation


@dataclass(frozen=True)
class Mutant:
    """An operation with one planted error, and what was changed where."""

    operation: Operation
    change: str

    def __str__(self) -> str:
        return f"{self.operation.name}: {self.change}"


_SWAPS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
}


def mutants(operation: Operation, prefix: str) -> Iterator[Mutant]:
    """Every single change of a sign, constant or operator in functions called ``prefix...``."""
    tree = ast.parse(inspect.getsource(operation.implementation))
    for function in tree.body:
        if isinstance(function, ast.FunctionDef) and function.name.startswith(prefix):
            yield from _mutants_of(operation, tree, function)


def _mutants_of(
    operation: Operation, tree: ast.Module, function: ast.FunctionDef
) -> Iterator[Mutant]:
    at = tree.body.index(function)
    sites = [node for part in function.body for node in ast.walk(part)]
    for number, site in enumerate(sites):
        for name in _changes(site):
            changed = copy.deepcopy(tree)
            target = changed.body[at]
            assert isinstance(target, ast.FunctionDef)
            twin = [node for part in target.body for node in ast.walk(part)][number]
            before = ast.unparse(twin)
            _apply(changed, twin, name)
            change = f"{function.name}, line {getattr(site, 'lineno', 0)}: {name} in {before}"
            yield Mutant(_build(operation, changed), change)


def _changes(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.BinOp) and type(node.op) in _SWAPS:
        yield "operator swapped"
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield "sign dropped"
    if (
        isinstance(node, ast.Constant)
        and isinstance(node.value, (int, float))
        and not isinstance(node.value, bool)
    ):
        yield "constant changed"


def _apply(tree: ast.Module, node: ast.AST, name: str) -> None:
    if isinstance(node, ast.BinOp):
        node.op = _SWAPS[type(node.op)]()
    elif isinstance(node, ast.UnaryOp):
        node.op = ast.UAdd()
    elif isinstance(node, ast.Constant):
        assert isinstance(node.value, (int, float))
        node.value = node.value + 1 if isinstance(node.value, int) else node.value * 1.1
    ast.fix_missing_locations(tree)


def _build(operation: Operation, tree: ast.Module) -> Operation:
    original = operation.implementation
    module = ModuleType(original.__name__)
    module.__file__ = original.__file__
    module.__package__ = original.__package__
    # dataclasses and typing look a class's module up by name while it is being made.
    sys.modules.setdefault(original.__name__, original)
    exec(compile(tree, str(original.__file__), "exec"), vars(module))
    return replace(operation, implementation=module)
