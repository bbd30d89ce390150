"""Where in the source a repair goes, and how the statement reads after it."""

from __future__ import annotations

import ast
import copy
from collections import Counter
from dataclasses import dataclass, replace
from typing import cast

from gradproof.diagnosis.kinds import Kind
from gradproof.diagnosis.naming import Naming, operand_of
from gradproof.diagnosis.repair import Repair
from gradproof.diagnosis.tape import Op, Ref, refs

_MARK = "_gradproof_mark_"


@dataclass(frozen=True)
class Mended:
    """A statement before and after; fix is its right-hand side, old and new what differs.

    at is where in both statements old and new stand, -1 where that is not known.
    """

    line: int | None
    yours: str
    true: str
    fix: str
    old: str
    new: str
    at: int = -1


def mended(naming: Naming, repair: Repair, name: str) -> Mended:
    """Return what a repair comes to in the author's source."""
    words = repair.words(naming)
    if repair.kind is Kind.IN_PLACE:
        return _in_place(naming, repair)
    node = target_of(naming, repair, name)
    op = naming.tape.ops[repair.index]
    line = op.site.line if op.site is not None else None
    bare = Mended(line, f"d{name}: {words.old}", f"d{name}: {words.new}", words.new, words.old,
                  words.new)  # fmt: skip
    if node is None:
        return bare
    file = _file(naming, op)
    statement = _statement(naming, file, node)
    if statement is None:
        return bare
    new = _parsed(words.new)
    if new is None or ast.unparse(statement) == words.old:  # a statement by itself
        return Mended(
            node.lineno, ast.unparse(statement), words.new, words.new, words.old, words.new
        )
    if isinstance(node, ast.AugAssign):
        target = ast.unparse(node.target)
        return Mended(node.lineno, ast.unparse(node), f"{target} = {words.new}",
                      f"{target} = {words.new}", words.old, words.new)  # fmt: skip
    if repair.kind is Kind.OTHER_ARGUMENT and isinstance(statement, ast.Return):
        return _swapped(statement, node, words.old, new)
    if isinstance(node, ast.expr) and ast.unparse(node) != words.old:
        new = cast(
            ast.expr, _Named(words.old, node).visit(new)
        )  # the variable's own formula in its place
    changed: ast.AST = _Put(_together(naming, repair, node, statement), new).visit(statement)
    value = getattr(changed, "value", None)
    inside = value is not None and value is not getattr(statement, "value", None)
    fix = ast.unparse(value) if inside and value is not None else ast.unparse(changed)
    at = ast.unparse(_Put([node], ast.Name(_MARK)).visit(statement)).find(_MARK)
    return Mended(node.lineno, ast.unparse(statement), ast.unparse(changed), fix,
                  ast.unparse(node), ast.unparse(new), at)  # fmt: skip


def _swapped(statement: ast.Return, node: ast.expr, old: str, new: ast.expr) -> Mended:
    """Return the gradients in their right places: where two have been swapped, both move."""
    name = _parsed(old)
    right = cast(ast.expr, _Named(old, new).visit(copy.deepcopy(node)))
    elements = getattr(statement.value, "elts", getattr(statement.value, "args", []))
    twin = next((e for e in elements if ast.dump(e) == ast.dump(right)), None)
    changed = _Put([node], right).visit(statement)
    if twin is not None and name is not None:
        back = cast(ast.expr, _Named(ast.unparse(new), name).visit(copy.deepcopy(twin)))
        changed = _Put([twin], back).visit(changed)
    fix = ast.unparse(cast(ast.Return, changed).value or node)
    return Mended(statement.lineno, ast.unparse(statement), ast.unparse(changed), fix,
                  ast.unparse(node), ast.unparse(right))  # fmt: skip


