"""Find forward/backward pairs in a source file by its syntax tree, without running it."""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Collection, Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import overload

from gradproof.checking.reading.listed import (
    UNNAMED,
    UNPAIRED,
    speaks_of_derivative,
    stated_by_hand,
    stepped_by_hand,
)
from gradproof.checking.reading.partners import Partner, partner, signs_of, speaks
from gradproof.checking.reading.uses import in_dictionaries, used_together, valued_with_gradient
from gradproof.checking.records import Candidate, Kind
from gradproof.checking.source.argument_roles import parameters
from gradproof.checking.source.declared import Declared, candidate_of, in_source
from gradproof.checking.source.engine_classes import engine_in, keeps_gradients
from gradproof.checking.source.gradient_names import (
    DERIVATIVE_METHODS,
    FLAGS,
    FORWARD_METHODS,
    LAYER_BACKWARDS,
    LAYER_FORWARDS,
    LOSS,
    first_known,
    forwards_of,
    gradient_cores,
    looks_backward,
    looks_upstream,
    second_of,
)
from gradproof.checking.source.out_of_reach import out_of_reach, statements
from gradproof.claims.statements import parsed

Function = ast.FunctionDef
EXAMPLE = (
    "no forward/backward pair was found; for instance `def relu_forward(x): ... return out, cache` "
    "beside `def relu_backward(dout, cache): ... return dx`, `def relu(x)` beside "
    "`def relu_prime(x)`, or a class with `forward(self, x)` and `backward(self, dout)`"
)

_GRADIENT = re.compile(r"d[A-Z_a-z]|d$|.*grad")
_JACOBIAN = re.compile(r"_*(jac(obian)?s?(_\w+)?|\w+_jac(obian)?)", re.I)
_BOTH = re.compile(r"(and|with|n)_(the_)?(grad|jac|deriv)", re.I)  # loss_and_grad
_LOCAL_STEP = re.compile(r"_?(retract\w*|box_?plus|o_?plus|exp_?map|local_\w+)")
LOCAL = "it may be by a step in local coordinates ({step}), and such derivatives are not judged"
_NEAR_ENOUGH = 0.85
NO_START = "its values keep a gradient, and no backward() was found that fills it"
NOT_DONE = "it is not implemented yet: its body does nothing or raises"


@dataclass
class Found:
    """The pairs of a file, and what looks like half of one."""

    candidates: list[Candidate] = field(default_factory=list)
    unmatched: dict[str, str] = field(default_factory=dict)


def discover(source: str, declared: Sequence[Declared] = ()) -> Found:
    """List the pairs of a module: those declared for it, and others by name. Raises SyntaxError."""
    tree = ast.parse(source)
    functions = functions_in(tree.body)
    classes = {node.name: node for node in statements(tree.body) if isinstance(node, ast.ClassDef)}
    found = Found()
    for name, node in in_dictionaries(tree).items():
        if name.endswith("['jac']"):
            function = name.replace("['jac']", "['fun']")
            found.candidates.append(Candidate("derivative", function, name, node.lineno))
    both = valued_with_gradient(tree)
    _pair_functions(functions, "", found, used_together(tree, functions), both)
    for owner in classes.values():
        _pair_methods(owner, classes, found)
    methods = {name: _methods(owner, classes) for name, owner in classes.items()}
    for each in (*declared, *in_source(tree)):
        _put_first(each.backward, candidate_of(each, functions, methods), found)
    known = {name for each in found.candidates for name in (each.forward, each.backward)}
    known |= {name.rpartition(".")[2] for name in found.unmatched}
    found.unmatched |= stepped_by_hand(parsed(source), known) | stated_by_hand(tree, functions)
    found.unmatched |= out_of_reach(tree, known)
    found.candidates.sort(key=lambda each: each.line)
    return found


def _put_first(name: str, declared: Candidate | str | None, found: Found) -> None:
    """What its author says of a backward counts, whatever the names seem to say."""
    if declared is None:
        return
    found.candidates = [each for each in found.candidates if each.title != name]
    found.unmatched.pop(name, None)
    if isinstance(declared, str):
        found.unmatched[name] = declared
    else:
        found.candidates.append(declared)


def functions_in(body: Sequence[ast.stmt]) -> dict[str, Function]:
    """The functions that are defined there, by def or as name = lambda x: ..."""
    found: dict[str, Function] = {}
    for node in statements(list(body)):
        if isinstance(node, Function):
            found[node.name] = node
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                for name, value in _parts(target, node.value):
                    found[name] = as_function(name, value)
    return found


