"""The sizes of the arrays with which functions are tried: one set in each process.

N stands for the batch, D for inputs, M for outputs, B for a few images. They differ, so that what
is transposed does not fit, and none but B is 1 or 2, so that a missing 1/N or a softmax by halves
does not pass. A second process of the same file takes others, which nobody can foresee; no array
of two axes has as many elements there as any has with the usual sizes.
"""

from __future__ import annotations

from itertools import combinations, product
from math import prod

USUAL, SECRET = "3,4,5,2", "secret"
N, D, M, B = map(int, USUAL.split(","))
# More than the usual ones, in every place: a loop over eight examples, ten columns or ten classes,
# and a mean over at most sixty-four, leave some out.
_CHOICES = {"N": (29, 67, 71, 73), "D": (12, 13, 14, 21), "M": (15, 16, 18, 20)}


def choose(numbers: str) -> None:
    """Take these sizes, written as "3,4,5,2", or draw them in secret. Before the modules that use
    them are loaded."""
    global N, D, M, B
    N, D, M, B = map(int, (in_secret() if numbers == SECRET else numbers).split(","))


def in_secret() -> str:
    """Sizes to choose that are not the usual ones, and that all differ."""
    import secrets

    return ",".join(map(str, (*secrets.choice(_unlike_usual()), 3)))


def _unlike_usual() -> list[tuple[int, ...]]:
    """Each choice of N, D and M whose sizes and numbers of elements all are others than usual."""
    usual = set(map(prod, combinations(tuple(map(int, USUAL.split(",")))[:3], 2)))
    return [
        picked
        for picked in product(*_CHOICES.values())
        if len(set(picked)) == len(picked) and usual.isdisjoint(map(prod, combinations(picked, 2)))
    ]
