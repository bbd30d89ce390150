"""Functions of structures, complex or sparse arrays and numbers as functions of plain real arrays.

Whoever checks or proves a gradient looks at plain arrays alone. Where a caller's inputs are
something else, forward and backward are wrapped: their arguments are built anew for each call out
of the plain arrays, and what they return is read off (trees.py). Where all is plain, the functions
stay as they are.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gradproof.signatures import Asked, accepted, backward_call, first_parameter, split_output
from gradproof.trees import (
    Branch,
    Complex,
    Data,
    Leaf,
    Made,
    Node,
    Reading,
    gradients_by_leaf,
    leaves_called,
    top_of,
    tree_of,
)

Function = Callable[..., Any]


@dataclass(frozen=True)
class Convention:
    """How the gradient by a complex z = a + ib is written: scale * (dL/da + sign i dL/db).

    The upstream gradient of a complex y is written in the same way.
    """

    sign: int
    scale: float
    words: str
    real: bool = False  # y is complex by its dtype alone, and its real part is looked at


CONVENTIONS = (
    Convention(1, 1.0, "{d} is dL/dRe({z}) + i dL/dIm({z}), as in torch"),
    Convention(-1, 1.0, "{d} is dL/dRe({z}) - i dL/dIm({z}), the conjugate of torch's, as in JAX"),
    Convention(1, 0.5, "{d} is dL/dconj({z}), half of dL/dRe({z}) + i dL/dIm({z}), as Wirtinger's"),
    Convention(-1, 0.5, "{d} is dL/d{z}, half of dL/dRe({z}) - i dL/dIm({z}), as Wirtinger's"),
)


@dataclass(frozen=True)
class Flattened:
    """A call in terms of plain arrays.

    inputs, asked: the arrays and their names, of which wrt, labels and positive speak.
    plain:   whether the functions are the caller's own.
    complex: the complex inputs that have a gradient.
    notes:   what was done to the inputs, in words.
    changed: containers that a function changed, filled while it is called.
    """

    forward: Function
    backward: Function
    formula: Function | None
    inputs: tuple[Any, ...]
    asked: Asked
    plain: bool = True
    complex: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    changed: set[str] | None = None
    y: dict[str, Node] | None = None
    sign: int = 1  # of the imaginary part of an upstream gradient

    def upstream(self, dy: Any) -> Any:
        """An upstream gradient in the structure of y as plain arrays; None stays."""
        if dy is None or self.plain:
            return dy
        tree = tree_of(dy, "dy", given=False)
        reading = Reading({leaf.name for leaf in tree.leaves()}, self.sign)
        parts = list(dict(tree.parts(dy, reading)).values())
        return parts[0] if len(parts) == 1 else tuple(parts)

    @property
    def real_y(self) -> bool:
        """Whether y, as forward last returned it, is complex with imaginary part 0."""
        return self.y is not None and "y" in self.y and _is_real(self.y["y"])

    @property
    def complex_y(self) -> bool:
        """Whether y, as forward last returned it, is complex."""
        return self.y is not None and "y" in self.y and bool(_complex_in(self.y["y"]))


@dataclass(frozen=True)
class Call:
    """A call as the caller made it. trees: of the inputs, by name."""

    forward: Function
    backward: Function
    formula: Function | None
    asked: Asked
    trees: dict[str, Node]
    notes: tuple[str, ...]
    wrt: tuple[str, ...]  # names of leaves
    cast: tuple[str, ...] = ()  # leaves of whole numbers that are taken as floats
    jvp: bool = False

    @property
    def tops(self) -> tuple[str, ...]:
        """The inputs that have a gradient, or of which a part has one, in the caller's order."""
        return tuple(dict.fromkeys(top_of(name, self.trees) for name in self.asked.wrt or self.wrt))

    @property
    def plain(self) -> bool:
        """Whether all inputs are plain arrays."""
        return all(
            isinstance(tree, Leaf) and tree.kind in ("array", "foreign")
            for tree in self.trees.values()
        )

    @property
    def rows(self) -> tuple[str, ...]:
        """Inputs that are lists of numbers."""
        trees = self.trees.items()
        return tuple(k for k, v in trees if isinstance(v, Leaf) and v.kind == "rows")

    @property
    def complex(self) -> tuple[str, ...]:
        """The complex inputs that have a gradient."""
        names = [name for tree in self.trees.values() for name in _complex_in(tree)]
        return tuple(n for n in names if {f"{n}.real", f"{n}.imag"} & set(self.wrt))

    def with_arrays(self) -> Call:
        """The same with lists of numbers at the top passed on as arrays."""
        trees = {
            name: Leaf(name, tree.value) if name in self.rows and isinstance(tree, Leaf) else tree
            for name, tree in self.trees.items()
        }
        return replace(self, trees=trees)

    def flattened(
        self,
        convention: Convention = CONVENTIONS[0],
        outputs: bool = False,
        joined: bool = False,
    ) -> Flattened:
        """The call on plain arrays.

        convention: of complex gradients; outputs: y is no plain array, or may be none; joined: y is
        to be one array in any case.
        """
        leaves = [leaf for tree in self.trees.values() for leaf in tree.leaves()]
        arrays = tuple(leaf.value for leaf in leaves)
        if self.plain and not outputs:
            return Flattened(
                self.forward, self.backward, self.formula, arrays, self.asked, notes=self.notes
            )
        asked = replace(
            self.asked, names=tuple(leaf.name for leaf in leaves), wrt=self.wrt,
            positive=tuple(n for p in self.asked.positive for n in self._named(p)),
        )  # fmt: skip
        reading = Reading(set(self.wrt), convention.sign, 1 / convention.scale)
        wrapper = _Wrapper(self, reading, convention.real)
        formula = self.formula
        return Flattened(
            wrapper.forward(self.forward, joined),
            wrapper.jvp(self.backward) if self.jvp else wrapper.backward(self.backward, joined),
            wrapper.formula(formula) if formula is not None else None,
            arrays, asked, False, self.complex, self.notes, wrapper.changed,
            wrapper.y, convention.sign,
        )  # fmt: skip

    def tangents(self, given: Sequence[Any] | None) -> Sequence[Any] | None:
        """Tangents in the structure of the inputs as plain arrays, one for each leaf."""
        if given is None or self.plain or len(given) != len(self.trees):
            return given
        out: list[Any] = []
        for tree, value in zip(self.trees.values(), given):
            names = [leaf.name for leaf in tree.leaves()]
            found = dict(tree.parts(value, Reading(set(names))))
            out += [found[name] for name in names]
        return out

    def _named(self, name: str) -> list[str]:
        return leaves_called(self.trees.values(), name) or [name]