@overload
def as_function(name: str, value: ast.Lambda) -> Function: ...
@overload
def as_function(name: str, value: ast.Lambda | None) -> Function | None: ...
def as_function(name: str, value: ast.Lambda | None) -> Function | None:
    """A lambda as the definition of a function of that name; None for None."""
    if value is None:
        return None
    result = ast.copy_location(ast.Return(value.body), value)
    made = Function(name if name.isidentifier() else "function", value.args, [result], [])
    return ast.fix_missing_locations(ast.copy_location(made, value))


def _parts(target: ast.expr, value: ast.expr) -> list[tuple[str, ast.Lambda]]:
    """The names that are given to lambdas: f = lambda ..., f, g = lambda ..., lambda ..."""
    match target, value:
        case ast.Name(name), ast.Lambda():
            return [(name, value)]
        case ast.Tuple(names), ast.Tuple(values):
            return [part for each in zip(names, values) for part in _parts(*each)]
    return []


def returned(node: Function) -> list[str]:
    """The names in the last return statement: ["dx", "dw"]; "" for what has none.

    dx / N and dx.reshape(...) are called dx, where dx is the function's own and no parameter.
    """
    given = {each.arg for each in (*node.args.posonlyargs, *node.args.args)}
    return [_name(part) or _own_gradient(part, given) for part in returned_parts(node)]


def returned_parts(node: Function) -> list[ast.expr]:
    """What the last return statement returns, a tuple's or a list's parts one by one."""
    own = [each for each in ast.walk(node) if isinstance(each, ast.Return) and each.value]
    if not own:
        return []
    value = max(own, key=lambda each: each.lineno).value
    if isinstance(value, (ast.Tuple, ast.List)):
        return value.elts
    return [] if value is None else [value]


_SAME_NUMBERS = ("ravel", "flatten", "reshape", "copy", "squeeze", "astype", "tolist")


def _name(node: ast.expr | None) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return _name(node.func.value) if node.func.attr in _SAME_NUMBERS else ""
    if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
        words = isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str)
        return "" if words or _GRADIENT.match(node.value.id) else node.value.id  # hs[-1]: a state
    if isinstance(node, ast.Dict) and node.keys:
        keys = [key.value if isinstance(key, ast.Constant) else "" for key in node.keys]
        return "grads" if all(re.match(r"d|grad", str(key)) for key in keys) else ""
    return node.attr if isinstance(node, ast.Attribute) else ""


_REARRANGING = {"array", "asarray", "astype", "copy", "flatten", "ravel", "reshape", "squeeze"}


def _own_gradient(node: ast.expr, given: Container[str]) -> str:
    """The name of the gradient that is returned divided or rearranged, or ""."""
    match node:
        case ast.BinOp(ast.Name(name), ast.Div()):
            pass
        case ast.Call(ast.Attribute(_, how), [ast.Name(name), *_]) if how in _REARRANGING:
            pass  # np.array(dx)
        case ast.Call(ast.Attribute(ast.Name(name), how)) if how in _REARRANGING:
            pass
        case _:
            return ""
    return name if gradient_cores(name) and name not in given else ""


