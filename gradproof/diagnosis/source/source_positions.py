"""Where in the author's source something stands: what a repair replaces, what is returned."""

from __future__ import annotations

import ast
from collections import Counter
from operator import attrgetter

from gradproof.diagnosis.search.repair import Repair, ancestors
from gradproof.diagnosis.tape.author_words import Naming, operand_of
from gradproof.diagnosis.tape.tape import Op, Ref, refs
from gradproof.slip_kinds import Kind


def target_of(naming: Naming, repair: Repair, name: str) -> ast.expr | ast.AugAssign | None:
    """Return the syntax that a repair replaces."""
    op = naming.tape.ops[repair.index]
    if op.name == "returned":
        follow = repair.kind not in (Kind.OTHER_ARGUMENT, Kind.WRONG_VARIABLE)
        return returned(naming, name, follow, repair.words(naming).new)
    node: ast.AST | None
    if not repair.slots:
        whole = op.name != "setitem" and _is_last(naming, repair.index)
        site = op.place if whole and op.site is not None else op.site
        node = naming.sources.node(site) if site is not None else None
    else:
        node = _operand(naming, repair, op)
    return node if isinstance(node, (ast.expr, ast.AugAssign)) else None


def _operand(naming: Naming, repair: Repair, op: Op) -> ast.AST | None:
    _, k = repair.slots[0]
    value = assigned(naming, op, repair.words(naming).old) if repair.everywhere else None
    if value is not None:
        return value
    found, operand = naming.operand_node(op, k) or _in_helper(naming, op, k), op.args[k]
    aliased = isinstance(operand, Ref) and isinstance(found, ast.Name) and (
        found.id not in naming.tape.ops[operand.index].names[:1])  # fmt: skip
    aliased = aliased and repair.kind is not Kind.WRONG_VARIABLE  # it is the use that is wrong
    aliased |= op.name == "setitem" and k == 0  # of dx[mask] = 0, what dx was before
    nodes = [naming.operand_node(naming.tape.ops[i], j) for i, j in repair.slots]
    uses = {id(node) for node in nodes}
    if _is_cached(naming, repair, operand) and _in_one_statement(
        naming, file_of(naming, op), nodes
    ):
        return found
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


def _is_cached(naming: Naming, repair: Repair, operand: object) -> bool:
    """Whether something of backward belongs in the place of what backward took from its cache."""
    start = naming.tape.start
    taken = isinstance(operand, Ref) and operand.index < start
    return taken and any(k > start for k in repair.uses)


def _in_one_statement(naming: Naming, file: str, nodes: list[ast.AST | None]) -> bool:
    """Whether all uses of a variable stand in one statement, where they can change together."""
    statement = None if nodes[0] is None else statement_of(naming, file, nodes[0])
    inside = set() if statement is None else {id(n) for n in ast.walk(statement)}
    return all(id(node) in inside for node in nodes)


def _in_helper(naming: Naming, op: Op, k: int) -> ast.AST | None:
    """Return the syntax of an operand where the function itself is called: in a helper, or in what
    is written into an array."""
    if op.site is None:
        return None
    if op.name != "setitem":
        return operand_of(naming.sources.node(op.site), op.name, k, len(op.args))
    statement = naming.sources.statement(op.site)
    if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Subscript):
        return statement.value if k == 2 else statement.targets[0].slice
    return None


def _is_last(naming: Naming, index: int) -> bool:
    """Whether an entry is the last one made at its place: what a helper returns."""
    ops = naming.tape.ops
    return all(ops[k].place != ops[index].place for k in range(index + 1, len(ops)))


def assigned(naming: Naming, op: Op, name: str) -> ast.expr | None:
    """Return the right-hand side of the last assignment to a name before an entry."""
    for place in (op.place, op.site):  # the variable may be that of a helper
        function = None if place is None else enclosing(naming, place.file, place.line)
        if function is not None and place is not None:
            value = _assigned_in(function, name, place.line)
            if value is not None:
                return value
    return None


def returned(naming: Naming, name: str, follow: bool = True, needed: str = "") -> ast.expr | None:
    """Return the expression that backward returns as a gradient; what it was assigned from.

    Where the text ``needed`` uses variables that are made only later, it is the returned name.
    """
    found: ast.expr | None = None
    for file, line in _ends(naming, name, needed):
        element = _returned_at(naming, name, (file, line), follow, needed)
        found = found or element
        if element is not None and statement_of(naming, file, element) is not None:
            return element
    return found


def line_of(naming: Naming, name: str) -> int | None:
    """Return the line in which a gradient is returned, or else the last one that makes it."""
    node, tape = returned(naming, name), naming.tape
    made = [tape.ops[k] for k in sorted(ancestors(tape, [tape.gradients[name]])) if k > tape.start]
    places = [op.place for op in made if op.place is not None]
    files = dict.fromkeys(place.file for place in reversed(places))
    ends = [file for file, _ in tape.ends.get(name) or []]
    for file in (*ends, *files) if node is not None else ():
        if node is not None and statement_of(naming, file, node) is not None:
            return node.lineno
    return places[-1].line if places else None


