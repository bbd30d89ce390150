"""What a verdict says: which element of which gradient, got and wanted, and code to paste."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from gradproof.arguments.backward_calls import backward_call
from gradproof.arguments.returned import gradient_name
from gradproof.arguments.signatures import accepted
from gradproof.arguments.wrapping import is_wrapped
from gradproof.numeric.compare import Comparison
from gradproof.numeric.problem import Array, Problem
from gradproof.verdicts import Counterexample

WORST = 3
# Arrays with more elements are described, not printed.
_PRINTED = 256


def place(name: str, shape: tuple[int, ...], flat_index: int) -> str:
    """The name of a gradient's element: dx[2, 0]."""
    index = tuple(int(each) for each in np.unravel_index(flat_index, shape)) if shape else ()
    return gradient_name(name) + (f"[{', '.join(map(str, index))}]" if index else "")


def number(value: float) -> str:
    """Nine digits, as in counterexamples."""
    return f"{value:.9g}"


def wanted(failed: Comparison, at: int) -> str:
    """The derivative, or the interval of admissible values at a kink."""
    if failed.low[at] != failed.high[at]:
        return f"between {number(failed.low[at])} and {number(failed.high[at])} (a kink)"
    return number(failed.wanted[at])


def reason(failed: Comparison) -> str:
    """How many elements disagree, and the worst few with error and bound."""
    precision = f" in {failed.precision}" if failed.precision else ""
    size, wrong = failed.got.size, failed.wrong
    undefined = int((wrong & ~np.isfinite(failed.got)).sum())
    count = int(wrong.sum())
    if not count:
        return (
            f"{gradient_name(failed.name)}{precision}: no single element differs from the "
            "derivative by more than its error bound, but all together do: "
            f"{failed.projection[0]:.1g}, bound {failed.projection[1]:.1g}, along a random "
            "direction"
        )
    of = f"{size}" if failed.looked_at is None else f"the {failed.looked_at} looked at, of {size},"
    head = (
        f"{gradient_name(failed.name)}{precision}: {count} of {of} elements differ from the "
        "derivative by more than the error bound"
    )
    if undefined:
        head += f"; {undefined} are NaN or infinite where the derivative is finite"
    order = np.argsort(-failed.ratio, kind="stable")[: min(WORST, count)]
    lines = [
        f"{place(failed.name, failed.shape, int(at))}: got {number(failed.got[at])}, wanted "
        f"{wanted(failed, int(at))}, error {failed.error[at]:.1e}, bound {failed.bound[at]:.1e}"
        for at in order
    ]
    return head + "".join(f"\n    {line}" for line in lines)


def counterexample(problem: Problem, failed: Comparison, dy: Array) -> Counterexample:
    """The worst element, with the inputs that show it and a snippet."""
    at = failed.worst
    where = place(failed.name, failed.shape, at)
    return Counterexample(
        described(problem, dy),
        where,
        number(failed.got[at]),
        wanted(failed, at),
        snippet(problem, where, wanted(failed, at), dy),
    )


def described(problem: Problem, dy: Array) -> dict[str, Any]:
    """Inputs, parameters and dy as plain numbers, or by shape where they are many."""
    found: dict[str, Any] = {n: _plain(v) for n, v in zip(problem.names, problem.inputs)}
    found.update(problem.parameters)
    shaped = problem.shaped(dy)
    found["dy"] = [_plain(p) for p in shaped] if isinstance(shaped, tuple) else _plain(shaped)
    return found


def _plain(value: Array) -> Any:
    if value.size > _PRINTED:
        return f"<array of shape {value.shape}, {value.dtype}>"
    return value.tolist()


def snippet(problem: Problem, where: str, expected: str, dy: Array) -> str:
    """Code to paste that prints the element which differs; forward and backward are the reader's.

    "" where the inputs are too many to be written down, or no plain arrays.
    """
    shaped = problem.shaped(dy)
    if is_wrapped(problem.forward) or isinstance(shaped, tuple):
        return ""
    if sum(v.size for v in (*problem.inputs, dy)) > _PRINTED:
        return ""
    lines = ["import numpy as np", ""]
    lines += [f"{n} = {_code(v)}" for n, v in zip(problem.names, problem.inputs)]
    lines += [f"dy = {_code(shaped)}"]
    gradients = ", ".join(f"d{name}" for name in problem.wrt)
    cached = problem.called.cached
    given = ("dy", "cache") if cached else ("dy", *problem.names)
    arguments, own = backward_call(
        problem.backward, given, problem.names, problem.parameters, cached
    )
    parameters = accepted(problem.forward, problem.parameters)
    lines += [
        f"{'y, cache' if cached else 'y'} = {_call(problem.forward, problem.names, parameters)}",
        f"{gradients} = {_call(problem.backward, arguments, own)}",
        f"print({where})  # wanted: {expected}",
    ]
    return "\n".join(lines)


def _call(
    function: Callable[..., Any], arguments: Sequence[str], parameters: Mapping[str, Any]
) -> str:
    """A call as it is written."""
    given = [*arguments, *(f"{name}={value!r}" for name, value in parameters.items())]
    return f"{_called(function)}({', '.join(given)})"


def _code(value: Array) -> str:
    dtype = "" if value.dtype in (np.float64, np.int64) else f", dtype=np.{value.dtype}"
    empty = f".reshape({value.shape})" if value.size == 0 else ""
    text = repr(value.tolist()).replace("nan", "np.nan").replace("inf", "np.inf")
    return f"np.array({text}{dtype}){empty}"


def _called(function: Any) -> str:
    name = getattr(function, "__name__", "")
    return name if name.isidentifier() else "forward_or_backward"


def constants_rounded(dtype: Any) -> str:
    """What is said of a gradient that is off by no more than constants of the code are rounded."""
    return (
        f"in double precision it is off by less than one rounding of {np.dtype(dtype)}, as "
        "constants of the code may be"
    )
