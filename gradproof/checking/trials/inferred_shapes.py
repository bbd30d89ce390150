"""Shapes that fit each other, found by running a function: what NumPy complains of is made equal.

Every axis of every argument gets a length of its own. Where two of them have to be the same, NumPy
says which two lengths do not fit; they become one, and the function is run again. So what remains
different is what the function leaves free. A length may also be made of others, as the number of
columns of four gates side by side is; that is seen by its factors.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

# No length is a sum, a product or a small multiple of others, so that each tells where it is from.
_LENGTHS = (17, 20, 26, 49, 56, 89, 93, 117, 159, 164, 202, 284, 338, 390, 398, 494)
_RUNS = 40  # of the function, for one choice of ranks
_MOST = 1_000_000  # numbers in one array: lengths that are products of others grow fast
_TIMES = (2, 3, 4, 5, 6)
_BEYOND = 3  # so many numbers may come after as many as another array is wide
_SHAPE = r"\(([\d, ]*)\)"
_UNEQUAL = re.compile(
    r"not aligned: (\d+) \(dim \d+\) != (\d+)|\(size (\d+) is different from (\d+)\)"
    r"|index \d+ has size (\d+) and the array at index \d+ has size (\d+)"
    r"|size of axis is (\d+) but size of corresponding boolean axis is (\d+)"
)
_SQUARE = re.compile(r"must be square|expected square matrix|square matrix", re.I)

Shape = tuple[int, ...]
Shapes = Mapping[str, Shape]
Meaning = Callable[[Mapping[int, int]], int]


@dataclass(frozen=True)
class Lengths:
    """Shapes by the lengths that stand for each free axis, and what the other lengths are made of.

    shapes: of every argument; made: a length -> how it follows from the free ones.
    """

    shapes: dict[str, Shape]
    made: dict[int, tuple[str, int, int]]

    @property
    def free(self) -> list[int]:
        """The lengths that may be anything, in the order in which they appear."""
        found = (n for shape in self.shapes.values() for n in shape)
        parts = (part for n in found for part in self._parts(n))
        return list(dict.fromkeys(n for n in parts if n in _LENGTHS))

    def _parts(self, length: int) -> Iterator[int]:
        how = self.made.get(length)
        if how is None:
            yield length
        elif how[0] in ("+", "*"):
            yield from (*self._parts(how[1]), *self._parts(how[2]))
        else:
            yield from self._parts(how[1])

    def with_sizes(self, sizes: Mapping[int, int]) -> dict[str, Shape]:
        """The shapes with other numbers for the free lengths."""
        return {name: tuple(self._sized(n, sizes) for n in shape)
                for name, shape in self.shapes.items()}  # fmt: skip

    def _sized(self, length: int, sizes: Mapping[int, int]) -> int:
        if length not in self.made:
            return sizes.get(length, length)
        kind, one, other = self.made[length]
        first = self._sized(one, sizes)
        if kind == "times":
            return first * other
        if kind == "more":
            return first + other
        second = self._sized(other, sizes)
        return first + second if kind == "+" else first * second

    def same(self, one: int, other: int) -> Lengths | None:
        """One of two lengths in place of the other; None where that cannot be."""
        for part, whole in ((one, other), (other, one)):
            if part not in _LENGTHS and part not in self.made and whole not in self.free:
                cut = (n for n in self.free if 0 < n - part <= _BEYOND)  # x[2:] beside four others
                if (free_one := next(cut, None)) is not None:
                    return Lengths(self._put(free_one, whole + free_one - part), self.made)
        free = [n for n in (other, one) if n in _LENGTHS and n not in self.made]
        for length in free:
            instead = one if length == other else other
            if instead == length or length in self._parts(instead):
                continue
            if instead not in _LENGTHS and instead not in self.made:
                how = self._made_of(instead)
                if how is not None and length not in how[1:]:
                    return Lengths(self._put(length, instead), {**self.made, instead: how})
                if instead < 2 or how is not None:
                    continue
            return Lengths(self._put(length, instead), self.made)
        return None

    def grown(self, length: int, needed: int) -> Iterator[Lengths]:
        """One array of a length longer, where an index just beyond another one is asked for in it:
        theta[D + 1] beside X of D columns. Nothing where it is beyond none."""
        if length not in _LENGTHS and length not in self.made:
            return
        for name, shape in self.shapes.items():
            for axis in (at for at, n in enumerate(shape) if n == length):
                longer = (*shape[:axis], needed, *shape[axis + 1 :])
                left = Lengths({**self.shapes, name: longer}, self.made)
                near = (one for one in left.free if 0 < needed - one <= _BEYOND)
                if (one := next(near, None)) is not None:
                    yield Lengths(left.shapes, {**self.made, needed: ("more", one, needed - one)})

    def _put(self, length: int, instead: int) -> dict[str, Shape]:
        return {name: tuple(instead if n == length else n for n in shape)
                for name, shape in self.shapes.items()}  # fmt: skip

    def _made_of(self, length: int) -> tuple[str, int, int] | None:
        known = self.free
        for one in known:
            if length % one == 0 and length // one in _TIMES:
                return "times", one, length // one
            if length - one in (1, -1):
                return "more", one, length - one
        for at, one in enumerate(known):
            for other in known[at:]:
                if one + other == length:
                    return "+", one, other
                if one * other == length:
                    return "*", one, other
        return None


def inferred(
    run: Callable[[Shapes], object],
    ranks: Mapping[str, int],
    ones: Mapping[str, Collection[int]] | None = None,
) -> Iterator[Lengths]:
    """Yield the lengths under which ``run`` runs with arrays of these ranks, freest first.

    run: calls the function with arrays of the given shapes, and raises what it raises;
    ones: the axes of each array that are to be of length 1.
    """
    if sum(ranks.values()) > len(_LENGTHS):  # more axes than can be told apart
        return
    fresh = iter(_LENGTHS)
    short = ones or {}
    shapes = {name: tuple(1 if at in short.get(name, ()) else next(fresh) for at in range(rank))
              for name, rank in ranks.items()}  # fmt: skip
    left = [Lengths(shapes, {})]
    for _ in range(_RUNS):
        if not left:
            return
        tried = left.pop()
        if any(math.prod(shape) > _MOST for shape in tried.shapes.values()):
            continue
        try:
            run(tried.shapes)
        except Exception as error:  # the author's code may raise anything
            left += reversed(list(_after(tried, str(error))))
        else:
            yield tried
            return


def _after(tried: Lengths, message: str) -> Iterator[Lengths]:
    """What to try next, after this complaint."""
    if _SQUARE.search(message):
        for shape in tried.shapes.values():
            if len(shape) == 2 and shape[0] != shape[1]:
                other = tried.same(*shape)
                if other is not None:
                    yield other
        return
    if found := re.search(r"index (\d+) is out of bounds for axis \d+ with size (\d+)", message):
        yield from tried.grown(int(found[2]), int(found[1]) + 1)
    for one, two in _unequal(message, tried):
        other = tried.same(one, two)
        if other is not None:
            yield other


def _unequal(message: str, tried: Lengths) -> Iterator[tuple[int, int]]:
    """The pairs of lengths that a message says should be the same."""
    if "broadcast" in message and "non-broadcastable" not in message:
        yield from _broadcast(message)
    elif found := _UNEQUAL.search(message):
        one, two = (int(each) for each in found.groups() if each)
        yield one, two
    elif found := re.search(r"index (\d+) is out of bounds for axis \d+ with size (\d+)", message):
        yield from ((int(found[2]), n) for n in tried.free if n > int(found[2]))
    elif found := re.search(rf"cannot reshape array of size (\d+) into shape {_SHAPE}", message):
        yield from _reshaped(int(found[1]), _numbers(found[2]))
    elif found := re.search(r"not enough values to unpack \(expected (\d+), got (\d+)\)", message):
        yield int(found[1]), int(found[2])
    elif found := re.search(r"too many values to unpack \(expected (\d+)(?:, got (\d+))?\)",
                            message):  # fmt: skip
        yield from ((int(found[1]), n) for n in ([int(found[2])] if found[2] else tried.free))


def _numbers(text: str) -> list[int]:
    return [int(part) for part in text.replace(" ", "").split(",") if part]


def _broadcast(message: str) -> Iterator[tuple[int, int]]:
    remapped = re.findall(r"->\(([\w, ]*)\)", message)
    if remapped:  # of einsum
        shapes = [[1 if part.strip() == "newaxis" else int(part) for part in each.split(",") if
                   part.strip()] for each in remapped]  # fmt: skip
    else:
        shapes = [_numbers(each) for each in re.findall(_SHAPE, message)]
    if len(shapes) < 2:
        return
    for at, one in enumerate(shapes):
        for other in shapes[at + 1 :]:
            for a, b in zip(reversed(one), reversed(other)):
                if a != b and 1 not in (a, b):
                    yield a, b
                    return


def _reshaped(size: int, shape: list[int]) -> Iterator[tuple[int, int]]:
    """An array of 17 * 20 numbers in the shape (17, 26): 20 and 26 are the same."""
    left = size
    odd: list[int] = []
    for length in shape:
        if length and left % length == 0:
            left //= length
        else:
            odd.append(length)
    if len(odd) == 1 and left > 1:
        yield left, odd[0]


__all__ = ["Lengths", "inferred"]
