"""The parts of a tree: plain arrays and what is built of them, and what a gradient has for each."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gradproof.arguments.returned import (
    NoGradientError,
    Reading,
    gradient_array,
    has_fields,
    is_sparse,
)

Array = np.ndarray[Any, Any]


@dataclass
class Leaf:
    """One array. kind: how it is to be given to the functions, "array" or as below."""

    name: str
    value: Any
    kind: str = "array"
    like: Any = None  # the object that was given

    def leaves(self) -> Iterator[Leaf]:
        """The leaves in order."""
        yield self

    def build(self, arrays: Iterator[Any], made: Made) -> Any:
        """The same with the next of ``arrays`` in it, which it shares where it can."""
        array = next(arrays)
        if type(array) is not np.ndarray:  # symbols, or recorded numbers
            return _nested(array, self.like) if self.kind == "rows" else array
        return _BUILD[self.kind](self, array, made) if self.kind in _BUILD else array

    def parts(self, found: Any, reading: Reading) -> Iterator[tuple[str, Any]]:
        """The gradient of each leaf by name, from that of this."""
        if self.name in reading.wanted:
            yield self.name, _at_stored(self, gradient_array(self.name, found))


@dataclass
class Complex:
    """A complex array or number: its real and its imaginary part are two leaves."""

    name: str
    value: Any

    def __post_init__(self) -> None:
        self.number = not isinstance(self.value, (np.ndarray, np.generic))
        array = np.asarray(self.value)
        parts = (array.real, array.imag)
        self.both = [
            Leaf(f"{self.name}.{part}", np.array(each))
            for part, each in zip(("real", "imag"), parts)
        ]

    def leaves(self) -> Iterator[Leaf]:
        """Real and imaginary part."""
        yield from self.both

    def build(self, arrays: Iterator[Any], made: Made) -> Any:
        """The complex array; what is written into it is put back into its parts (``Made``)."""
        real, imag = next(arrays), next(arrays)
        if type(real) is not np.ndarray:
            return real + 1j * made.sign * imag
        value = np.asarray(real + 1j * (made.sign * imag))
        made.complex.append((value, real, imag))
        return complex(value) if self.number else value

    def parts(self, found: Any, reading: Reading) -> Iterator[tuple[str, Any]]:
        """The parts of a gradient, by the convention in which it is read."""
        names = [leaf.name for leaf in self.both]
        if reading.wanted.isdisjoint(names):
            return
        value = gradient_array(self.name, found)
        for name, part in zip(names, (np.real(value), reading.sign * np.imag(value))):
            if name in reading.wanted:
                yield name, reading.scale * part


@dataclass
class Data:
    """Something that no gradient is asked for, which is passed on as it is."""

    name: str
    value: Any

    def leaves(self) -> Iterator[Leaf]:
        """None."""
        return iter(())

    def build(self, arrays: Iterator[Any], made: Made) -> Any:
        """The object itself; arrays and containers are new ones."""
        return _again(self.value)

    def parts(self, found: Any, reading: Reading) -> Iterator[tuple[str, Any]]:
        """None."""
        return iter(())


@dataclass
class Branch:
    """A dictionary, sequence or object with things in it. access: "key", "at" or "attribute"."""

    name: str
    value: Any
    access: str
    children: dict[Any, Node]

    def leaves(self) -> Iterator[Leaf]:
        """Those of everything that is in it."""
        for child in self.children.values():
            yield from child.leaves()

    def build(self, arrays: Iterator[Any], made: Made) -> Any:
        """A new one of the same kind."""
        held = {key: child.build(arrays, made) for key, child in self.children.items()}
        built = _container(self.value, self.access, held)
        made.containers.append((self.name, built, self.access, held))
        return built

    def parts(self, found: Any, reading: Reading) -> Iterator[tuple[str, Any]]:
        """Those of the gradients of everything in it of which one is wanted."""
        if isinstance(self.value, (list, tuple)) and not has_fields(self.value):
            found = self._sequence(found)
        for key, child in self.children.items():
            if any(leaf.name in reading.wanted for leaf in child.leaves()):
                yield from child.parts(self._child(found, key, child), reading)

    def _sequence(self, found: Any) -> Any:
        if found is None or isinstance(found, Mapping):
            return found
        if not isinstance(found, (list, tuple, np.ndarray)) or len(found) != len(self.children):
            got = f"{len(found)}" if hasattr(found, "__len__") else f"a {type(found).__name__}"
            raise NoGradientError(
                self.name,
                f"it has {len(self.children)} elements, and so has its gradient; got {got}",
            )
        return found

    def _child(self, found: Any, key: Any, child: Node) -> Any:
        if found is None:
            raise NoGradientError(child.name, "backward returned None")
        if isinstance(found, Mapping):
            known = (key, f"d{key}", f"grad_{key}", f"d_{key}", f"{key}_grad")
            at = next((k for k in known if k in found), None)
            if at is None:
                has = ", ".join(map(repr, found)) or "nothing"
                raise NoGradientError(child.name, f"backward returned {has}")
            return found[at]
        if self.access == "attribute" and hasattr(found, str(key)):
            return getattr(found, str(key))
        ordered = isinstance(found, (list, tuple, np.ndarray)) and self.access != "key"
        if ordered and len(found) == len(self.children):
            return found[list(self.children).index(key)]
        raise NoGradientError(
            child.name,
            f"expected a gradient with the structure of {self.name}, got a {type(found).__name__}",
        )


Node = Leaf | Complex | Data | Branch


@dataclass
class Made:
    """What was built for one call, to see afterwards what was written into it.

    sign: of the imaginary parts, -1 where an upstream gradient is given conjugated.
    """

    sign: int = 1
    complex: list[tuple[Array, Array, Array]] = field(default_factory=list)
    rows: list[tuple[list[Any], Array]] = field(default_factory=list)
    containers: list[tuple[str, Any, str, dict[Any, Any]]] = field(default_factory=list)

    def put_back(self) -> None:
        """Give the leaves what was written into what was built of them."""
        for value, real, imag in self.complex:
            np.copyto(real, value.real)
            np.copyto(imag, self.sign * value.imag)
        for rows, array in self.rows:
            now = np.asarray(rows) if is_rectangular(rows) else np.empty(0)
            if now.shape == array.shape:
                np.copyto(array, now)

    def changed(self) -> list[str]:
        """The containers that hold something else now."""
        return [
            name for name, built, access, held in self.containers
            if access != "attribute" and not _holds(built, access, held)
        ]  # fmt: skip


def _holds(built: Any, access: str, held: Mapping[Any, Any]) -> bool:
    if len(built) != len(held):
        return False
    if access == "key":
        return all(key in built and built[key] is value for key, value in held.items())
    return all(a is b for a, b in zip(built, held.values()))


def is_rectangular(value: Any) -> bool:
    """Whether lists or tuples hold nothing but numbers, in rows of one length, and some."""
    if not isinstance(value, (list, tuple)) or has_fields(value) or not len(value):
        return False
    if all(isinstance(each, (bool, int, float, complex, np.generic)) for each in value):
        return all(isinstance(each, (bool, int, float, complex, np.number)) for each in value)
    return all(map(is_rectangular, value)) and len({np.shape(each) for each in value}) == 1


# --- from arrays to a value -----------------------------------------------------------------------


def _list_of(leaf: Leaf, array: Array, made: Made) -> Any:
    rows = _nested(array.tolist(), leaf.like)
    if isinstance(rows, list):
        made.rows.append((rows, array))
    return rows


def _nested(value: Any, like: Any) -> Any:
    """Lists of numbers as lists and tuples, as they were; there may be more or fewer of them."""
    if not isinstance(like, (list, tuple)):
        return value
    return type(like)(_nested(value[at], like[0]) for at in range(len(value)))


def _sparse_of(leaf: Leaf, array: Array, made: Made) -> Any:
    stored = leaf.like.tocoo(copy=True)
    stored.data = array
    return stored.asformat(leaf.like.format)


_BUILD: dict[str, Callable[[Leaf, Array, Made], Any]] = {
    "number": lambda leaf, array, made: array.item() if array.size == 1 else array,
    "rows": _list_of,
    "matrix": lambda leaf, array, made: array.view(np.matrix),
    "masked": lambda leaf, array, made: np.ma.array(
        array, mask=np.array(np.ma.getmaskarray(leaf.like)), copy=False
    ),
    "sparse": _sparse_of,
}


def _container(like: Any, access: str, held: dict[Any, Any]) -> Any:
    if access == "key":
        if not isinstance(like, dict):
            return dict(held)
        built = copy.copy(like)
        built.update(held)
        return built
    if access == "at":
        return type(like)(held.values())
    if has_fields(like):
        return type(like)(*held.values())
    built = copy.copy(like)
    for key, value in held.items():
        object.__setattr__(built, key, value)
    return built


def _again(value: Any) -> Any:
    """The same with new arrays and containers."""
    if isinstance(value, np.ndarray):
        return value.copy()
    if is_sparse(value):
        return value.copy()
    if type(value) in (list, tuple):
        return type(value)(map(_again, value))
    return {key: _again(each) for key, each in value.items()} if type(value) is dict else value


def _at_stored(leaf: Leaf, found: Any) -> Any:
    """The gradient of a sparse matrix at the elements that are stored."""
    if leaf.kind == "masked" and np.shape(found) == leaf.value.shape:
        return np.where(np.ma.getmaskarray(leaf.like), 0.0, found)
    if leaf.kind != "sparse" or np.shape(found) != leaf.like.shape:
        return found
    stored = leaf.like.tocoo()
    return np.asarray(found)[stored.coords]


__all__ = ["Array", "Branch", "Complex", "Data", "Leaf", "Made", "Node", "is_rectangular"]
