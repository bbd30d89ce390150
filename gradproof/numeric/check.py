"""Check a hand-written backward against numeric derivatives of its forward.

The comparison has no tolerance to tune: it asks whether analytic and numeric derivative differ by
more than the error bounds of both. The upstream gradient is random, never all ones, because a
backward that is zero, negated or scaled passes under ones wherever rows sum to a constant.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, get_args

from gradproof.arguments.flattening import Flattened
from gradproof.arguments.plain_arrays import call_of
from gradproof.arguments.signatures import asked
from gradproof.arguments.untouched import untouched
from gradproof.numeric.as_given import checked_as_given
from gradproof.numeric.calls import OutOfTimeError
from gradproof.numeric.check_outcome import (
    out_of_time,
    refused,
)
from gradproof.numeric.modes.other_points import at_other_points
from gradproof.numeric.one_point import Check, Mode
from gradproof.numeric.prepare import (
    build,
)
from gradproof.numeric.problem import Problem, program_of, stream
from gradproof.numeric.side_effects import hygiene
from gradproof.verdicts import Status, Verdict


def check_gradient(
    forward: Callable[..., Any],
    backward: Callable[..., Any],
    *inputs: Any,
    wrt: Sequence[str] | str | None = None,
    labels: Mapping[str, int] | None = None,
    positive: Sequence[str] | str = (),
    dy: Any = None,
    seed: int = 0,
    time_limit: float = 300.0,
    formula: Callable[..., Any] | None = None,
    mode: Mode = "auto",
    order: int = 1,
    strict: bool = False,
    name: str = "",
    names: Sequence[str] | str | None = None,
    parameters: Mapping[str, Any] | None = None,
    **keywords: Any,
) -> Verdict:
    """Check that ``backward`` computes the vector-Jacobian product of ``forward`` at ``inputs``.

    Inputs that hide slips (0, 1, whole numbers, equal rows) are not the only ones that are tried.
    In single and half precision, where the function accepts double precision and follows it, its
    formulas are checked there, and its results in its own precision are checked as well. Every
    call gets arrays of its own; parameters, objects and random states are afterwards as they were.

    Parameters
    ----------
    forward : callable
        ``forward(*inputs, **parameters)`` maps float arrays, any shapes, to ``y`` or
        ``(y, cache)``, also written ``(y, a, b)``; several outputs are ``((y1, y2), cache)`` or a
        list. An input, and y, may also be a dictionary, list, tuple or dataclass of arrays, a list
        of numbers, a complex, masked or (as an input) sparse array.
    backward : callable
        ``backward(dy, cache)``, or ``backward(dy, *inputs)`` where forward returns no cache, gives
        the gradient of each input in ``wrt``: one array, several in that order, or a mapping or
        NamedTuple of them by name (x or dx). The gradient of a structure has the same structure.
        The gradient of a complex z may be dL/dRe z + i dL/dIm z, its conjugate, or, where y is
        real, half of either: the scope says which, and dy is given in the same way.
    *inputs : array_like
        The point.
    wrt : str or sequence of str, optional
        Names of the inputs that have a gradient, also of a part of one, as ``params["W1"]``; by
        default all float ones. Whole numbers are taken as floats.
    labels : mapping of str to int, optional
        Integer inputs with their number of classes, for whoever draws other inputs.
    positive : str or sequence of str
        Names of inputs that only take positive values.
    dy : array_like, optional
        The upstream gradient, of the shape of ``y``; drawn at random by default.
    seed : int
        The seed of all draws.
    time_limit : float
        Seconds after which no function is called any more: a net for code that is slow without
        end. Searches are bounded by counted work.
    formula : callable, optional
        The forward without its validation, as it accepts complex arrays. It is differentiated in
        forward's place (its value must be forward's), and complex step is used as well, where
        central differences agree with it.
    mode : {"auto", "full", "sketch", "directional"}
        "full" compares every element of every gradient with a numeric one. "sketch" compares random
        sums over every class of elements that do not meet in an output, so that each element is
        seen at a cost that does not grow with their number; where the sums do not agree, every
        element is looked at. "directional" compares sums along one random direction, in a handful
        of evaluations. "auto" picks the first of these that is cheap.
    order : {1, 2}
        2 also checks the derivative of backward, along random directions, and that backward is
        linear in dy.
    strict : bool
        Whether a forward or backward that changes an array in place is refuted though its values
        are right; otherwise the verdict's scope and details report it.
    name : str
        The name of the function in the verdict.
    names : str or sequence of str, optional
        Other names for the inputs than those of forward's arguments.
    parameters : mapping, optional
        Keyword parameters that are called like an option: ``parameters={"seed": 3}``.
    **keywords
        Keyword parameters: each function gets those that it takes.

    Returns
    -------
    Verdict
        CHECKED with the largest error and its bound, REFUTED with a counterexample and a
        ``diagnosis``, or UNDECIDED where forward is not deterministic, or its derivative could not
        be bounded. ``details`` has "mode", "floor" (the smallest error that would have been
        caught), "certificate" (the same in words), "notes", "side_effects", "kinks" and
        "evaluations".

    Raises
    ------
    ValueError
        Where shapes or names do not fit.
    TypeError
        For a keyword that neither function takes.

    Examples
    --------
    >>> def forward(x, alpha=0.1):
    ...     return np.where(x > 0, x, alpha * x), x
    >>> def backward(dy, x, alpha=0.1):
    ...     return np.where(x > 0, dy, alpha * dy)
    >>> check_gradient(forward, backward, np.array([0.3, -1.2]), alpha=0.2).holds
    True
    """
    if order not in (1, 2):
        raise ValueError(f"order: expected 1 or 2, got {order!r}")
    if mode not in get_args(Mode):
        raise ValueError(f"mode: expected one of {', '.join(get_args(Mode))}, got {mode!r}")
    call = asked(
        check_gradient, {"forward": forward, "backward": backward}, inputs, keywords,
        parameters=parameters, names=names, wrt=wrt, labels=labels, positive=positive, seed=seed,
    )  # fmt: skip
    given = call_of(forward, backward, inputs, call, formula)
    until = time.monotonic() + time_limit

    def check(flat: Flattened) -> Verdict:
        problem, native = build(
            flat.forward, flat.backward, flat.inputs, flat.asked, flat.formula, until, kept
        )
        try:
            verdict = Check(problem, native, dy, seed, mode, order, strict, flat.upstream).verdict()
            elsewhere: Mode = "directional" if mode == "directional" else "auto"
            verdict = at_other_points(
                problem, verdict,
                lambda moved: _elsewhere(moved, dy, flat.upstream, seed, elsewhere),
                stream(seed + 1), strict,
            )  # fmt: skip
        except OutOfTimeError:
            verdict = out_of_time(time_limit, problem.calls)
        if verdict.status is not Status.REFUTED or flat.complex or flat.complex_y:
            return verdict
        return replace(verdict, program=program_of(problem))

    with untouched(forward, backward, formula, call.parameters, inputs) as kept, hygiene.quiet():
        verdict = checked_as_given(given, check, strict)
    return replace(verdict, claim=name, seed=seed)


def _elsewhere(
    problem: Problem, dy: Any, plain: Callable[[Any], Any], seed: int, mode: Mode
) -> Verdict:
    """The verdict at a point that was not given, which the functions may refuse.

    A dy that was given stays: backward may be meant for it alone.
    """
    try:
        return Check(problem, None, dy, seed, mode, 1, False, plain).verdict()
    except OutOfTimeError:
        raise
    except Exception as error:
        return refused(error)


__all__ = ["Mode", "check_gradient"]
