"""The steps of a backward by their names: dvar is held against the true adjoint of var."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from gradproof.diagnosis.search.repair import region
from gradproof.diagnosis.tape.points import Point, Scene, close
from gradproof.diagnosis.tape.tape import Array, rerun


def is_true(value: Any, true: Array) -> bool:
    """Whether a step is the true adjoint, whatever axes of length 1 it has."""
    return close(np.squeeze(np.asarray(value, dtype=float)), np.squeeze(true))


def steps(scene: Scene, name: str) -> tuple[list[int], int | None]:
    """Return the steps of backward that are true, and the first that is not, by their names.

    dvar is held against what a small change of forward's var does: its adjoint. That a name means
    so much is a guess: dK may be a derivative of K. So a step is called wrong only where the
    gradient is true with the adjoint in its place, here and in no turn of a loop else.
    """
    right: list[int] = []
    for index, of in named_pairs(scene, name):
        if scaling(scene, index, of) is None:
            return right, index if all(_mends(p, name, index, of) for p in scene.points) else None
        right.append(index)
    return right, None


def _mends(point: Point, name: str, index: int, of: int) -> bool:
    """Whether a gradient is true up to a convention's factor with an adjoint in a step's place."""
    tape = point.tape
    shape = np.shape(tape.value(index))
    wanted = np.asarray(point.adjoints.get(of, 0.0), dtype=float)
    if wanted.size != int(np.prod(shape)):
        return False
    upstream = np.asarray(tape.value(tape.dy), dtype=float)
    with np.errstate(all="ignore"):
        for _, factor in _conventions(point, upstream):
            overrides = {index: factor * wanted.reshape(shape)}
            if close(rerun(tape, overrides, [tape.gradients[name]])[0], point.true[name]):
                return True
    return False


def scaling(scene: Scene, index: int, of: int) -> str | None:
    """Return by what a step is larger than the true adjoint as a convention has it, "" if it is
    that itself; None where it is wrong.

    A loss that is a mean has its 1/m with the parameters, or not at all; one that is minimised by
    adding has a minus; the upstream gradient may come in later.
    """
    found = {_scaling_at(point, index, of) for point in scene.points}
    return found.pop() if len(found) == 1 else None


def _scaling_at(point: Point, index: int, of: int) -> str | None:
    tape = point.tape
    given = np.squeeze(np.asarray(tape.value(index), dtype=float))
    wanted = np.squeeze(np.asarray(point.adjoints.get(of, 0.0), dtype=float))
    if close(given, wanted):
        return ""
    upstream = np.asarray(tape.value(tape.dy), dtype=float)
    try:
        if upstream.size > 1 and close(given * np.squeeze(upstream), wanted):
            return "1/dy"
    except ValueError:  # of another shape
        pass
    size = float(np.sum(wanted * wanted)) if given.shape == wanted.shape else 0.0
    factor = float(np.sum(given * wanted)) / size if size else 0.0
    if not factor or not close(given, factor * wanted):
        return None
    return next((text for text, known in _conventions(point, upstream)
                 if abs(factor - known) <= 1e-7 * abs(known)), None)  # fmt: skip


def _conventions(point: Point, upstream: Array) -> Iterator[tuple[str, float]]:
    """Yield the factors by which gradients differ in conventions, as they are written."""
    scalars = [("", 1.0)]
    if upstream.size == 1 and upstream.all():
        scalars.append(("/dy", 1.0 / float(upstream.reshape(-1)[0])))
    lengths = dict.fromkeys(n for v in point.inputs.values() for n in np.shape(v) if n > 1)
    for text, by in scalars:
        for sign, minus in ((1.0, ""), (-1.0, "-")):
            yield f"{minus}1{text}", sign * by
            for n in lengths:
                yield f"{minus}{n}{text}", sign * by * n
                yield f"{minus}1/{n}{text}", sign * by / n


def named_steps(scene: Scene, name: str) -> Iterator[tuple[int, Array]]:
    """Yield the steps whose names say what they are the gradients of, with the true ones."""
    for index, of in named_pairs(scene, name):
        yield index, scene.first.adjoints[of]


def named_pairs(scene: Scene, name: str) -> Iterator[tuple[int, int]]:
    """Yield the steps of backward whose names say of which step of forward they are gradients."""
    tape, known = scene.first.tape, scene.first.adjoints
    forward = {n: k for k in known if k < tape.start and k not in tape.inputs.values()
               for n in tape.ops[k].names}  # fmt: skip
    stale = set(tape.replaced.values())  # zeros that are filled later are no step yet
    for index in (k for k in region(tape, name) if k not in stale):
        for own in tape.ops[index].names[: tape.ops[index].own]:
            bare = own.replace("_", "")  # dxhat is the gradient of x_hat
            of = next((n for n in forward if bare in {s.replace("_", "") for s in spelled(n)}),
                      None)  # fmt: skip
            if of is not None:
                yield index, forward[of]
                break


def spelled(name: str) -> tuple[str, ...]:
    """Return how people name the gradient of a quantity."""
    bare = name.removeprefix("self.")
    return (f"d{bare}", f"d_{bare}", f"grad_{bare}", f"{bare}_grad", f"delta_{bare}", f"g{bare}")