def _is_real(tree: Node) -> bool:
    """Whether a tree is one complex array with nothing but rounding in its imaginary part."""
    if not isinstance(tree, Complex):
        return False
    largest = np.abs(tree.value).max(initial=0.0)
    return bool((np.abs(np.imag(tree.value)) <= 16 * np.finfo(np.float64).eps * largest).all())


def _complex_in(tree: Node) -> list[str]:
    if isinstance(tree, Branch):
        return [name for child in tree.children.values() for name in _complex_in(child)]
    return [tree.name] if isinstance(tree, Complex) else []


def call_of(
    forward: Function,
    backward: Function,
    inputs: Sequence[Any],
    asked: Asked,
    formula: Function | None = None,
    jvp: bool = False,
) -> Call:
    """Look at the inputs of a call: which plain arrays are in them, and which have a gradient.

    Raises TypeError or ValueError for inputs that cannot have one, with what to write instead.
    """
    trees = {name: tree_of(value, name) for name, value in zip(asked.names, inputs)}
    wanted = {top_of(name, trees) for name in asked.wrt or ()}
    for name, value in zip(asked.names, inputs):
        tree = trees[name]
        if isinstance(tree, Leaf) and name not in wanted and _is_data(tree, asked):
            trees[name] = Data(name, value)
    wrt = _leaves_in_question(trees, asked)
    whole = [leaf.name for leaf in _leaves(trees) if leaf.value.dtype.kind in "iu"]
    notes = [note for leaf in _leaves(trees) for note in _cast(leaf, wrt, asked)]
    cast = tuple(name for name in whole if name in wrt)
    found = Call(forward, backward, formula, asked, trees, tuple(notes), wrt, cast, jvp)
    _require_gradients(trees, wrt, asked)
    return found


def _is_data(leaf: Leaf, asked: Asked) -> bool:
    """Whether an input that wrt does not name is passed on as the object that it is."""
    return leaf.kind == "sparse" or (leaf.kind == "foreign" and asked.wrt is not None)


def _leaves(trees: Mapping[str, Node]) -> list[Leaf]:
    return [leaf for tree in trees.values() for leaf in tree.leaves()]


