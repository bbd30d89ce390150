"""``python -m tests.impl.network.campaign``: prove the gradients of many small networks.

Every activation, with and without batch norm, both losses, growing shapes: the gradient of the
loss by x and every parameter, for every batch size. Prints a line for each, and how many of them
were proved within the time limit; exits with 0 only if none was refuted.
"""

from __future__ import annotations

if __name__ == "__main__":
    from gradproof.console import quiet_interrupt

    quiet_interrupt("tests.impl.network.campaign")

import argparse
import itertools
from collections import Counter
from collections.abc import Sequence

from tqdm.auto import tqdm

from gradproof import Status
from impl.network import activations
from tests.impl.network.test_gradients import LOSSES, a_network, proved

SHAPES = ((1, 1, 2), (2, 2, 2), (1, 1, 1, 2), (2, 2, 2, 2))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the campaign."""
    parser = argparse.ArgumentParser("python -m tests.impl.network.campaign", description=__doc__)
    parser.add_argument("--limit", type=float, default=60.0, help="seconds for each proof")
    parser.add_argument("--shapes", type=int, default=len(SHAPES), help="the first so many shapes")
    parser.add_argument("--quiet", action="store_true", help="no progress bar")
    options = parser.parse_args(arguments)
    cases = list(itertools.product(SHAPES[: options.shapes], LOSSES, activations(), (False, True)))
    found: Counter[str] = Counter()
    for shape, loss, activation, norm in tqdm(cases, disable=True if options.quiet else None):
        verdict = proved(a_network(shape, activation, norm, loss), options.limit)
        every = " for every batch size" if "for every batch size" in verdict.scope else ""
        found[f"{verdict.status}{every}"] += 1
        name = f"{' - '.join(map(str, shape))} {activation}{', batch norm' if norm else ''}, {loss}"
        reason = f": {verdict.reason}" if verdict.reason else ""
        print(f"{verdict.status}{every} {name} in {verdict.seconds or 0:.1f} s{reason}", flush=True)
    print(", ".join(f"{count} {status}" for status, count in found.most_common()))
    return int(any(str(Status.REFUTED) in status for status in found))


if __name__ == "__main__":
    from gradproof.console import run_command

    run_command(main, "tests.impl.network.campaign")
