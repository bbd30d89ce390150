"""What the file's own calls say of a derivative: what it is given, and what is done with it."""

from __future__ import annotations

import ast
import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from gradproof.checking.reading.listed import speaks_of_derivative
from gradproof.checking.source.gradient_names import FLAGS, looks_backward

_MAXIMISED = re.compile(r"likelihood|log_?p|loglik|reward|elbo|return|utility|score", re.I)
_COUNT = re.compile(r"\b(m|n|N|len\(|\w*\.shape\[|\w*\.size|n_samples|batch_size|\w*examples)")


@dataclass(frozen=True)
class CallSites:
    """The lines in which a derivative is given the input of its function, and its output; the lines
    in which a step is taken by it, with the sign of the step and whether it is divided by a count.

    judged: the lines inside functions that are gradients themselves, and are judged as such.
    """

    by_input: tuple[int, ...] = ()
    by_output: tuple[int, ...] = ()
    steps: tuple[tuple[int, int, bool], ...] = ()
    judged: frozenset[int] = frozenset()

    @property
    def contract(self) -> str:
        """ "input" or "output", where all calls that say something say the same; else ""."""
        if bool(self.by_input) == bool(self.by_output):
            return ""
        return "input" if self.by_input else "output"


def call_sites(tree: ast.Module, forward: str, backward: str) -> CallSites:
    """The calls of ``backward`` in a file, in every function and at module level."""
    by_input: set[int] = set()
    by_output: set[int] = set()
    steps: set[tuple[int, int, bool]] = set()
    if forward == backward:  # one function with a flag
        tree = _Flagged(forward).visit(copy.deepcopy(tree))
        backward = _Flagged.mark(forward)
    for scope in _scopes(tree):
        made = {ast.unparse(t): node.value for node in _nodes(scope, ast.Assign)
                for t in node.targets}  # fmt: skip
        inputs = {ast.unparse(c.args[0]) for c in _nodes(scope, ast.Call)
                  if _called(c) == forward and c.args}  # fmt: skip
        for call in _nodes(scope, ast.Call):
            if _called(call) != backward or not call.args:
                continue
            given = ast.unparse(call.args[0])
            if any(_is_call_of(node, forward) and _receiver(node) == _receiver(call)
                   for node in (call.args[0], made.get(given))):  # fmt: skip
                by_output.add(call.lineno)
            elif given in inputs:
                by_input.add(call.lineno)
        steps |= set(_steps(scope, backward, made))
    gradients = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)
                 and (looks_backward(node.name) or speaks_of_derivative(node.name)))  # fmt: skip
    judged = {call.lineno for node in gradients for call in _nodes(node.body, ast.Call)}
    return CallSites(tuple(sorted(by_input)), tuple(sorted(by_output)), tuple(sorted(steps)),
                     frozenset(judged))  # fmt: skip


def passes_over_zeros(tree: ast.AST) -> int | None:
    """The line in which a function goes on to the next entry of what it loops over where one is 0,
    in a loop that ends with the first other one; None where there is none.

    >>> text = "for i, g in enumerate(d):\\n  if g == 0: continue\\n  return g"
    >>> passes_over_zeros(ast.parse(text))
    2
    """
    for loop in (node for node in ast.walk(tree) if isinstance(node, ast.For)):
        names = {n.id for n in ast.walk(loop.target) if isinstance(n, ast.Name)}
        ends = any(isinstance(n, (ast.Return, ast.Break)) for n in loop.body)
        for each in loop.body if ends else ():
            match each:
                case ast.If(
                    ast.Compare(ast.Name(name), [ast.Eq()], [ast.Constant(0 | 0.0)]),
                    [ast.Continue()],
                ) if name in names:
                    return each.lineno
    return None


class _Flagged(ast.NodeTransformer):
    """Gives the calls of a function with its flag deriv=True a name of their own."""

    def __init__(self, name: str) -> None:
        self.name = name

    @staticmethod
    def mark(name: str) -> str:
        """The name of the calls with the flag."""
        return f"{name}__slope"

    def visit_Call(self, node: ast.Call) -> ast.Call:
        self.generic_visit(node)
        flagged = len(node.args) > 1 or any((k.arg or "").lower() in FLAGS for k in node.keywords)
        if _called(node) == self.name and flagged:
            node.func = ast.Name(self.mark(self.name), ast.Load())
        return node


def climbs(forward: str, sign: int) -> bool:
    """Whether a step of this sign by a derivative calls for the negative one: an ascent of a cost,
    or the descent of what is to be as large as possible."""
    return (sign < 0) == bool(_MAXIMISED.search(forward))


def _scopes(tree: ast.Module) -> Iterator[list[ast.stmt]]:
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)]
    yield [n for n in tree.body if not isinstance(n, (ast.FunctionDef, ast.ClassDef))]
    yield from (each.body for each in functions)


def _nodes(scope: list[ast.stmt], kind: type) -> Iterator[Any]:
    for statement in scope:
        for node in ast.walk(statement):
            if isinstance(node, kind):
                yield node


def _called(call: ast.Call) -> str:
    return ast.unparse(call.func).rpartition(".")[2]


def _receiver(node: ast.AST | None) -> str:
    """Of what object a method is called, "" for a function: what another one returns is another's
    output."""
    return ast.unparse(node.func).rpartition(".")[0] if isinstance(node, ast.Call) else ""


def _is_call_of(node: ast.AST | None, name: str) -> bool:
    return isinstance(node, ast.Call) and _called(node) == name


def _steps(
    scope: list[ast.stmt], name: str, made: dict[str, ast.expr]
) -> Iterator[tuple[int, int, bool]]:
    """(line, sign, whether divided by a count) of theta -= alpha / m * gradient(...)."""
    held = {target for target, value in made.items() if _is_call_of(value, name)}
    for node in _nodes(scope, ast.stmt):
        match node:
            case ast.AugAssign(_, (ast.Sub() | ast.Add()) as op, taken):
                pass
            case ast.Assign(_, ast.BinOp(_, (ast.Sub() | ast.Add()) as op, taken)) | ast.Return(
                ast.BinOp(_, (ast.Sub() | ast.Add()) as op, taken)
            ):
                pass
            case _:
                continue
        inside = [ast.unparse(n) for n in ast.walk(taken) if isinstance(n, (ast.Name, ast.Call))]
        if any(_is_call_of(n, name) for n in ast.walk(taken)) or held & set(inside):
            yield node.lineno, -1 if isinstance(op, ast.Sub) else 1, _divides(taken)


def _divides(node: ast.expr) -> bool:
    return any(
        isinstance(each, ast.BinOp) and isinstance(each.op, ast.Div)
        and bool(_COUNT.match(ast.unparse(each.right)))
        for each in ast.walk(node)
    )  # fmt: skip


__all__ = ["CallSites", "call_sites", "climbs", "passes_over_zeros"]
