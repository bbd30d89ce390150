"""Whole networks: forward_propagation, compute_cost and backward_propagation belong together.

backward is given the targets but no upstream gradient, so its gradients are those of the cost.
"""

from __future__ import annotations

import re
import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gradproof.checking.conventions.choosing import best
from gradproof.checking.conventions.function_pairs import Pair, forward_trials, pair_ways
from gradproof.checking.conventions.match import SELECT, Match, MatchError, distance, with_names
from gradproof.checking.conventions.usual_losses import USUAL, fitted, targets_for
from gradproof.checking.judgement.standins import same_draws
from gradproof.checking.judgement.telling_errors import Problem
from gradproof.checking.source.gradient_names import LOSS
from gradproof.checking.trials.input_trials import Argument, Trial, arguments_of, own_copy

_PARAMETER = re.compile(r"[WwbBU]|weight|bias|theta|gamma|beta|kernel")


@dataclass(frozen=True)
class _Cost:
    """A function of the module that makes a number of the output and the targets."""

    name: str
    function: Callable[..., Any]
    others: tuple[Argument, ...]


def matched_network(pair: Pair, module: types.ModuleType, seed: int) -> list[Match]:
    """The gradients of the cost of forward's output, where they include one. Raises MatchError."""
    target = _targets_of(pair)[0]
    problem = Problem()
    costs = list(_costs(module))
    if not costs:
        return [_by_usual_loss(pair, target, problem, seed)]
    rough: Match | None = None
    wrong: Match | None = None
    for trials in forward_trials(pair, seed):
        for cost in costs:
            found: list[Match] = []
            for trial in trials:
                found += _ways(pair, cost, target, trial, problem)
            match = best(iter(found))
            if match is None:
                rough = rough or (found[0] if found else None)
                continue
            match = match.noted(f"of {cost.name} of what {pair.forward_name} returns")
            right = distance(match) < SELECT
            if wrong is None:
                if right or _gives_several(pair, seed):
                    return [match]
                wrong = match
            elif right and 1 in match.held[target].shape:
                shape = wrong.held[target].shape
                return [match.noted(f"for one number per example; it is wrong for shape {shape}")]
    likely = wrong or rough
    if likely is None:
        raise MatchError(problem.text())
    return [likely]


def _gives_several(pair: Pair, seed: int) -> bool:
    """Whether forward gives several numbers for each example, as the file itself calls it."""
    for example in pair.examples(seed):
        try:
            with same_draws():
                out = pair.forward(**own_copy(dict(example)))
        except Exception:  # of the author's code
            continue
        y = np.asarray(out[0] if isinstance(out, tuple) else out)
        return y.ndim > 1 and 1 not in y.shape
    return False


def _by_usual_loss(pair: Pair, target: str, problem: Problem, seed: int) -> Match:
    """By a loss that no function computes. Raises MatchError."""
    given = tuple(map(Argument.named, ("predictions", "targets")))
    for trials in forward_trials(pair, seed):
        for loss in USUAL:
            cost = _Cost(loss.words, loss.of, given)
            found = [way for trial in trials for way in _ways(pair, cost, target, trial, problem)]
            match = best(each for way in found for each in fitted(way, loss))
            if match is not None:
                return match
    raise MatchError(
        f"{pair.backward_name} takes the targets {target}, so its gradients are those of a "
        "cost; no function was found that computes one, and they are of no usual one"
    )


def includes_cost(pair: Pair) -> bool:
    """Whether backward is given the targets, which forward is not."""
    return len(_targets_of(pair)) == 1


def _targets_of(pair: Pair) -> list[str]:
    known = {a.name for a in arguments_of(pair.forward)}
    given = arguments_of(pair.backward)
    return [a.name for a in given if a.role == "labels" and a.required and a.name not in known]


def _costs(module: types.ModuleType) -> Iterator[_Cost]:
    for name, function in vars(module).items():
        if not isinstance(function, types.FunctionType) or not LOSS.search(name):
            continue
        arguments = [a for a in arguments_of(function) if a.required]
        if len(arguments) >= 2:
            yield _Cost(name, function, tuple(arguments))


def _ways(pair: Pair, cost: _Cost, target: str, trial: Trial, problem: Problem) -> Iterator[Match]:
    try:
        with same_draws():
            out = pair.forward(**trial.with_floats({}))
    except Exception as error:  # the author's code may raise anything at inputs it is not for
        problem.met(1, error)
        return
    y = out[0] if isinstance(out, tuple) else out
    for targets in targets_for(np.asarray(y)):
        whole = _with_cost(pair, cost, target, trial)
        given = replace(trial, values={**trial.values, target: targets})
        found = sorted(pair_ways(whole, given, problem), key=_others)
        yield from map(_of_parameters, found)


def _others(match: Match) -> int:
    """How many of its gradients are of no parameter: unnamed ones are first those of parameters."""
    return sum(not _PARAMETER.match(name) for name in match.wrt)


def _of_parameters(match: Match) -> Match:
    """The same without gradients of the data: dA0 is what layers hand on, not one of the cost."""
    at = [k for k, name in enumerate(match.wrt) if _PARAMETER.match(name)]
    return match.only(at) if at else match


def _with_cost(pair: Pair, cost: _Cost, target: str, trial: Trial) -> Pair:
    names = [*trial.values, target]

    def forward(*given: Any, **named: Any) -> Any:
        values = {**dict(zip(names, given)), **named}
        targets = values.pop(target)
        out = pair.forward(**values)
        parts = out if isinstance(out, tuple) else (out,)
        return (cost.function(*_arguments(cost, parts[0], targets, values)), *parts)

    whole = replace(pair, forward=with_names(forward, names, pair.forward))
    whole.named_outputs = ["cost", *pair.outputs]
    return whole


def _arguments(cost: _Cost, y: Any, targets: Any, values: Mapping[str, Any]) -> list[Any]:
    """The targets by their role; other arguments by name; the output for the first that is left."""
    given: list[Any] = []
    used = False
    for a in cost.others:
        if a.role == "labels":
            given.append(targets)
        elif a.name in values:
            given.append(values[a.name])
        elif not used:
            given.append(y)
            used = True
        else:
            raise ValueError(f"{cost.name} asks for {a.name}")
    return given