def _pair_functions(
    functions: Mapping[str, Function],
    owner: str,
    found: Found,
    together: Mapping[str, str] | None = None,
    valued: Collection[str] = (),
) -> None:
    """Pair by name; a function that is a forward of nothing may be a loss or have a flag.

    together: derivative -> function, where a call says that they belong together;
    valued: functions of which a call takes the value and the gradient at once.
    """
    paired: set[str] = set()
    backwards: set[str] = set()
    usable = {name: node for name, node in functions.items() if not _abstract(node)}
    for name, node in functions.items():
        called = (together or {}).get(name)
        if len(returned_parts(node)) == 2 and (name in valued or _says_both(node)):
            found.candidates.append(Candidate("loss", name, name, node.lineno, owner))
            paired.add(name)
            backwards.add(name)
            continue
        if called is None and _returns_value_and_jacobian(node, ()):
            continue  # e, A, B: the value comes with its derivatives
        found_by = Partner(called) if called else partner(name, node, usable)
        forward = found_by.name if found_by else None
        if forward is not None and owner and not _share(functions[forward], node):
            continue
        if forward is not None and (step := _local_step(functions, node)):
            found.unmatched[f"{owner}.{name}" if owner else name] = LOCAL.format(step=step)
            paired |= {forward, name}
            backwards.add(name)
            continue
        if forward is not None and _abstract(node):
            found.unmatched[f"{owner}.{name}" if owner else name] = NOT_DONE
            paired |= {forward, name}
            backwards.add(name)
            continue
        if found_by is not None:
            forward = found_by.name
            paired |= {forward, name}
            backwards.add(name)
            # dt beside a time step of forward's own is no gradient.
            own = parameters(functions[forward])
            given = [name for name in parameters(node) if name not in own]
            upstream = any(map(looks_upstream, given)) and len(parameters(node)) > 1
            alike = parameters(node) == own and bool(LOSS.search(forward))
            takes = upstream or (looks_backward(name) and not alike)
            kind: Kind = "cache" if takes else "derivative"
            found.candidates.append(
                Candidate(
                    kind,
                    forward,
                    name,
                    node.lineno,
                    owner,
                    guessed=found_by.guessed,
                    signs=(1,) if called else signs_of(name, node, usable),
                )
            )
    for name, node in functions.items():
        flag = next((p for p in parameters(node) if p.lower() in FLAGS), None)
        if flag is not None and _has_default(node, flag):
            found.candidates.append(Candidate("flag", name, f"{name}", node.lineno, owner))
        elif name not in paired and _returns_loss_and_gradient(node):
            found.candidates.append(Candidate("loss", name, name, node.lineno, owner))
        elif name in backwards:
            continue
        elif name not in paired and _returns_value_and_jacobian(node, backwards):
            found.candidates.append(Candidate("loss", name, name, node.lineno, owner))
        elif not owner and looks_backward(name):
            tried = ", ".join(dict.fromkeys(forwards_of(name)))
            found.unmatched[name] = f"its forward was not found (looked for {tried})"
        elif (speaks(name, node, usable) or _is_named_like(name, backwards)) and not _abstract(
            node
        ):
            found.unmatched[f"{owner}.{name}" if owner else name] = UNPAIRED
        elif name not in paired and _returns_loss_and_formula(node):
            found.candidates.append(Candidate("loss", name, name, node.lineno, owner,
                                              guessed=not _is_said(node, functions)))  # fmt: skip
        elif name not in paired and _returns_unnamed_gradient(node):
            found.unmatched[f"{owner}.{name}" if owner else name] = UNNAMED


def _returns_value_and_jacobian(node: Function, backwards: Container[str]) -> bool:
    """Whether what it returns after a value comes from derivatives: F = step_jacobian(x, u)."""
    names = returned(node)
    made: dict[str, set[str]] = {}
    for each in (e for e in ast.walk(node) if isinstance(e, ast.Assign)):
        calls = (c.func for c in ast.walk(each.value) if isinstance(c, ast.Call))
        called = {ast.unparse(function).rpartition(".")[2] for function in calls}
        made |= {target.id: called for target in each.targets if isinstance(target, ast.Name)}
    given = [any(each in backwards for each in made.get(name, ())) or _JACOBIAN.fullmatch(name)
             for name in names]  # fmt: skip
    linear = bool(re.search(r"lineari[sz]e", node.name)) and all(names)
    value_first = len(names) > 1 and not given[0] and not _is_matrix(node, names[0])
    return value_first and (linear or all(given[1:]))


def _is_matrix(node: Function, name: str) -> bool:
    """Whether a function returns a matrix under a name: A = np.array([[1, 0], [0, 1]]), or A."""
    return name.isupper() or any(
        isinstance(each, ast.Assign) and name in map(ast.unparse, each.targets)
        and isinstance(each.value, ast.Call) and ast.unparse(each.value).count("[[") > 0
        for each in ast.walk(node)
    )  # fmt: skip


def _is_named_like(name: str, backwards: Collection[str]) -> bool:
    """Whether the file calls its derivatives d_f, and this one too."""
    return name.startswith("d_") and any(each.startswith("d_") for each in backwards)


def _local_step(functions: Mapping[str, Function], node: Function) -> str:
    """The function by which a file steps in local coordinates what a derivative is given, or ""."""
    first = parameters(node)[:1]
    steps = (
        name for name, other in functions.items()
        if _LOCAL_STEP.fullmatch(name) and other != node and first
        and parameters(other)[:1] == first
    )  # fmt: skip
    return next(steps, "")


def _returns_loss_and_formula(node: Function) -> bool:
    """Whether a function that is called a loss, or names one first, returns a formula as well."""
    parts = returned_parts(node)
    if len(parts) != 2 or looks_backward(node.name) or not _is_product(parts[1]):
        return False
    return bool(LOSS.search(node.name) or LOSS.search(_name(parts[0])))


