"""What looks like a gradient step and was not read as one: in a text, by itself or beside steps
that were read; and in a run, where nothing that is added goes back to the parameter."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator

import numpy as np

from gradproof.claims.fits import Reading
from gradproof.claims.script_reading import ScriptReading
from gradproof.claims.statements import parsed
from gradproof.program.steps import Place, Ref, is_real


def steps_of(text: str) -> Iterator[tuple[int, str]]:
    """Yield line and name of what looks like a gradient step: a product is subtracted.

    >>> list(steps_of("w -= rate * dw\\nt -= 1"))
    [(1, 'w')]
    """
    for node in _statements(_tree(text)):
        if isinstance(node, ast.AugAssign):
            if isinstance(node.op, ast.Sub) and _has_product(node.value):
                yield node.lineno, ast.unparse(node.target)
        elif len(node.targets) == 1:
            value, target = node.value, ast.unparse(node.targets[0])
            if not (isinstance(value, ast.BinOp) and isinstance(value.op, ast.Sub)):
                continue
            if ast.unparse(value.left) == target and _has_product(value.right):
                yield node.lineno, target


def steps_beside(
    text: str, read: Collection[tuple[int, str]]
) -> Iterator[tuple[int, str, bool]]:  # fmt: skip
    """Yield line, name, and whether the name is given anew, of statements that are written as a
    step that was read is written, with the same factor before a gradient, and that were not read
    themselves: the step of a parameter that no loss depends on, or a product that takes the
    parameter's place.

    read: the steps that were read, each by its line and its name in the report.

    >>> text = "w -= rate * dw\\nb = rate * db\\nc -= rate\\nn -= 2 * k"
    >>> list(steps_beside(text, {(1, "w")}))
    [(3, 'c', False)]
    >>> list(steps_beside("b = 0.0\\n" + text, {(2, "w")}))
    [(3, 'b', True), (4, 'c', False)]
    """
    tree = _tree(text)
    statements = _statements(tree)
    known = [node for node in statements if _is_read(node, statements, read)]
    factors = {each for node in known for each in _factors(node)}
    beside = _lines_beside(tree, {node.lineno for node in known})
    for node in statements:
        if node.lineno not in beside:
            continue
        if node in known or not factors.intersection(_factors(node)):
            continue
        replaced = isinstance(node, ast.Assign) and not _names(node)
        if replaced and sum(_target(node) in _given(each) for each in statements) < 2:
            continue  # a change that has a name of its own
        yield node.lineno, _target(node), replaced


def _lines_beside(tree: ast.Module, read: Collection[int]) -> set[int]:
    """The lines of the innermost loops that steps stand in; of functions, where there is none; of
    the whole text, where there is neither."""
    spans = [
        (type(node) in (ast.For, ast.While), range(node.lineno, (node.end_lineno or 0) + 1))
        for node in ast.walk(tree)
        if isinstance(node, (ast.For, ast.While, ast.FunctionDef))
    ]
    out = set[int]()
    everywhere = range(1, max((n.end_lineno or 0 for n in tree.body), default=0) + 1)
    for line in read:
        around = [(loop, -len(span), span) for loop, span in spans if line in span]
        found = max(around, default=(False, 0, everywhere), key=lambda a: a[:2])
        out.update(found[2])
    return out


def _is_read(
    node: ast.AugAssign | ast.Assign,
    statements: list[ast.AugAssign | ast.Assign],
    read: Collection[tuple[int, str]],
) -> bool:
    """Whether a statement is a step that was read; of several on one line, by its name."""
    names = [name for line, name in read if line == node.lineno]
    alone = sum(each.lineno == node.lineno for each in statements) == 1
    return bool(names) and (alone or _target(node) in names)


def _tree(text: str) -> ast.Module:
    """The tree of a text; an empty one for what is no Python."""
    try:
        return parsed(text)
    except (SyntaxError, ValueError, RecursionError):
        return ast.Module([], [])


def _statements(tree: ast.Module) -> list[ast.AugAssign | ast.Assign]:
    found = [node for node in ast.walk(tree) if isinstance(node, (ast.AugAssign, ast.Assign))]
    return sorted(found, key=lambda node: (node.lineno, node.col_offset))


def _target(node: ast.AugAssign | ast.Assign) -> str:
    return ast.unparse(node.target if isinstance(node, ast.AugAssign) else node.targets[0])


def _given(node: ast.AugAssign | ast.Assign) -> set[str]:
    """All that a statement gives a value to, of ``a, b = 0, 1`` each by itself."""
    targets = [node.target] if isinstance(node, ast.AugAssign) else list(node.targets)
    parts = [part for t in targets for part in (t.elts if isinstance(t, ast.Tuple) else [t])]
    return {ast.unparse(part) for part in parts}


def _names(node: ast.Assign) -> bool:
    """Whether what is assigned to is used in what it is given."""
    target = _target(node)
    return any(
        isinstance(part, (ast.Name, ast.Attribute, ast.Subscript)) and ast.unparse(part) == target
        for part in ast.walk(node.value)
    )


def _factors(node: ast.AugAssign | ast.Assign) -> Iterator[str]:
    """Yield the names and numbers that the last term of a statement is multiplied by."""
    value = node.value
    if isinstance(node, ast.AugAssign):
        if not isinstance(node.op, (ast.Sub, ast.Add)):
            return
    elif isinstance(value, ast.BinOp) and isinstance(value.op, (ast.Sub, ast.Add)):
        value = value.right if _names(node) else value
    if isinstance(value, ast.UnaryOp):
        value = value.operand
    if isinstance(value, (ast.Name, ast.Attribute, ast.Constant)):
        yield ast.unparse(value)
    while isinstance(value, ast.BinOp) and isinstance(value.op, (ast.Mult, ast.Div)):
        for side in (value.left, value.right):
            if isinstance(side, (ast.Name, ast.Attribute, ast.Constant)):
                yield ast.unparse(side)
        value = value.left


def _has_product(value: ast.expr) -> bool:
    return any(isinstance(p, ast.BinOp) and isinstance(p.op, ast.Mult) for p in ast.walk(value))


def left_over(reading: ScriptReading, best: Reading) -> Iterator[tuple[Place, str]]:
    """Yield place and name of ``p += g`` where the loss of a round depends on p, and g does not."""
    if best.loss is None:
        return
    program, statements = reading.program, reading.statements
    updates = [fit.update for part in (best, *best.others) for fit in part.fits]
    read = {update.place for update in updates} | {each.place for each in reading.updates}
    ends = [step for step, _ in best.loss.terms]
    made = program.made_of_any(ends)
    homes = {program.steps[k].home for k in made} - {-1}
    first = min(min(ends), min(u.source for u in updates))
    last = max(u.step for u in updates)
    seen = set[str]()
    for index in range(first, last + 1):
        step = program.steps[index]
        if step.name not in ("add", "subtract") or step.place in read or not is_real(step.value):
            continue
        if not statements.is_augmented(step.place) or not isinstance(step.args[0], Ref):
            continue
        before = step.args[0].index
        used = before in made or (step.written and program.steps[before].home in homes)
        name = statements.target(step.place)
        if used and index not in made and name not in seen and np.size(step.value):
            seen.add(name)
            yield step.place, name


__all__ = ["left_over", "steps_beside", "steps_of"]
