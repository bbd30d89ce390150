"""What a loop may take instead of what it took: elements of arrays and lists by its counters."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations

import numpy as np

from gradproof.diagnosis.quantities.quantities import Quantity
from gradproof.diagnosis.quantities.terms import Term, apply, entry
from gradproof.diagnosis.tape.iterations import Slots, Turns
from gradproof.diagnosis.tape.tape import Tape

_SHIFTS = (0, 1, -1)
_COST = 0.2
Element = Callable[[int], Term]  # the term of one position


def indexed(tape: Tape, turns: Turns, slots: Slots, shape: tuple[int, ...]) -> Iterator[Quantity]:
    """Yield X[i], X[i + 1] and X[i - 1] for what has a name in backward and a counter i."""
    steps = [index for index, _ in slots]
    for name, length, element in _sequences(tape, turns, steps[-1]):
        for counter in sorted(tape.ops[steps[0]].counters):
            counts = [tape.ops[k].counters.get(counter, -1) for k in steps]
            for shift in _SHIFTS if len(set(counts)) > 1 else ():
                if all(0 <= c + shift < length for c in counts):
                    at = {k: element(c + shift) for k, c in zip(steps, counts)}
                    yield from _quantity(tape, _text(name, counter, shift), at, shape)
    yield from _elements(tape, turns, steps, shape)


def _elements(tape: Tape, turns: Turns, steps: list[int], shape: Sequence[int]
              ) -> Iterator[Quantity]:  # fmt: skip
    """Yield dout[n, c, i, j] for an array that has an axis for each counter of the loops."""
    counters = [tape.ops[k].counters for k in steps]
    varying = [c for c in counters[0] if len({each.get(c, -1) for each in counters}) > 1]
    for index, op in enumerate(tape.ops[: steps[-1]]):
        known = op.own and not isinstance(op.value, list) and not turns.repeated(index)
        if not known or op.value.dtype.kind != "f" or not 1 < op.value.ndim <= len(varying):
            continue
        for names in combinations(varying, op.value.ndim):
            keys = [tuple(each.get(c, -1) for c in names) for each in counters]
            if all(0 <= k < n for key in keys for k, n in zip(key, op.value.shape)):
                at = {k: _element(index, key) for k, key in zip(steps, keys)}
                text = f"{op.names[0]}[{', '.join(names)}]"
                yield from _quantity(tape, text, at, shape)


def _sequences(tape: Tape, turns: Turns, before: int) -> Iterator[tuple[str, int, Element]]:
    for name, entries in tape.lists.items():
        yield name, len(entries), lambda k, entries=entries: entry(entries[k])  # type: ignore[misc]
    for index, op in enumerate(tape.ops[:before]):
        known = op.own and not isinstance(op.value, list) and not turns.repeated(index)
        if known and op.value.ndim and op.value.dtype.kind == "f":
            yield op.names[0], len(op.value), lambda k, index=index: _element(index, k)  # type: ignore[misc]


def _element(index: int, position: int | tuple[int, ...]) -> Term:
    key = Term("given", text=str(position), options=(("value", lambda tape: position),))
    return apply("getitem", entry(index), key)


def _quantity(tape: Tape, text: str, at: dict[int, Term], shape: Sequence[int]
              ) -> Iterator[Quantity]:  # fmt: skip
    values = [np.asarray(term.at(tape), dtype=float) for term in at.values()]
    try:
        value = np.stack([np.broadcast_to(v, tuple(shape[1:])) for v in values])
    except ValueError:
        return
    term = Term("turn", text=text, options=(("of", at.__getitem__),))
    yield Quantity(term, value, _COST, 0, variable=True)


def _text(name: str, counter: str, shift: int) -> str:
    inner = counter if not shift else f"{counter} {'+' if shift > 0 else '-'} {abs(shift)}"
    return f"{name}[{inner}]"
