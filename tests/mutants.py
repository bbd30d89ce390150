"""Plant errors in an operation's source: one changed sign, constant or operator at a time.

``python -m tests.mutants [operation ...]`` tries every one of them and prints what passed.

A change that leaves the mathematics as it is (a term that is zero anyway, the other branch of a
symmetric formula) is no error. It may pass only if the exact engine, which knows nothing of
floating point, proves the changed code right.
"""

from __future__ import annotations

if __name__ == "__main__":
    from gradproof.console import quiet_interrupt

    quiet_interrupt("tests.mutants")

import ast
import copy
import inspect
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from types import ModuleType

from tqdm.auto import tqdm

from gradproof.operations import Operation
from gradproof.verdicts import Status, Verdict
from gradproof.witnesses.arithmetic import arithmetic
from gradproof.witnesses.exactly import exactly
from gradproof.witnesses.floating import floating
from gradproof.witnesses.special import special


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


def outcome(mutant: Mutant) -> tuple[bool, Verdict]:
    """Whether the planted error passed every witness, and the verdict that decided it."""
    exact = run(exactly, mutant.operation)
    if exact.status is Status.REFUTED:
        return False, exact
    numeric = first_refutation(mutant.operation)
    if numeric is not None:
        return False, numeric
    return exact.status is not Status.PROVED, exact


def first_refutation(operation: Operation) -> Verdict | None:
    """What the first numeric witness that objects says; None if none does."""
    for witness in (floating, arithmetic, special):
        verdict = run(witness, operation)
        if verdict.status is Status.REFUTED:
            return verdict
    return None


def run(witness: Callable[[Operation, int], Verdict], operation: Operation) -> Verdict:
    """Return a witness's verdict; code that does not even run is refuted by that."""
    try:
        return witness(operation, 1)
    except Exception as problem:
        return Verdict(Status.REFUTED, operation.name, "run", reason=repr(problem))


def main(names: list[str]) -> int:
    """Try every mutant of the operations called ``names``, or of all; 1 if one passed."""
    from tests.catalogue import OPERATIONS

    every = [
        mutant
        for name, operation in OPERATIONS.items()
        if not names or name in names
        for mutant in mutants(operation, "backward")
    ]
    passed, equal = [], []
    for mutant in tqdm(every, desc="mutants", disable=None):
        survived, verdict = outcome(mutant)
        if survived:
            passed.append(mutant)
        elif verdict.status is Status.PROVED:
            equal.append(mutant)
    refuted = len(every) - len(passed) - len(equal)
    print(f"{refuted} of {len(every)} refuted, {len(equal)} proved equal, {len(passed)} passed")
    for word, found in (("proved equal", equal), ("PASSED", passed)):
        for mutant in found:
            print(f"  {word}: {mutant}")
    return 1 if passed else 0


if __name__ == "__main__":
    from gradproof.console import run_command

    run_command(lambda: main(sys.argv[1:]), "tests.mutants")
