"""Check a hand-written backward against numeric derivatives of its forward.

The comparison has no tolerance to tune: it asks whether analytic and numeric derivative differ by
more than the error bounds of both. The upstream gradient is random, never all ones, because a
backward that is zero, negated or scaled passes under ones wherever rows sum to a constant.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal, get_args

import numpy as np

from gradproof.arguments.flattening import Flattened
from gradproof.arguments.plain_arrays import call_of
from gradproof.arguments.returned import gradient_name
from gradproof.arguments.signatures import asked
from gradproof.arguments.untouched import untouched
from gradproof.numeric.as_given import checked_as_given
from gradproof.numeric.calls import OutOfTimeError
from gradproof.numeric.check_outcome import (
    out_of_time,
    refused,
    verdict_of_comparisons,
    verdict_of_directions,
    verdict_of_sketch,
)
from gradproof.numeric.compare import within_constants
from gradproof.numeric.messages import constants_rounded, described
from gradproof.numeric.modes.directional import check_directions
from gradproof.numeric.modes.full import affordable, calls, full_comparisons, structures
from gradproof.numeric.modes.other_points import at_other_points, lone_row
from gradproof.numeric.modes.second_order import second_order_fault
from gradproof.numeric.modes.sketch import sketched, worthwhile
from gradproof.numeric.prepare import (
    Measured,
    build,
    measure,
    measure_lightly,
    require_same_function,
    upstream,
)
from gradproof.numeric.problem import Array, Problem, flat, program_of, stream
from gradproof.numeric.rounding.conditioning import blind_spots
from gradproof.numeric.rounding.drowned import without_drowned
from gradproof.numeric.rounding.inner_precision import on_stairs
from gradproof.numeric.rounding.native import compare_native
from gradproof.numeric.side_effects import hygiene
from gradproof.numeric.structure.patterns import Structure
from gradproof.verdicts import Counterexample, Status, Verdict

Mode = Literal["auto", "full", "sketch", "directional"]


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
            verdict = _Check(
                problem, native, dy, seed, mode, order, strict, flat.upstream
            ).verdict()
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
        return _Check(problem, None, dy, seed, mode, 1, False, plain).verdict()
    except OutOfTimeError:
        raise
    except Exception as error:
        return refused(error)


# From this size on, a second call of forward is made only where the outputs look like noise.
_LARGE = 200_000
# Sums along a direction that see no smaller relative error are not the last word.
_WEAK = 1e-6
# Of more outputs, every element is compared only where that is asked for.
_HUGE = 4_000_000
# Up to this size of inputs and outputs, more points for the measure of rounding cost little.
_SMALL = 1_000


class _Check:
    """One check: the first run, what it shows by itself, then derivatives."""

    def __init__(
        self,
        problem: Problem,
        native: Problem | None,
        dy: Any,
        seed: int,
        mode: Mode,
        order: int,
        strict: bool,
        plain: Callable[[Any], Any] = lambda dy: dy,  # dy as plain arrays, once y is known
    ) -> None:
        self.problem, self.native, self.mode = problem, native, mode
        self.order, self.strict = order, strict
        self.rng = stream(seed)
        self.findings = hygiene.Findings()
        self.given_dy = dy is not None
        outputs, cache = hygiene.run_forward(problem, self.findings)
        for each in (problem, native):
            if each is not None:
                each.shapes = tuple(y.shape for y in outputs)
        self._set_precision(outputs)
        self.dy = upstream(plain(dy), outputs, self.rng)
        if native is not None:  # both precisions are to see the same dy
            self.dy = self.dy.astype(native.dtype).astype(np.float64)
        self.outputs, self.cache = outputs, cache

    def _set_precision(self, outputs: tuple[Array, ...]) -> None:
        dtypes = [y.dtype for y in outputs if y.dtype.kind == "f"]
        if dtypes:
            self.problem.dtype = np.result_type(*dtypes)
            self.problem.unit = max(float(np.finfo(d).eps) for d in dtypes) / 2
        if self.native is not None:
            floats = [x.dtype for x in self.native.inputs if x.dtype.kind == "f"]
            self.native.dtype = np.result_type(*floats)
            self.native.unit = float(np.finfo(self.native.dtype).eps) / 2

    def verdict(self) -> Verdict:
        """Go through the checks, from the cheapest to the dearest, until one of them decides."""
        problem, findings = self.problem, self.findings
        first = hygiene.run_backward(problem, self.outputs, self.cache, self.dy, findings)
        wrong = hygiene.shape_fault(problem, first.gradients)
        if wrong is not None:
            text, at, got, wanted = wrong
            example = Counterexample(described(problem, self.dy), at, got, wanted)
            return self._finished(
                Verdict(Status.REFUTED, "", "numeric check", reason=text, counterexample=example)
            )
        if not problem.size or not any(value.size for value in first.gradients.values()):
            return self._finished(_empty(first.gradients))
        hygiene.note_dtypes(problem, first.gradients, findings)
        if self.mode != "directional" or problem.size < _LARGE:
            hygiene.check_again(problem, first, findings)
        if findings.unusable or not np.isfinite(flat(self.outputs)).all():
            return self._finished(self._unusable())
        verdict = self._derivatives(first)
        findings.notes.extend(lone_row(problem))
        return self._finished(verdict)

    def _derivatives(self, first: hygiene.FirstRun) -> Verdict:
        problem, verdict = self.problem, None
        sketching = self.mode in ("auto", "sketch") and self.native is None and worthwhile(problem)
        measured = self._measured(first, sketching)
        hygiene.check_state(problem, first, self.dy, self.findings)
        first.cache.emptied()
        require_same_function(problem, flat(first.outputs), measured.outputs)
        if sketching:
            verdict = self._sketched(measured)
            measured = measured if verdict is not None else self._measured(first)
        if verdict is None:
            verdict = self._compared(measured, first)
        verdict = without_drowned(problem, measured, self.dy, verdict)
        if self.order == 2 and verdict.status is Status.CHECKED:
            verdict = self._second_order(verdict, measured)
        return verdict

    def _measured(self, first: hygiene.FirstRun, sketching: bool = False) -> Measured:
        work = self.problem.size + sum(x.size for x in self.problem.inputs)
        if sketching or (not self._each_element and work > _SMALL):
            return measure_lightly(self.problem, first, self.dy, self.rng, tests=sketching)
        return measure(self.problem, first, self.dy, self.rng)

    @property
    def _each_element(self) -> bool:
        """Whether every element is to be compared, if that can be afforded."""
        huge = self.problem.size > _HUGE
        return self.mode == "full" or (self.mode != "directional" and not huge)

    def _sketched(self, measured: Measured) -> Verdict | None:
        """Random sums over classes, where they save evaluations and settle the matter."""
        problem, anyway = self.problem, self.mode == "sketch"
        found = sketched(problem, self.dy, measured, self.rng, self.given_dy, anyway)
        if found is None or (measured.stuck and on_stairs(problem)):
            return None
        if found.weak:
            every = structures(problem, measured.outputs, self.rng, limited=True)
            if affordable(problem, every) and not anyway:
                return None
            self.findings.notes.append(
                f"to compare every element would see smaller errors; it takes about "
                f"{calls(every)} calls of forward: mode='full'"
            )
        return verdict_of_sketch(found)

    def _compared(self, measured: Measured, first: hygiene.FirstRun) -> Verdict:
        """Every element where that is wanted and affordable, else sums along a direction."""
        problem, verdict, found = self.problem, None, None
        if self._each_element:
            found = structures(problem, measured.outputs, self.rng, self.mode != "full")
            if self.mode != "full" and not affordable(problem, found):
                found = None
        if found is None and measured.noisy:
            hygiene.check_again(problem, first, self.findings)
            if self.findings.unusable:
                return self._unusable()
        if found is not None:
            verdict = self._every_element(measured, found, first)
        if verdict is None:
            verdict = self._directions(measured)
            weak = verdict.holds and verdict.details["relative_floor"] > _WEAK
            if found is None and (weak or verdict.status is Status.UNDECIDED):
                closer = self._looked_closer(first)
                verdict = verdict if closer is None else closer
        return verdict

    def _directions(self, measured: Measured) -> Verdict:
        result = check_directions(
            self.problem, self.dy, measured, self.rng, self.given_dy, self.native
        )
        return verdict_of_directions(self.problem, result, self.dy)

    def _looked_closer(self, first: hygiene.FirstRun) -> Verdict | None:
        """Every element, where sums along a direction say nothing and it can be afforded."""
        problem = self.problem
        if problem.size > _LARGE:
            return None
        measured = measure(problem, first, self.dy, self.rng)
        found = structures(problem, measured.outputs, self.rng, limited=True)
        if not affordable(problem, found):
            return None
        self.findings.notes.append(
            "sums along a random direction say too little here, so every element was compared"
        )
        return self._every_element(measured, found, first)

    def _every_element(
        self, measured: Measured, found: dict[str, Structure], first: hygiene.FirstRun
    ) -> Verdict | None:
        problem = self.problem
        compared = full_comparisons(problem, self.dy, measured, found, self.rng, self.given_dy)
        if compared is None:  # what depends on what was not found out
            return None
        comparisons, numeric = compared
        if self.native is not None and any(each.failed for each in comparisons):
            wider = [within_constants(each, self.native.unit) for each in comparisons]
            if not any(each.failed for each in wider):
                comparisons = wider
                self.findings.scope.append(constants_rounded(self.native.dtype))
        if self.native is not None and not any(each.failed for each in comparisons):
            comparisons += compare_native(
                problem, self.native, self.dy, numeric, self.rng, self.findings
            )
        self.findings.notes.extend(blind_spots(problem, comparisons, self.dy, flat(first.outputs)))
        return verdict_of_comparisons(problem, comparisons, numeric, self.dy)

    def _second_order(self, verdict: Verdict, measured: Measured) -> Verdict:
        wrong, undecided = second_order_fault(self.problem, self.dy, measured, self.rng)
        if wrong:
            return replace(verdict, status=Status.REFUTED, reason=wrong)
        if undecided:
            return replace(verdict, status=Status.UNDECIDED, reason=undecided)
        return replace(verdict, details={**verdict.details, "order": 2})

    def _unusable(self) -> Verdict:
        reason = "; ".join(self.findings.unusable)
        if not reason:
            count = int((~np.isfinite(flat(self.outputs))).sum())
            reason = (
                f"y is not finite at {count} of {self.problem.size} elements, so there is no "
                "derivative there; choose inputs inside the domain of the function"
            )
        return Verdict(Status.UNDECIDED, "", "numeric check", reason=reason)

    def _finished(self, verdict: Verdict) -> Verdict:
        """Add what was found on the way; a fault refutes values that are right by themselves."""
        findings, watch = self.findings, self.problem.called.watch
        changed = [*watch.changed.values(), *findings.side_effects]
        shared = list(watch.shared.values())
        faults = findings.faults + [each.what for each in changed if self.strict]
        scope = [verdict.scope] * bool(verdict.scope) + [str(each) for each in changed + shared]
        scope += [*self.findings.scope, *self.problem.called.taken]
        details = {
            **verdict.details,
            "notes": (*(each.what for each in shared), *findings.notes),
            "side_effects": tuple(each.what for each in changed),
            "evaluations": self.problem.calls,
        }
        reason = "; ".join([verdict.reason] * bool(verdict.reason) + faults)
        status = Status.REFUTED if faults else verdict.status
        return replace(
            verdict, status=status, reason=reason, scope="; ".join(scope), details=details
        )


def _empty(gradients: Mapping[str, Any]) -> Verdict:
    """Where there are no outputs, every gradient is zero; where there are no elements, anything."""
    for name, value in gradients.items():
        if np.count_nonzero(value):
            return Verdict(
                Status.REFUTED, "", "numeric check",
                reason=f"y has no elements, so {gradient_name(name)} is zero everywhere, but not "
                f"what backward returns: {value.ravel()[np.flatnonzero(value)[0]]:g}",
            )  # fmt: skip
    return Verdict(
        Status.CHECKED, "", "numeric check", scope="no elements", figure="empty", cases=1,
        details={"kinks": 0, "mode": "full", "floor": 0.0, "certificate": "there are no elements"},
    )  # fmt: skip


__all__ = ["Mode", "check_gradient"]
