"""Call classes with forward and backward that keep state and gradients on their attributes."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradproof.checking.construct import instances
from gradproof.checking.crashes import told
from gradproof.checking.match import Match, MatchError, best, flat_gradients, with_names
from gradproof.checking.mean import scaled_by_batch
from gradproof.checking.naming import gradient_names, gradient_target, looks_upstream
from gradproof.checking.trials import (
    Argument,
    Array,
    Trial,
    Trials,
    arguments_of,
    role_of,
)

Path = tuple[tuple[str, Any], ...]  # (("attr", "params"), ("item", "W"))
RATE = 0.5


@dataclass(frozen=True)
class Layer:
    """A class of the author's with the names of the two methods."""

    cls: type
    forward: str = "forward"
    backward: str = "backward"
    gradient_names: tuple[str, ...] = ()


def matched_layer(layer: Layer, seed: int) -> Match:
    """Find a size and an input that the layer takes. Raises MatchError."""
    problem, tried = "its constructor's arguments could not be guessed", 0
    rough: Match | None = None
    for instance in instances(layer.cls, seed):
        tried += 1
        arguments = arguments_of(getattr(instance, layer.forward))
        loss = len([a for a in arguments if a.required and a.role != "switch"]) > 1
        for same in Trials(arguments, seed=seed, loss=loss).groups():
            ways: list[Match] = []
            for trial in same:
                try:
                    ways += _ways(layer, instance, trial)
                except Exception as error:  # the author's code may raise anything
                    problem = told(error)
            match = best(iter(ways))
            if match is not None:
                return scaled_by_batch(match)
            rough = rough or (ways[0] if ways else None)
    if rough is not None:
        return rough
    if not tried:
        try:
            layer.cls()
        except Exception as error:
            problem += f" ({told(error)})"
    raise MatchError(f"no sizes and inputs were found that fit: {problem}")


def _ways(layer: Layer, instance: Any, trial: Trial) -> Iterator[Match]:
    if not trial.floats:
        return
    template = copy.deepcopy(instance)
    runs = _Runs(layer, template, dict(trial.values))
    y, after = runs.forward(trial.values, {})
    if isinstance(y, tuple) or np.asarray(y).dtype.kind != "f" or not np.isfinite(y).all():
        return
    found, done = runs.backward(np.full(np.shape(y), 0.5), after)
    returned = flat_gradients(found, layer.gradient_names) if found is not None else []
    parameters = _parameters(template, done, runs, returned)
    inputs = _input_positions(found, layer.gradient_names, trial, done)
    if not inputs and not parameters:
        raise ValueError("backward returns no gradient and leaves none on an attribute")
    for order in inputs or [{}]:
        yield _match(layer, runs, trial, order, parameters)


class _Runs:
    """One call of forward, one of backward, each on a fresh copy of the state."""

    def __init__(self, layer: Layer, template: Any, values: Mapping[str, Any]) -> None:
        self.layer, self.template = layer, template
        given = arguments_of(getattr(template, layer.backward))
        self.upstream = self._upstream(given, values)
        self.rates = [a.name for a in given if a.required and a.role == "small"]
        self.others = [
            a.name for a in given if a.required and a.name in values and a.name != self.upstream
        ]
        unknown = {a.name for a in given if a.required} - {self.upstream, *self.rates, *self.others}
        if unknown:
            raise ValueError(f"backward asks for {', '.join(sorted(unknown))}")
        self.unit = self.upstream is not None and any(
            a.name == self.upstream and a.default in (1, 1.0) for a in given if not a.required
        )

    def _upstream(self, given: Sequence[Argument], values: Mapping[str, Any]) -> str | None:
        names = [a.name for a in given if a.role != "small"]
        likely = [n for n in names if looks_upstream(n)]
        free = [a.name for a in given if a.required and a.role != "small" and a.name not in values]
        return next(iter([*likely, *free]), None)

    def forward(self, values: Mapping[str, Any], parameters: Mapping[Path, Any]) -> tuple[Any, Any]:
        """Run forward on a copy whose parameters are these: the output, and the copy."""
        instance = copy.deepcopy(self.template)
        for path, value in parameters.items():
            _put(instance, path, value)
        np.random.seed(0)  # noqa: NPY002 - the author's code draws from it
        y = getattr(instance, self.layer.forward)(**values)
        return y, (instance, dict(values))

    def backward(self, dy: Any, state: Any) -> tuple[Any, Any]:
        """Run backward on a copy of the state: what it returns, and the copy with the gradients."""
        instance, values = state
        fresh = copy.copy(instance)
        if hasattr(fresh, "__dict__"):
            fresh.__dict__.update({k: _own(v) for k, v in vars(instance).items()})
        given = dict.fromkeys(self.rates, RATE) | {name: values[name] for name in self.others}
        scalar = np.ndim(dy) == 0
        if self.upstream is not None and not (self.unit and scalar):
            given[self.upstream] = dy
        return getattr(fresh, self.layer.backward)(**given), fresh

    def factor(self, dy: Any) -> Any:
        """By what results are scaled: a loss is differentiated for an upstream gradient of 1."""
        return dy if self.upstream is None or (self.unit and np.ndim(dy) == 0) else None


