"""Call classes with forward and backward that keep state and gradients on their attributes."""

from __future__ import annotations

import copy
import functools
import itertools
import re
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from gradproof.checking.conventions.choosing import best, first_fitting
from gradproof.checking.conventions.instance_state import Path, clone, places, put
from gradproof.checking.conventions.layer_parameters import (
    Parameter,
    by_shape,
    parameters_of,
    set_rates,
    shown,
    written,
)
from gradproof.checking.conventions.layer_runs import Layer, Runs, ways_of
from gradproof.checking.conventions.match import (
    Match,
    MatchError,
    flat_gradients,
    numeric,
    with_names,
)
from gradproof.checking.conventions.mean_convention import scaled_by_batch
from gradproof.checking.conventions.settle import Layouts, settled
from gradproof.checking.conventions.update_steps import apart
from gradproof.checking.conventions.usual_losses import USUAL, fitted, targets_for
from gradproof.checking.judgement.crashes import told
from gradproof.checking.judgement.telling_errors import Problem
from gradproof.checking.reading.generic_ways import grouped
from gradproof.checking.reading.kept_flags import put_flags
from gradproof.checking.source.argument_roles import predicted_of, role_of
from gradproof.checking.source.gradient_names import (
    LAYER_FORWARDS,
    LOSS,
    gradient_cores,
    gradient_names,
    gradient_target,
)
from gradproof.checking.source.syntax import calls_of_self
from gradproof.checking.structures.containers import is_container, labels_of
from gradproof.checking.structures.made_containers import made_containers
from gradproof.checking.trials.construct import as_built, instances
from gradproof.checking.trials.input_trials import (
    COLUMNS,
    ONE_COLUMN,
    ROWS,
    VECTORS,
    Argument,
    Trial,
    Trials,
    arguments_of,
    draw,
    unpacked_ranks,
)
from gradproof.checking.trials.target_values import uses_of

_INPUT_GRADIENTS = ("dx", "dX", "dinputs", "grad_input", "dinput", "input_grad", "dA_prev", "dA",
                    "dLdA", "dprev", "delta", "grad", "gradient", "dy", "dz", "dZ")  # fmt: skip
_MADE_LATER = re.compile(r"_*(w\d?|b\d?|weights?|bias(es)?|kernel|gamma|beta|params)", re.I)


_NONE_LEFT = "backward returns no gradient and leaves none on an attribute"
_NO_PLAIN_STEP = (
    "backward changes it by more than a rate times a gradient, so the gradient by which it does is "
    "not judged"
)
_NO_GRADIENT = "forward uses it, and backward leaves no gradient of it"
_LEARNED = ("weight", "bias", "gamma", "beta", "recurrent")


def matched_layer(layer: Layer, seed: int) -> Match:
    """Find a size and an input that the layer takes. Raises MatchError."""
    problem = Problem("its constructor's arguments could not be guessed", layer.source)
    rough: Match | None = None
    tried = 0
    examples = _examples(layer, seed)
    for instance in _instances(layer, seed):
        tried += 1
        arguments = layer.arguments(instance)
        fixed = _training(arguments) | {
            a.name: layer.values[a.name] for a in arguments if a.name in layer.values
        }
        made = [*made_containers(layer.forward_code, arguments, seed),
                *_fitting_targets(layer, instance, arguments, seed)]  # fmt: skip
        trials = Trials(arguments, seed=seed, loss=layer.takes_labels(arguments),
                        fixed=fixed, large=layer.large, examples=examples, made=made,
                        labels=labels_of(layer.forward_code, [a.name for a in arguments]),
                        shapes=unpacked_ranks(layer.forward_code),
                        uses=uses_of(layer.source, [a.name for a in arguments]))  # fmt: skip
        ways = functools.partial(_ways, layer, instance, problem=problem)
        match, runs_at_least = first_fitting(grouped(trials, problem, ways), problem)
        if match is not None or tried <= _ASKED:
            match = settled(match, _layouts(layer, instance, trials, problem))
        if match is not None:
            return scaled_by_batch(match)
        rough = rough or runs_at_least
        if rough is None and problem.error == _NONE_LEFT:
            break  # in other sizes, something else may have the shape of an input
    if rough is not None:
        return rough
    if not tried:
        try:
            layer.cls()
        except Exception as error:
            problem.met(0, f"{problem.error} ({told(error)})")
    raise MatchError(problem.text())


