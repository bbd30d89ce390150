"""Structures of arrays: what is in them, by names as one writes them, and how to build them anew.

An input may be a dictionary of arrays, a list of (W, b), a dataclass, a complex or a sparse array,
a list of numbers. Each is a tree whose leaves are plain arrays of real numbers, called
``params["W1"]``, ``layers[0].W``, ``z.real``. A tree can be built again from other leaves, and the
leaves of a gradient, which has the same structure, can be read off.
"""

from __future__ import annotations

import copy
import dataclasses
import types
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
# A sparse gradient with more elements than this is not written out.
_DENSE = 10_000_000


class NoGradientError(LookupError):
    """Backward returned no gradient for something that is to have one: ``args[0]`` says for what.

    whole: it is missing for a whole input, not for a part of one.
    """

    def __init__(self, name: str, why: str = "", whole: bool = False) -> None:
        super().__init__(f"no gradient for {name}" + (f": {why}" if why else ""))
        self.name, self.whole = name, whole

    def __str__(self) -> str:
        return str(self.args[0])


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
        if isinstance(self.value, (list, tuple)) and not _has_fields(self.value):
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
class Reading:
    """How a gradient is read: of which leaves, and by which convention where they are complex."""

    wanted: set[str]
    sign: int = 1
    scale: float = 1.0


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
            now = np.asarray(rows) if _rectangular(rows) else np.empty(0)
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


# --- from a value to its tree ---------------------------------------------------------------------


def tree_of(value: Any, name: str, inside: bool = False, given: bool = True) -> Node:
    """The tree of a value. Raises TypeError for arrays of objects and structured arrays.

    inside: whether it stands in a structure, where whole numbers are settings; given: whether lists
    of numbers are to be built as lists again, else as arrays.

    >>> [leaf.name for leaf in tree_of({"W": np.ones(2), "b": [np.ones(1)]}, "p").leaves()]
    ['p["W"]', 'p["b"][0]']
    """
    if isinstance(value, np.ndarray):
        return _array(value, name)
    if isinstance(value, np.generic):
        return _array(np.asarray(value), name)
    if isinstance(value, complex):
        return Complex(name, value)
    if isinstance(value, (bool, int, float)):
        whole = inside and not isinstance(value, float)
        return (
            Data(name, value)
            if whole
            else Leaf(name, np.array(value), "number" if inside else "array")
        )
    if is_sparse(value):
        return _sparse(value, name)
    children = _children(value, name)
    if children is not None:
        access, held = children
        rows = isinstance(value, (list, tuple)) and _rectangular(value)
        if rows:
            return _rows(value, name, inside, given)
        return Branch(name, value, access, {
            key: tree_of(each, _path(name, access, key), True, given) for key, each in held.items()
        })  # fmt: skip
    if hasattr(value, "__array__") and not isinstance(value, type):
        array = np.array(value)
        if array.dtype.kind in "fiubc":
            return Leaf(name, array, "foreign", value) if array.dtype.kind != "c" else Complex(
                name, array)  # fmt: skip
    return Data(name, value)


def _array(value: Any, name: str) -> Node:
    kind = value.dtype.kind
    if kind == "c":
        return Complex(name, value)
    if value.dtype.names:
        parts = ", ".join(f"{name}[{each!r}]" for each in value.dtype.names)
        raise TypeError(
            f"{name}: a structured array, with fields {', '.join(value.dtype.names)}: pass its "
            f"fields as inputs of their own, {parts}, or as a dictionary"
        )
    if kind == "O":
        raise TypeError(
            f"{name}: an array of objects (dtype object, shape {value.shape}): pass "
            f"{name}.astype(float) if they are numbers, {name}.tolist() if they are arrays"
        )
    if kind not in "fiub":
        return Data(name, value)
    if isinstance(value, np.matrix):
        return Leaf(name, np.array(value), "matrix", value)
    if isinstance(value, np.ma.MaskedArray):
        return Leaf(name, np.array(value.filled(0)), "masked", value)
    return Leaf(name, value)