def _ends(naming: Naming, name: str, needed: str) -> list[tuple[str, int]]:
    """Return where a gradient may be returned: at the end of backward, or as the run has seen."""
    places = [p for p in map(attrgetter("place"), _later(naming)) if p is not None]
    files = Counter(p.file for p in places).most_common(1)
    end = _end(naming, name, needed)
    if end is not None and (not files or end[0] == files[0][0]):
        return [end]
    last = [(file, max(p.line for p in places if p.file == file)) for file, _ in files]
    return last if end is None or not naming.sources.lines(end[0]) else [*last, end]


def _later(naming: Naming) -> list[Op]:
    """Return what backward computes for its gradients, in order; no check of what it is given."""
    tape = naming.tape
    return [tape.ops[k] for k in sorted(ancestors(tape, tape.gradients.values())) if k > tape.start]


def _returned_at(
    naming: Naming, name: str, end: tuple[str, int], follow: bool, needed: str
) -> ast.expr | None:
    maker = naming.tape.ops[next(refs(naming.tape.ops[naming.tape.gradients[name]].args))]
    function = enclosing(naming, *end)
    if function is None:
        return None
    guarded = _guarded(function)
    results = [n for n in ast.walk(function) if isinstance(n, ast.Return) and n.value]
    results.sort(key=lambda n: (id(n) not in guarded, n.lineno))
    value = results[-1].value if results else None
    if isinstance(value, ast.Name):
        gathered = _assigned_in(function, value.id)
        several = isinstance(gathered, (ast.Tuple, ast.List, ast.Dict, ast.Call))
        value = gathered if several and len(naming.tape.gradients) > 1 else value
    element = _element(value, naming, name)
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


def _end(naming: Naming, name: str, needed: str) -> tuple[str, int] | None:
    """Return the innermost return of a gradient where all variables of a text are known."""
    ends = naming.tape.ends.get(name) or []
    text = parsed(needed) if needed else None
    used = {n.id for n in ast.walk(text) if isinstance(n, ast.Name)} if text is not None else set()
    brought = (
        used - {"np"} - set(naming.tape.foreign) - (known_at(naming, *ends[0]) if ends else set())
    )
    knowing = (end for end in ends if brought <= known_at(naming, *end))
    return next(knowing, ends[0] if ends else None)


def known_at(naming: Naming, file: str, line: int) -> set[str]:
    """Return the variables of the functions around a line, and of the module."""
    known: set[str] = set()
    for node in naming.sources.nodes(file):
        if isinstance(node, ast.FunctionDef) and node.lineno <= line <= (node.end_lineno or line):
            taken = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            known |= {a.arg for a in taken}
            known |= {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
        elif isinstance(node, ast.Assign) and node.col_offset == 0:  # of the module
            known |= {n.id for t in node.targets for n in ast.walk(t) if isinstance(n, ast.Name)}
    return known


def _shared(results: list[ast.Return], element: ast.expr) -> bool:
    """Whether what is returned as a gradient is, or is part of, another one as well."""
    text = ast.unparse(element)
    used = [n for n in ast.walk(results[-1]) if isinstance(n, (ast.Name, ast.Attribute))
            and ast.unparse(n) == text] if results else []  # fmt: skip
    return len(used) > 1


def _needs_later(function: ast.FunctionDef, text: str, line: int) -> bool:
    """Whether a text uses a variable that is first assigned below a line."""
    new = parsed(text) if text else None
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
    if isinstance(value, (ast.Tuple, ast.List)):
        parts: list[ast.expr] = list(value.elts)
    elif isinstance(value, ast.Dict):
        return _keyed(
            name, {getattr(k, "value", None): v for k, v in zip(value.keys, value.values)}
        )
    elif isinstance(value, ast.Call) and value.keywords and not value.args:
        return _keyed(name, {k.arg: k.value for k in value.keywords})
    elif isinstance(value, ast.Call) and len(value.args) == len(wrt) > 1:
        parts = list(value.args)
    else:
        alone = value is not None and ast.unparse(value) in (f"d{name}", *maker.names)
        return value if len(wrt) == 1 or alone else None
    at = wrt.index(name)
    return parts[at] if at < len(parts) else None


def _keyed(name: str, values: dict[str | None, ast.expr]) -> ast.expr | None:
    return next((values[k] for k in (f"d{name}", name, f"grad_{name}") if k in values), None)


def enclosing(naming: Naming, file: str, line: int) -> ast.FunctionDef | None:
    """Return the innermost function around a line."""
    found: ast.FunctionDef | None = None
    for node in naming.sources.nodes(file):
        if isinstance(node, ast.FunctionDef) and node.lineno <= line <= (node.end_lineno or line):
            found = node if found is None or node.lineno > found.lineno else found
    return found


def file_of(naming: Naming, op: Op) -> str:
    """Return the file in which an entry was made, else that of backward."""
    if op.place is not None:
        return op.place.file
    ends = [ends[0][0] for ends in naming.tape.ends.values() if ends]
    later = _later(naming)
    return next((o.place.file for o in reversed(later) if o.place is not None), (*ends, "")[0])


def statement_of(naming: Naming, file: str, node: ast.AST) -> ast.stmt | None:
    """Return the simple statement around a node."""
    simple = (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Return, ast.Expr)
    for statement in naming.sources.nodes(file):
        if isinstance(statement, simple) and any(n is node for n in ast.walk(statement)):
            return statement
    return None


def parsed(text: str) -> ast.expr | None:
    """Return the syntax of an expression; None where it is none."""
    try:
        return ast.parse(text.strip(), mode="eval").body
    except SyntaxError:
        return None
