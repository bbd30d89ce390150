"""What a file itself does with its functions: the arguments of their first calls.

While its module level runs, and then the part under ``if __name__ == "__main__"``, every call of a
function that the file defines is noted. The calls say which arguments are matrices, vectors,
numbers, labels or words, and with which settings the author works. New inputs are drawn like those
arguments; none of their numbers is taken over.
"""

from __future__ import annotations

import ast
import copy
import sys
import types
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gradproof.checking.conventions.instance_state import clone, holders, is_object, places

Array = np.ndarray[Any, Any]
_CALLS = 3  # of each function that are kept
_EVENTS = 200_000  # calls of functions after which a run has said enough
_LARGEST = 10**6  # elements of an array that is looked at
_SMALL = 7  # lengths up to here stay as they are
_SIZES = (5, 4, 6, 7, 3, 2)  # for the longer ones, each its own
_DEEPEST = 3
_MOST_CODES = 3
_FEW = 400  # elements of a call's arrays that are also tried with lengths as they are


@dataclass
class Observed:
    """The first calls of each function, by its qualified name: "Dense.forward"."""

    calls: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    sizes: dict[int, int] = field(default_factory=dict)

    def of(self, name: str) -> list[dict[str, Any]]:
        """The arguments of its calls, alike ones once, those with the most axes first."""
        found: dict[Any, dict[str, Any]] = {}
        for call in self.calls.get(name, ()):
            found.setdefault(tuple((k, _kind(v)) for k, v in call.items()), call)
        return sorted(found.values(), key=lambda call: -sum(map(np.ndim, _arrays(call))))

    def examples(self, name: str, rng: np.random.Generator) -> list[dict[str, Any]]:
        """Arguments like those of its calls: other numbers, long axes cut short."""
        made = []
        if not self.sizes:
            self._fit({"": [list(call.values()) for some in self.calls.values() for call in some]})
        for call in self.of(name):
            cut = any(n in self.sizes for each in _arrays(call) for n in each.shape)
            small = sum(each.size for each in _arrays(call)) <= _FEW
            for own in [self, *([Observed(self.calls)] if cut and small else [])]:
                try:
                    made.append({k: own._like(v, rng) for k, v in call.items()})
                except TypeError:  # something of which there is no other like it
                    continue
        return made

    def complex_ones(self, name: str) -> list[str]:
        """The arguments that are complex in a call."""
        return sorted({k for call in self.calls.get(name, ()) for k, v in call.items()
                       if isinstance(v, np.ndarray) and v.dtype.kind == "c"})  # fmt: skip

    def _fit(self, call: Mapping[str, Any]) -> None:
        """Choose a size for every long axis."""
        lengths = {n for each in _arrays(call) for n in each.shape}
        taken = {n for n in lengths if n <= _SMALL} | set(self.sizes.values())
        for length in sorted(n for n in lengths if n > _SMALL and n not in self.sizes):
            free = [n for n in _SIZES if n not in taken]
            self.sizes[length] = free[0] if free else length
            taken.add(self.sizes[length])

    def _like(self, value: Any, rng: np.random.Generator, depth: int = 0) -> Any:
        if isinstance(value, np.ndarray):
            return self._drawn(value, rng)
        if isinstance(value, (dict, list, tuple)) and depth < _DEEPEST:
            if isinstance(value, dict):
                return {k: self._like(v, rng, depth + 1) for k, v in value.items()}
            return type(value)(self._like(v, rng, depth + 1) for v in value)
        if value is None or isinstance(value, (bool, str, types.FunctionType, type)):
            return value
        if isinstance(value, (float, np.floating)):
            return float(rng.integers(20, 90)) / 100 if value > 0 else -0.37 if value < 0 else 0.37
        if isinstance(value, (int, np.integer)):
            return self.sizes.get(int(value), int(value))
        if is_object(value) and not any(
            n in self.sizes
            for _, held in holders(value)
            for _, each in places(held)
            for n in np.shape(each if isinstance(each, np.ndarray) else ())
        ):  # a layer that another one is built around, whose sizes stay as they are
            return clone(value)
        raise TypeError(type(value).__name__)

    def _drawn(self, value: Array, rng: np.random.Generator) -> Array:
        shape = tuple(self.sizes.get(n, n) for n in value.shape)
        size = int(np.prod(shape))
        if value.dtype.kind == "b":
            return np.asarray(rng.integers(0, 2, shape), dtype=bool)
        if value.dtype.kind in "iu":
            least, most = (int(value.min()), int(value.max())) if value.size else (0, 0)
            most = min(most, self.sizes.get(most + 1, most + 1) - 1)
            return np.asarray(rng.integers(least, max(most, least) + 1, shape), dtype=value.dtype)
        if value.dtype.kind == "c":
            real, imaginary = (self._drawn(np.full(value.shape, -0.5), rng) for _ in range(2))
            return np.asarray(real + 1j * imaginary)
        if value.dtype.kind != "f" or not value.size:
            raise TypeError(str(value.dtype))
        if (few := _codes(value)) is not None and set(few) != {0.0, 1.0}:
            order = rng.permutation(size) % len(few)
            return np.asarray(few[order].reshape(shape))
        if set(np.unique(value)) == {0.0, 1.0}:  # labels; zeros alone are weights to begin with
            return _labels(value, shape, rng)
        drawn = rng.choice(np.arange(3, 9700), size=size, replace=size > 9000) / 10000
        if bool((value < 0).any()) or not value.any():
            drawn = drawn * rng.choice([-1.0, 1.0], size=size)
        return np.asarray(drawn.reshape(shape), dtype=float)


