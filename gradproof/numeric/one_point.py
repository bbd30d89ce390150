"""The check of a backward at one point: a first run and what it shows, then derivatives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Literal

import numpy as np

from gradproof.arguments.returned import gradient_name
from gradproof.numeric.check_outcome import (
    verdict_of_comparisons,
    verdict_of_directions,
    verdict_of_sketch,
)
from gradproof.numeric.compare import within_constants
from gradproof.numeric.measured import Measured, measure, measure_lightly
from gradproof.numeric.messages import constants_rounded, described
from gradproof.numeric.modes.directional import check_directions
from gradproof.numeric.modes.full import affordable, calls, full_comparisons, structures
from gradproof.numeric.modes.other_points import lone_row
from gradproof.numeric.modes.second_order import second_order_fault
from gradproof.numeric.modes.sketch import sketched, worthwhile
from gradproof.numeric.prepare import require_same_function, upstream
from gradproof.numeric.problem import Array, Problem, flat, stream
from gradproof.numeric.rounding.conditioning import blind_spots
from gradproof.numeric.rounding.drowned import without_drowned
from gradproof.numeric.rounding.inner_precision import on_stairs
from gradproof.numeric.rounding.native import compare_native
from gradproof.numeric.side_effects import hygiene
from gradproof.numeric.structure.patterns import Structure
from gradproof.verdicts import Counterexample, Status, Verdict

Mode = Literal["auto", "full", "sketch", "directional"]
# From this size on, a second call of forward is made only where the outputs look like noise.
_LARGE = 200_000
# Sums along a direction that see no smaller relative error are not the last word.
_WEAK = 1e-6
# Of more outputs, every element is compared only where that is asked for.
_HUGE = 4_000_000
# Up to this size of inputs and outputs, more points for the measure of rounding cost little.
_SMALL = 1_000


class Check:
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


__all__ = ["Check", "Mode"]
