"""Programs composed of NumPy operations: forward and backward as text, right by construction."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tests.fuzz.operations import ALL, Operation, Shape

_LARGEST = 30  # elements of any value
_TRIES = 60
_LENGTHS = (2, 3, 4)


@dataclass
class Composed:
    """A program as it grows.

    flat: values of which several elements may be equal at more than single points.
    """

    inputs: dict[str, Shape] = field(default_factory=dict)
    shapes: dict[str, Shape] = field(default_factory=dict)
    forward: list[str] = field(default_factory=list)
    pulled: list[tuple[str, list[tuple[str, list[str]]]]] = field(default_factory=list)
    flat: set[str] = field(default_factory=set)
    last: str = "x"

    def text(self, backward: list[str] | None = None) -> str:
        """Both functions as text."""
        names = list(self.shapes)
        kept = f"({', '.join(names)},)"
        lines = ["import numpy as np", "", "", f"def forward({', '.join(self.inputs)}):"]
        lines += [f"    {line}" for line in self.forward]
        lines += [f"    return {self.last}, {kept}", "", "", "def backward(dy, cache):"]
        lines += [f"    {kept} = cache"]
        lines += [f"    {line}" for line in (backward or self.backward())]
        lines += [f"    return {', '.join('d' + name for name in self.inputs)}", ""]
        return "\n".join(lines)

    def backward(self) -> list[str]:
        """The lines of backward: in reverse, what comes to one value from several places added."""
        lines, begun = [f"d{self.last} = dy"], {self.last}
        for value, parts in reversed(self.pulled):
            for target, (*before, gradient) in parts if value in begun else ():
                lines += before
                lines.append(f"d{target} = d{target} + {gradient}" if target in begun
                             else f"d{target} = {gradient}")  # fmt: skip
                begun.add(target)
        lines += [f"d{name} = np.zeros({shape})" for name, shape in self.inputs.items()
                  if name not in begun]  # fmt: skip
        return lines


def composed(rng: random.Random, count: int) -> Composed:
    """A program of so many operations."""
    program = Composed()
    shape = (rng.choice(_LENGTHS), rng.choice(_LENGTHS))
    program.inputs["x"] = program.shapes["x"] = shape
    for _ in range(_TRIES):
        if len(program.pulled) == count:
            break
        _grow(program, rng)
    return program


def _grow(program: Composed, rng: random.Random) -> None:
    """Add an operation, if it fits what is there."""
    operation = rng.choice(ALL)
    known = list(program.shapes)
    first = rng.choice([program.last, program.last, *known[-3:]])
    shape = program.shapes[first]
    if operation.axes not in (None, len(shape)) or (operation.axes == 2 and 1 in shape):
        return
    out = operation.shape(shape)
    second = _second(program, operation, rng, first)
    if second == "" or int(np.prod(out)) > _LARGEST:
        return
    flat = bool({first, second} & program.flat)
    if operation.ties and flat:
        return
    _add(program, operation, first, second, out, flat)


def _second(program: Composed, operation: Operation, rng: random.Random, first: str) -> str | None:
    """The second array: None where there is none, "" where none fits."""
    if len(operation.gradients) == 1:
        return None
    shape = program.shapes[first]
    if operation.own is not None:
        name = f"w{len(program.inputs)}"
        program.inputs[name] = program.shapes[name] = operation.own(shape)
        return name
    alike = [name for name, other in program.shapes.items() if other == shape and name != first]
    return rng.choice(alike) if alike else ""


def _add(
    program: Composed, operation: Operation, first: str, second: str | None, out: Shape, flat: bool
) -> None:
    number = len(program.pulled) + 1
    name, shape = f"v{number}", program.shapes[first]
    words = {"a": first, "b": second, "v": name, "g": f"d{name}", "t": f"t{number}", "s": shape,
             "n": shape[0] if shape else 1, "m": shape[-1] if shape else 1}  # fmt: skip
    *before, value = (line.format(**words) for line in operation.forward)
    program.forward += before
    if value != name:
        program.forward.append(f"{name} = {value}")
    targets = [first] if second is None else [first, second]
    parts = [(target, [line.format(**words) for line in lines])
             for target, lines in zip(targets, operation.gradients)]  # fmt: skip
    program.pulled.append((name, parts))
    program.shapes[name] = out
    if flat or operation.flat:
        program.flat.add(name)
    program.last = name


Functions = tuple[Callable[..., Any], Callable[..., Any]]


def run(text: str, where: str) -> Functions:
    """The two functions of a text. Raises what the text raises."""
    import linecache

    linecache.cache[where] = (len(text), None, text.splitlines(True), where)
    space: dict[str, Any] = {"__name__": where}
    exec(compile(text, where, "exec"), space)
    return space["forward"], space["backward"]


def drawn(inputs: Mapping[str, Shape], seed: object) -> list[Any]:
    """Values for the inputs, with so many digits that none are equal."""
    rng = np.random.default_rng(abs(hash(str(seed))) if not isinstance(seed, int) else seed)
    return [rng.normal(size=shape) * 1.2 for shape in inputs.values()]


__all__ = ["Composed", "composed", "drawn", "run"]