def _codes(value: Array) -> Array | None:
    """The whole numbers of which an array is made, where they are so few that they are codes: -1
    and 1. None where they are not."""
    few = np.unique(value)
    whole = bool((few == np.round(few)).all())
    return few if 1 < len(few) <= _MOST_CODES and whole and value.size >= 2 * len(few) else None


def _labels(value: Array, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    """Zeros and ones; one 1 along the axis along which there is one."""
    for axis in range(value.ndim):
        if value.shape[axis] > 1 and bool((value.sum(axis=axis) == 1).all()):
            rest = shape[:axis] + shape[axis + 1 :]
            hot = np.eye(shape[axis])[rng.integers(0, shape[axis], rest)]
            return np.asarray(np.moveaxis(hot, -1, axis))
    bits = np.arange(int(np.prod(shape))) % 3 != 1
    return np.asarray(bits.astype(float).reshape(shape))


def _arrays(call: Mapping[str, Any]) -> list[Array]:
    found: list[Array] = []
    left: list[Any] = list(call.values())
    while left:
        value = left.pop()
        if isinstance(value, np.ndarray):
            found.append(value)
        elif isinstance(value, dict):
            left += value.values()
        elif isinstance(value, (list, tuple)) and len(value) < 200:
            left += value
    return found


def _kind(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.shape, value.dtype.kind
    return str(value) if isinstance(value, (bool, str)) else type(value).__name__


class Recorder:
    """Notes the calls of the functions of one file while it is the profiler of this thread."""

    def __init__(self, file: str, observed: Observed) -> None:
        self.file, self.observed, self.events = file, observed, 0

    def __enter__(self) -> Recorder:
        self.before = sys.getprofile()
        sys.setprofile(self)
        return self

    def __exit__(self, *_: object) -> None:
        sys.setprofile(self.before)

    def __call__(self, frame: types.FrameType, event: str, _: Any) -> None:
        """Called by Python at every call and return."""
        if event != "call" or frame.f_code.co_filename != self.file:
            return
        self.events += 1
        if self.events > _EVENTS:
            sys.setprofile(self.before)
            return
        code = frame.f_code
        kept = self.observed.calls.setdefault(code.co_qualname, [])
        if len(kept) >= _CALLS or "<" in code.co_name:
            return
        names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        try:
            kept.append({n: _copied(frame.f_locals[n]) for n in names
                         if n in frame.f_locals and n not in ("self", "cls")})  # fmt: skip
        except Exception:  # whatever objects of the author's do when they are copied
            return


def _copied(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return np.array(value) if value.size <= _LARGEST else np.empty(0, dtype=object)
    if isinstance(value, (dict, list, tuple)):
        return copy.deepcopy(value) if sum(a.size for a in _arrays({"": value})) < _LARGEST else 0
    if is_object(value) and hasattr(value, "forward"):
        return clone(value)  # as it is now: later it may hold what a run has left
    return value


def main_blocks(tree: ast.Module) -> Iterator[Sequence[ast.stmt]]:
    """The statements that run only where the file is the program."""
    for node in tree.body:
        if isinstance(node, ast.If) and "__name__" in ast.unparse(node.test):
            yield node.body


__all__ = ["Observed", "Recorder", "main_blocks"]
