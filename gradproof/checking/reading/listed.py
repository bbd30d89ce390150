"""What looks like a gradient and belongs to no pair: it is listed with the reason.

Two sorts: functions and methods whose name speaks of a derivative, and statements that step weights
by what they have computed themselves (w -= rate * X.T @ delta), as scripts and fit methods do.
"""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from gradproof.checking.source.gradient_names import gradient_cores
from gradproof.claims.statements import parsed

_SPEAKING = re.compile(
    r"(sub)?grads?|(sub)?gradients?|deriv|derivatives?|derivate|prime|jac|jacobians?|jacob|hess|hessian"
    r"|partials|backwards?|backprop|backpropagat\w+|bprop|vjp|jvp"
)
_OF_ACTIVATION = re.compile(  # dtanh, drelu, d_f, dlecun_tanh; dloss, d_my_loss, but not dice_loss
    r"d_?(\w+_)?(relu|leaky\w*|p?relu|s?elu|gelu|sig\w*|logistic|a?(tan|sin|cos)(h|c?\d)?"
    r"|hard\w*|soft\w*|swish|silu|mish|act\w*|arc\w+|erfc?|gauss\w*|bent\w*)"
    r"|(d_(\w+_)?|d)(f\d?|g\d?|loss|cost|mse|bce|abs|exp|log|sqrt|square|cube|phi|h)"
)
_OTHERWISE = re.compile(
    r"num|numeric(al(ly)?)?|approx\w*|estimate\w*|check\w*|tests?|descent|ascent|clip\w*|zeros?"
    r"|norms?|plot|show|print|updates?|apply|step|sgd|finite|differences?|fd|boosting|policy"
    r"|optimi[sz]er?|minimize|solve|train|fit|main|set|reset|compare|stochastic|to|vector|dict|dictionary|flatten|unroll"
)
_PRODUCTS = ("dot", "matmul", "outer", "einsum", "tensordot", "sum", "mean", "multiply")
_KOREAN = re.compile(r"(기울기|그래디언트|그래디언|미분|도함수|역전파|야코비안|헤시안)$")
_NEAR = 0.85  # backword for backward

UNPAIRED = "its name speaks of a derivative, and no function was found of which it could be one"
UNNAMED = (
    "its text speaks of a gradient, and no value that it returns has the name of one: "
    "`dx = ...; return loss, dx` says it"
)
BY_HAND = (
    "line {lines} steps it by what is computed there, and no function returns that gradient, so it "
    "is not judged"
)


_BY_HAND = re.compile(BY_HAND.format(lines=r"[\d, ]+"))


def speaks_of_derivative(name: str) -> bool:
    """Whether a function's name says that it computes a derivative by its formula."""
    words = _words(name)
    if does_otherwise(name):
        return False
    if _OF_ACTIVATION.fullmatch(name.lower()) or _KOREAN.search(name):
        return True
    close = any(difflib.get_close_matches(w, ("backward",), 1, _NEAR) for w in words if len(w) > 6)
    return close or any(map(_SPEAKING.fullmatch, words))


def does_otherwise(name: str) -> bool:
    """Whether a function's name says that it does something else with gradients: check, train."""
    return any(map(_OTHERWISE.fullmatch, _words(name)))


def _words(name: str) -> list[str]:
    return [w.lower() for w in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)]


def beside(values: Iterable[tuple[str, int]], code: str) -> tuple[list[str], list[tuple[str, str]]]:
    """What is said of further values that backward returns: notes, and what is listed.

    values: (name, position) of each; code: forward's text. dZ2 where forward makes a Z2 is a step
    on the way to the gradients that are judged; what is none, nobody has judged.
    """
    steps: list[str] = []
    unjudged: list[tuple[str, str]] = []
    for name, at in values:
        cores = gradient_cores(name)
        plain = [core.rstrip("0123456789_") or core for core in cores]  # Z of dZ2, in a loop
        if any(re.search(rf"\b{re.escape(core)}\b", code) for core in (*cores, *plain)):
            steps.append(name)
        elif cores or not name:
            shown = name or f"value {at + 1} that it returns"
            unjudged.append((shown, "no argument of forward was found whose gradient it could be"))
    notes = [f"{', '.join(steps)}: on the way to these, not judged by itself"] if steps else []
    return notes, unjudged