def _leaves_in_question(trees: Mapping[str, Node], asked: Asked) -> tuple[str, ...]:
    """The names of the leaves that have a gradient."""
    for option, names in (("wrt", asked.wrt), ("labels", tuple(asked.labels))):
        for name in names or ():
            if not leaves_called(trees.values(), name) and not (
                option == "labels" and name in trees
            ):
                raise ValueError(f"{option}: {name} {_what_it_is(trees, name)}")
    if asked.wrt is not None:
        wanted = [n for name in asked.wrt for n in leaves_called(trees.values(), name)]
        single = [leaf.name for leaf in _leaves(trees) if leaf.name in asked.wrt]
        kinds = {leaf.name: leaf.value.dtype.kind for leaf in _leaves(trees)}
        return tuple(dict.fromkeys(n for n in wanted if kinds[n] == "f" or n in single))
    leaves = [leaf for leaf in _leaves(trees) if leaf.name not in asked.labels]
    floats = tuple(leaf.name for leaf in leaves if leaf.value.dtype.kind == "f")
    return floats or tuple(leaf.name for leaf in leaves if leaf.value.dtype.kind in "iu")


def _what_it_is(trees: Mapping[str, Node], name: str) -> str:
    """Why a name in wrt means nothing that has a gradient."""
    top = trees[top_of(name, trees)]
    if isinstance(top, Data) and name == top.name:
        return (
            f"is a {type(top.value).__name__}, which has no gradient: leave it out of wrt, or pass "
            f"an array of floats"
        )
    has = [leaf.name for leaf in top.leaves()]
    said = ", ".join(has[:8]) + (f" and {len(has) - 8} more" if len(has) > 8 else "")
    wanted = name.replace("'", '"')
    return f"is no input of forward: {wanted} is not in {top.name}, which has {said or 'no arrays'}"


def _cast(leaf: Leaf, wrt: Sequence[str], asked: Asked) -> Iterable[str]:
    """Take whole numbers that have a gradient, and longdouble, in double precision; say so."""
    dtype, name = leaf.value.dtype, leaf.name
    if leaf.kind == "sparse" and name in wrt:
        yield f"{name} is sparse: its gradient is compared at the {leaf.value.size} stored elements"
    if leaf.kind == "masked" and name in wrt:
        yield f"{name} is masked: its gradient is compared where it is not"
    if dtype.kind == "f" and dtype.itemsize > 8:
        leaf.value = leaf.value.astype(np.float64)
        yield f"{name} is {dtype} (longdouble): checked in double precision, as float64"
    if dtype.kind in "iu":
        if name in wrt and name not in asked.labels:
            leaf.value = leaf.value.astype(np.float64)
            yield f"{name} is of whole numbers ({dtype}): checked for floats, as float64"
        elif asked.wrt is None and name not in asked.labels:
            yield f"{name} ({dtype}) is data, and no gradient of it is looked at: name it in wrt"


def _require_gradients(trees: Mapping[str, Node], wrt: Sequence[str], asked: Asked) -> None:
    for leaf in _leaves(trees):
        if leaf.name in wrt and leaf.name in asked.labels:
            raise ValueError(f"wrt: {leaf.name} is in labels, and labels have no gradient")
        if leaf.name in wrt and leaf.value.dtype.kind != "f":
            raise ValueError(
                f"{leaf.name}: expected an array of floats, got dtype {leaf.value.dtype}: a bool "
                f"has no gradient; leave it out of wrt, or pass {leaf.name}.astype(float)"
            )
    if not wrt:
        given = ", ".join(f"{k}: {_described(v)}" for k, v in trees.items()) or "none"
        raise ValueError(
            f"there is no gradient to look at: no input is an array of floats ({given}); pass "
            "floats, or name inputs in wrt"
        )


def _described(tree: Node) -> str:
    if isinstance(tree, Leaf):
        return f"an array of floats expected, got dtype {tree.value.dtype}"
    return type(tree.value).__name__


class _Kept:
    """A cache that forward returned, which nothing but backward looks into."""

    def __init__(self, cache: Any) -> None:
        self.cache = cache