def matched_without_loss(layer: Layer, seed: int) -> Match:
    """Read backward as of a usual loss, where it is given targets and no code computes a loss.

    Raises MatchError.
    """
    problem = Problem("its constructor's arguments could not be guessed")
    for instance in itertools.islice(_instances(layer, seed), _ASKED):
        arguments = layer.arguments(instance)
        trials = Trials(arguments, seed=seed, fixed=_training(arguments), large=layer.large,
                        examples=_examples(layer, seed),
                        shapes=unpacked_ranks(layer.forward_code))  # fmt: skip
        running = (trial for same in trials.groups() for trial in same[:1])
        for trial in running:
            match = best(_by_usual_loss(layer, instance, trial, problem))
            if match is not None:
                return match
    raise MatchError(
        f"backward takes the targets {layer.target}, which forward does not, and no method "
        "computes a loss; its gradients are of no usual one"
    )


def _by_usual_loss(layer: Layer, instance: Any, trial: Trial, problem: Problem) -> Iterator[Match]:
    """Yield the ways to call a network with each usual loss whose multiple its gradients are."""
    plain = replace(layer, target="", loss=None)
    try:
        y = Runs(plain, clone(instance), dict(trial.values)).forward(trial.values, {})[0]
    except Exception as error:  # the author's code may raise anything at inputs it is not for
        problem.met(1, error)
        return
    for loss, targets in itertools.product(USUAL, targets_for(np.asarray(y))):
        given = replace(trial, values={**trial.values, layer.target: targets})
        for way in _ways(replace(layer, loss=loss.of), instance, given, problem):
            yield from fitted(way, loss)


def _instances(layer: Layer, seed: int) -> Iterator[Any]:
    """Instances of the class, first as the file itself builds it."""
    rng = np.random.default_rng(seed)
    built = layer.observed.examples(f"{layer.cls.__name__}.__init__", rng)
    likely = [] if layer.values else as_built(layer.cls, built)
    every = itertools.chain(likely, instances(layer.cls, seed, layer.values))
    return (put_flags(instance, layer.values) for instance in every)


def _examples(layer: Layer, seed: int) -> list[dict[str, Any]]:
    """Arguments like those with which the file calls forward."""
    title = f"{layer.cls.__name__}.{layer.forward}"
    return layer.observed.examples(title, np.random.default_rng([seed, 5]))


def _layouts(layer: Layer, instance: Any, trials: Trials, problem: Problem) -> Layouts:
    """What the layer is asked with, to find the layout that it is meant for."""

    def output(values: Mapping[str, Any]) -> Any:
        return Runs(layer, clone(instance), dict(values)).forward(values, {})[0]

    def ways(trial: Trial) -> Iterator[Match]:
        return _ways(layer, instance, trial, problem)

    return Layouts(trials, output, ways, layer.forward_code)


_ASKED = 2  # instances whose forward is asked for layouts where no usual one fits


def _fitting_targets(
    layer: Layer, instance: Any, arguments: Sequence[Argument], seed: int
) -> Iterator[dict[str, Any]]:
    """Targets for a loss of what another method predicts, of the shape of its predictions: first of
    the methods that the loss itself calls."""
    targets = [a.name for a in arguments if a.role == "labels" and a.required]
    if len(targets) != 1 or not LOSS.search(layer.forward):
        return
    seen: set[tuple[int, ...]] = set()
    called = calls_of_self(layer.source, layer.forward)
    for tier, name in itertools.product(
        (ROWS, COLUMNS, VECTORS, ONE_COLUMN), [*called, *_PREDICTING]
    ):
        method = getattr(instance, name, None)
        if not callable(method) or name == layer.forward:
            continue
        try:
            out = getattr(clone(instance), name)(draw(np.random.default_rng(seed), tier.data))
        except Exception:  # it takes no such data
            continue
        if numeric(out) and np.ndim(out) and np.shape(out) not in seen:
            seen.add(np.shape(out))
            yield from ({targets[0]: each} for each in targets_for(np.asarray(out)))


