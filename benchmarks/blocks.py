"""A function that is neither small nor elementwise, and one of ten million elements.

An attention block of 13,376 elements, right and wrong: time, verdict, calls. Ten million elements
of tanh: time and the most memory that a fresh process held.
"""

from __future__ import annotations

if __name__ == "__main__":
    from gradproof.console import quiet_interrupt

    quiet_interrupt("benchmarks.blocks")

import functools
import itertools
import json
import resource
import subprocess
import sys
from collections.abc import Sequence

import numpy as np

from benchmarks.measure import counted, seconds, timed
from benchmarks.peers import SETTINGS, Checker
from benchmarks.problems import (
    ATTENTION,
    NO_ROW,
    RIGHT,
    SHARP_ATTENTION,
    TANH,
    Problem,
    Slip,
    term_off,
)
from benchmarks.table import Table
from gradproof import check_gradient

TOKENS, WIDTH = 17, 64
MANY = 10**7
# What is planted in dx: a missing term, and one that is off by little.
WRONG = (Slip(NO_ROW), term_off(1e-6))
# What takes longer is run once.
_ONCE = 2.0
_SLOW = ("gradcheck\nslow", "numdifftools", "scipy\ndifferentiate", "scipy\ncheck_grad")


def blocks(checkers: Sequence[Checker], silent: bool | None) -> list[Table]:
    """The two tables."""
    return [_attention(checkers), _memory()]


def _attention(checkers: Sequence[Checker]) -> Table:
    shown = [each for each in checkers if each.name not in _SLOW and each.name != "gradproof\nfull"]
    size = sum(x.size for x in ATTENTION.draw(TOKENS, WIDTH, 0))
    columns = ["gradproof\nauto", *(each.name for each in shown)]
    table = Table(f"Attention of {TOKENS} tokens, {size:,} elements: processor seconds", columns)
    for block, slip in itertools.product((ATTENTION, SHARP_ATTENTION), (RIGHT, *WRONG)):
        inputs, problem = block.draw(TOKENS, WIDTH, 0), block.slipped(slip)
        cells = [_auto(problem, inputs)]
        for each in shown:
            check = functools.partial(each.check, problem, inputs, 0)
            took, passed = timed(check)
            if took < _ONCE:  # whatever is loaded or compiled at first use is left out
                took = min(took, seconds(check))
            cells.append(f"{took:.3g} s, {'passed' if passed else 'refused'}")
        table.add(f"{block.name}, {_told(slip)}", cells)
    table.note(
        "sharp: the weights are 4 times larger, so that rows of the softmax are all but 0 and 1"
    )
    table.note("calls: how often forward was evaluated on all inputs")
    table.note(SETTINGS)
    return table


def _told(slip: Slip) -> str:
    if slip == RIGHT:
        return "right"
    return f"wrong: a term off by {slip.size:g}" if slip.size else f"wrong: {slip.kind}"


def _auto(problem: Problem, inputs: tuple[np.ndarray, ...]) -> str:
    watched, count = counted(problem)

    def check() -> str:
        verdict = check_gradient(
            lambda *arrays: (watched.forward(np, *arrays), arrays),
            lambda dy, arrays: watched.backward(np, dy, *arrays),
            *inputs, names=problem.names,
        )  # fmt: skip
        return f"{verdict.status} ({verdict.details.get('mode')})"

    took, said = timed(check)
    calls = count(TOKENS * WIDTH)
    if took < _ONCE:
        took = min(took, seconds(check))
    return f"{took:.3g} s, {said}, {calls:.0f} calls"


def _memory() -> Table:
    table = Table(f"tanh of {MANY:,} elements in a fresh process", ("seconds", "most memory"))
    for mode in ("auto", "sketch", "directional"):
        command = [sys.executable, "-m", "benchmarks.blocks", mode]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        took, most, status = json.loads(done.stdout)
        table.add(f"gradproof {mode}: {status}", [f"{took:.3g} s", f"{most / 2**30:.2f} GiB"])
    table.note(f"x alone takes {8 * MANY / 2**30:.2f} GiB")
    return table


def _child(mode: str) -> None:
    inputs = TANH.draw(MANY // 1000, 1000, 0)

    def check() -> str:
        verdict = check_gradient(
            lambda x: ((y := np.tanh(x)), y), lambda dy, y: dy * (1 - y * y), *inputs,
            mode=mode,  # type: ignore[arg-type]
        )  # fmt: skip
        return str(verdict.status)

    said: list[str] = []
    took = seconds(lambda: said.append(check()))
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024  # kilobytes, on Linux
    print(json.dumps([took, most, said[0]]))


if __name__ == "__main__":
    from gradproof.console import run_command

    run_command(lambda: _child(sys.argv[1]), "benchmarks.blocks")
