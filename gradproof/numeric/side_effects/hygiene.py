"""What can go wrong around the values: side effects, aliases, hidden state, shapes, dtypes.

Refuted is what gives wrong values in use: another result by the same forward, a wrong shape or kind
of dtype. An array changed in place is a side effect, and so is a cache that serves once only: the
values are right, so it is reported, and refuted where the caller asks for it (``strict``), as a
test does. Noted is what may be meant: an alias (a view is the natural result of a reshape), state
that lasts until the next forward, a dtype that widens, a warning.
"""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np

from gradproof.arguments.returned import gradient_name
from gradproof.numeric.calls import Cache
from gradproof.numeric.problem import Array, Problem, flat
from gradproof.numeric.side_effects.harm import Harm

# Two runs of one function may differ by this much, relatively, if sums are done by threads.
_SAME = 1e-12


@dataclass
class Findings:
    """The faults that refute, what makes a check impossible, and what is only worth a note."""

    faults: list[str] = field(default_factory=list)
    side_effects: list[Harm] = field(default_factory=list)
    unusable: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    scope: list[str] = field(default_factory=list)  # for the first line


@dataclass
class FirstRun:
    """The first call of forward and backward at the point of the check."""

    outputs: tuple[Array, ...]
    cache: Cache
    gradients: dict[str, Array]


@contextmanager
def quiet() -> Iterator[None]:
    """Displaced points may overflow or leave the domain: that is expected, and seen as NaN."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def run_forward(problem: Problem, findings: Findings) -> tuple[tuple[Array, ...], Cache]:
    """Call forward, and hear what it warns of."""
    with _heard("forward", findings):
        return problem.run(problem.inputs)


def run_backward(
    problem: Problem, outputs: tuple[Array, ...], cache: Cache, dy: Array, findings: Findings
) -> FirstRun:
    """Call backward after its own forward, and hear what it warns of."""
    with _heard("backward", findings):
        returned = problem.pull(dy, cache)
    return FirstRun(outputs, cache, {name: np.asarray(v) for name, v in returned.items()})


def shape_fault(problem: Problem, gradients: dict[str, Array]) -> tuple[str, str, str, str] | None:
    """The first gradient of a wrong shape: what to say, its name, its shape and how to mend it."""
    for name in problem.wrt:
        wanted, got = problem.inputs[problem.at(name)].shape, gradients[name].shape
        if got != wanted:
            text = (
                f"{gradient_name(name)} has the wrong shape: got {got}, expected {wanted}, the "
                f"shape of {name}"
            )
            mend = mending(got, wanted)
            return (
                text,
                gradient_name(name),
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
        if name in problem.called.imaginary:
            dx = gradient_name(name)
            findings.faults.append(f"{dx} is complex, but {name} is real: return {dx}.real")
        elif got.kind not in "f":
            findings.faults.append(
                f"{gradient_name(name)} has dtype {got}, expected {wanted}, the dtype of {name}"
            )
        elif got != wanted:
            findings.notes.append(f"{gradient_name(name)} has dtype {got}, but {name} has {wanted}")


def check_again(problem: Problem, first: FirstRun, findings: Findings) -> None:
    """Run forward again on the same inputs: another result is nondeterminism."""
    outputs, _ = problem.run(problem.inputs)
    difference = _distance(flat(outputs), flat(first.outputs))
    if difference > _SAME:
        findings.unusable.append(
            "forward is not deterministic: two calls on the same inputs differ by "
            f"{difference:.1g}, relatively; fix its random seed for the check"
        )


def check_state(problem: Problem, first: FirstRun, dy: Array, findings: Findings) -> None:
    """See whether backward says the same again: by its own forward, by a cache that was used, and
    after another forward.

    Only the first of these makes a gradient wrong. State that is kept between a forward and its
    backward is what objects are for.
    """
    # Others were called in between.
    used = _pulled(problem, dy, first.cache, as_it_is=True, lent=True)
    if used is not None and _agree(used, first.gradients):
        return
    del used
    own = problem.gradients(problem.inputs, dy)
    if not _agree(own, first.gradients):
        findings.faults.append(
            "backward gives another result after a second call of its own forward on the same "
            "inputs: it adds to what an earlier call left, or is not deterministic"
        )
        return
    again = again_with_its_cache(problem, dy)
    if again:
        findings.side_effects.append(again)
    if _after_another(problem, first, dy):
        findings.notes.append(
            "backward reads what a later forward left: one forward at a time, call backward "
            "before the next forward"
        )
    elif not again:
        findings.notes.append("backward gives another result for a cache that was used before")


def again_with_its_cache(problem: Problem, dy: Array) -> Harm | None:
    """What is said of a backward that cannot be called twice with the same cache."""
    _, cache = problem.run(problem.inputs)
    once = _pulled(problem, dy, cache)
    twice = _pulled(problem, dy, cache, as_it_is=True)
    if once is not None and twice is not None and _agree(once, twice):
        return None
    return Harm(
        "backward gives another result when called twice with the same cache: it changes the cache",
        "copy what it changes",
    )


def _after_another(problem: Problem, first: FirstRun, dy: Array) -> bool:
    """Whether backward says something else if forward is called on other inputs before it."""
    _, cache = problem.run(problem.inputs)
    try:
        problem.run([_reversed(each) for each in problem.inputs])
    except Exception:  # the code does not take them
        return False
    later = _pulled(problem, dy, cache, as_it_is=True)
    return later is None or not _agree(later, first.gradients)


def _reversed(x: Array) -> Array:
    """The same numbers elsewhere, which are in the domain of most functions."""
    return x.ravel()[::-1].reshape(x.shape) if x.size > 1 else x * 0.75


def _pulled(
    problem: Problem, dy: Array, cache: Cache, as_it_is: bool = False, lent: bool = False
) -> dict[str, Array] | None:
    """The gradients; None where backward refuses, as with a cache that was used up."""
    try:
        found = problem.pull(dy, cache, as_it_is, lent)
    except Exception:
        if not as_it_is:
            raise
        return None
    return {name: np.asarray(value) for name, value in found.items()}


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


@contextmanager
def _heard(who: str, findings: Findings) -> Iterator[None]:
    """Note every kind of warning once, instead of letting it pass or stop the check."""
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        yield
    seen = dict.fromkeys(f"{who} warns: {w.category.__name__}: {w.message}" for w in heard)
    findings.notes.extend(seen)
