"""A counterexample as code to paste, which prints both values."""

from __future__ import annotations

import importlib
import inspect
import textwrap
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import numpy as np

from gradproof.arguments.backward_calls import backward_call
from gradproof.arguments.signatures import accepted
from gradproof.arguments.wrapping import is_wrapped
from gradproof.tracing.record_trace import Program

_HEADER = """\
import numpy as np

{functions}

{inputs}
dy = {dy}

def run({names}):
{call}

def loss({names}):
    return float(np.sum(np.asarray(dy) * np.asarray(run({names})[0])))

y, gradients = run({names})
h = 1e-6
step = np.zeros(np.shape({wrt}))
step[{index}] = h
wanted = ({difference}) / {width}
got = float(np.asarray({gradient})[{index}])
print("d{wrt}[{shown}] is", got, "but the derivative is", wanted)
"""


def short(value: Fraction | float) -> Any:
    """Return the number as an int where it is one, else as a float."""
    number = float(value)
    return int(number) if number.is_integer() and abs(number) < 1e15 else number


def literal(values: Any) -> Any:
    """Return an array as a nested list of short numbers, a scalar as a number."""
    array = np.asarray(values)
    if not array.ndim:
        return short(float(array))
    return [literal(item) for item in array]


def definition(function: Callable[..., Any], name: str) -> str:
    """Return code that defines ``name``: an import where possible, else the source."""
    module = getattr(function, "__module__", None)
    qualified = getattr(function, "__qualname__", "")
    if module not in (None, "__main__") and qualified.isidentifier():
        try:
            if getattr(importlib.import_module(str(module)), qualified, None) is function:
                alias = "" if qualified == name else f" as {name}"
                return f"from {module} import {qualified}{alias}"
        except ImportError:
            pass
    try:
        source = textwrap.dedent(inspect.getsource(function))
    except (OSError, TypeError):
        return f"# {name}: the function you gave"
    if not source.startswith(("def ", "@")):
        return f"# {name}: the function you gave"
    own = getattr(function, "__name__", name)
    return source.rstrip() + ("" if own == name else f"\n{name} = {own}")


def _call(program: Program, names: list[str], parameters: Mapping[str, Any], cached: bool) -> str:
    given = ("np.array(dy)", "cache") if cached else ("dy", *names)
    arguments, own = backward_call(program.backward, given, names, parameters, cached)
    called = f"backward({', '.join([*arguments, *_keywords(own)])})"
    forward = f"forward({', '.join([*names, *_keywords(accepted(program.forward, parameters))])})"
    if cached:
        lines = [
            f"out = {forward}",
            "cache = out[1] if len(out) == 2 else out[1:]",
            f"return out[0], {called}",
        ]
    else:
        lines = [f"out = {forward}", f"return out, {called}"]
    return textwrap.indent("\n".join(lines), "    ")


def _keywords(parameters: Mapping[str, Any]) -> list[str]:
    return [f"{name}={value!r}" for name, value in parameters.items()]


def snippet(
    program: Program,
    inputs: Mapping[str, np.ndarray],
    dy: Any,
    parameters: Mapping[str, Any],
    wrt: str,
    index: tuple[int, ...],
    cached: bool,
    side: int = 0,
) -> str:
    """Return code that prints the gradient element and a difference quotient beside it.

    "" where the inputs are no plain arrays.
    """
    if is_wrapped(program.forward):
        return ""
    names = list(inputs)
    shifted = {s: ", ".join(f"{n} {s} step" if n == wrt else n for n in names) for s in "+-"}
    low = f"loss({shifted['-']})" if side <= 0 else f"loss({', '.join(names)})"
    high = f"loss({shifted['+']})" if side >= 0 else f"loss({', '.join(names)})"
    position = list(program.wrt).index(wrt)
    many = len(program.wrt) > 1
    shown = ", ".join(map(str, index))
    return _HEADER.format(
        functions="\n".join(
            [definition(program.forward, "forward"), definition(program.backward, "backward")]
        ),
        inputs="\n".join(_input(n, v, program) for n, v in inputs.items()),
        dy=f"np.array({literal(dy)}, dtype=float)" if np.ndim(dy) else repr(float(dy)),
        names=", ".join(names),
        call=_call(program, names, parameters, cached),
        wrt=wrt,
        index=index,
        difference=f"{high} - {low}",
        width="(2 * h)" if side == 0 else "h",
        gradient=f"gradients[{position}]" if many else "gradients",
        shown=shown,
    )


def _input(name: str, value: np.ndarray, program: Program) -> str:
    dtype = "int" if np.asarray(value).dtype.kind in "iu" else "float"
    return f"{name} = np.array({literal(value)}, dtype={dtype})"