def _together(naming: Naming, repair: Repair, node: ast.AST, statement: ast.stmt) -> list[ast.AST]:
    """Return all uses of a variable in a statement, where a repair changes them together."""
    uses = [naming.operand_node(naming.tape.ops[index], k) for index, k in repair.slots]
    if not any(use is node for use in uses):
        return [node]
    inside = {id(n) for n in ast.walk(statement)}
    return [use for use in uses if use is not None and id(use) in inside]


def _in_place(naming: Naming, repair: Repair) -> Mended:
    """Return the statement that changes an array; which copy is meant is the author's choice."""
    op, words = naming.tape.ops[repair.index], repair.words(naming)
    place = op.place
    text = naming.sources.line(place) if place is not None else ""
    return Mended(None if place is None else place.line, text or words.old, words.new, "",
                  words.old, words.new)  # fmt: skip


def target_of(naming: Naming, repair: Repair, name: str) -> ast.expr | ast.AugAssign | None:
    """Return the syntax that a repair replaces."""
    op = naming.tape.ops[repair.index]
    if op.name == "returned":
        follow = repair.kind not in (Kind.OTHER_ARGUMENT, Kind.WRONG_VARIABLE)
        return returned(naming, name, follow, repair.words(naming).new)
    node: ast.AST | None
    if not repair.slots:
        node = naming.sources.node(op.place if _is_last(naming, repair.index) else op.site) if (
            op.site is not None and op.place is not None) else None  # fmt: skip
    else:
        node = _operand(naming, repair, op)
    return node if isinstance(node, (ast.expr, ast.AugAssign)) else None


def _operand(naming: Naming, repair: Repair, op: Op) -> ast.AST | None:
    _, k = repair.slots[0]
    if repair.everywhere:
        return assigned(naming, op, repair.words(naming).old)
    found, operand = naming.operand_node(op, k), op.args[k]
    aliased = isinstance(operand, Ref) and isinstance(found, ast.Name) and (
        found.id not in naming.tape.ops[operand.index].names[:1])  # fmt: skip
    aliased = aliased and repair.kind is not Kind.WRONG_VARIABLE  # it is the use that is wrong
    changed = op.site is not None and isinstance(naming.sources.node(op.site), ast.AugAssign)
    aliased |= (op.name == "setitem" or changed) and k == 0  # of dx[mask] = 0, what dx was before
    uses = {id(naming.operand_node(naming.tape.ops[i], j)) for i, j in repair.slots}
    if (len(uses) > 1 or aliased) and isinstance(found, ast.Name):
        value = assigned(naming, op, found.id)
        if value is not None:
            return value
    if op.site == op.place:
        return found
    maker = naming.tape.ops[operand.index] if isinstance(operand, Ref) else None
    if maker is not None and maker.site is not None and maker.site == maker.place:
        return naming.sources.node(maker.site)
    return found


def _is_last(naming: Naming, index: int) -> bool:
    """Whether an entry is the last one made at its place: what a helper returns."""
    ops = naming.tape.ops
    return all(ops[k].place != ops[index].place for k in range(index + 1, len(ops)))


def assigned(naming: Naming, op: Op, name: str) -> ast.expr | None:
    """Return the right-hand side of the last assignment to a name before an entry."""
    place = op.place or op.site
    function = None if place is None else _function(naming, place.file, place.line)
    if function is None or place is None:
        return None
    return _assigned_in(function, name, place.line)


