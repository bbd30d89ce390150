"""Call the operations of an automatic differentiation engine: Value, Tensor, Node.

Each operation is judged by itself, from fresh values: ``out = a * b; out.backward()``, then
``a.grad`` and ``b.grad``. Beside them an expression in which values are used more than once, for
what only shows there: a gradient that is set where it should be added, and values that are visited
before all of their gradient has arrived.
"""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradproof.checking.conventions.match import (
    SELECT,
    Match,
    MatchError,
    distance,
    numeric,
    run,
    with_names,
)
from gradproof.checking.judgement.telling_errors import Problem
from gradproof.checking.processes.sizes import D, M, N
from gradproof.checking.source.engine_classes import ARITHMETIC, STARTS
from gradproof.checking.trials.input_trials import Array, arguments_of, draw

_DATA = ("data", "value", "val", "v")
_NUMBER = 3.0  # an exponent, where only a number is taken
_ARRAYS = re.compile(r"(ones|zeros)(_like)?\(|\.shape\b|np\.(as)?array\(|\.T\b|ndarray|\.sum\(|@")
_ADDED = "the same operation done twice and added up: a gradient is added to what is there, not set"
_USED_TWICE = "an expression in which each value is used more than once"


@dataclass(frozen=True)
class Engine:
    """A class of values: how one is made, which attribute holds its number, and its gradient."""

    cls: type
    start: str
    data: str = ""

    def leaf(self, value: Any) -> Any:
        """A value without a history."""
        return self.cls(value)

    def number(self, value: Any) -> Any:
        """The number or array in a value."""
        return getattr(value, self.data) if isinstance(value, self.cls) else value

    def gradient(self, leaf: Any, before: Mapping[str, Any]) -> Any:
        """The gradient that backward has left on a leaf: the attribute that is called so, or the
        one that backward has changed and that has the shape of the number."""
        own, now = np.shape(self.number(leaf)), _attributes(leaf)
        for name in sorted(now, key=lambda name: (name != "grad", "grad" not in name.lower())):
            value = self.number(now[name])
            if name == self.data or now[name] is before.get(name) or not _is_number(value):
                continue
            if "grad" in name.lower() or np.shape(value) == own:
                return value
        return np.zeros(own)

    @property
    def takes_arrays(self) -> bool:
        """Whether its values hold arrays, and not only single numbers."""
        try:
            leaf = self.leaf(np.ones((N, D)))
            held = _attributes(leaf)
        except Exception:  # whatever the author's code raises
            return False
        kept = any(np.shape(v) == (N, D) for k, v in held.items() if k != self.data)
        return kept or bool(_ARRAYS.search(_code(self.cls)))

    def begin(self, out: Any) -> None:
        """Start backward, with a gradient of ones where it asks for one."""
        start = getattr(out, self.start)
        needed = sum(each.required for each in arguments_of(start))
        start(*(np.ones(np.shape(self.number(out))) for _ in range(needed)))


def matched_engine(cls: type, operation: str, seed: int) -> Match:
    """One operation of an engine, or its backward, which can be called. Raises MatchError."""
    problem = Problem()
    start = next(each for each in STARTS if hasattr(cls, each))
    for engine in _engines(cls, start):
        for compute, inputs in _ways(engine, operation, seed):
            match = _match(engine, compute, inputs, getattr(cls, operation))
            try:
                y, _, gradients = run(match)
            except Exception as error:  # whatever the author's code raises
                problem.met(1, error)
                continue
            if not (numeric(y) and all(map(numeric, map(_as_float, gradients)))):
                continue
            if operation == start:
                return match.noted(f"in {_USED_TWICE}")
            if not _hands_on(cls, operation):  # what is added there is for backward to say
                return match
            added = _match(engine, _added(cls, compute), inputs, getattr(cls, operation))
            return added.noted(_ADDED) if _only_once(match, added) else match
    raise MatchError(problem.text())


def _hands_on(cls: type, operation: str) -> bool:
    """Whether an operation itself says how a gradient gets to its operands, by += or by =; where it
    keeps derivatives alone, the method that starts all does that."""
    tree = ast.parse(textwrap.dedent(_code(getattr(cls, operation))) or "pass")
    stored = (node.attr for node in ast.walk(tree)
              if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store))  # fmt: skip
    return any("grad" in name.lower() or name == "d" for name in stored) or _calls_a_method(tree)


def _calls_a_method(tree: ast.AST) -> bool:
    """Whether a function inside an operation only calls one: other.accumulate(g)."""
    inner = (
        each
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
        for each in ast.walk(node)
        if isinstance(each, ast.FunctionDef) and each is not node
    )
    return any(
        isinstance(part, ast.Expr) and isinstance(part.value, ast.Call)
        for function in inner for part in ast.walk(function)
    )  # fmt: skip


