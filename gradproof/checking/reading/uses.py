"""Which function is whose derivative by what is done with them: minimize(f, x0, jac=g)."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator

_SLOPES = ("jac", "fprime", "Dfun", "grad", "gradient", "gradf", "jacobian", "fgrad", "df")
_FUNCTIONS = ("fun", "func", "f", "function", "objective", "residuals", "equations")
_SECOND = ("hess", "fprime2", "fhess", "hessian")
_BOTH_AT_ONCE = ("fmin_l_bfgs_b", "fmin_tnc")
_CHECKS = ("check_grad", "approx_derivative")


def used_together(tree: ast.Module, known: Collection[str]) -> dict[str, str]:
    """derivative -> function, of the functions of this file that are given to one call together."""
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            for forward, backward in _pairs(node):
                if forward in known and backward in known and forward != backward:
                    found.setdefault(backward, forward)
        elif isinstance(node, ast.Dict):
            keys = {k.value: v for k, v in zip(node.keys, node.values)
                    if isinstance(k, ast.Constant)}  # fmt: skip
            forward, backward = _name(keys.get("fun")), _name(keys.get("jac"))
            if forward in known and backward in known and forward != backward:
                found.setdefault(backward, forward)
    return found


def valued_with_gradient(tree: ast.AST) -> set[str]:
    """The functions that a call asks for their value and its gradient at once: minimize(f, x0,
    jac=True), fmin_l_bfgs_b(f, x0).

    >>> sorted(valued_with_gradient(ast.parse("minimize(f, x, jac=True); fmin_tnc(g, x)")))
    ['f', 'g']
    """
    found: set[str] = set()
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        named = {each.arg: each.value for each in call.keywords if each.arg}
        function = next((_name(named[k]) for k in _FUNCTIONS if k in named),
                        _name(call.args[0]) if call.args else "")  # fmt: skip
        both = isinstance(named.get("jac"), ast.Constant) and ast.unparse(named["jac"]) == "True"
        alone = ast.unparse(call.func).rpartition(".")[2] in _BOTH_AT_ONCE and len(call.args) < 3
        if function and (both or (alone and not {"fprime", "approx_grad"} & named.keys())):
            found.add(function)
    return found


def in_dictionaries(tree: ast.Module) -> dict[str, ast.Lambda]:
    """The lambdas under "fun" and "jac" of a dictionary at module level, by cons['fun']."""
    found: dict[str, ast.Lambda] = {}
    for node in tree.body:
        match node:
            case ast.Assign([ast.Name(name)], ast.Dict(keys, values)):
                made = {k.value: v for k, v in zip(keys, values) if isinstance(k, ast.Constant)}
                both = [made.get("fun"), made.get("jac")]
                if all(isinstance(each, ast.Lambda) for each in both):
                    for key, each in zip(("fun", "jac"), both):
                        if isinstance(each, ast.Lambda):
                            found[f"{name}['{key}']"] = each
    return found


def _pairs(call: ast.Call) -> Iterator[tuple[str, str]]:
    named = {each.arg: each.value for each in call.keywords if each.arg}
    given = [_name(each) for each in call.args]
    function = next((_name(named[k]) for k in _FUNCTIONS if k in named), given[0] if given else "")
    slope = next((_name(named[k]) for k in _SLOPES if k in named), "")
    if ast.unparse(call.func).rpartition(".")[2] in _CHECKS and len(given) > 1:
        slope = slope or given[1]
    yield function, slope
    yield slope, next((_name(named[k]) for k in _SECOND if k in named), "")


def _name(node: ast.expr | None) -> str:
    return node.id if isinstance(node, ast.Name) else ""


__all__ = ["in_dictionaries", "used_together", "valued_with_gradient"]
