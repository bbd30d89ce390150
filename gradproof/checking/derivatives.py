"""Call pairs f and f': f_prime, df, deriv=True, objects with gradient(x), losses with gradients."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradproof.checking.crashes import told
from gradproof.checking.functions import OUTPUT, call, varying
from gradproof.checking.match import (
    Match,
    MatchError,
    assignments,
    chosen,
    flat_gradients,
    with_names,
)
from gradproof.checking.naming import LOSS
from gradproof.checking.trials import Trial, Trials, arguments_of, role_of, stated_ranks

_OUTPUT_CONTRACT = (
    "the derivative takes the output of the function (post-activation), and is judged so"
)


@dataclass(frozen=True)
class Slope:
    """A function and its derivative, as two callables.

    title: by which a loss is told from an activation; doc: the docstring of the function.
    """

    function: Callable[..., Any]
    derivative: Callable[..., Any]
    title: str
    doc: str = ""
    output: str = "y"


def matched_derivative(slope: Slope, seed: int) -> Match:
    """Find which argument the derivative is of, and by input or output. Raises MatchError."""
    arguments = arguments_of(slope.function)
    given = [a for a in arguments_of(slope.derivative) if a.required]
    loss = bool(LOSS.search(slope.title)) or sum(a.required for a in arguments) > 1
    trials = Trials(arguments, shapes=stated_ranks(slope.doc), seed=seed, loss=loss)
    names = [a.name for a in given]
    preferred = "output" if len(names) == 1 and _output_like(names[0]) else "input"
    problems: list[str] = []
    groups = _tried(trials, problems, lambda trial: _ways(slope, trial, names))
    match = chosen(groups, preferred, problems, loss)
    if match is None:
        raise MatchError(f"no inputs were found that fit: {_telling(problems)}")
    return match


def _tried(
    trials: Trials, problems: list[str], ways: Callable[[Trial], Iterator[Match]]
) -> Iterator[list[Match]]:
    """The ways to call with each group of trials; what is raised on the way is a problem."""
    for same in trials.groups():
        found: list[Match] = []
        for trial in same:
            try:
                found += ways(trial)
            except Exception as raised:  # the author's code may raise anything
                problems.append(told(raised))
        yield found


def _output_like(name: str) -> bool:
    return bool(OUTPUT.fullmatch(name.lower())) and name.lower() not in ("s", "p", "o")


def _telling(problems: Sequence[str]) -> str:
    """The first of the errors met: that at the likeliest inputs."""
    return problems[0] if problems else "it takes no array, or returns none"


def _ways(slope: Slope, trial: Trial, names: Sequence[str]) -> Iterator[Match]:
    y = call(slope.function, trial.values)
    if isinstance(y, tuple) or np.asarray(y).dtype.kind not in "fiub":
        return
    targets = _targets(trial)
    for target in targets:
        yield _match(slope, trial, target, names, "input")
    same = len(trial.floats) == 1 and np.shape(y) == np.shape(trial.floats[targets[0]])
    if same and len(names) == 1:
        yield _match(slope, trial, targets[0], names, "output").noted(_OUTPUT_CONTRACT)


def _targets(trial: Trial) -> list[str]:
    """What may have a gradient, likeliest first; a loss is never differentiated by its target."""
    order = {"probability": 0, "data": 1, "labels": 5}
    names = sorted(trial.floats, key=lambda name: order.get(role_of(name), 2))
    return [name for name in names if role_of(name) != "labels"] or names


def _match(slope: Slope, trial: Trial, target: str, names: Sequence[str], contract: str) -> Match:
    fixed = {k: v for k, v in trial.values.items() if k != target}

    def forward(x: Any) -> Any:
        values = {**{k: copy.deepcopy(v) for k, v in fixed.items()}, target: x}
        y = _called(slope.function, values)
        return y, (values, y)

    def backward(dy: Any, cache: Any) -> Any:
        values, y = cache
        given = _arguments(values, y, names, contract)
        return (pulled(dy, slope.derivative(*given), values[target]),)

    return Match(
        with_names(forward, (target,), slope.function),
        with_names(backward, ("dy", "cache"), slope.derivative),
        {target: trial.floats[target]}, (target,), fixed, slope.output, contract,
    )  # fmt: skip


def _called(function: Callable[..., Any], values: Mapping[str, Any]) -> Any:
    np.random.seed(0)  # noqa: NPY002 - the author's code draws from it
    return function(**values)


def _arguments(values: Mapping[str, Any], y: Any, names: Sequence[str], contract: str) -> list[Any]:
    """What the derivative is given: the output, arguments of the same name, or all in order."""
    if contract == "output":
        return [y]
    if all(name in values for name in names):
        return [values[name] for name in names]
    return list(values.values())[: len(names)]


def pulled(dy: Any, slope: Any, x: Any) -> Any:
    """The gradient from a derivative by element, the gradient of a loss, or a Jacobian matrix."""
    shape, kind = np.shape(x), np.shape(slope)
    if kind == shape and np.shape(dy) in ((), shape):
        return dy * slope
    if len(shape) == 1 and kind == (*np.shape(dy), *shape):
        return dy @ slope
    if kind == () and np.shape(dy) == shape:  # a constant derivative, such as that of x
        return dy * slope
    raise ValueError(f"a derivative of shape {kind} for an input of shape {shape}")


def matched_loss(
    function: Callable[..., Any], title: str, names: Sequence[str], doc: str, seed: int
) -> Match:
    """A function that returns (loss, gradients). Raises MatchError."""
    arguments = arguments_of(function)
    trials = Trials(arguments, shapes=stated_ranks(doc), seed=seed, loss=True)
    problems: list[str] = []
    groups = _tried(trials, problems, lambda trial: _loss_ways(function, trial, names))
    match = chosen(groups, "input", problems)
    if match is None:
        raise MatchError(f"no inputs were found that fit: {_telling(problems)}")
    return match


def _loss_ways(function: Callable[..., Any], trial: Trial, names: Sequence[str]) -> Iterator[Match]:
    out = call(function, trial.values)
    if not isinstance(out, tuple) or np.ndim(out[0]):
        raise ValueError("its first result is no single number")
    gradients = flat_gradients(out[1:], names[1:])
    targets = {k: trial.floats[k] for k in _targets(trial)}
    for order in assignments(gradients, targets):
        yield _loss_match(function, trial, order, names)


def _loss_match(
    function: Callable[..., Any], trial: Trial, order: Mapping[str, int], names: Sequence[str]
) -> Match:
    varied = varying(trial, order)
    fixed = {k: v for k, v in trial.values.items() if k not in varied}

    def forward(*given: Any) -> Any:
        values = {**{k: copy.deepcopy(v) for k, v in fixed.items()}, **dict(zip(varied, given))}
        out = _called(function, values)
        return out[0], out[1:]

    def backward(dy: Any, cache: Any) -> Any:
        gradients = flat_gradients(cache, names[1:])
        return tuple(dy * gradients[order[name]][1] for name in order)

    return Match(
        with_names(forward, tuple(varied), function),
        with_names(backward, ("dy", "cache"), function),
        varied, tuple(order), fixed, names[0] if names and names[0] else "loss",
    )  # fmt: skip