def _rows(value: Any, name: str, inside: bool, given: bool) -> Node:
    array = np.array(value)
    if array.dtype.kind == "c":
        return Complex(name, array)
    if inside and array.dtype.kind != "f":
        return Data(name, value)
    if array.dtype.kind not in "fiub":
        return Data(name, value)
    return Leaf(name, array, "rows" if given else "array", value)


def _sparse(value: Any, name: str) -> Node:
    if value.dtype.kind != "f":
        return Data(name, value)
    stored = value.tocoo()
    return Leaf(name, np.array(stored.data), "sparse", value)


def _children(value: Any, name: str) -> tuple[str, dict[Any, Any]] | None:
    if isinstance(value, Mapping):
        return "key", dict(value)
    if _has_fields(value):
        return "attribute", {k: getattr(value, k) for k in value._fields}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return "attribute", {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
    if isinstance(value, types.SimpleNamespace):
        return "attribute", dict(vars(value))
    if isinstance(value, (list, tuple)):
        return "at", dict(enumerate(value))
    return None


def _path(name: str, access: str, key: Any) -> str:
    if access == "attribute":
        return f"{name}.{key}"
    return f'{name}["{key}"]' if isinstance(key, str) else f"{name}[{key!r}]"


def _has_fields(value: Any) -> bool:
    return isinstance(value, tuple) and hasattr(value, "_fields")


def _rectangular(value: Any) -> bool:
    """Whether lists or tuples hold nothing but numbers, in rows of one length, and some."""
    if not isinstance(value, (list, tuple)) or _has_fields(value) or not len(value):
        return False
    if all(isinstance(each, (bool, int, float, complex, np.generic)) for each in value):
        return all(isinstance(each, (bool, int, float, complex, np.number)) for each in value)
    return all(map(_rectangular, value)) and len({np.shape(each) for each in value}) == 1


def is_sparse(value: Any) -> bool:
    """Whether a value is one of SciPy's sparse arrays or matrices."""
    return type(value).__module__.startswith("scipy.sparse") and hasattr(value, "tocoo")


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
    if _has_fields(like):
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


# --- gradients ------------------------------------------------------------------------------------


def gradient_array(name: str, found: Any) -> Any:
    """A gradient as an array; symbols and recorded arrays stay as they are.

    Raises NoGradientError for None, ValueError for what is no array of numbers, and for a sparse
    array that is too large to be written out.
    """
    if found is None:
        raise NoGradientError(name, "backward returned None for it")
    if isinstance(found, np.ma.MaskedArray):
        return np.array(found.filled(0))
    if isinstance(found, np.matrix):
        return np.asarray(found)
    if is_sparse(found):
        size = int(np.prod(found.shape))
        if size > _DENSE:
            raise ValueError(
                f"the gradient of {name} is a sparse array of shape {found.shape}: {size} elements "
                "are too many to be written out; use fewer, or check the function that calls it"
            )
        return found.toarray()
    if isinstance(found, np.ndarray) and found.dtype.kind in "fiubc":
        return found
    try:
        array = np.asarray(found)
    except ValueError:  # rows of different lengths
        array = np.empty(0, dtype=object)
    if array.dtype.kind not in "fiubc":
        raise ValueError(
            f"the gradient of {name} is no array of numbers: backward returned "
            f"{_shown(found)} of type {type(found).__name__}"
        )
    return array


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _at_stored(leaf: Leaf, found: Any) -> Any:
    """The gradient of a sparse matrix at the elements that are stored."""
    if leaf.kind == "masked" and np.shape(found) == leaf.value.shape:
        return np.where(np.ma.getmaskarray(leaf.like), 0.0, found)
    if leaf.kind != "sparse" or np.shape(found) != leaf.like.shape:
        return found
    stored = leaf.like.tocoo()
    return np.asarray(found)[stored.coords]


def gradients_by_leaf(
    found: Any, trees: Mapping[str, Node], wrt: Sequence[str], reading: Reading, default: bool
) -> dict[str, Any]:
    """The gradient of each leaf in question, from what backward returned.

    trees: of all inputs, by name; wrt: the inputs that have a gradient. default: these are all that
    can have one, as the caller named none.
    """
    parts = _by_input(found, trees, wrt)
    out: dict[str, Any] = {}
    for name in wrt:
        if name not in parts:
            raise NoGradientError(name, _missing(found), whole=True)
        out |= dict(trees[name].parts(parts[name], reading))
    return out


def _missing(found: Any) -> str:
    if isinstance(found, Mapping):
        return f"backward returned {', '.join(map(repr, found)) or 'nothing'}"
    count = len(found) if isinstance(found, (list, tuple)) else 1
    return f"backward returned {count} gradients"


def _by_input(found: Any, trees: Mapping[str, Node], wrt: Sequence[str]) -> dict[str, Any]:
    """What backward returned for each input: one, several in order, or by name."""
    fields = found._asdict() if _has_fields(found) else found
    if isinstance(fields, Mapping):
        by_name = {name: fields[key] for name in wrt if (key := _key(fields, name)) is not None}
        if by_name:
            return by_name
        holders = [name for name in wrt if isinstance(trees[name], Branch)]
        return dict.fromkeys(holders[:1], found) if len(holders) == 1 else {}
    choices: list[dict[str, Any]] = []
    if len(wrt) == 1:
        choices.append({wrt[0]: found})
    if isinstance(found, (tuple, list)):
        if len(found) == len(wrt):
            choices.append(dict(zip(wrt, found)))
        if len(found) == len(trees):
            choices.append({k: v for k, v in zip(trees, found) if k in wrt})
    fitting = [each for each in choices if all(_fits(trees[k], v) for k, v in each.items())]
    if not choices:
        raise ValueError(f"{_missing(found)}, expected {len(wrt)}: {', '.join(wrt)}")
    structures = any(isinstance(trees[name], Branch) for name in wrt)
    return fitting[0] if fitting else choices[0 if structures else -1]


def _key(fields: Mapping[Any, Any], name: str) -> str | None:
    return next((k for k in (f"d{name}", name, f"grad_{name}") if k in fields), None)


def _fits(tree: Node, found: Any) -> bool:
    """Whether a gradient may be that of a tree, by its structure and the shapes in it."""
    if not isinstance(tree, Branch):
        return not isinstance(found, Mapping) and (
            isinstance(tree, Data) or found is None or np.shape(next(tree.leaves()).value)
            == _shape(found) or getattr(tree, "kind", "") == "sparse"
        )  # fmt: skip
    if isinstance(found, Mapping) or tree.access != "at":
        return found is not None and not isinstance(found, np.ndarray)
    if not isinstance(found, (tuple, list)) or len(found) != len(tree.children):
        return False
    return all(_fits(child, each) for child, each in zip(tree.children.values(), found))


def _shape(value: Any) -> Any:
    try:
        return tuple(np.shape(value))
    except ValueError:
        return None


def top_of(name: str, known: Iterable[str]) -> str:
    """The input that a name speaks of: params of params["W1"]; "" if none does.

    >>> top_of('layers[0].W', ["layers", "x"])
    'layers'
    """
    found = [each for each in known if name == each or name.startswith((f"{each}[", f"{each}."))]
    return max(found, key=len, default="")


def leaves_called(trees: Iterable[Node], name: str) -> list[str]:
    """The leaves that a name means: one, or all that are in something; quotes may be either."""
    wanted = name.replace("'", '"')
    return [
        leaf.name for tree in trees for leaf in tree.leaves()
        if leaf.name == wanted or leaf.name.startswith((f"{wanted}[", f"{wanted}."))
    ]  # fmt: skip


__all__ = [
    "Branch", "Complex", "Data", "Leaf", "Made", "NoGradientError", "Node", "Reading",
    "gradient_array", "gradients_by_leaf", "is_sparse", "leaves_called", "top_of", "tree_of",
]  # fmt: skip
