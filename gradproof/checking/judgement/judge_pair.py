"""The verdict about each gradient of a pair: proof first, numbers where the proof stops."""

from __future__ import annotations

import math
import secrets
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gradproof.checking.conventions.match import Match, fits, run
from gradproof.checking.trials.input_trials import Array
from gradproof.numeric.check import check_gradient
from gradproof.numeric.one_point import Mode
from gradproof.tracing.record_trace import Program, trace
from gradproof.verdicts import Status, Verdict
from gradproof.work import PER_SECOND

_SCALES = (1.0, -0.7, 2.6, 7.3)
_UNIT_SCALES = (1.0, 0.6, 0.8)
_SMALL_SCALES = (1e-2, 1e-4, 1e-6, 1e-8)  # where a gradient is 0 at all others
_MOST_OF_IT = 0.02  # what is known of a gradient less exactly is not checked
_SAYS_NOTHING = "the bound on the error, {bound:.1e}, is more than 2 % of the gradient, {size:.1e}"
_NODES, _PATHS = 1_000_000, 64
_BRANCHES = 200  # where more are needed, numbers are quicker
_LARGE = 60  # so many elements of the inputs make further points slow


@dataclass(frozen=True)
class Effort:
    """How a pair is judged: units of work for its proof, whether to prove at all, the seed, whether
    to look for where floats lose what is right, the net of seconds for its proof, and at how many
    scales and how numbers are checked."""

    work: float = 20 * PER_SECOND
    prove: bool = True
    seed: int = 0
    arithmetic: bool = False
    net: float = 300.0
    scales: int = len(_SCALES)
    mode: Mode = "auto"


def judged(match: Match, effort: Effort) -> dict[str, Verdict]:
    """Return the verdict about the gradient of each input in ``match.wrt``."""
    start = time.monotonic()
    proofs = _proofs(match, effort) if effort.prove else {}
    out = {}
    for name in match.wrt:
        proof = proofs.get(name, proofs.get(""))
        if proof is not None and proof.status in (Status.PROVED, Status.REFUTED):
            out[name] = proof
        else:
            out[name] = _checked(match, name, effort, proof)
    if match.doubt:
        out = {name: _doubted(verdict, match.doubt) for name, verdict in out.items()}
    seconds = (time.monotonic() - start) / max(len(out), 1)
    return {name: verdict.timed(seconds) for name, verdict in out.items()}


def _doubted(verdict: Verdict, doubt: str) -> Verdict:
    return replace(verdict, status=Status.UNDECIDED, reason=doubt) if verdict.holds else verdict


def _proofs(match: Match, effort: Effort) -> dict[str, Verdict]:
    """The proofs by gradient; under "" what stood in the way of all of them."""
    from gradproof.proof import prove_program
    from gradproof.proof.prove import Limits

    program = Program(match.forward, match.backward, dict(match.inputs), match.wrt)
    # Whoever made the trace elsewhere does not know at which points it will be tried.
    limits = Limits(effort.work, effort.net, _NODES, _PATHS, _BRANCHES)
    points = () if match.tracer is None else (secrets.randbits(64),)
    try:
        whole = prove_program(
            program, match.tracer or trace, limits=limits, seed=effort.seed, points=points
        )
    except Exception as error:  # code under check may raise anything on symbols
        reason = f"{type(error).__name__}: {error}"
        return {"": Verdict(Status.UNDECIDED, "", "tracing", reason=reason)}
    gradients = whole.details.get("gradients")
    return dict(gradients) if gradients else {"": whole}


def _checked(match: Match, name: str, effort: Effort, proof: Verdict | None) -> Verdict:
    """The numeric verdict, with the reason for which there is no proof."""
    verdict = _numeric(match, name, effort)
    why = f"no proof: {proof.reason}" if proof is not None and proof.reason else ""
    return replace(verdict, scope="; ".join(part for part in (verdict.scope, why) if part))