def returned(naming: Naming, name: str, follow: bool = True, needed: str = "") -> ast.expr | None:
    """Return the expression that backward returns as a gradient; what it was assigned from.

    Where the text ``needed`` uses variables that are made only later, it is the returned name.
    """
    maker = naming.tape.ops[next(refs(naming.tape.ops[naming.tape.gradients[name]].args))]
    places = [op.place for op in naming.tape.ops[naming.tape.start :] if op.place is not None]
    files = Counter(p.file for p in places).most_common(1)
    file = files[0][0] if files else ""
    end = naming.tape.ends.get(name)
    if end is not None and (not file or end[0] == file):
        file, line = end
    elif files:
        line = max(p.line for p in places if p.file == file)
    else:
        return None
    function = _function(naming, file, line)
    if function is None:
        return None
    guarded = _guarded(function)
    results = [n for n in ast.walk(function) if isinstance(n, ast.Return) and n.value]
    results.sort(key=lambda n: (id(n) not in guarded, n.lineno))
    element = _element(results[-1].value, naming, name) if results else None
    if element is None and maker.names:
        made_here = [n for n in maker.names if _assigned_in(function, n) is not None]
        element = ast.parse((made_here or maker.names)[-1], mode="eval").body
        follow = True
    if follow and isinstance(element, (ast.Name, ast.Attribute)) and not _shared(results, element):
        value = _assigned_in(function, ast.unparse(element))
        if value is not None and not _needs_later(function, needed, value.lineno):
            made = maker.place is None or value.lineno <= maker.place.line <= (
                value.end_lineno or 0
            )
            if made or isinstance(value, ast.Name):  # it was not changed since
                return value
    return element


def _shared(results: list[ast.Return], element: ast.expr) -> bool:
    """Whether what is returned as a gradient is, or is part of, another one as well."""
    text = ast.unparse(element)
    used = [n for n in ast.walk(results[-1]) if isinstance(n, (ast.Name, ast.Attribute))
            and ast.unparse(n) == text] if results else []  # fmt: skip
    return len(used) > 1


def _needs_later(function: ast.FunctionDef, text: str, line: int) -> bool:
    """Whether a text uses a variable that is first assigned below a line."""
    new = _parsed(text) if text else None
    used = {n.id for n in ast.walk(new) if isinstance(n, ast.Name)} if new is not None else set()
    lines: dict[str, int] = {a.arg: 0 for a in function.args.args}
    for node in ast.walk(function):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            lines[node.id] = min(lines.get(node.id, node.lineno), node.lineno)
    return any(lines.get(name, 0) > line for name in used)


def _assigned_in(function: ast.FunctionDef, text: str, before: int = 10**9) -> ast.expr | None:
    """Return the right-hand side of the last assignment to a variable before a line."""
    found: ast.expr | None = None
    guarded = _guarded(function)
    for node in ast.walk(function):
        if not isinstance(node, ast.Assign) or node.lineno > before or id(node) in guarded:
            continue
        for target in node.targets:
            value = _part(target, node.value, text)
            if value is not None and (found is None or node.lineno >= found.lineno):
                found = value
    return found


def _guarded(function: ast.FunctionDef) -> set[int]:
    """Return what stands below an if: most often a guard that has not been passed."""
    return {id(n) for g in ast.walk(function) if isinstance(g, ast.If) for n in ast.walk(g)}


def _part(target: ast.expr, value: ast.expr, text: str) -> ast.expr | None:
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        return next((p for t, v in zip(target.elts, value.elts) if (p := _part(t, v, text))), None)
    return value if ast.unparse(target) == text else None


def _element(value: ast.expr | None, naming: Naming, name: str) -> ast.expr | None:
    wrt = list(naming.tape.gradients)
    maker = naming.tape.ops[next(refs(naming.tape.ops[naming.tape.gradients[name]].args))]
    if isinstance(value, ast.Tuple):
        parts: list[ast.expr] = list(value.elts)
    elif isinstance(value, ast.Dict):
        keyed = {getattr(k, "value", None): v for k, v in zip(value.keys, value.values)}
        return keyed.get(f"d{name}", keyed.get(name))
    elif isinstance(value, ast.Call) and len(value.args) == len(wrt) > 1:
        parts = list(value.args)
    else:
        alone = value is not None and ast.unparse(value) in (f"d{name}", *maker.names)
        return value if len(wrt) == 1 or alone else None
    at = wrt.index(name)
    return parts[at] if at < len(parts) else None


def _function(naming: Naming, file: str, line: int) -> ast.FunctionDef | None:
    found: ast.FunctionDef | None = None
    for node in naming.sources.nodes(file):
        if isinstance(node, ast.FunctionDef) and node.lineno <= line <= (node.end_lineno or line):
            found = node if found is None or node.lineno > found.lineno else found
    return found