def stepped_by_hand(tree: ast.Module, known: Collection[str]) -> dict[str, str]:
    """The weights that statements step by gradients of their own: "fit: W1, b1" -> the reason.

    known: names of functions that are judged or listed by themselves; what they return is theirs,
           and so are their own statements.
    """
    return dict(
        _by_hand(title, steps)
        for title, body in _scopes(tree)
        if title.rpartition(".")[2] not in known and (steps := list(_steps(body, known)))
    )


def without_lines(
    name: str, reason: str, text: str, lines: Collection[int]
) -> tuple[str, str] | None:
    """What is listed of steps by hand, without those on some lines, which were judged elsewhere.

    name, reason: of an entry; of one that is not about steps they come back as they are. None
    where nothing is left.

    >>> text = "w -= rate * (x.T @ d)\\nb -= rate * d.sum()"
    >>> [(name, reason)] = stepped_by_hand(ast.parse(text), ()).items()
    >>> name, without_lines(name, reason, text, {1})[0], without_lines(name, reason, text, {1, 2})
    ('<module>: w, b', '<module>: b', None)
    """
    title, colon, _ = name.partition(": ")
    if not colon or not _BY_HAND.fullmatch(reason):
        return name, reason
    bodies = dict(_scopes(parsed(text)))
    steps = list(_steps(bodies.get("" if title == "<module>" else title, []), ()))
    left = [(each, line) for each, line in steps if line not in lines]
    return _by_hand(title, left) if left else None


def is_by_hand(reason: str) -> bool:
    """Whether the reason of an entry is that it lists steps by hand."""
    return _BY_HAND.fullmatch(reason) is not None


def _by_hand(title: str, steps: Sequence[tuple[str, int]]) -> tuple[str, str]:
    names = ", ".join(dict.fromkeys(name for name, _ in steps))
    lines = ", ".join(map(str, sorted({line for _, line in steps})))
    return f"{title or '<module>'}: {names}", BY_HAND.format(lines=lines)


STATED = (
    "line {line} computes it in a statement of the file, and no function returns it, so it is not "
    "judged"
)


def stated_by_hand(tree: ast.Module, known: Collection[str]) -> dict[str, str]:
    """The gradients that a script computes in statements and does not step by: "<module>: dz".

    known: names of the functions of the file, whose results are theirs.
    """
    body = [node for title, nodes in _scopes(tree) if not title for node in nodes]
    every = [node for statement in body for node in ast.walk(statement)]
    if any(_step(node)[0] is not None or isinstance(node, ast.AugAssign) for node in every):
        return {}
    found: dict[str, str] = {}
    for node in every:
        match node:
            case ast.Assign([ast.Name(name)], ast.BinOp() as value) if _speaks(name):
                calls = {ast.unparse(n.func) for n in ast.walk(value) if isinstance(n, ast.Call)}
                if not calls & set(known):
                    found.setdefault(f"<module>: {name}", STATED.format(line=node.lineno))
    return found


def _speaks(name: str) -> bool:
    """Whether a variable's name is one for a gradient: dW, cost_gradient."""
    return speaks_of_derivative(name) or bool(re.fullmatch(r"d[A-Z]\w*|d_?[wbz]\d?|grad\w*", name))


def without_stepped(listed: Mapping[str, str], scopes: Iterable[str]) -> dict[str, str]:
    """What is listed, without methods whose steps are judged, as a scope says: Dense.update."""
    judged = {
        name for scope in scopes for name in re.findall(r"from the step of (\w+\.\w+)", scope)
    }
    return {name: why for name, why in listed.items() if name.partition(":")[0] not in judged}