_PREDICTING = (*LAYER_FORWARDS, "predict", "prediction", "output", "hypothesis", "evaluate")
_STALE = (
    "a second forward",
    "backward then gives the gradient at the inputs of the first one, which the instance has kept",
)


def _training(arguments: Sequence[Any]) -> dict[str, Any]:
    """A layer is judged as it is when it learns, also where its default is the other way."""
    return {a.name: True for a in arguments if a.role == "switch" and a.default is False}


def _ways(layer: Layer, instance: Any, trial: Trial, problem: Problem) -> Iterator[Match]:
    template = clone(instance)
    stepping = set_rates(template)
    try:
        runs = Runs(layer, template, dict(trial.values))
        y, after = runs.forward(trial.values, {})
    except Exception as error:  # the author's code may raise anything at inputs it is not for
        problem.met(1, error)
        return
    moving = _moving(template, after[0], trial)
    if _makes_parameters(template, after[0]):
        runs.template, moving = after[0], _moving(after[0], *_again(runs, trial))
        runs.template = _built(template, after[0], moving)
    if not numeric(y):
        problem.met(1, "its output is no array of finite real numbers")
        return
    for way in ways_of(layer, runs, trial, y):
        try:
            yield from _matches(layer, replace(runs, way=way), trial, stepping, moving, problem)
        except Exception as error:
            problem.met(2, error)


def _again(runs: Runs, trial: Trial) -> tuple[Any, Trial]:
    """What a second forward makes of the instance, at other inputs."""
    other = {k: v * 0.9 if k in trial.floats else v for k, v in trial.values.items()}
    runs = replace(runs, template=runs.forward(trial.values, {})[1][0])
    return runs.forward(other, {})[1][0], trial


def _moving(template: Any, after: Any, trial: Trial) -> frozenset[Path]:
    """The places that forward fills: what it keeps for backward, and running statistics."""
    before = dict(places(template))
    return frozenset(
        path for path, value in places(after)
        if path in before and isinstance(value, np.ndarray)
        and not (isinstance(before[path], np.ndarray) and np.array_equal(before[path], value))
    )  # fmt: skip


def _built(template: Any, after: Any, moving: frozenset[Path]) -> Any:
    """The instance with what its first forward has made once and for all, and nothing of a run."""
    instance = clone(template)
    before = dict(places(template))
    for path, value in places(after):
        plain = isinstance(value, (np.ndarray, bool, int, float, str))
        if plain and path not in moving and not _is_same(before.get(path), value):
            try:
                put(instance, path, copy.deepcopy(value))
            except (KeyError, IndexError, AttributeError, TypeError):  # in a list that it fills
                continue
    return instance


def _is_same(before: Any, after: Any) -> bool:
    return before is not None and np.array_equal(np.asarray(before), np.asarray(after))


def _makes_parameters(template: Any, after: Any) -> bool:
    """Whether forward makes parameters at its first call, when it knows the sizes."""

    def known(instance: Any) -> set[str]:
        return {str(path[-1][1]) for path, value in places(instance)
                if isinstance(value, np.ndarray)}  # fmt: skip

    return any(_MADE_LATER.fullmatch(name) for name in known(after) - known(template))


def _matches(
    layer: Layer,
    runs: Runs,
    trial: Trial,
    stepping: bool,
    moving: frozenset[Path],
    problem: Problem,
) -> Iterator[Match]:
    if layer.step and not runs.stepped:
        plain = list(_matches(replace(layer, step=""), runs, trial, stepping, moving, problem))
        if plain and not any(way.unjudged for way in plain):
            yield from plain
            return
        whole = replace(runs, stepped=True)
        taken = list(_matches(layer, whole, trial, stepping, moving, problem))
        best_known = max((len(way.wrt) for way in plain), default=0)
        yield from taken if any(len(way.wrt) > best_known for way in taken) else plain
        return
    y, after = runs.forward(trial.values, {})
    found, done = runs.backward(np.full(np.shape(y), 0.5), after)
    returned = by_shape(_returned(layer, runs.template, found), runs.template, trial.floats)
    steps = runs.steps or stepping
    parameters = parameters_of(runs.template, after[0], done, returned, steps, moving)
    notes = list(runs.notes())
    parameters, odd = apart(runs, trial, parameters)
    stepped = [each.name for each in parameters if each.stepped]
    left = _left_out(runs, trial, parameters, moving)
    unjudged = [(name, _NO_PLAIN_STEP if name in odd else _NO_GRADIENT) for name in left]
    if runs.uses_first_forward(trial.values, [*trial.floats]):
        unjudged.append(_STALE)
    if stepped:
        by = f"{layer.cls.__name__}.{layer.step}" if runs.stepped else "backward"
        notes.append(f"the gradient of {', '.join(stepped)} is read from the step of {by}")
    claimed = {each.name for each in parameters}
    inputs: list[dict[str, Any]] = []
    if layer.loss is None or returned:
        inputs = _input_positions(returned, trial, done, _changed(after[0], done), claimed)
    if not inputs and not parameters:
        problem.met(2, _NONE_LEFT)
        return
    for order in inputs or [{}]:
        way = _match(layer, runs, trial, order, parameters).noted(*notes)
        yield replace(way, unjudged=tuple(unjudged))


