"""Fit the table of weights to the labelled slips: ``python -m tests.diagnosis.weights``.

Each labelled slip is diagnosed once. For every search, the changes that make the gradient true are
kept with the weights that their cost is made of; the labelled kind is to come first. Prints of how
many it does, with the table as it is and as fitted, on the slips that were fitted to and on others
(one of three, chosen by a hash), and the weights that would move. Costs that are no weights
(quantities, agreement with the author's steps) stay as they are.

    --count N      N of the slips, chosen by a hash of their names (default: all)
    --write        write the fitted table, unless it puts fewer of the other slips first
"""

from __future__ import annotations

if __name__ == "__main__":
    from gradproof.console import quiet_interrupt

    quiet_interrupt("tests.diagnosis.weights")

from gradproof.diagnosis import weights as table
from tests.diagnosis.known_weights import Known

if __name__ == "__main__":  # before the modules are imported that read the table
    table.replace_weights({name: Known.of(name, w) for name, w in table.read_weights().items()})

import argparse
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any

from tqdm import tqdm

from tests.diagnosis.planting import Slip

MARGIN, RATE, PULL, ROUNDS = 0.03, 0.02, 0.02, 300
Weights = Mapping[str, float]


@dataclass(frozen=True)
class Change:
    """A change that makes a gradient true: whether it is the labelled one, and its cost."""

    right: bool
    rest: float
    made_of: Mapping[str, float]

    def cost(self, weights: Weights) -> float:
        """Return what it costs with other weights."""
        return self.rest + sum(weights[name] * times for name, times in self.made_of.items())


Example = tuple[str, list[Change]]  # the slip it is of, and the changes of one search


def first(changes: Iterable[Change], weights: Weights, right: bool) -> Change | None:
    """Return the likeliest of the right changes, or of the others."""
    return min(
        (c for c in changes if c.right is right), key=lambda c: c.cost(weights), default=None
    )


def placed(examples: Sequence[Example], weights: Weights) -> int:
    """Return of how many searches the labelled change comes first."""
    count = 0
    for _, changes in examples:
        one, other = (first(changes, weights, right) for right in (True, False))
        count += one is not None and (other is None or one.cost(weights) < other.cost(weights))
    return count


def fitted(examples: Sequence[Example], before: Weights) -> dict[str, float]:
    """Return weights with which the labelled changes come first more often, near those before."""
    weights = dict(before)
    for _ in range(ROUNDS):
        for _, changes in examples:
            one, other = (first(changes, weights, right) for right in (True, False))
            if one is None or other is None:
                continue
            if one.cost(weights) + MARGIN < other.cost(weights):
                continue
            for name in one.made_of.keys() | other.made_of.keys():
                more = other.made_of.get(name, 0.0) - one.made_of.get(name, 0.0)
                weights[name] = max(0.0, weights[name] + RATE * more)
        weights = {k: w + PULL * (before[k] - w) for k, w in weights.items()}
    return {name: round(w, 2) if abs(w - before[name]) >= 0.01 else before[name]
            for name, w in weights.items()}  # fmt: skip


def searched(slips: Iterable[Slip]) -> Iterator[Example]:
    """Diagnose slips and yield what each search found, the labelled kinds marked."""
    from gradproof.diagnosis.search.repair_search import Search
    from tests.diagnosis.campaign import answered

    heard: list[Any] = []
    plain = Search.singles

    @wraps(plain)
    def listening(search: Search) -> Any:
        found = plain(search)
        heard.append(found)
        return found

    Search.singles = listening  # type: ignore[method-assign]
    try:
        for slip in slips:
            heard.clear()
            answered(slip)
            for found in heard:
                changes = [_change(slip, repair) for repair in found]
                if any(c.right for c in changes):
                    yield str(slip), changes
    finally:
        Search.singles = plain  # type: ignore[method-assign]


def _change(slip: Slip, repair: Any) -> Change:
    cost = repair.cost if isinstance(repair.cost, Known) else Known(repair.cost)
    return Change(repair.kind in slip.kinds, cost.rest, cost.made_of)


def is_other(example: Example) -> bool:
    """Whether an example is one of those that are not fitted to."""
    return _hash(example[0])[-1] % 3 == 0


def labelled(count: int) -> list[Slip]:
    """Return so many of the labelled slips, chosen by a hash of their names; 0: all of them."""
    from tests.diagnosis.everyday_slips import EVERYDAY_SLIPS
    from tests.diagnosis.held_out_mistakes import HELD_OUT_MISTAKES
    from tests.diagnosis.held_out_slips import FRESH_SLIPS
    from tests.diagnosis.mistakes import MISTAKES
    from tests.diagnosis.open_slips import OPEN_SLIPS

    every = [*MISTAKES, *HELD_OUT_MISTAKES, *FRESH_SLIPS, *OPEN_SLIPS, *EVERYDAY_SLIPS]
    slips = sorted((each.slip() for each in every), key=lambda slip: _hash(str(slip)))
    return slips[: count or None]


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def main(arguments: Sequence[str] | None = None) -> int:
    """Print how well the table puts the labelled slips first, and fit it."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.diagnosis.weights", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--count", type=int, default=0, metavar="N", help="N of the slips")
    parser.add_argument("--write", action="store_true", help="write the fitted table")
    options = parser.parse_args(arguments)
    examples = list(searched(tqdm(labelled(options.count), "diagnosing", disable=None)))
    return report(examples, table.read_weights(), options.write)


def report(examples: Sequence[Example], before: Weights, write: bool) -> int:
    """Print how well both tables do; write the fitted one where it does no worse elsewhere."""
    own = [each for each in examples if not is_other(each)]
    others = [each for each in examples if is_other(each)]
    after = fitted(own, before)
    for words, some in (("fitted to", own), ("others", others)):
        print(f"{words}: {len(some)} searches, the labelled kind first in {placed(some, before)} "
              f"with the table as it is, in {placed(some, after)} as fitted")  # fmt: skip
    moved = {name: w for name, w in after.items() if w != before[name]}
    for name, w in sorted(moved.items()):
        print(f"  {name}: {before[name]} -> {w}")
    worse = placed(others, after) < placed(others, before)
    if write and moved and not worse:
        table.write_weights(after)
    return 1 if worse else 0


if __name__ == "__main__":
    from gradproof.console import run_command

    run_command(main, "tests.diagnosis.weights")
