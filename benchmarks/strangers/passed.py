"""Wrong code that the check passes: one wrong rule at one input, judged by its true effect."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from benchmarks.strangers.draws import Draw
from benchmarks.strangers.judged import recorded
from benchmarks.strangers.kinds import Array, Kind, every_kind
from benchmarks.strangers.outcome import TooLong, limited, told
from benchmarks.strangers.trials import Trial
from benchmarks.strangers.truth import apart, truth
from benchmarks.strangers.wrong import every_wrong, in_place, masked
from gradproof import check_gradient

MODES = ("auto", "auto", "full", "sketch", "directional")
LIMIT = 60
# Along one direction the errors of many elements add up with random signs.
_ALONG = 10.0


@dataclass(frozen=True)
class Passed:
    """What became of one wrong rule.

    status: "passed" (CHECKED, though the effect is above the floor that the verdict states),
            "not told" (the verdict names as many elements that cannot be told),
            "below the floor", "no effect", "REFUTED", "UNDECIDED", "raises", "kink", "left out".
    effect: the largest error of the gradient; floor: what the verdict says it would have seen.
    """

    seed: int
    number: int
    label: str
    mode: str
    flavour: str
    status: str
    effect: float = np.nan
    floor: float = np.nan
    text: str = ""

    @property
    def command(self) -> str:
        """What repeats the case."""
        return f"python -m benchmarks.strangers --wrong --case {self.seed}:{self.number}"


@cache
def _order(seed: int) -> Array:
    return np.random.default_rng([seed, 1]).permutation(len(every_wrong()))


@cache
def _kinds() -> dict[str, Kind]:
    return {each.name: each for each in every_kind()}


def wrong_trial(seed: int, number: int) -> tuple[Trial, str, str, Trial]:
    """The case, what is wrong, whether it writes over dy; and the same case with the right rule."""
    wrong = every_wrong()[_order(seed)[number % len(every_wrong())]]
    rng = np.random.default_rng([seed, number, 2])
    right = _kinds()[wrong.name]
    kind, label, flavour = wrong.build(), wrong.label, ""
    pick = rng.random()
    if pick < 0.15:
        kind, flavour = in_place(kind), "over dy"
    elif pick < 0.2:
        kind, label, flavour = masked(right), f"{right.name}: dy[x <= 0] = 0", "over dy"
    ordinary = rng.random() < 0.6
    profile = "normal" if ordinary else str(rng.choice(["normal", "uniform", "integers", "zeros"]))
    scale = 1.0 if ordinary else float(10.0 ** rng.integers(-4, 5))
    count = int(np.exp(rng.uniform(0, np.log(400 if kind.most > 200 else 60))))
    dtype = "float32" if rng.random() < 0.15 else "float64"
    mode = MODES[int(rng.integers(len(MODES)))]
    with np.errstate(all="ignore"):
        inputs, extra = kind.draw(Draw(rng, profile, scale, count, kind.kinks))
    inputs = tuple(np.array(x, dtype) for x in inputs)
    case = Trial(seed, number, kind, inputs, extra, dtype, "", mode, profile, scale, True)
    return case, label, flavour, replace(case, kind=right)


def run_wrong(work: tuple[int, int]) -> Passed:
    """Check one wrong rule."""
    seed, number = work
    try:
        case, label, flavour, right = wrong_trial(seed, number)
    except Exception as error:  # a change that cannot even be built, or drawn for
        return Passed(seed, number, "", "", "", "raises", text=str(error))
    blank = Passed(seed, number, f"{label}; {case}", case.mode, flavour, "left out")
    try:
        with limited(LIMIT), np.errstate(all="ignore"):
            return _judged(case, right, blank)
    except TooLong:
        return replace(blank, status="raises", text="too long")
    except Exception as error:  # changes that raise are noticed by anyone
        return replace(blank, status="raises", text=f"{type(error).__name__}: {error}")


def _not_told(scope: str) -> int:
    """How many elements the verdict says it could not tell."""
    return sum(map(int, re.findall(r"cannot be told[^:]*: (\d+) of", scope)))


def _judged(case: Trial, right: Trial, blank: Passed) -> Passed:
    forward, backward, first = recorded(case)
    names = tuple(f"x{at}" for at in range(len(case.inputs)))
    verdict = check_gradient(
        forward, backward, *(x.copy() for x in case.inputs), names=names, mode=case.mode,
        seed=case.check_seed,
    )  # fmt: skip
    status = str(verdict.status)
    if status != "CHECKED":
        return replace(blank, status=status, text=told(verdict)[:300])
    floor = float(verdict.details.get("floor", 0.0))
    _, dy, got = first[0]
    if isinstance(dy, tuple):
        return blank
    exact = truth(right, dy)
    if exact is None or exact.tied:
        return replace(blank, status="kink" if exact else "left out")
    effects = [apart(g, s) for g, s in zip(got, exact.slope)]
    sizes = [case.eps * 2_000 * z.ravel() for z in exact.size]
    if all((e <= z).all() for e, z in zip(effects, sizes)):
        return replace(blank, status="no effect")
    together = np.concatenate(effects)
    effect = float(together.max(initial=0.0))
    seen = effect
    if verdict.details.get("mode") == "directional":
        seen = float(np.sqrt((together * together).sum())) / _ALONG
    word = "passed" if seen > floor else "below the floor"
    if word == "passed" and int((together > floor).sum()) <= _not_told(verdict.scope):
        word = "not told"
    return replace(blank, status=word, effect=effect, floor=floor, text=told(verdict)[:400])