def _only_once(match: Match, added: Match) -> bool:
    """Whether a gradient is right where a value is used once, and wrong where it is used again."""
    try:
        return distance(match) < SELECT <= distance(added)
    except Exception:  # whatever the author's code raises
        return False


def _added(cls: type, compute: Callable[..., Any]) -> Callable[..., Any]:
    """The sum of the same operation done twice: each hands a gradient to the same values."""

    def twice(*values: Any) -> Any:
        return cls.__add__(compute(*values), compute(*values))  # type: ignore[operator]

    return twice


def _engines(cls: type, start: str) -> Iterator[Engine]:
    """The engine, with the attribute in which a value of it keeps its number."""
    value = np.asarray(0.625)
    try:
        held = _attributes(cls(value))
    except Exception as error:  # whatever the author's code raises
        raise MatchError(f"{cls.__name__}(0.625) could not be made: {error}") from None
    for name in sorted(held, key=lambda each: each not in _DATA):
        try:
            if np.shape(held[name]) == () and float(held[name]) == float(value):
                yield Engine(cls, start, name)
        except (TypeError, ValueError):
            continue


def _ways(
    engine: Engine, operation: str, seed: int
) -> Iterator[tuple[Callable[..., Any], dict[str, Array]]]:
    """What is computed of which inputs: arrays where the class takes such, else numbers; numbers
    between 0 and 1 where the function is not for others."""
    rng = np.random.default_rng(seed)
    if operation == engine.start:
        compute, names = _twice(engine.cls), ["a", "b"]
    else:
        compute, names = _of(operation), ["self"]
        if ARITHMETIC.get(operation, 1) == 2:
            names += [each.name for each in arguments_of(getattr(engine.cls, operation))[1:2]]
    second = (D, M) if operation == "__matmul__" else (N, D)
    layouts: list[list[tuple[int, ...]]] = [[(N, D), second]] if engine.takes_arrays else []
    if operation != "__matmul__":
        layouts.append([(), ()])
    for shapes in layouts:
        for kind in ("real", "unit"):
            drawn = {name: draw(rng, shape, kind) for name, shape in zip(names, shapes)}
            yield compute, drawn
            if len(names) == 2 and operation != engine.start:
                yield _with_number(compute), {names[0]: drawn[names[0]]}


def _of(operation: str) -> Callable[..., Any]:
    def compute(*values: Any) -> Any:
        return getattr(values[0], operation)(*values[1:])

    return compute


def _with_number(compute: Callable[..., Any]) -> Callable[..., Any]:
    def by_number(value: Any) -> Any:
        return compute(value, _NUMBER)

    return by_number


def _twice(cls: type) -> Callable[..., Any]:
    """A value is used again at once, later, and after what was made of it."""
    first = "__mul__" if hasattr(cls, "__mul__") else "__add__"
    second = "__add__" if hasattr(cls, "__add__") else "__mul__"

    def compute(a: Any, b: Any) -> Any:
        c = getattr(a, first)(b)
        d = getattr(c, second)(a)
        e = getattr(d, first)(c)
        return getattr(getattr(e, second)(b), second)(b)

    return compute


def _match(
    engine: Engine, compute: Callable[..., Any], inputs: Mapping[str, Array], author: Any
) -> Match:
    names = tuple(inputs)

    def forward(*given: Any) -> Any:
        out = compute(*map(engine.leaf, given))
        return np.sum(engine.number(out)), given

    def backward(dy: Any, cache: Any) -> tuple[Any, ...]:
        leaves = [engine.leaf(value) for value in cache]
        before = [_attributes(leaf) for leaf in leaves]
        engine.begin(compute(*leaves))
        return tuple(engine.gradient(*each) * dy for each in zip(leaves, before))

    several = any(value.ndim for value in inputs.values())
    return Match(
        with_names(forward, names, author), with_names(backward, ("dy", "cache"), author),
        inputs, names, output="sum of out" if several else "out",
    )  # fmt: skip


def _attributes(value: Any) -> dict[str, Any]:
    names = [*getattr(value, "__dict__", ()), *getattr(type(value), "__slots__", ())]
    held = {name: getattr(value, name, None) for name in names if isinstance(name, str)}
    return {k: np.array(v) if isinstance(v, np.ndarray) else v for k, v in held.items()}


def _is_number(value: Any) -> bool:
    if value is None or isinstance(value, (bool, str)) or callable(value):
        return False
    return np.asarray(value).dtype.kind in "iufO" and not isinstance(value, (list, tuple, set))


def _code(cls: Any) -> str:
    try:
        return inspect.getsource(cls)
    except (OSError, TypeError):
        return ""


def _as_float(value: Any) -> Any:
    return np.asarray(value, dtype=float)
