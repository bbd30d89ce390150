"""What can go wrong around the values: side effects, aliases, hidden state, shapes, dtypes.

Refuted is what gives wrong values in use: hidden state, a cache that changes, a wrong shape or kind
of dtype. An array changed in place is a side effect: the values are right, so it is reported, and
refuted where the caller asks for it (``strict``), as a test does. Noted is what may be meant: an
alias (a view is the natural result of a reshape), a dtype that widens, a warning.
"""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gradproof.numeric.problem import Array, Problem, flat

# Two runs of one function may differ by this much, relatively, if sums are done by threads.
_SAME = 1e-12


@dataclass
class Findings:
    """The faults that refute, what makes a check impossible, and what is only worth a note."""

    faults: list[str] = field(default_factory=list)
    side_effects: list[str] = field(default_factory=list)
    unusable: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass
class FirstRun:
    """The first call of forward and backward at the point of the check."""

    outputs: tuple[Array, ...]
    cache: Any
    gradients: dict[str, Array]


@contextmanager
def quiet() -> Iterator[None]:
    """Displaced points may overflow or leave the domain: that is expected, and seen as NaN."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def run_forward(problem: Problem, findings: Findings) -> tuple[tuple[Array, ...], Any]:
    """Call forward on copies of the inputs, and see what it did to them."""
    given = [np.array(each) for each in problem.inputs]
    with _heard("forward", findings):
        outputs, cache = problem.run(given)
    for name, before, after in zip(problem.names, problem.inputs, given):
        if not _equal(before, after):
            findings.side_effects.append(f"forward changes {name} in place")
            problem.careful = True
        if any(np.may_share_memory(each, after) for each in outputs if each.size):
            findings.notes.append(f"forward returns an array that shares memory with {name}")
    return outputs, cache


def run_backward(
    problem: Problem, outputs: tuple[Array, ...], cache: Any, dy: Array, findings: Findings
) -> FirstRun:
    """Call backward on a copy of dy, and see what it did to dy and to the inputs."""
    upstream = problem.shaped(dy.copy())
    before = tuple(np.array(y) for y in outputs)
    with _heard("backward", findings):
        returned = problem.named(problem.backward(upstream, cache))
    parts = upstream if isinstance(upstream, tuple) else (upstream,)
    gradients = {name: np.asarray(value) for name, value in returned.items()}
    if not _equal(flat([np.asarray(each) for each in parts]), dy):
        findings.side_effects.append("backward changes dy in place")
    if not all(map(_equal, before, outputs)):
        findings.side_effects.append("backward changes y in place")
    _note_aliases(gradients, parts, findings)
    kept = {name: np.array(value) for name, value in gradients.items()}
    return FirstRun(before, cache, kept)


def _note_aliases(gradients: dict[str, Array], parts: Sequence[Array], findings: Findings) -> None:
    for name, value in gradients.items():
        if value.size and any(np.may_share_memory(value, each) for each in parts):
            findings.notes.append(
                f"backward returns a d{name} that shares memory with dy: changing one changes both"
            )
    for (a, left), (b, right) in itertools.combinations(gradients.items(), 2):
        if left.size and np.may_share_memory(left, right):
            findings.notes.append(f"backward returns d{a} and d{b} in the same memory")


def shape_fault(problem: Problem, gradients: dict[str, Array]) -> tuple[str, str, str, str] | None:
    """The first gradient of a wrong shape: what to say, its name, its shape and how to mend it."""
    for name in problem.wrt:
        wanted, got = problem.inputs[problem.at(name)].shape, gradients[name].shape
        if got != wanted:
            text = f"d{name} has the wrong shape: got {got}, expected {wanted}, the shape of {name}"
            mend = mending(got, wanted)
            return (
                text,
                f"d{name}",
                f"of shape {got}",
                f"of shape {wanted}" + f": {mend}" * bool(mend),
            )
    return None


def mending(got: tuple[int, ...], wanted: tuple[int, ...]) -> str:
    """The reduction that turns one shape into the other: "sum over axis 0", or ""."""
    if len(got) == len(wanted) and sorted(got) == sorted(wanted):
        return "transpose it"
    squeezed = tuple(n for n in got if n != 1)
    for count in range(1, len(got) + 1):
        for axes in itertools.combinations(range(len(got)), count):
            left = tuple(n for a, n in enumerate(got) if a not in axes)
            kept = tuple(1 if a in axes else n for a, n in enumerate(got))
            many = [a for a in axes if got[a] != 1]
            word = "axis" if count == 1 else "axes"
            named = f"{word} {', '.join(map(str, axes))}"
            if left == wanted:
                return f"sum over {named}" if many else f"drop {named}, of length 1"
            if kept == wanted and many:
                return f"sum over {named}, with keepdims=True"
    if squeezed == tuple(n for n in wanted if n != 1):
        return f"reshape it to {wanted}"
    return ""


def note_dtypes(problem: Problem, gradients: dict[str, Array], findings: Findings) -> None:
    """Compare the dtype of every gradient with the dtype of its input."""
    for name in problem.wrt:
        wanted, got = problem.inputs[problem.at(name)].dtype, gradients[name].dtype
        if got.kind not in "f":
            findings.faults.append(
                f"d{name} has dtype {got}, expected {wanted}, the dtype of {name}"
            )
        elif got != wanted:
            findings.notes.append(f"d{name} has dtype {got}, but {name} has {wanted}")


def check_again(problem: Problem, first: FirstRun, findings: Findings) -> None:
    """Run forward again on the same inputs: another result is nondeterminism."""
    outputs, _ = problem.run(problem.inputs)
    difference = _distance(flat(outputs), flat(first.outputs))
    if difference > _SAME:
        findings.unusable.append(
            "forward is not deterministic: two calls on the same inputs differ by "
            f"{difference:.1g}, relatively; fix its random seed for the check"
        )


def check_hidden_state(problem: Problem, first: FirstRun, dy: Array, findings: Findings) -> None:
    """Run backward on the first cache, after forward has been called elsewhere."""
    if problem.careful:
        return
    later = _pulled(problem, dy, first.cache)
    if _agree(later, first.gradients):
        return
    _, cache = problem.run([np.array(each) for each in problem.inputs])
    once, twice = _pulled(problem, dy, cache), _pulled(problem, dy, cache)
    if not _agree(once, twice):
        findings.faults.append(
            "backward gives another result when called twice with the same cache: it changes the "
            "cache, or is not deterministic"
        )
    else:
        findings.faults.append(
            "backward depends on hidden state: after forward was called on other inputs, it gives "
            "another result for the first cache; keep what it needs in the cache"
        )


def _pulled(problem: Problem, dy: Array, cache: Any) -> dict[str, Array]:
    return {name: np.array(value) for name, value in problem.pull(dy.copy(), cache).items()}


def _agree(left: dict[str, Array], right: dict[str, Array]) -> bool:
    return all(
        left[name].shape == right[name].shape and _distance(left[name], right[name]) <= _SAME
        for name in left
    )


def _distance(left: Array, right: Array) -> float:
    """The largest difference, relative to the largest value."""
    if left.size == 0 or np.array_equal(left, right):
        return 0.0
    with np.errstate(all="ignore"):
        apart = np.abs(left - right)
        apart = np.where((left == right) | (np.isnan(left) & np.isnan(right)), 0.0, apart)
        largest = float(np.nanmax(np.abs(right), initial=0.0))
    worst = float(apart.max())
    return worst if worst == 0 or not largest else worst / largest


def _equal(left: Array, right: Array) -> bool:
    if left.shape != right.shape:
        return False
    if bool((left == right).all()):
        return True
    return left.dtype.kind == "f" and np.array_equal(left, right, equal_nan=True)


@contextmanager
def _heard(who: str, findings: Findings) -> Iterator[None]:
    """Note every kind of warning once, instead of letting it pass or stop the check."""
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        yield
    seen = dict.fromkeys(f"{who} warns: {w.category.__name__}: {w.message}" for w in heard)
    findings.notes.extend(seen)