def _left_out(
    runs: Runs, trial: Trial, parameters: Sequence[Parameter], moving: frozenset[Path]
) -> list[str]:
    """The arrays named like a parameter on which the output depends and that have no gradient."""
    known = {path for each in parameters for path in each.places} | moving
    known |= {(("attr", name),) for name in ("scale", "shift") if name in _asked(runs.template)}
    ids = {id(value) for path, value in places(runs.template) if path in known}
    out: list[str] = []
    for path, value in places(runs.template):
        if path in known or id(value) in ids or not _is_learned(path, value):
            continue
        try:
            before, _ = runs.forward(trial.values, {path: np.array(value)})
            after, _ = runs.forward(trial.values, {path: value * 0.9 + 0.3})
        except Exception:  # the author's code may raise anything
            continue
        if np.shape(before) != np.shape(after) or not np.allclose(before, after):
            out.append(shown(path))
    return out


def _asked(instance: Any) -> list[str]:
    """The names that the constructor takes: a scale that it is given is a setting."""
    try:
        return [a.name for a in arguments_of(type(instance))]
    except (TypeError, ValueError):
        return []


def _is_learned(path: Path, value: Any) -> bool:
    array = isinstance(value, np.ndarray) and value.dtype.kind == "f" and value.size
    return bool(array) and role_of(shown(path)) in _LEARNED


def _changed(before: Any, after: Any) -> list[str]:
    """The attributes that hold another array after backward than before it."""
    known = vars(before) if hasattr(before, "__dict__") else {}
    return [
        name for name, value in (vars(after) if hasattr(after, "__dict__") else {}).items()
        if isinstance(value, np.ndarray)
        and not (isinstance(known.get(name), np.ndarray) and np.array_equal(known[name], value))
    ]  # fmt: skip


def _returned(layer: Layer, template: Any, found: Any) -> list[tuple[str, Any]]:
    """What backward returned, by name; a list of the gradients of a list of arrays one by one."""
    if found is None:
        return []
    if isinstance(found, (list, tuple)) and _list_of(template, "", found):
        name = layer.gradient_names[0] if len(layer.gradient_names) == 1 else ""
        parts: list[tuple[str, Any]] = [(name, found)]
    else:
        parts = flat_gradients(found, layer.gradient_names)
    out: list[tuple[str, Any]] = []
    for label, value in parts:
        of = _list_of(template, label, value) if isinstance(value, (list, tuple)) else ""
        if of:
            out += [(f"d{of}_{at}", each) for at, each in enumerate(value)]
        elif value is not None:
            out.append((label, value))
    return out


def _list_of(template: Any, label: str, value: Sequence[Any]) -> str:
    """The attribute with a list of arrays of which a list of gradients is; "" if there is none."""
    shapes = [np.shape(each) if isinstance(each, np.ndarray) else None for each in value]
    alike = [
        name for name, held in (vars(template) if hasattr(template, "__dict__") else {}).items()
        if isinstance(held, list) and held and shapes == [np.shape(each) for each in held]
    ]  # fmt: skip
    if len(alike) < 2 or not label:
        return alike[0] if len(alike) == 1 else ""
    spoken = gradient_target(label, alike)
    roles = {role_of(core) for core in gradient_cores(label)}
    of_role = [name for name in alike if role_of(name) in roles]
    return spoken or (of_role[0] if len(of_role) == 1 else "")