def _is_said(node: Function, functions: Mapping[str, Function]) -> bool:
    """Whether its text, or another function of the file with the same arguments that returns a loss
    and a gradient by name, says that the formula beside the loss is one."""
    said = re.search(
        r"\b(gradient|derivative)s?\b|\bd[A-Z]\b|기울기|미분", ast.get_docstring(node) or ""
    )
    alike = (other for other in functions.values()
             if other is not node and parameters(other) == parameters(node))  # fmt: skip
    return bool(said) or any(map(_returns_loss_and_gradient, alike))


def _is_product(node: ast.expr) -> bool:
    """Whether an expression is more than a value divided by a number: X.T @ r, (p - y) / n,
    np.sign(r), np.where(m > 0, -y, 0)."""
    several = (ast.Sub, ast.MatMult, ast.Mult)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if node.func.attr in ("sign", "dot", "outer", "matmul", "multiply"):
            return True
        return node.func.attr == "where" and not all(
            isinstance(each, ast.Constant) for each in node.args[1:]
        )
    return isinstance(node, ast.BinOp) and any(
        (isinstance(each, ast.BinOp) and isinstance(each.op, several))
        or (isinstance(each, ast.Attribute) and each.attr in ("dot", "T", "outer"))
        for each in ast.walk(node)
    )


def _has_default(node: Function, name: str) -> bool:
    args = [*node.args.posonlyargs, *node.args.args]
    with_default = [each.arg for each in args[len(args) - len(node.args.defaults) :]]
    return name in with_default or name in [each.arg for each in node.args.kwonlyargs]


def _returns_loss_and_gradient(node: Function) -> bool:
    names = returned(node)
    if len(names) < 2 or looks_backward(node.name):
        return False
    if len(names) == 2 and LOSS.search(names[1]):
        names = names[::-1]  # return grads, cost
    gradients = [bool(_GRADIENT.match(each)) or _is_filled(node, each) for each in names[1:]]
    loss = bool(LOSS.search(names[0]))
    if all(gradients):
        itself = isinstance(returned_parts(node)[0], ast.Call)  # return self(x), dx
        return loss or itself or bool(LOSS.search(node.name))
    # Beside them a state, or gradients without a name: loss, dWx, dWh, hs[-1].
    plain = all(gradient or not each for gradient, each in zip(gradients, names[1:]))
    return loss and any(gradients) and (plain or 2 * sum(gradients) > len(gradients))


def _is_filled(node: Function, name: str) -> bool:
    """Whether a function fills a dictionary of that name by names: g["W1"] = ..."""
    return any(
        isinstance(target, ast.Subscript) and ast.unparse(target.value) == name
        and isinstance(target.slice, ast.Constant) and isinstance(target.slice.value, str)
        for each in ast.walk(node) if name and isinstance(each, ast.Assign)
        for target in each.targets
    )  # fmt: skip


def _returns_unnamed_gradient(node: Function) -> bool:
    """Whether a function says that it returns a gradient beside a value, in an unnamed formula."""
    parts = returned_parts(node)
    said = re.search(r"\b(gradient|derivative)s?\b|기울기|미분", ast.get_docstring(node) or "")
    return bool(said) and len(parts) > 1 and any(isinstance(p, ast.BinOp) for p in parts[1:])


def _pair_methods(node: ast.ClassDef, classes: Mapping[str, ast.ClassDef], found: Found) -> None:
    methods = _methods(node, classes)
    if engine := engine_in(node.name, methods):
        for each, line in (*engine.operations, (engine.start, engine.line)):
            found.candidates.append(Candidate("engine", each, each, line, node.name))
        return
    if keeps_gradients(node, methods):
        found.unmatched[node.name] = NO_START
    own = {each.name for each in node.body if isinstance(each, Function)}
    abstract = {name for name, each in methods.items() if _abstract(each)}
    usable = {name: each for name, each in methods.items() if name not in abstract}
    backward = next((each for each in LAYER_BACKWARDS if each in methods), None)
    backward = backward or _misspelt(methods)
    used: set[str] = set()
    if backward is not None:
        used = _pair_layer(node, methods, usable, backward, found)
        usable = {name: each for name, each in usable.items() if name not in used}
    name = next((each for each in FORWARD_METHODS if each in usable and _takes(usable[each])), None)
    slope = next((each for each in DERIVATIVE_METHODS if each in usable), None)
    if name and slope and own & {name, slope} and _share(usable[name], usable[slope]):
        found.candidates.append(Candidate("object", name, slope, usable[slope].lineno, node.name))
        rest = _others(usable, own, {name, slope, *used})
        for each in [n for n in rest if first_known(second_of(n), (slope,), n)]:
            line = rest.pop(each).lineno
            found.candidates.append(Candidate("derivative", slope, each, line, node.name))
        _pair_functions(rest, node.name, found)
        return
    _pair_functions(_others(usable, own, used), node.name, found)