def _points(match: Match, most: int) -> Iterator[dict[str, Array]]:
    """The matched inputs, and the same at other scales and with other signs, where defined."""
    inside = {k: bool(((v > 0) & (v < 1)).all()) for k, v in match.inputs.items()}
    scales = _UNIT_SCALES if all(inside.values()) else _SCALES
    many = sum(v.size for v in match.inputs.values()) > _LARGE
    for factor in scales[: min(2, most) if many else most]:
        inputs = {k: _scaled(v, factor, inside[k], len(inside)) for k, v in match.inputs.items()}
        try:
            usable = fits(replace(match, inputs=inputs))
        except Exception:  # outside the domain of the author's code
            continue
        if usable or factor == 1.0:
            yield inputs


def _scaled(value: Array, factor: float, inside: bool, count: int) -> Array:
    """One input at another scale; what lies between 0 and 1, such as probabilities, stays there.

    Inputs that are multiplied with each other do not grow by the product of their factors.
    """
    if factor == 1.0:
        return value
    if inside:
        return np.asarray(value * (abs(factor) if abs(factor) < 1 else 0.8))
    if count > 1:
        factor = round(math.copysign(abs(factor) ** (1 / count), factor), 2)
    return np.asarray(value * factor)


def _numeric(match: Match, name: str, effort: Effort) -> Verdict:
    """The first refutation at any of the points; else the verdict with the largest error."""
    points = list(_points(match, effort.scales))
    verdicts = [at_point(match, inputs, name, effort.seed, effort.mode) for inputs in points]
    if all(v.holds for v in verdicts) and not any(_size(match, x, name) for x in points):
        # Nothing was seen yet of a function that is steep close to 0 and flat elsewhere.
        small = [{k: _times(v, scale) for k, v in match.inputs.items()} for scale in _SMALL_SCALES]
        verdicts += [at_point(match, inputs, name, effort.seed) for inputs in small]
        verdicts = [v for v in verdicts if "raised" not in v.details] or verdicts
    for status in (Status.REFUTED, Status.UNDECIDED):
        bad = next((v for v in verdicts if v.status is status), None)
        if bad is not None:
            return bad
    worst = max(verdicts, key=lambda v: (v.error or 0.0) / (v.bound or 1.0))
    sizes = (_size(match, inputs, name) for inputs in points)
    for verdict, size in zip(verdicts, sizes):
        if size and verdict.holds and (verdict.bound or 0.0) > _MOST_OF_IT * size:
            reason = _SAYS_NOTHING.format(bound=verdict.bound, size=size)
            return replace(verdict, status=Status.UNDECIDED, reason=reason)
    words = f"{len(verdicts)} random inputs of shape {match.inputs[name].shape}"
    scope = "; ".join(part for part in (words, worst.scope) if part)
    return replace(worst, scope=scope, cases=len(verdicts))


def _times(value: Array, factor: float) -> Array:
    return np.asarray(value * factor) if value.dtype.kind == "f" else value


def _size(match: Match, inputs: Mapping[str, Array], name: str) -> float:
    """The largest element of a gradient at a point; 0 where there is none to be had."""
    try:
        gradient = run(replace(match, inputs=inputs))[2][match.wrt.index(name)]
        return float(np.abs(np.asarray(gradient, dtype=float)).max(initial=0.0))
    except Exception:  # outside the domain of the author's code
        return 0.0


def _only(match: Match, name: str) -> Match:
    """The same pair with the gradient of one input."""
    position, author = match.wrt.index(name), match.backward

    def backward(dy: Any, cache: Any) -> Any:
        return np.asarray(author(dy, cache)[position])

    return replace(match, backward=backward, wrt=(name,))


def at_point(
    match: Match, inputs: Mapping[str, Array], name: str, seed: int, mode: Mode = "auto"
) -> Verdict:
    """The numeric verdict about one gradient at one point; about all of them without a name."""
    one, wrt = (_only(match, name), [name]) if name else (match, [*match.wrt])
    try:
        return check_gradient(
            one.forward, one.backward, *inputs.values(), names=list(inputs), wrt=wrt,
            seed=seed, name=f"d{name}", mode=mode,
        )  # fmt: skip
    except Exception as error:  # code under check may raise anything at displaced inputs
        reason = f"{type(error).__name__}: {error}"
        raised = {"raised": type(error).__name__}
        return Verdict(Status.UNDECIDED, f"d{name}", "numeric check", reason=reason, details=raised)


def finite(value: float | None) -> float | None:
    """A number that JSON can hold."""
    return value if value is not None and math.isfinite(value) else None