def _file(naming: Naming, op: Op) -> str:
    if op.place is not None:
        return op.place.file
    ends = [end[0] for end in naming.tape.ends.values() if end is not None]
    later = naming.tape.ops[naming.tape.start :]
    return next((o.place.file for o in reversed(later) if o.place is not None), (*ends, "")[0])


def _statement(naming: Naming, file: str, node: ast.AST) -> ast.stmt | None:
    simple = (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Return, ast.Expr)
    for statement in naming.sources.nodes(file):
        if isinstance(statement, simple) and any(n is node for n in ast.walk(statement)):
            return statement
    return None


def _parsed(text: str) -> ast.expr | None:
    try:
        return ast.parse(text.strip(), mode="eval").body
    except SyntaxError:
        return None


def mended_both(naming: Naming, one: Repair, other: Repair, name: str) -> tuple[Mended, Mended]:
    """Return what two repairs come to; in one statement, each with the other carried out."""
    first, second = mended(naming, one, name), mended(naming, other, name)
    a, b = target_of(naming, one, name), target_of(naming, other, name)
    if not (isinstance(a, ast.expr) and isinstance(b, ast.expr)):
        return first, second
    statement = _statement(naming, _file(naming, naming.tape.ops[one.index]), a)
    same = statement is not None and any(n is b for n in ast.walk(statement))
    new_a, new_b = _parsed(first.new), _parsed(second.new)
    if statement is None or not same or new_a is None or new_b is None:
        return first, second
    if a is b:  # two terms of one sum
        whole = _Put([a], cast(ast.expr, _Alike(a, new_a).visit(new_b))).visit(statement)
    elif any(n is b for n in ast.walk(a)):
        whole = _Put([a], cast(ast.expr, _Alike(b, new_b).visit(new_a))).visit(statement)
    elif any(n is a for n in ast.walk(b)):
        whole = _Put([b], cast(ast.expr, _Alike(a, new_a).visit(new_b))).visit(statement)
    else:
        whole = _Put([b], new_b).visit(_Put([a], new_a).visit(statement))
    value = getattr(whole, "value", None)
    fix = ast.unparse(whole if value is None else value)
    return replace(first, fix=fix), replace(second, fix=fix)


class _Alike(ast.NodeTransformer):
    """Puts an expression in the place of all that read like another."""

    def __init__(self, old: ast.expr, new: ast.expr) -> None:
        self.old, self.new = ast.dump(old), new

    def visit(self, node: ast.AST) -> ast.AST:
        return self.new if ast.dump(node) == self.old else self.generic_visit(node)


class _Named(ast.NodeTransformer):
    """Puts an expression in the place of a variable."""

    def __init__(self, name: str, value: ast.expr) -> None:
        self.name, self.value = name, value

    def visit(self, node: ast.AST) -> ast.AST:
        if isinstance(node, (ast.Name, ast.Attribute)) and ast.unparse(node) == self.name:
            return self.value
        return self.generic_visit(node)


class _Put(ast.NodeTransformer):
    """Copies a statement with some nodes in it replaced."""

    def __init__(self, nodes: list[ast.AST], new: ast.expr) -> None:
        self.nodes, self.new = nodes, new

    def visit(self, node: ast.AST) -> ast.AST:
        if any(node is each for each in self.nodes):
            return self.new
        if not any(part is each for part in ast.walk(node) for each in self.nodes):
            return node
        made = copy.copy(node)
        for name, value in ast.iter_fields(node):
            if isinstance(value, list):
                setattr(made, name, [self.visit(v) if isinstance(v, ast.AST) else v for v in value])
            elif isinstance(value, ast.AST):
                setattr(made, name, self.visit(value))
        return made


__all__ = ["Mended", "assigned", "mended", "operand_of", "returned", "target_of"]