class _Wrapper:
    """Makes the functions of plain arrays."""

    def __init__(self, call: Call, reading: Reading, real: bool) -> None:
        self.call, self.reading, self.real = call, reading, real
        self.trees = list(call.trees.values())
        self.changed: set[str] = set()
        self.y: dict[str, Node] = {}  # the structure of y, as forward last returned it

    def _built(self, leaves: Iterable[Any], made: Made) -> tuple[Any, ...]:
        arrays = iter(leaves)
        return tuple(tree.build(arrays, made) for tree in self.trees)

    def _seen(self, made: Made, who: str) -> None:
        made.put_back()
        self.changed.update(f"{who} changes {name} in place" for name in made.changed())

    def forward(self, forward: Function, joined: bool) -> Function:
        """Forward on plain arrays: its output or outputs, and the cache if there is one."""
        pull = self.call.backward

        def called(*leaves: Any, **parameters: Any) -> Any:
            made = Made()
            out = forward(*self._built(leaves, made), **accepted(forward, parameters))
            self._seen(made, "forward")
            y, cache, cached = split_output(out, pull)
            self.y["y"] = tree_of(y, "y", given=False)
            if self.real and _is_real(self.y["y"]):
                self.y["y"] = tree_of(np.real(y), "y", given=False)
            parts = [leaf.value for leaf in self.y["y"].leaves()]
            if not parts:
                raise TypeError(f"forward returned {y!r:.60}, which is no array of numbers")
            if len(parts) > 1 and joined:
                parts = [np.concatenate([np.reshape(each, (-1,)) for each in parts])]
            found = parts[0] if len(parts) == 1 else parts
            return (found, _Kept(cache)) if cached else found

        return _like(called, forward)

    def formula(self, formula: Function) -> Function:
        """What is differentiated in place of forward, also by complex steps in its arguments.

        Complex inputs would hide such a step, so that none is taken beside them.
        """
        plain = self.forward(formula, False)

        def called(*leaves: Any, **parameters: Any) -> Any:
            if not any(map(np.iscomplexobj, leaves)):
                return plain(*leaves, **parameters)
            if any(map(_complex_in, self.trees)):
                raise ValueError("a complex step beside complex inputs")
            found = formula(*self._built(leaves, Made()), **accepted(formula, parameters))
            return split_output(found, self.call.backward)[0]

        return _like(called, formula)

    def backward(self, backward: Function, joined: bool) -> Function:
        """Backward on plain arrays: the gradient of each leaf by name."""
        names, call = tuple(self.call.trees), self.call

        def called(dy: Any, *rest: Any, **parameters: Any) -> Any:
            upstream, made = Made(self.reading.sign), Made()
            arrays = _pieces(dy, self.y["y"]) if joined else dy
            several = isinstance(arrays, (tuple, list))
            given: tuple[Any, ...] = (
                self.y["y"].build(iter(arrays if several else (arrays,)), upstream),
            )
            cached = len(rest) == 1 and isinstance(rest[0], _Kept)
            given += (rest[0].cache,) if cached else self._built(rest, made)
            arguments, own = backward_call(backward, given, names, parameters, cached)
            found = backward(*arguments, **own)
            self._seen(made, "backward")
            upstream.put_back()
            return gradients_by_leaf(
                found, call.trees, call.tops, self.reading, call.asked.wrt is None
            )

        return _like(called, backward, first_parameter(backward) or "dy")

    def jvp(self, jvp: Function) -> Function:
        """A Jacobian-vector product on plain arrays."""

        def called(leaves: Any, tangents: Any, **parameters: Any) -> Any:
            made, along = Made(), Made()
            given = self._built(leaves, made), self._built(tangents, along)
            found = jvp(*given, **accepted(jvp, parameters))
            self._seen(made, "the JVP")
            along.put_back()
            return [leaf.value for leaf in tree_of(found, "dy", given=False).leaves()]

        return _like(called, jvp)


def _pieces(dy: Any, tree: Node) -> Any:
    """The upstream gradient of each output, from that of all of them in one array."""
    shapes = [leaf.value.shape for leaf in tree.leaves()]
    if len(shapes) == 1:
        return dy
    out, start = [], 0
    for shape in shapes:
        size = math.prod(shape)
        out.append(np.reshape(dy[start : start + size], shape))
        start += size
    return out


def _like(called: Function, function: Function, first: str = "") -> Function:
    """A wrapper under the name of what it wraps; first: the name of its first argument."""
    called.__gradproof_of__ = function  # type: ignore[attr-defined]
    for attribute in ("__name__", "__qualname__", "__module__", "__doc__"):
        if hasattr(function, attribute):
            setattr(called, attribute, getattr(function, attribute))
    if first:
        own = inspect.Parameter(first, inspect.Parameter.POSITIONAL_ONLY)
        known = list(inspect.signature(called).parameters.values())
        called.__signature__ = inspect.Signature([own, *known[1:]])  # type: ignore[attr-defined]
    return called


def is_wrapped(function: Function) -> bool:
    """Whether a function is one of those made here, and not the caller's own."""
    return hasattr(function, "__gradproof_of__")


__all__ = ["CONVENTIONS", "Call", "Convention", "Flattened", "call_of", "is_wrapped"]
