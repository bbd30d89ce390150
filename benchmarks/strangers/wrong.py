"""Wrong rules: every single change of each rule's source, and in-place variants of them."""

from __future__ import annotations

import ast
import importlib
import inspect
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any

import numpy as np

from benchmarks.strangers import functions, textbook
from benchmarks.strangers.changes import changes
from benchmarks.strangers.kinds import Kind

# What builds a kind of ours out of a formula, and the argument that is the rule.
_BUILDERS = {"elementwise": 2, "_special": 2, "Kind": 3}


@dataclass(frozen=True)
class Wrong:
    """A rule with one change; ``build`` gives its kind, and raises where that cannot be run."""

    label: str
    name: str
    build: Callable[[], Kind]


@cache
def every_wrong() -> tuple[Wrong, ...]:
    """All of them, in a fixed order."""
    found = [*_of_module(textbook), *_of_module(functions)]
    with suppress(ImportError):
        found += _of_autograd()
    return tuple(found)


def _of_module(module: Any) -> Iterator[Wrong]:
    tree = ast.parse(inspect.getsource(module))
    defined = {n.name: n for n in tree.body if isinstance(n, ast.FunctionDef)}
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
            continue
        at = _BUILDERS.get(node.func.id)
        if at is None or len(node.args) <= at or not isinstance(node.args[0], ast.Constant):
            continue
        prefix = "scipy.special." if node.func.id == "_special" else ""
        name = f"{prefix}{node.args[0].value}"
        rule = node.args[at]
        for label, make in changes(rule, _arguments(rule)):
            yield Wrong(f"{name}: {label}", name, partial(_in_call, module, node, at, make))
        for used in dict.fromkeys(n.id for n in ast.walk(rule) if isinstance(n, ast.Name)):
            if used in defined and ("slope" in used or "backward" in used):
                for label, make in changes(defined[used], _arguments(defined[used])):
                    build = partial(_in_definition, module, node, make)
                    yield Wrong(f"{name}: {label}", name, build)


def _in_call(module: Any, call: ast.Call, at: int, make: Callable[[], Any]) -> Kind:
    args = [*call.args[:at], make(), *call.args[at + 1 :]]
    changed = ast.copy_location(ast.Call(call.func, args, call.keywords), call)
    return _evaluated(ast.fix_missing_locations(changed), dict(vars(module)))


def _in_definition(module: Any, call: ast.Call, make: Callable[[], Any]) -> Kind:
    namespace = dict(vars(module))
    exec(_compiled(make()), namespace)
    return _evaluated(call, namespace)


def _evaluated(call: ast.expr, namespace: dict[str, Any]) -> Kind:
    return eval(compile(ast.Expression(call), "<changed>", "eval"), namespace)  # type: ignore[no-any-return]


def _compiled(statement: ast.stmt) -> Any:
    return compile(ast.Module([statement], []), "<changed>", "exec")


def _arguments(tree: ast.AST) -> tuple[str, ...]:
    """The names of the arrays that a rule is given."""
    names = [
        each.arg
        for node in ast.walk(tree)
        if isinstance(node, (ast.Lambda, ast.FunctionDef))
        for each in node.args.args
    ]
    return tuple(dict.fromkeys(n for n in names if n not in ("axis", "t", "keepdims", "argnum")))


def _of_autograd() -> Iterator[Wrong]:
    from benchmarks.strangers.autograd_rules import entries

    by_primitive: dict[Any, list[tuple[str, Callable[[Any], Kind]]]] = {}
    for primitive, build in entries():
        by_primitive.setdefault(primitive, []).append((build(None).name, build))
    for source in _sources():
        module = importlib.import_module(source)
        tree = ast.parse(inspect.getsource(module))
        defined = {n.name: n for n in tree.body if isinstance(n, ast.FunctionDef)}
        for statement in tree.body:
            if not _defines(statement):
                continue
            call: Any = statement.value  # type: ignore[attr-defined]
            primitive = eval(ast.unparse(call.args[0]), dict(vars(module)))
            for name, build in by_primitive.get(primitive, ()):
                for label, statements in _changed_rule(statement, defined):  # type: ignore[arg-type]
                    made = partial(_of_statements, module, statements, build)
                    yield Wrong(f"{name}: {label}", name, made)