def _says_both(node: Function) -> bool:
    """Whether a function says by its name and the first thing it returns that it gives a value and
    its gradient."""
    first = returned(node)[:1]
    loss = bool(first and LOSS.search(first[0])) and not gradient_cores(first[0])
    return bool(_BOTH.search(node.name)) or (loss and speaks_of_derivative(node.name))


def _misspelt(methods: Mapping[str, Function]) -> str | None:
    """The method whose name is nearly backward, beside a forward: backword."""
    if not any(each in methods for each in LAYER_FORWARDS):
        return None
    near = (n for n in methods if difflib.get_close_matches(n, ("backward",), 1, _NEAR_ENOUGH))
    return next(near, None)


def _share(function: Function, slope: Function) -> bool:
    """Whether they are given anything alike: gradient(w, dw) beside error(y, out) takes a step."""
    given = parameters(slope)
    return len(given) < 2 or bool({*given} & {*parameters(function)}) or any(
        map(looks_upstream, given[:1]))  # fmt: skip


def _others(
    usable: Mapping[str, Function], own: Container[str], used: Container[str]
) -> dict[str, Function]:
    """The methods of the class itself that are in no pair yet."""
    return {
        k: v for k, v in usable.items() if k in own and k not in used and not k.startswith("__")
    }


def _takes(node: Function) -> bool:
    """Whether a method names what it takes: __call__(self, *args) only passes it on."""
    return bool(parameters(node)) or node.args.vararg is None


def _pair_layer(
    node: ast.ClassDef,
    methods: Mapping[str, Function],
    usable: Mapping[str, Function],
    backward: str,
    found: Found,
) -> set[str]:
    """Add the pair of a layer, or why it is none; the names of its methods."""
    own = {each.name for each in node.body if isinstance(each, Function)}
    likely = [*forwards_of(backward), *LAYER_FORWARDS]
    forward = next((each for each in likely if each in usable and _takes(usable[each])), None)
    if forward is None and not any(each in methods for each in likely) and _has_foreign_base(node):
        forward = "forward"  # it may be inherited from a class of another file
    title = f"{node.name}.{backward}"
    if forward is None and backward in own and backward in usable:
        found.unmatched[title] = f"its forward was not found (looked for {', '.join(likely[:8])})"
    if forward is None or not own & {forward, backward}:
        return {backward}
    if backward not in usable:
        if not _is_base(node):
            found.unmatched[title] = NOT_DONE
        return {forward, backward}
    line = usable[backward].lineno
    found.candidates.append(Candidate("layer", forward, backward, line, node.name))
    return {forward, backward}


def _has_foreign_base(node: ast.ClassDef) -> bool:
    return any(ast.unparse(base) not in ("object", "ABC", "abc.ABC") for base in node.bases)


def _is_base(node: ast.ClassDef) -> bool:
    """Whether a class is there to be derived from: nothing in it is done."""
    done = [each for each in node.body if isinstance(each, Function) and not _abstract(each)
            and not each.name.startswith("__")]  # fmt: skip
    return not any("forward" in each.name or each.name in LAYER_FORWARDS for each in done)


def _methods(
    node: ast.ClassDef,
    classes: Mapping[str, ast.ClassDef],
    known: dict[str, dict[str, Function]] | None = None,
) -> dict[str, Function]:
    """The methods of a class and of those of its bases that stand in the same file.

    known: those of classes that have been looked at; of one that is being looked at, none yet.
    """
    known = {} if known is None else known
    if node.name not in known:
        known[node.name] = {}
        methods: dict[str, Function] = {}
        for base in reversed(node.bases):
            if isinstance(base, ast.Name) and base.id in classes:
                methods |= _methods(classes[base.id], classes, known)
        known[node.name] = methods | {e.name: e for e in node.body if isinstance(e, Function)}
    return known[node.name]


def _abstract(node: Function) -> bool:
    """Whether the body only raises or does nothing: an interface, or an exercise not yet done."""
    if any("abstract" in ast.unparse(each) for each in node.decorator_list):
        return True
    body = [
        s for s in node.body if not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))
    ]
    return all(isinstance(statement, (ast.Pass, ast.Raise)) for statement in body)
