"""The parameters of a layer, and where its backward leaves the gradient of each."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gradproof.checking.conventions.instance_state import Path, get, holders, places
from gradproof.checking.judgement.standins import RATE
from gradproof.checking.source.argument_roles import role_of
from gradproof.checking.source.gradient_names import gradient_cores, gradient_names, gradient_target
from gradproof.checking.trials.input_trials import Array, draw

Read = Callable[[Sequence[tuple[str, Any]], Any, Any], Any]
_GRADS = re.compile(r".*grad.*|d_?params|d[wp]?|derivatives?|cache.*grad|.*update.*", re.I)
_VALUES = ("data", "value", "val", "values", "array")  # of a Parameter that has a grad too
_ALONE = re.compile(r"_*grad(ient)?")  # of the one parameter that has its shape
RATES = re.compile(r"_*(lr|learning_?rate|l_?rate|eta|step_?size)", re.I)


@dataclass(frozen=True)
class Parameter:
    """A parameter: every place where the array stands, and how its gradient is read.

    read: (what backward returned, the instance after it, the value before) -> gradient.
    stepped: whether the gradient is read from the step that backward took.
    """

    name: str
    places: tuple[Path, ...]
    value: Array
    read: Read
    stepped: bool = False


def set_rates(instance: Any) -> bool:
    """Give every learning rate that the instance keeps the value RATE; whether there is one."""
    found = False
    for _, holder in holders(instance):
        for name, value in list(vars(holder).items()) if hasattr(holder, "__dict__") else ():
            if RATES.fullmatch(name) and isinstance(value, (int, float)):
                setattr(holder, name, RATE)
                found = True
    return found


def parameters_of(
    template: Any,
    before: Any,
    done: Any,
    returned: Sequence[tuple[str, Any]],
    steps: bool,
    moving: frozenset[Path],
) -> list[Parameter]:
    """The arrays that the constructor made and for which backward leaves a gradient.

    before, done: the instance before and after backward; what backward leaves as it was is a
            gradient only where nothing else is one.
    steps:  whether backward may take steps with the rate RATE, from which gradients are read.
    moving: places that forward fills; what stands there is no parameter.
    """
    out: list[Parameter] = []
    taken: set[int] = set()
    everywhere = _places_by_array(template)
    for prefix, holder in holders(template):
        try:
            after = {prefix + path: value for path, value in places(get(done, prefix))}
            kept = {prefix + path: value for path, value in places(get(before, prefix))}
        except (AttributeError, KeyError, IndexError):
            continue
        made = {path: value for path, value in after.items() if not _same(kept.get(path), value)}
        for group in _groups(prefix, holder, moving):
            value = group[0][1]
            if id(value) in taken and isinstance(value, np.ndarray):
                continue
            given = returned if not prefix else ()
            found = _parameter(group, made, given, done, (False, steps), len(prefix))
            found = found or _parameter(group, after, given, done, (steps, steps), len(prefix))
            if found is not None:
                taken.add(id(value))
                shared = everywhere.get(id(value), ())
                out.append(replace(found, places=tuple(dict.fromkeys((*found.places, *shared)))))
    return out


def by_shape(
    returned: Sequence[tuple[str, Any]], template: Any, arguments: Mapping[str, Array]
) -> list[tuple[str, Any]]:
    """What backward returned, where what has no name is named by the one attribute that has its
    shape: ``return X.T @ d, d.sum()`` beside self.w and self.b.

    Attributes of one shape are taken in their order, if there are as many of them as gradients.
    What may as well be the gradient of an argument keeps no name.
    """
    held = [(k, v) for k, v in (vars(template) if hasattr(template, "__dict__") else {}).items()
            if not _GRADS.fullmatch(k) and _may_be_learned(k, v)]  # fmt: skip
    spoken = {gradient_target(label, [k for k, _ in held]) for label, _ in returned if label}
    others = {_lengths(value) for value in arguments.values()}
    out = list(returned)
    for lengths in {_lengths(value) for label, value in returned if not label} - others:
        unnamed = [at for at, (label, value) in enumerate(returned)
                   if not label and _lengths(value) == lengths]  # fmt: skip
        names = [k for k, value in held if k not in spoken and _lengths(value) == lengths]
        if len(names) == len(unnamed):
            for at, name in zip(unnamed, names):
                out[at] = (f"d{name}", returned[at][1])
    return out


def _lengths(value: Any) -> tuple[int, ...]:
    """The shape without lengths of 1, which a gradient may lack: (4,) for (4, 1)."""
    return tuple(n for n in np.shape(value) if n != 1)


def _may_be_learned(name: str, value: Any) -> bool:
    if isinstance(value, np.ndarray) and value.ndim:
        return value.dtype.kind == "f"
    number = isinstance(value, (float, np.ndarray)) or _is_first_number(value)
    return number and role_of(name) in ("weight", "bias", "gamma", "beta")


def _same(before: Any, after: Any) -> bool:
    return isinstance(before, np.ndarray) and np.array_equal(before, after)


def _places_by_array(template: Any) -> dict[int, list[Path]]:
    """Where each array stands: layers share their arrays with the params of their network."""
    found: dict[int, list[Path]] = {}
    for prefix, holder in holders(template):
        for path, value in places(holder):
            if isinstance(value, np.ndarray):
                found.setdefault(id(value), []).append(prefix + path)
    return found


def _groups(prefix: Path, holder: Any, moving: frozenset[Path]) -> list[list[tuple[Path, Any]]]:
    """The arrays of one object, those that stand in several places together."""
    groups: dict[Any, list[tuple[Path, Any]]] = {}
    for path, value in places(holder):
        if _GRADS.fullmatch(str(path[0][1])) or prefix + path in moving:
            continue
        array = isinstance(value, np.ndarray) and value.dtype.kind == "f" and value.size
        if array or isinstance(value, float) or _is_first_number(value):
            key: Any = id(value) if array else path
            groups.setdefault(key, []).append((prefix + path, value))
    return list(groups.values())


def _is_first_number(value: Any) -> bool:
    """Whether a whole number may be what a weight begins with: others are sizes and counts."""
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool) and value in (0, 1)


def _parameter(
    group: Sequence[tuple[Path, Any]],
    after: Mapping[Path, Any],
    returned: Sequence[tuple[str, Any]],
    done: Any,
    steps: tuple[bool, bool],
    depth: int,
) -> Parameter | None:
    """The parameter in a group of places; steps: whether its gradient may be read from a step, and
    whether what is kept may be the step itself."""
    path, value = group[0]
    name = shown(path)
    where = _gradient_place(group, after, depth)
    at = _returned_at(name, returned)
    paths = tuple(each for each, _ in group)
    if at is not None:
        value = _as_wide(value, returned[at][1])
        return Parameter(name, paths, _drawn(name, value), _from_returned(at))
    if where is not None and not (steps[1] and _is_step(get(done, where), value, get(done, path))):
        value = _as_wide(value, get(done, where))
        return Parameter(name, paths, _drawn(name, value), _reader(where))
    stepped = np.asarray(get(done, path)).dtype.kind == "f"  # rather than counted
    if steps[0] and stepped and not np.array_equal(get(done, path), value):
        value = _as_wide(value, get(done, path))
        return Parameter(name, paths, _drawn(name, value), _by_step(path), stepped=True)
    return None


def _as_wide(value: Any, gradient: Any) -> Any:
    """A number of which the gradient is an array stands for such an array: gamma = 1.0."""
    alone = (
        isinstance(value, (int, float)) and isinstance(gradient, np.ndarray) and gradient.size > 1
    )
    return np.full(gradient.shape, value) if alone else value


def _is_step(kept: Any, before: Any, after: Any) -> bool:
    """Whether what is kept is the step itself, a rate times the gradient."""
    if np.shape(before) != np.shape(after) or np.shape(kept) != np.shape(after):
        return False
    step = np.asarray(before) - np.asarray(after)
    return bool(np.any(step)) and bool(np.allclose(kept, step) or np.allclose(kept, -step))


def shown(path: Path) -> str:
    """How the author names it: the key of a dictionary, the attribute, attribute_2 of a list."""
    key = path[-1][1]
    if key in _VALUES and len(path) > 1:
        key, path = path[-2][1], path[:-1]  # the Parameter, rather than its value
    return key if isinstance(key, str) else f"{path[-2][1]}_{key}"


def written(path: Path) -> str:
    """How the author writes it: ``lin.W``, ``params[0]``; a key alone for a dictionary's.

    >>> written((("attr", "lin"), ("attr", "W"))), written((("attr", "params"), ("item", 0)))
    ('lin.W', 'params[0]')
    """
    if path[-1][1] in _VALUES and len(path) > 1:
        path = path[:-1]  # the Parameter, rather than its value
    if len(path) == 2 and isinstance(path[1][1], str) and path[1][0] == "item":
        return str(path[1][1])
    first, *rest = path
    parts = (f".{key}" if kind == "attr" else f"[{key!r}]" for kind, key in rest)
    return str(first[1]) + "".join(parts)


def _drawn(name: str, value: Any) -> Array:
    """Short decimals in place of what the constructor made: zeros would hide whatever is wrong."""
    array = np.asarray(value, dtype=float)
    kind = "unit" if array.size and bool((array > 0).all()) else "real"
    return draw(np.random.default_rng([7, *name.encode()]), array.shape, kind)


def _returned_at(name: str, returned: Sequence[tuple[str, Any]]) -> int | None:
    """The position at which backward returns the gradient of a parameter, by its name."""
    for at, (label, gradient) in enumerate(returned):
        if label and gradient is not None and gradient_target(label, [name]) == name:
            return at
    return None


def _from_returned(at: int) -> Read:
    return lambda returned, done, before: returned[at][1]


def _reader(where: Path) -> Read:
    return lambda returned, done, before: get(done, where)


def _by_step(path: Path) -> Read:
    """The gradient from the step that backward took: (before - after) / rate."""
    return lambda returned, done, before: (before - get(done, path)) / RATE


def _gradient_place(
    group: Sequence[tuple[Path, Any]], after: Mapping[Path, Any], depth: int
) -> Path | None:
    """Where the gradient stands: attribute dW, grads["W"], or the same place in self.grads.

    depth: at which of the paths the attributes of the object begin.
    """
    own = [path for path, _ in group]
    arrays = {
        p: v for p, v in after.items()
        if (isinstance(v, np.ndarray) or np.isscalar(v)) and p not in own
    }  # fmt: skip
    by_last: dict[str, Path] = {}
    for path in arrays:
        key = path[-1][1]
        if isinstance(key, str):
            kept = len(path) > depth + 1 and _GRADS.fullmatch(str(path[depth][1]))
            by_last.setdefault(f"grads.{key}" if kept else key, path)
    for path, value in group:
        key = path[-1][1]
        if (
            key in _VALUES
            and "grad" in by_last
            and np.shape(arrays[by_last["grad"]]) == (np.shape(value))
        ):
            return by_last["grad"]
        if isinstance(key, str):
            names = gradient_names(key)
            for name in (*names, f"grads.{key}", *(f"grads.{each}" for each in names)):
                if name in by_last:
                    return by_last[name]
        elif len(path) > depth + 1:
            kept_in = str(path[depth][1])
            sibling = next((p for p in arrays if p[-1] == path[-1] and len(p) == len(path)
                            and _is_gradient_of(str(p[depth][1]), kept_in)), None)  # fmt: skip
            if sibling is not None and np.shape(arrays[sibling]) == np.shape(value):
                return sibling
    return _same_role(shown(own[0]), group[0][1], arrays, by_last)


def _is_gradient_of(holder: str, kept_in: str) -> bool:
    """Whether a list holds the gradients of another: grads of params, dweights of weights."""
    return bool(_GRADS.fullmatch(holder)) or kept_in in gradient_cores(holder)


def _same_role(
    name: str, value: Any, arrays: Mapping[Path, Any], by_last: Mapping[str, Path]
) -> Path | None:
    """The one gradient of the same shape whose name speaks of the same role: dW for weights."""
    alone = [p for k, p in by_last.items() if _ALONE.fullmatch(k)]
    if len(alone) == 1 and np.shape(arrays[alone[0]]) == np.shape(value) and np.size(value) > 1:
        return alone[0]
    role = role_of(name)
    if role not in ("weight", "bias"):
        return None
    found = [
        path for key, path in by_last.items()
        if np.shape(arrays[path]) == np.shape(value)
        and any(role_of(core) == role for core in gradient_cores(key.removeprefix("grads.")))
    ]  # fmt: skip
    return found[0] if len(found) == 1 else None