def _of_statements(
    module: Any, statements: Callable[[], list[ast.stmt]], build: Callable[[Any], Kind]
) -> Kind:
    from autograd import core

    caught: list[Any] = []
    namespace = dict(vars(module))
    namespace["defvjp"] = lambda f, *m, **k: caught.append(_rule(core, f, m, k))
    namespace["defvjp_argnum"] = lambda f, m: caught.append(_by_number(m))
    for each in statements():
        exec(_compiled(each), namespace)
    return build(caught[0])


def _sources() -> tuple[str, ...]:
    return (
        "autograd.numpy.numpy_vjps", "autograd.numpy.linalg", "autograd.scipy.special",
        *(f"autograd.scipy.stats.{each}" for each in ("norm", "beta", "gamma", "chi2", "t")),
    )  # fmt: skip


def _defines(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Call)
        and isinstance(statement.value.func, ast.Name)
        and statement.value.func.id in ("defvjp", "defvjp_argnum")
    )


def _changed_rule(
    statement: ast.Expr, defined: dict[str, ast.FunctionDef]
) -> Iterator[tuple[str, Callable[[], list[ast.stmt]]]]:
    call: Any = statement.value
    for at in range(1, len(call.args)):
        for label, make in changes(call.args[at], _arguments(call.args[at])):
            yield label, partial(_registering, statement, at, make)
    used = [n.id for each in call.args[1:] for n in ast.walk(each) if isinstance(n, ast.Name)]
    for name in dict.fromkeys(used):
        if name in defined and "grad" in name:
            for label, make in changes(defined[name], _arguments(defined[name])):
                yield label, lambda make=make: [make(), statement]


def _registering(statement: Any, at: int, make: Callable[[], Any]) -> list[ast.stmt]:
    call = statement.value
    args = [*call.args[:at], make(), *call.args[at + 1 :]]
    new = ast.Expr(ast.Call(call.func, args, call.keywords))
    return [ast.fix_missing_locations(ast.copy_location(new, statement))]


def _rule(core: Any, primitive: Any, makers: Any, keywords: Any) -> Any:
    numbers = keywords.get("argnums", range(len(makers)))
    by = {k: core.translate_vjp(maker, primitive, k) for k, maker in zip(numbers, makers)}

    def pull(at: Any, y: Any, args: Any, kwargs: Any) -> Any:
        return lambda dy: tuple(by[k](y, *args, **kwargs)(dy) for k in at)

    return pull


def _by_number(maker: Any) -> Any:
    return lambda at, y, args, kwargs: lambda dy: tuple(maker(k, y, args, kwargs)(dy) for k in at)


def in_place(kind: Kind) -> Kind:
    """The same gradient of the first input, written over dy."""
    rule = kind.backward

    def backward(dy: Any, *inputs: Any, **extra: Any) -> Any:
        first, *others = rule(np.array(dy), *inputs, **extra)
        if np.shape(first) != np.shape(dy) or not isinstance(dy, np.ndarray):
            return (first, *others)
        dy[...] = first
        return (dy, *others)

    return replace(kind, backward=backward)


def masked(kind: Kind) -> Kind:
    """``dy[x <= 0] = 0; return dy``: what is right for ReLU alone."""

    def backward(dy: Any, *inputs: Any, **extra: Any) -> Any:
        x = inputs[0]
        if np.shape(x) != np.shape(dy) or not isinstance(dy, np.ndarray):
            return tuple(np.zeros_like(each) for each in inputs)
        dy[x <= 0] = 0
        return (dy, *(np.zeros_like(each) for each in inputs[1:]))

    return replace(kind, backward=backward, name=f"{kind.name} (masked in place)")
