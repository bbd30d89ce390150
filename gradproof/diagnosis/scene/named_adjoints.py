"""The steps of a backward by their names: dvar is held against the true adjoint of var."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from gradproof.diagnosis.search.repair import region
from gradproof.diagnosis.tape.points import Scene, close
from gradproof.diagnosis.tape.tape import Array


def is_true(value: Any, true: Array) -> bool:
    """Whether a step is the true adjoint, whatever axes of length 1 it has."""
    return close(np.squeeze(np.asarray(value, dtype=float)), np.squeeze(true))


def steps(scene: Scene, name: str) -> tuple[list[int], int | None]:
    """Return the steps of backward that are true, and the first that is not, by their names.

    dvar is held against what a small change of forward's var does: its adjoint.
    """
    right: list[int] = []
    for index, true in named_steps(scene, name):
        if not is_true(scene.first.tape.value(index), true):
            return right, index
        right.append(index)
    return right, None


def named_steps(scene: Scene, name: str) -> Iterator[tuple[int, Array]]:
    """Yield the steps whose names say what they are the gradients of, with the true ones."""
    tape, known = scene.first.tape, scene.first.adjoints
    forward = {n: k for k in known if k < tape.start and k not in tape.inputs.values()
               for n in tape.ops[k].names}  # fmt: skip
    for index in region(tape, name):
        for own in tape.ops[index].names[: tape.ops[index].own]:
            of = next((n for n in forward if own in spelled(n)), None)
            if of is not None:
                yield index, known[forward[of]]
                break


def spelled(name: str) -> tuple[str, ...]:
    """Return how people name the gradient of a quantity."""
    bare = name.removeprefix("self.")
    return (f"d{bare}", f"d_{bare}", f"grad_{bare}", f"{bare}_grad", f"delta_{bare}", f"g{bare}")
