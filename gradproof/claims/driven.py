"""Training loops that the file defines and never runs: called with made-up arguments, and read.

``fit(self, X, y)`` of a class, ``gradient_descent(X, y, theta, alpha, iterations)``: whoever reads
such code thinks of data for it. Here they are drawn, in each of the usual layouts, and the script
that calls it is read like any other. The arguments go by what their names say; where one is not
understood, nothing is run.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gradproof.claims.script_reading import ScriptReading, read_script
from gradproof.claims.statements import parsed
from gradproof.program.steps import Program

_MOST = 3  # loops of one file that are tried
_MOST_STEPS = 3000  # operations in which a loop has to have gone round
_Function = ast.FunctionDef


@dataclass(frozen=True)
class Layout:
    """Data as a training loop may take them: expressions in NumPy by what they are for.

    X, Y: features and labels; weights, bias: parameters of one linear layer; outputs: its columns.
    """

    X: str
    Y: str
    weights: str
    bias: str
    outputs: int


@dataclass(frozen=True)
class _Loop:
    """A training loop: the function that runs it, the statements that call it, the lines of its
    steps."""

    title: str
    calls: list[str]
    lines: frozenset[int]


_ROWS = "np.random.RandomState(1).uniform(0.0, 2.0, (12, 3))"
_BITS = "(np.arange(12) * 7 % 12 < 5).astype(float)"
LAYOUTS = (
    Layout(_ROWS, _BITS, "np.zeros(3)", "0.0", 1),
    Layout(_ROWS, f"{_BITS}.reshape(-1, 1)", "np.zeros((3, 1))", "0.0", 1),
    Layout(f"{_ROWS}.T.copy()", f"{_BITS}.reshape(1, -1)", "np.zeros((1, 3))", "0.0", 1),
    Layout(_ROWS, f"np.eye(2)[{_BITS}.astype(int)]", "np.zeros((3, 2))", "np.zeros(2)", 2),
    Layout(_ROWS, f"{_BITS}.astype(int)", "np.zeros(3)", "0.0", 2),
    # a text: numbers of words, and those that follow
    Layout("np.array([0, 2, 1, 0, 2, 1])", "np.array([2, 1, 0, 2, 1, 0])", "None", "None", 3),
)

_SIZES: tuple[tuple[str, str], ...] = (
    (r"(n|num|no|nb)_?(of_)?(in\w*|features?|x|vars|dims?)|in(put)?s?_?(size|dim|nodes?|layer\w*|"
     r"features?|units|neurons|num)|nx|d_in|dim|(vocab\w*|word)_?(size|dim)", "3"),
    (r"((n|num|no|nb)_?(of_)?)?(h|hid\w*|units|nodes|neurons)|nh", "4"),
    (r"(n|num|no|nb)_?(of_)?(out\w*|class(es)?|y)|out(put)?s?_?(size|dim|nodes?|layer\w*|units|"
     r"neurons|features?|num)|ny|d_out", "{outputs}"),
    (r"(n|num|max)?_?(iters?|iterations?|epochs?|steps)|n_?it\w*|times", "5"),
)  # fmt: skip
_DATA: tuple[tuple[str, str], ...] = (
    (
        r"x|xs|x_?(train|batch|data|set)|(train\w*_|batch_)?(inputs?|data|features?|x|samples?)",
        "{X}",
    ),
    (r"y|ys|t|y_?(train|true|batch|data)|(train\w*_|batch_)?(outputs?|targets?|labels?|y)", "{Y}"),
    (r"theta|w|weights?|beta|coefs?", "{weights}"),
    (r"b|bias|intercept", "{bias}"),
    (r"lr|alpha|eta|l_?rate|learn(ing)?_?rate|rate|step_?size|gamma", "0.1"),
    (r"(mini_?)?batch(_?size)?", "4"),
    (r"lam|lambda_?\w*|reg\w*|l2\w*|decay|penalty", "0.1"),
    (r"layers?(_?(sizes?|dims?))?|sizes|dims|architecture|structure", "[3, 4, {outputs}]"),
)
_NUMBERS = (("inputs?", "3"), ("hidden", "4"), ("outputs?", "{outputs}"))  # of a constructor
_RATINGS = {
    "R": "np.random.RandomState(2).randint(1, 6, (5, 4)).astype(float)",
    "P": "np.random.RandomState(3).uniform(0.1, 1.0, (5, 2))",
    "Q": "np.random.RandomState(4).uniform(0.1, 1.0, (4, 2))", "K": "2", "k": "2",
}  # fmt: skip


def read_driven(
    path: Path, text: str, told: Collection[int] = (), seed: int = 0
) -> Iterator[ScriptReading]:
    """Read the training loops of a file that it does not run itself.

    told: lines of steps that were read already; loops with such steps are left out. Of several
    layouts in which a loop runs, the one by which most is right: what is wrong there is wrong in
    each.
    """
    tree = parsed(text)
    body = _definitions(tree, text)
    loops = [each for each in _loops(tree) if each.lines.isdisjoint(told)]
    for loop in loops[:_MOST]:
        readings = []
        calls = "\n".join(loop.calls)
        for driver in dict.fromkeys(calls.format(**vars(layout)) for layout in LAYOUTS):
            whole = f"{body}\nimport numpy as np\n{driver}\n"
            reading = read_script(path, whole, seed, _MOST_STEPS)
            if reading.rounds and not _spreads(reading.program):
                reading.program.made_up.append(f"the arguments of {loop.title}")
                readings.append(reading)
        if readings:
            yield max(readings, key=_score)


def _score(reading: ScriptReading) -> tuple[float, ...]:
    found = reading.best
    if found is None:
        return (0.0,)
    return (len(found.agreeing) / len(found.fits), float(found.sure), *found.rank)


def _spreads(program: Program) -> bool:
    """Whether a column met a row: (12, 1) and (12,) make (12, 12), which nobody means."""
    for step in program.steps:
        if step.name in ("add", "subtract", "multiply") and np.ndim(step.value) == 2:
            shapes = [np.shape(program.value(ref)) for ref in step.refs]
            if sorted(map(np.size, map(np.zeros, shapes))) == [12, 12] and np.size(step.value) > 12:
                return True
    return False


def _definitions(tree: ast.Module, text: str) -> str:
    """The text without the statements that run: its lines keep their numbers."""
    lines = text.splitlines()
    kept = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef)
    for node in tree.body:
        if isinstance(node, kept) or (isinstance(node, ast.Assign) and _is_plain(node.value)):
            continue
        for number in range(node.lineno - 1, node.end_lineno or node.lineno):
            lines[number] = ""
    return "\n".join(lines)


def _is_plain(value: ast.expr) -> bool:
    return not any(isinstance(n, (ast.Call, ast.Name, ast.Attribute)) for n in ast.walk(value))


# --- what is called, and with what ----------------------------------------------------------------


def _loops(tree: ast.Module) -> Iterator[_Loop]:
    """Yield the training loops of a file, each with the statements that run it."""
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    functions = {node.name: node for node in tree.body if isinstance(node, _Function)}
    for name, lines in _entries(functions):
        given = _given(functions[name], functions, "")
        if given is not None:
            yield _Loop(name, [*given[0], f"{name}({given[1]})"], lines)
    for each in classes:
        methods = {node.name: node for node in each.body if isinstance(node, _Function)}
        made = _given(methods["__init__"], {}, "") if "__init__" in methods else ([], "")
        for name, lines in _entries(methods) if made is not None else ():
            given = _given(methods[name], methods, f"{_OBJECT}.")
            if given is not None and made is not None:
                calls = [f"{_OBJECT} = {each.name}({made[1]})", "for _ in range(4):"]
                calls += [f"    {line}" for line in (*given[0], f"{_OBJECT}.{name}({given[1]})")]
                yield _Loop(f"{each.name}.{name}", calls, lines)


_OBJECT = "gradproof_object"


def _entries(functions: dict[str, _Function]) -> Iterator[tuple[str, frozenset[int]]]:
    """Yield the functions that lead to a step of a parameter and that no other such one calls, with
    the lines of those steps."""
    called = {name: _called(node) & set(functions) - {name} for name, node in functions.items()}
    steps = {name: frozenset(_steps(node)) for name, node in functions.items()}
    for _ in functions:
        steps = {
            name: own.union(*(steps[each] for each in called[name])) for name, own in steps.items()
        }
    inner = {each for name, own in steps.items() if own for each in called[name]}
    for name, own in steps.items():
        if own and name not in inner and name != "__init__":
            yield name, own


def _called(node: ast.AST) -> set[str]:
    names = [n.func for n in ast.walk(node) if isinstance(n, ast.Call)]
    return {f.attr if isinstance(f, ast.Attribute) else getattr(f, "id", "") for f in names}


def _steps(node: ast.AST) -> Iterator[int]:
    """Yield the lines on which something is stepped by a product: ``w -= rate * g``."""
    for each in ast.walk(node):
        value: ast.expr | None = None
        if isinstance(each, ast.AugAssign) and isinstance(each.op, (ast.Sub, ast.Add)):
            value = each.value
        elif isinstance(each, ast.Assign) and isinstance(each.value, ast.BinOp):
            same = ast.unparse(each.value.left) == ast.unparse(each.targets[0])
            if same and isinstance(each.value.op, (ast.Sub, ast.Add)):
                value = each.value.right
        if value is not None and any(isinstance(n, ast.Mult) for n in ast.walk(value)):
            yield value.lineno


def _given(
    node: _Function, beside: dict[str, _Function], owner: str
) -> tuple[list[str], str] | None:
    """What is done before a call, and its arguments; None where one is not understood.

    What forward gives is asked of the function beside that takes the features alone; the loss, of
    the one that takes labels and that.
    """
    arguments = node.args
    names = [each.arg for each in arguments.args if each.arg not in ("self", "cls")]
    names = names[: len(names) - len(arguments.defaults)] if arguments.defaults else names
    if arguments.kwonlyargs and None in arguments.kw_defaults:
        return None
    values = [_value(name, node.name == "__init__") for name in names]
    unknown = [name for name, value in zip(names, values) if not value]
    if not unknown:
        return [], ", ".join(values)
    forward = next((n for n in beside.values() if n is not node and _asks(n) == ["{X}"]), None)
    if forward is None or not owner:
        return None
    out = "gradproof_outputs"
    before = [f"{out} = {owner}{forward.name}({{X}})",
              f"{out} = {out} if isinstance({out}, tuple) else ({out},)"]  # fmt: skip
    loss = next((n for n in beside.values() if n is not node and _asks(n) == ["{Y}", ""]), None)
    if loss is not None:
        before.append(f"print({owner}{loss.name}({{Y}}, {out}[-1]))")
    places = {name: f"{out}[{k}]" for k, name in enumerate(unknown)}
    return before, ", ".join(value or places[name] for name, value in zip(names, values))


def _asks(node: _Function) -> list[str]:
    return [_value(each.arg) for each in node.args.args if each.arg not in ("self", "cls")]


def _value(name: str, constructor: bool = False) -> str:
    if name in _RATINGS:
        return _RATINGS[name]
    for pattern, value in (*(_NUMBERS if constructor else ()), *_SIZES, *_DATA):
        if re.fullmatch(pattern, name.lower()):
            return value
    return ""


__all__ = ["LAYOUTS", "Layout", "read_driven"]
