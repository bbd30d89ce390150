"""What runs over several seeds decide: a difference is said only where every seed shows it.

Two settings are run with the same seeds, and compared seed by seed. For n independent pairs the
interval from the least to the largest difference holds the median difference, unless all n fall on
one side of it: a chance of 2^(1-n), which is 1/128 for 8 seeds, whatever the differences'
distribution. No words like "more" or "best" stand in the book without such an interval.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from gradproof.text import Text

# With fewer seeds nothing is said: seven would be wrong about one comparison in 64.
LEAST = 8


@dataclass(frozen=True)
class Comparison:
    """Differences of paired runs: from the least to the largest, and of how many seeds."""

    low: float
    high: float
    seeds: int

    @property
    def sign(self) -> int:
        """1 if the first is larger in every seed, -1 if smaller, 0 if the runs do not decide."""
        if self.seeds < LEAST or self.low <= 0 <= self.high:
            return 0
        return 1 if self.low > 0 else -1


def compared(first: Sequence[float], second: Sequence[float]) -> Comparison:
    """Compare ``first`` with ``second``, seed by seed; ValueError if they are not paired.

    >>> compared([0.9] * 8, [0.8] * 7 + [0.95]).sign
    0
    """
    if len(first) != len(second):
        raise ValueError(f"compared: expected as many seeds, got {len(first)} and {len(second)}")
    differences = [one - other for one, other in zip(first, second)]
    return Comparison(min(differences), max(differences), len(differences))


def decided_pairs(runs: Mapping[str, Sequence[float]]) -> list[tuple[str, str]]:
    """Every pair (lower, higher) of names of which the runs decide, in the order of ``runs``."""
    found = []
    for one, other in combinations(runs, 2):
        sign = compared(runs[one], runs[other]).sign
        if sign:
            found.append((one, other) if sign < 0 else (other, one))
    return found


def luck(pairs: int) -> Text:
    """How to read ``pairs`` such comparisons."""
    share = pairs / 2 ** (LEAST - 1)
    return Text(
        f"{pairs} {'pair is' if pairs == 1 else 'pairs are'} compared; a difference is said only "
        f"where all {LEAST} seeds agree. Luck alone would say {share:.2g} of them.",
        f"{pairs}쌍을 비교하고, 시드 {LEAST}개가 모두 같은 쪽일 때만 차이가 있다고 해요. "
        f"우연만으로 "
        f"그렇게 되는 쌍은 평균 {share:.2g}개예요.",
    )