def _own(value: Any) -> Any:
    return copy.copy(value) if isinstance(value, (np.ndarray, list, dict)) else value


def _places(instance: Any) -> Iterator[tuple[Path, str, Any]]:
    """Yield (path, name, value) of everything that an instance keeps, containers opened."""
    for name, value in vars(instance).items() if hasattr(instance, "__dict__") else ():
        head: Path = (("attr", name),)
        yield head, name, value
        if isinstance(value, Mapping):
            yield from (((*head, ("item", k)), f"{name}.{k}", v) for k, v in value.items())
        elif isinstance(value, list):
            yield from (((*head, ("item", k)), f"{name}[{k}]", v) for k, v in enumerate(value))


def _put(instance: Any, path: Path, value: Any) -> None:
    holder = instance
    for kind, key in path[:-1]:
        holder = getattr(holder, key) if kind == "attr" else holder[key]
    kind, key = path[-1]
    if kind == "attr":
        setattr(holder, key, value)
    else:
        holder[key] = value


def _get(instance: Any, path: Path) -> Any:
    value = instance
    for kind, key in path:
        value = getattr(value, key) if kind == "attr" else value[key]
    return value


Read = Callable[[Sequence[tuple[str, Any]], Any, Any], Any]


@dataclass(frozen=True)
class _Parameter:
    """A parameter: every place where the array stands, and how its gradient is read."""

    name: str
    places: tuple[Path, ...]
    value: Array
    read: Read  # (what backward returned, the instance after it, the value before) -> gradient


def _parameters(
    template: Any, done: Any, runs: _Runs, returned: Sequence[tuple[str, Any]]
) -> list[_Parameter]:
    """The arrays that the constructor made and for which backward leaves a gradient."""
    places = list(_places(template))
    after = {path: value for path, _, value in _places(done)}
    groups: dict[int, list[tuple[Path, str, Any]]] = {}
    for path, name, value in places:
        if isinstance(value, np.ndarray) and value.dtype.kind == "f" and value.size:
            groups.setdefault(id(value), []).append((path, name, value))
    out: list[_Parameter] = []
    for group in groups.values():
        path, _, value = group[0]
        if re.search(r"grad|^d_?params$", str(path[0][1])):
            continue
        short = str(path[-1][1]) if isinstance(path[-1][1], str) else group[0][1]
        where = _gradient_place(group, after)
        at = _returned_at(short, returned)
        read: Read | None = None
        if at is not None:
            read = _from_returned(at)
        elif where is not None:
            read = _reader(where)
        elif runs.rates and not np.array_equal(np.asarray(_get(done, path)), value):
            read = _by_update(path)
        if read is not None:
            out.append(_Parameter(short, tuple(p for p, _, _ in group), value, read))
    return out


def _returned_at(name: str, returned: Sequence[tuple[str, Any]]) -> int | None:
    """The position at which backward returns the gradient of a parameter, by its name."""
    for at, (label, gradient) in enumerate(returned):
        if label and gradient is not None and gradient_target(label, [name]) == name:
            return at
    return None


def _from_returned(at: int) -> Read:
    return lambda returned, done, before: returned[at][1]


def _reader(where: Path) -> Read:
    return lambda returned, done, before: _get(done, where)


def _by_update(path: Path) -> Read:
    """The gradient from the step that backward took: (before - after) / rate."""
    return lambda returned, done, before: (before - _get(done, path)) / RATE