def _scopes(tree: ast.Module) -> Iterator[tuple[str, list[ast.stmt]]]:
    """Every function and method by its name, and the module level under ""."""
    plain = (ast.FunctionDef, ast.AsyncFunctionDef)
    yield "", [node for node in tree.body if not isinstance(node, (*plain, ast.ClassDef))]
    for node in tree.body:
        if isinstance(node, plain):
            yield node.name, node.body
        elif isinstance(node, ast.ClassDef):
            for each in node.body:
                if isinstance(each, plain):
                    yield f"{node.name}.{each.name}", each.body


def _steps(body: list[ast.stmt], known: Collection[str]) -> Iterator[tuple[str, int]]:
    """(name, line) of every step by a gradient that was computed in the same statements."""
    nodes = [node for statement in body for node in ast.walk(statement)]
    made: dict[str, list[ast.expr]] = {}
    for node in nodes:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                for name in _stored(target):
                    made.setdefault(name, []).append(node.value)
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            made.setdefault(node.target.id, []).append(node.value)
    for node in nodes:
        weight, taken = _step(node)
        if weight is not None and taken is not None and _computed(taken, made, known):
            yield ast.unparse(weight), getattr(node, "lineno", 0)


def _stored(target: ast.expr) -> list[str]:
    return [n.id for n in ast.walk(target) if isinstance(n, ast.Name)]


def _step(node: ast.AST) -> tuple[ast.expr | None, ast.expr | None]:
    """The weight and what is taken off it: w -= rate * g, w = w - rate * g."""
    match node:
        case ast.AugAssign(target, ast.Sub() | ast.Add(), ast.BinOp() as taken):
            same = True
        case ast.Assign([target], ast.BinOp(left, ast.Sub() | ast.Add(), taken)):
            same = _is_again(ast.unparse(target), ast.unparse(left))
        case _:
            return None, None
    return (target, taken) if same and _has_rate(taken) else (None, None)


def _is_again(target: str, left: str) -> bool:
    """Whether a name is that of another's next value: w of w, new_w and w_next of w."""
    new = r"(new|next|upd(ated)?)"
    return target == left or bool(
        re.fullmatch(rf"{new}_?{re.escape(left)}|{re.escape(left)}_?{new}", target)
    )


_RATE = re.compile(r"_*(lr|(learn\w*_?)?rate|eta|alpha|step(_?size)?|l_?rate|a)")


def _has_rate(node: ast.expr) -> bool:
    """Whether something is multiplied by a learning rate: a step, rather than a sum or a count."""
    names = [n.id for n in ast.walk(node) if isinstance(n, ast.Name)]
    names += [n.attr for n in ast.walk(node) if isinstance(n, ast.Attribute)]
    return any(_RATE.fullmatch(name.lower()) for name in names)


def _computed(node: ast.expr, made: dict[str, list[ast.expr]], known: Collection[str]) -> bool:
    """Whether a product or a sum was made here of which it consists, and by no function known."""
    seen: set[str] = set()
    left = [node]
    product = False
    while left:
        for each in ast.walk(left.pop()):
            if isinstance(each, ast.Call):
                name = each.func.attr if isinstance(each.func, ast.Attribute) else (
                    each.func.id if isinstance(each.func, ast.Name) else "")  # fmt: skip
                if name in known and not _is_slope(name):
                    return False
                product = product or name in _PRODUCTS
            elif isinstance(each, ast.BinOp) and isinstance(each.op, ast.MatMult):
                product = True
            elif isinstance(each, ast.Name) and each.id in made and each.id not in seen:
                seen.add(each.id)
                left += made[each.id]
    return product


def _is_slope(name: str) -> bool:
    """Whether a function is the derivative of an activation, of which a gradient is only made."""
    return bool(re.search(r"sig|tanh|relu|act|elu|soft|logistic|prime|step", name.lower()))


__all__ = [
    "UNNAMED",
    "UNPAIRED",
    "beside",
    "does_otherwise",
    "is_by_hand",
    "speaks_of_derivative",
    "stated_by_hand",
    "stepped_by_hand",
    "without_lines",
    "without_stepped",
]