def _input_positions(
    gradients: Sequence[tuple[str, Any]],
    trial: Trial,
    done: Any,
    fresh: Sequence[str],
    claimed: Container[str],
) -> list[dict[str, Any]]:
    """The ways to read the gradients of forward's arguments from what backward returned.

    fresh:   the attributes that backward has filled, where the gradient is if it returns none;
    claimed: the parameters whose gradients are known already.
    """
    targets = list(trial.floats)
    if not gradients or not any(np.ndim(v) or np.isscalar(v) for _, v in gradients):
        for name in targets:
            for key in (*gradient_names(name), *_INPUT_GRADIENTS):
                left = getattr(done, key, None)
                named = key in fresh and gradient_target(key, targets) == name
                if left is not None and (named or np.shape(left) == trial.floats[name].shape):
                    return [{name: ("attr", key)}]
        return [{name: ("attr", key)} for key in fresh for name in targets
                if np.shape(getattr(done, key)) == trial.floats[name].shape]  # fmt: skip
    predicted = predicted_of(targets)
    main = [t for t in targets if role_of(t) != "labels" or t == predicted] or targets
    mine = [label for label, _ in gradients if _of(label, claimed) is None]
    if not mine or not targets:
        return []
    if len(gradients) == 1:
        return [{name: ("item", 0)} for name in main]
    order: dict[str, Any] = {}
    for at, (label, _) in enumerate(gradients):
        target = gradient_target(label, targets)
        if target is not None:
            order[target] = ("item", at)
    rest = [at for at, (label, _) in enumerate(gradients)
            if label in mine and ("item", at) not in order.values()]  # fmt: skip
    free = [name for name in targets if name not in order]
    shapes = [np.shape(gradients[at][1]) for at in rest]
    if order and shapes == [trial.floats[name].shape for name in free]:
        order |= {name: ("item", at) for at, name in zip(rest, free)}  # dx beside weight_grad
    if not order and len(gradients) == len(targets):
        return [{name: ("item", at) for at, name in enumerate(targets)}]
    if not order and np.shape(gradients[0][1]) != trial.floats[main[0]].shape:
        return []  # several without names, and the first is of something else
    return [order or {main[0]: ("item", 0)}]


def _of(label: str, claimed: Container[str]) -> str | None:
    """Which of the parameters a gradient of this name is of."""
    return next((core for core in (label, *gradient_cores(label)) if core in claimed), None)


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
    runs: Runs,
    trial: Trial,
    order: Mapping[str, Any],
    parameters: Sequence[Parameter],
) -> Match:
    names = tuple(order)
    fixed = {k: v for k, v in trial.values.items() if k not in order and not is_container(v)}
    labelled = _distinct([p.name for p in parameters], names)
    inputs = {k: trial.floats[k] for k in names} | {
        n: p.value for n, p in zip(labelled, parameters)
    }

    def forward(*given: Any) -> Any:
        values = trial.with_floats(dict(zip(names, given)))
        own = given[len(names) :]
        placed = {path: v for p, v in zip(parameters, own) for path in p.places}
        y, state = runs.forward(values, placed)
        return y, (state, own)

    def backward(dy: Any, cache: Any) -> Any:
        state, own = cache
        found, done = runs.backward(dy, state)
        gradients = _returned(layer, runs.template, found)
        read = [
            gradients[at][1] if kind == "item" else getattr(done, at) for kind, at in order.values()
        ]
        read += [p.read(gradients, done, before) for p, before in zip(parameters, own)]
        return tuple(runs.scaled(each, dy) for each in read)

    return Match(
        with_names(forward, tuple(inputs), getattr(layer.cls, layer.forward)),
        with_names(backward, ("dy", "cache"), getattr(layer.cls, layer.backward or layer.forward)),
        inputs, tuple(inputs), fixed, runs.output or "y", runs.way.contract,
        one_of=trial.is_made,
        spoken={n: written(p.places[0]) for n, p in zip(labelled, parameters)},
        again=lambda values: _match(layer, runs, trial.having(values), order, parameters),
    )  # fmt: skip


__all__ = ["Layer", "matched_layer", "matched_without_loss"]