def _gradient_place(
    group: Sequence[tuple[Path, str, Any]], after: Mapping[Path, Any]
) -> Path | None:
    """Where the gradient stands: attribute dW, grads["W"], or the same place in self.grads."""
    arrays = {p: v for p, v in after.items() if isinstance(v, np.ndarray) or np.isscalar(v)}
    by_last: dict[str, Path] = {}
    for path in arrays:
        key = path[-1][1]
        if isinstance(key, str):
            holder = str(path[0][1]).lower() if len(path) > 1 else ""
            by_last.setdefault(
                f"grads.{key}" if re.search(r"grad|^d_?params|^d[wp]?$", holder) else key, path
            )
    for path, _, value in group:
        key = path[-1][1]
        if isinstance(key, str):
            for name in (*gradient_names(key), f"grads.{key}", f"grads.d{key}", f"grads.d_{key}"):
                where = by_last.get(name)
                if where is not None and where not in [p for p, _, _ in group]:
                    return where
        elif len(path) > 1:
            sibling = next(
                (
                    p
                    for p in arrays
                    if p[-1] == path[-1] and re.search(r"grad|^d_?params", str(p[0][1]))
                ),
                None,
            )
            if sibling is not None and np.shape(arrays[sibling]) == np.shape(value):
                return sibling
    return None


def _input_positions(
    found: Any, names: Sequence[str], trial: Trial, done: Any
) -> list[dict[str, Any]]:
    """The ways to read the gradients of forward's arguments from what backward returned."""
    gradients = flat_gradients(found, names) if found is not None else []
    targets = list(trial.floats)
    if not gradients:
        for name in targets:
            for key in (*gradient_names(name), "dx", "dX", "dinputs", "grad_input", "dinput"):
                left = getattr(done, key, None)
                if left is not None and np.shape(left) == trial.floats[name].shape:
                    return [{name: ("attr", key)}]
        return []
    main = [t for t in targets if role_of(t) != "labels"] or targets
    if len(gradients) == 1:
        return [{name: ("item", 0)} for name in main]
    order: dict[str, Any] = {}
    for at, (label, value) in enumerate(gradients):
        target = gradient_target(label, targets)
        if target is not None and value is not None:
            order[target] = ("item", at)
    return [order or {main[0]: ("item", 0)}]


def _distinct(names: Sequence[str], taken: Sequence[str]) -> list[str]:
    """Names that can stand in a signature, none of them twice."""
    out: list[str] = []
    for name in names:
        plain = re.sub(r"\W+", "_", name).strip("_") or "w"
        while plain in taken or plain in out:
            plain += "_"
        out.append(plain)
    return out


def _match(
    layer: Layer,
    runs: _Runs,
    trial: Trial,
    order: Mapping[str, Any],
    parameters: Sequence[_Parameter],
) -> Match:
    names = tuple(order)
    fixed = {k: v for k, v in trial.values.items() if k not in order}
    labelled = _distinct([p.name for p in parameters], names)
    inputs = {k: trial.floats[k] for k in names} | {
        n: p.value for n, p in zip(labelled, parameters)
    }

    def forward(*given: Any) -> Any:
        values = {**{k: copy.deepcopy(v) for k, v in fixed.items()}, **dict(zip(names, given))}
        own = given[len(names) :]
        placed = {path: v for p, v in zip(parameters, own) for path in p.places}
        y, state = runs.forward({k: values[k] for k in trial.values}, placed)
        return y, (state, own)

    def backward(dy: Any, cache: Any) -> Any:
        state, own = cache
        found, done = runs.backward(dy, state)
        gradients = flat_gradients(found, layer.gradient_names) if found is not None else []
        scale = runs.factor(dy)
        read = [
            gradients[at][1] if kind == "item" else getattr(done, at) for kind, at in order.values()
        ]
        read += [p.read(gradients, done, before) for p, before in zip(parameters, own)]
        return tuple(read) if scale is None else tuple(each * scale for each in read)

    match = Match(
        with_names(forward, tuple(inputs), getattr(layer.cls, layer.forward)),
        with_names(backward, ("dy", "cache"), getattr(layer.cls, layer.backward)),
        inputs, tuple(inputs), fixed,
    )  # fmt: skip
    if runs.unit and runs.upstream:
        return match.noted(f"a loss is judged for {runs.upstream} = 1, its default")
    return match
