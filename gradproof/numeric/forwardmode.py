"""Check a hand-written Jacobian-vector product (forward mode) against numeric derivatives."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from gradproof.arguments.flattening import Flattened
from gradproof.arguments.plain_arrays import call_of
from gradproof.arguments.signatures import asked
from gradproof.arguments.untouched import untouched
from gradproof.numeric.as_given import checked_as_given
from gradproof.numeric.calls import OutOfTimeError
from gradproof.numeric.check_outcome import cannot_tell, out_of_time, refused
from gradproof.numeric.compare import STILL, Comparison, within_constants
from gradproof.numeric.messages import constants_rounded, number
from gradproof.numeric.modes.other_points import at_other_points
from gradproof.numeric.modes.tangent_comparison import compared_tangents
from gradproof.numeric.modes.unseen_inputs import without_effect
from gradproof.numeric.prepare import build
from gradproof.numeric.problem import Array, Problem, as_outputs, flat, stream
from gradproof.numeric.rounding.extended import apart, wider
from gradproof.numeric.rounding.noise import (
    POINTS,
    Bounded,
    closeby,
    noise_of,
    roundoff,
    with_noise,
)
from gradproof.numeric.side_effects.hygiene import quiet
from gradproof.numeric.steps.directions import draw
from gradproof.verdicts import Counterexample, Status, Verdict


def check_jvp(
    forward: Callable[..., Any],
    jvp: Callable[..., Any],
    *inputs: Any,
    tangents: Sequence[Any] | None = None,
    wrt: Sequence[str] | str | None = None,
    labels: Mapping[str, int] | None = None,
    positive: Sequence[str] | str = (),
    seed: int = 0,
    time_limit: float = 300.0,
    name: str = "",
    names: Sequence[str] | str | None = None,
    parameters: Mapping[str, Any] | None = None,
    **keywords: Any,
) -> Verdict:
    """Check that ``jvp(inputs, tangents)`` is the derivative of ``forward`` along the tangents.

    Every element of dy = sum_k (dy/dx_k) tangent_k is compared.

    Parameters
    ----------
    forward : callable
        As in :func:`gradproof.check_gradient`.
    jvp : callable
        Maps two tuples, of the inputs and of one tangent of the same shape for each, to an array of
        the shape of y. It takes the inputs, not the cache of a forward: in forward mode both run
        together. It gets those of the parameters that it takes.
    *inputs : array_like
        The point.
    tangents : sequence of array_like, optional
        One for each input; random if not given. Integer inputs, and those that are not in ``wrt``,
        have tangent 0.
    wrt, labels, positive, seed, time_limit, name, names, parameters, **keywords
        As in :func:`gradproof.check_gradient`.

    Returns
    -------
    Verdict
        CHECKED, REFUTED with the worst element, or UNDECIDED where the derivative could not be
        bounded, or the time ran out.

    Raises
    ------
    ValueError
        For names that do not fit, and for tangents whose shapes do not.
    TypeError
        For a keyword that neither function takes.

    Examples
    --------
    >>> def sine_jvp(inputs, tangents):
    ...     (x,), (t,) = inputs, tangents
    ...     return np.cos(x) * t
    >>> check_jvp(np.sin, sine_jvp, np.array([0.3, -1.2])).holds
    True
    """
    call = asked(
        check_jvp, {"forward": forward, "jvp": jvp}, inputs, keywords, parameters=parameters,
        names=names, wrt=wrt, labels=labels, positive=positive, seed=seed,
    )  # fmt: skip
    given = call_of(forward, jvp, inputs, call, jvp=True)
    until = time.monotonic() + time_limit

    def check(flat: Flattened) -> Verdict:
        problem, native = build(flat.forward, lambda *_: None, flat.inputs, flat.asked, until=until)
        along = given.tangents(tangents)
        try:
            verdict = _checked(problem, flat.backward, along, seed, native)
            verdict = at_other_points(
                problem, verdict, lambda moved: _elsewhere(moved, flat.backward, seed),
                stream(seed + 1), strict=False,
            )  # fmt: skip
        except OutOfTimeError:
            verdict = out_of_time(time_limit, problem.calls)
        return _with_harm(verdict, problem)

    with untouched(forward, jvp, call.parameters, inputs), quiet():
        verdict = checked_as_given(given, check)
    return replace(verdict, claim=name, seed=seed)


def _elsewhere(problem: Problem, jvp: Callable[..., Any], seed: int) -> Verdict:
    """The verdict at a point that was not given, which the functions may refuse."""
    try:
        return _checked(problem, jvp, None, seed)
    except OutOfTimeError:
        raise
    except Exception as error:
        return refused(error)


def _checked(
    problem: Problem, jvp: Callable[..., Any], tangents: Sequence[Any] | None, seed: int,
    native: Problem | None = None,
) -> Verdict:  # fmt: skip
    rng = stream(seed)
    outputs, _ = problem.run(problem.inputs)
    problem.shapes = tuple(y.shape for y in outputs)
    problem.unit = max((roundoff(y.dtype) for y in outputs), default=problem.unit)
    along = _tangents(problem, tangents, rng)
    got = flat(problem.called.along(jvp, problem.inputs, along))
    if got.size != problem.size:
        _require_one_output(problem, got.size)
        reason = f"the JVP has {got.size} elements, y has {problem.size}"
        if max(got.size, problem.size) == 2 * min(got.size, problem.size):
            reason += (
                "; a complex number counts as two: the JVP is complex where y is, and only there"
            )
        return Verdict(Status.REFUTED, "", "numeric check", reason=reason)
    noise = with_noise(problem.outputs, problem.inputs, rng, unit=problem.unit)
    nearby = closeby((*problem.inputs, *along), rng)
    count = len(along)
    table = [got] + [
        flat(problem.called.along(jvp, moved[:count], moved[count:]))
        for moved in (nearby.moved((*problem.inputs, *along), k) for k in range(1, POINTS))
    ]
    analytic = Bounded(got, noise_of(np.stack(table), problem.unit, nearby.positions))
    found = compared_tangents(problem, along, analytic, noise)
    if found.wrong.any():
        analytic = _with_known_rounding(problem, jvp, along, analytic)
        found = compared_tangents(problem, along, analytic, noise)
    constants = ""
    if native is not None and found.wrong.any():
        narrow = max((x.dtype for x in native.inputs if x.dtype.kind == "f"), key=roundoff)
        wider = within_constants(found, roundoff(narrow))
        if not wider.wrong.any():
            found, constants = wider, constants_rounded(narrow)
    verdict = _verdict(found, problem, along)
    verdict = replace(verdict, scope="; ".join(filter(None, [constants, verdict.scope])))
    if verdict.status is not Status.CHECKED:
        return verdict
    unseen = dict.fromkeys(problem.wrt, found.unseen)
    if not found.unseen:
        unseen = dict.fromkeys(without_effect(problem, rng), STILL)
    return replace(verdict, details={**verdict.details, "unseen": unseen})


def _require_one_output(problem: Problem, found: int) -> None:
    """Raise where the JVP has as many elements as all that forward returned, cache included."""
    _, cache = problem.run(problem.inputs)
    every = problem.size + sum(np.size(each) for each in as_outputs(cache.held))
    if cache.made and found == every:
        raise ValueError(
            f"forward returned a tuple, which is taken for (y, cache): y has {problem.size} "
            f"elements, but the JVP has {found}, as many as the whole tuple; if all of it is y, "
            "let forward return a list, or ((y1, y2), None)"
        )


def _with_known_rounding(
    problem: Problem, jvp: Callable[..., Any], along: tuple[Array, ...], got: Bounded
) -> Bounded:
    """The JVP, bounded by how much it differs from the same in wider precision."""

    def pushed(inputs: Sequence[Array], by: Any) -> dict[str, Array]:
        found = problem.called.along(jvp, tuple(inputs), tuple(v * by for v in along))
        return {"y": np.asarray(found[0]) if len(found) == 1 else np.empty(0)}

    wide = wider(problem, problem.inputs, pushed)
    if wide is None or wide["y"].size != got.value.size:
        return got
    return Bounded(got.value, np.fmax(got.bound, apart(wide["y"].ravel(), got.value)))


def _with_harm(verdict: Verdict, problem: Problem) -> Verdict:
    """The verdict with what was done to arrays, which changes no value that was compared."""
    harm = list(problem.called.watch.changed.values())
    scope = "; ".join([verdict.scope] * bool(verdict.scope) + [str(each) for each in harm])
    details = {**verdict.details, "side_effects": tuple(each.what for each in harm)}
    return replace(verdict, scope=scope, details=details)


def _tangents(
    problem: Problem, given: Sequence[Any] | None, rng: np.random.Generator
) -> tuple[Array, ...]:
    if given is None:
        return tuple(
            _few_digits(draw(x, rng)) if name in problem.wrt else np.zeros(x.shape)
            for name, x in zip(problem.names, problem.inputs)
        )
    along = tuple(np.asarray(each, dtype=np.float64) for each in given)
    wanted, shapes = [x.shape for x in problem.inputs], [t.shape for t in along]
    if wanted != shapes:
        raise ValueError(f"tangents: expected the shapes of the inputs, {wanted}, got {shapes}")
    return along


def _few_digits(tangent: Array) -> Array:
    """Rounded to a thousandth of the largest, or so: tangents are shown, whatever their scale."""
    largest = float(np.abs(tangent).max(initial=0.0))
    unit = 10.0 ** (np.floor(np.log10(largest)) - 3) if largest > 0 else 1.0
    return np.asarray(np.round(tangent / unit) * unit)


def _verdict(found: Comparison, problem: Problem, along: tuple[Array, ...]) -> Verdict:
    method = "central differences along the tangents"
    if not found.got.size:
        return Verdict(Status.CHECKED, "", method, figure="empty", cases=1)
    at = found.worst
    error, bound = float(found.error[at]), float(found.bound[at])
    figure = f"error {error:.0e}, bound {bound:.0e}"
    if found.wrong.any():
        index = tuple(int(i) for i in np.unravel_index(at, found.shape)) if found.shape else ()
        where = "dy" + (f"[{', '.join(map(str, index))}]" if index else "")
        shown: dict[str, Any] = {n: x.tolist() for n, x in zip(problem.names, problem.inputs)}
        shown["tangents"] = [v.tolist() for v in along]
        reason = (
            f"the JVP: {int(found.wrong.sum())} of {found.got.size} elements differ from the "
            "derivative along the tangents by more than the error bound"
        )
        example = Counterexample(shown, where, number(found.got[at]), number(found.wanted[at]))
        return Verdict(
            Status.REFUTED, "", method, figure=figure, error=error, bound=bound, cases=1,
            reason=reason, counterexample=example,
        )  # fmt: skip
    if found.unbounded.any():
        reason = f"the derivative of {int(found.unbounded.sum())} outputs could not be bounded"
        return Verdict(Status.UNDECIDED, "", method, reason=reason, cases=1)
    found = replace(found, few_digits=True)  # whatever the reason, wide bounds are told
    lost = found.cannot_tell
    told = cannot_tell(found) if lost.any() else ""
    if 2 * lost.sum() > lost.size:
        return Verdict(Status.UNDECIDED, "", method, reason=told, cases=1)
    return Verdict(
        Status.CHECKED, "", method, figure=figure, error=error, bound=bound, cases=1, scope=told
    )
