"""Call pairs f and f': f_prime, df, deriv=True, objects with gradient(x), losses with gradients."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from gradproof.checking.conventions.choosing import chosen
from gradproof.checking.conventions.function_pairs import OUTPUT, call, labels_in, varying
from gradproof.checking.conventions.match import (
    SELECT,
    Match,
    MatchError,
    assignments,
    distance,
    distances,
    flat_gradients,
    with_names,
)
from gradproof.checking.conventions.settle import Layouts, settled
from gradproof.checking.judgement.standins import same_draws
from gradproof.checking.judgement.telling_errors import Problem
from gradproof.checking.reading.callsites import CallSites
from gradproof.checking.reading.generic_ways import grouped
from gradproof.checking.reading.indexed import indexed_shapes
from gradproof.checking.source.argument_roles import predicted_of, role_of
from gradproof.checking.source.docstring_shapes import stated_shapes
from gradproof.checking.source.gradient_names import LOSS, gradient_target
from gradproof.checking.structures.containers import is_container, labels_of, whole
from gradproof.checking.structures.made_containers import made_containers
from gradproof.checking.structures.module_weights import drawn_like, weights_of, with_weights
from gradproof.checking.trials.input_trials import (
    Trial,
    Trials,
    arguments_of,
    as_used,
    own_copy,
    stated_ranks,
    targets_are_stretched,
    unpacked_ranks,
)
from gradproof.checking.trials.mode_dictionaries import compared_words
from gradproof.checking.trials.target_values import uses_of

_OUTPUT_CONTRACT = (
    "the derivative takes the output of the function (post-activation), and is judged so"
)


@dataclass(frozen=True)
class Slope:
    """A function and its derivative, as two callables.

    title: by which a loss is told from an activation; doc and code: the docstring and the text of
    the function; returned: the names that the derivative returns; by: the argument by which it is
    one, as its name says, or ""; own_code: its own text.
    """

    function: Callable[..., Any]
    derivative: Callable[..., Any]
    title: str
    doc: str = ""
    output: str = "y"
    returned: tuple[str, ...] = ()
    code: str = ""
    examples: Sequence[Mapping[str, Any]] = ()
    sites: CallSites = field(default_factory=CallSites)
    by: str = ""
    own_code: str = ""


def matched_derivatives(slope: Slope, seed: int) -> list[Match]:
    """The pair in every mode that the function knows. Raises MatchError."""
    arguments = arguments_of(slope.function)
    modes = [a for a in arguments if a.role == "mode" and a.required]
    words = compared_words(slope.code, modes[0].name) if modes else []
    if not words:
        try:
            return [_matched(slope, {}, None, seed)]
        except MatchError:  # how long an argument is may be said by the derivative alone
            if not indexed_shapes(slope.own_code, [a.name for a in arguments]):
                raise
            longer = replace(slope, code=f"{slope.code}\n{slope.own_code}", own_code="")
            return [_matched(longer, {}, None, seed)]
    found, problem = [], ""
    for word in words:
        try:
            found.append(_matched(slope, {modes[0].name: word}, word, seed))
        except MatchError as error:
            problem = problem or f"{modes[0].name} = {word!r}: {error}"
    if not found:
        raise MatchError(problem)
    return [match.noted(problem) for match in found] if problem else found


def _matched(slope: Slope, fixed: Mapping[str, Any], mode: str | None, seed: int) -> Match:
    """Find which argument the derivative is of, and by input or output."""
    named = [a.name for a in arguments_of(slope.function)]
    arguments = [
        replace(a, role="data") if a.name == slope.by
        else as_used(a, slope.code, slope.own_code) for a in arguments_of(slope.function)
    ]  # fmt: skip
    given = [a for a in arguments_of(slope.derivative) if a.required]
    loss = bool(LOSS.search(slope.title)) or sum(a.required for a in arguments) > 1
    stated = indexed_shapes(slope.code, [a.name for a in arguments]) | stated_shapes(slope.doc)
    ranks = unpacked_ranks(slope.code) | stated_ranks(slope.doc)
    trials = Trials(arguments, ranks, stated, seed, fixed, loss,
                    examples=slope.examples, labels=labels_of(slope.code, named),
                    made=list(made_containers(slope.code, arguments, seed, True)),
                    uses=uses_of(f"{slope.code}\n{slope.own_code}", named))  # fmt: skip
    names = [a.name for a in given]
    if len(names) > 1 or sum(a.required for a in arguments) > 1:  # of a loss, both are inputs
        slope = replace(slope, sites=CallSites())
    preferred = slope.sites.contract or (
        "output" if len(names) == 1 and _output_like(names[0]) else "input"
    )
    problem = Problem("it takes no array, or returns none",
                      f"{slope.doc}\n{slope.code}\n{slope.own_code}")  # fmt: skip
    groups = grouped(trials, problem, lambda trial: _ways(slope, trial, names, problem))
    layouts = Layouts(trials, lambda values: _called(slope.function, _copied(values)),
                      lambda trial: _ways(slope, trial, names, problem), slope.code)  # fmt: skip
    match = settled(chosen(groups, preferred, problem, loss), layouts)
    if match is None:
        raise MatchError(problem.text())
    sites = slope.sites
    if sites.by_input and sites.by_output:  # it cannot be right in all of these lines
        match = _against(slope, match, lambda other: _matched(other, fixed, mode, seed))
    return replace(match, mode=mode)


def _against(slope: Slope, match: Match, matched: Callable[[Slope], Match]) -> Match:
    """The match by the calls that are not right, of a derivative that the file gives both the input
    and the output; misgiven: the lines in which it is right, and those in which it is not."""
    sites = slope.sites
    lines = sites.by_input, sites.by_output
    other = CallSites(by_output=sites.by_output)
    if match.contract == "output":
        lines, other = lines[::-1], CallSites(by_input=sites.by_input)
    if distance(match) < SELECT and sites.judged.issuperset(lines[1]):
        what = "input" if match.contract == "output" else "output"
        return match.noted(_called_in(what, lines[1]))  # and is itself wrong there
    against = matched(replace(slope, sites=other))
    if distance(against) < SELECT:
        return match
    return replace(against, misgiven=lines) if distance(match) < SELECT else against


def _output_like(name: str) -> bool:
    return bool(OUTPUT.fullmatch(name.lower())) and name.lower() not in ("s", "p", "o")


def _ways(slope: Slope, trial: Trial, names: Sequence[str], problem: Problem) -> Iterator[Match]:
    y = _called(slope.function, trial.with_floats({}))
    if isinstance(y, tuple) or np.asarray(y).dtype.kind not in "fiub":
        return
    if targets_are_stretched(slope.function, trial):
        problem.met(1, "its targets have one column for several of the predictions")
        return
    complex_one = next((k for k in names if _is_complex(trial.values.get(k))), None)
    if complex_one is not None:
        yield _of_complex(slope, trial, complex_one, names)
        return
    targets = _targets(trial)
    if not targets:
        return
    try:
        found = slope.derivative(*_arguments(trial.values, y, names, "input"))
    except Exception as raised:  # it may take the output, of another shape
        problem.met(2, raised)
        found = None
    several = flat_gradients(found, slope.returned) if _is_several(found, trial) else []
    several, inside = trial.opened(found, several)
    if several:
        more = len(several) > len(targets)  # also of what is named like a target
        of = {name: trial.floats[name] for name in (trial.floats if more else targets)}
        given = [each.name for each in arguments_of(slope.function) if each.name in of]
        jacobians = all(np.ndim(y) == 1 and np.shape(g)[:1] == np.shape(y) for _, g in several)
        if jacobians:
            of = {name: np.empty((*np.shape(y), *of[name].shape)) for name in given}
        order_of = given if jacobians else list(trial.floats)
        read = (_match_several(slope, trial, order, names)
                for order in assignments(several, of, order_of, inside))  # fmt: skip
        yield from _first_of(list(read)) if jacobians else read
        return
    columns = _columns(found, y, trial)
    if columns:
        yield _match_columns(slope, trial, columns, names)
        return
    if _is_stacked(found, y, trial):
        yield _match_stacked(slope, trial, names)
        return
    if trial.containers:  # p = (a, b, c) may be a vector, whose gradient is an array
        return
    if np.iscomplexobj(found) and len(targets) == 1 and not slope.examples:
        z = trial.floats[targets[0]] * (1 - 0.7j)
        whole = replace(trial, values={**trial.values, targets[0]: z})
        if not np.iscomplexobj(_called(slope.function, whole.with_floats({}))):
            yield _of_complex(slope, whole, targets[0], names)
            return
    shown = slope.sites.contract
    if shown != "output":
        note = [_called_in("input", slope.sites.by_input)] if slope.sites.by_input else []
        for target in _by_name(slope, targets):
            yield _match(slope, trial, target, names, "input").noted(
                *_transposed(found, y, trial, target), *note
            )
    same = len(trial.floats) == 1 and np.shape(y) == np.shape(trial.floats[targets[0]])
    if same and len(names) == 1 and shown != "input":
        note = [_called_in("output", slope.sites.by_output)] if slope.sites.by_output else []
        yield _match(slope, trial, targets[0], names, "output").noted(_OUTPUT_CONTRACT, *note)


def _first_of(ways: Sequence[Match]) -> Sequence[Match]:
    """The way to read Jacobians that is wholly right, or else that in the arguments' order."""
    right = [way for way in ways if all(off < SELECT for off in distances(way).values())]
    return right[:1] or ways[:1]


def _is_complex(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype.kind == "c"


def _called_in(what: str, lines: Sequence[int]) -> str:
    """Where the file gives a derivative the input or the output of its function."""
    return f"line {', '.join(map(str, lines))} gives it the {what} of the function"


def _transposed(found: Any, y: Any, trial: Trial, target: str) -> list[str]:
    """What is to be said of a Jacobian with a row for each parameter."""
    shape, kind = trial.floats[target].shape, np.shape(as_array(found))
    if len(shape) == 1 and kind == (*shape, *np.shape(y)) != (*np.shape(y), *shape):
        return ["the Jacobian is returned transposed, a row for each parameter: judged as that"]
    return []


def _is_several(found: Any, trial: Trial) -> bool:
    """Whether a derivative returns gradients for several arguments."""
    if isinstance(found, Mapping) or (trial.containers and whole(found, trial.containers)):
        return True
    return isinstance(found, tuple) and len(found) > 1 and len(trial.floats) > 1


def _by_name(slope: Slope, targets: Sequence[str]) -> list[str]:
    """The targets, first the one that the name of the result speaks of; the one that the
    derivative's own name speaks of is the only one."""
    if slope.by:
        return [slope.by] if slope.by in targets else []
    spoken = gradient_target(slope.returned[0], targets) if len(slope.returned) == 1 else None
    return sorted(targets, key=lambda name: name != spoken)


def _match_several(
    slope: Slope, trial: Trial, order: Mapping[str, int], names: Sequence[str]
) -> Match:
    varied = varying(trial, order) if not trial.containers else {n: trial.floats[n] for n in order}
    varied = {n: trial.floats[n] for n in order} | varied
    fixed = {k: v for k, v in trial.values.items() if k not in varied and not is_container(v)}

    def forward(*given: Any) -> Any:
        values = trial.with_floats(dict(zip(varied, given)))
        y = _called(slope.function, values)
        return y, (values, y, given)

    def backward(dy: Any, cache: Any) -> Any:
        values, y, given = cache
        found = slope.derivative(*_arguments(values, y, names, "input"))
        gradients, _ = trial.opened(found, flat_gradients(found, slope.returned))
        return tuple(pulled(dy, gradients[at][1], x) for at, x in zip(order.values(), given))

    return Match(
        with_names(forward, tuple(varied), slope.function),
        with_names(backward, ("dy", "cache"), slope.derivative),
        varied, tuple(order), fixed, slope.output, one_of=trial.is_made,
        again=lambda values: _match_several(slope, trial.having(values), order, names),
    )  # fmt: skip


def _columns(found: Any, y: Any, trial: Trial) -> list[str]:
    """The numbers of which a Jacobian has a column each, as curve_fit's has: all but the first
    argument, f(t, a, b). None where it is something else."""
    rest = list(trial.values)[1:]
    numbers = all(isinstance(trial.values[n], (float, np.ndarray)) and not np.ndim(trial.values[n])
                  for n in rest)  # fmt: skip
    shape = (np.size(y), len(rest))
    fitting = np.ndim(y) == 1 and np.shape(as_array(found)) == shape and shape[0] != shape[1]
    return rest if len(rest) > 1 and numbers and fitting else []


def _match_columns(
    slope: Slope, trial: Trial, columns: Sequence[str], names: Sequence[str]
) -> Match:
    fixed = {k: v for k, v in trial.values.items() if k not in columns}

    def forward(*given: Any) -> Any:
        values = {**_copied(fixed), **dict(zip(columns, given))}
        return _called(slope.function, values), values

    def backward(dy: Any, values: Any) -> Any:
        found = as_array(slope.derivative(*_arguments(values, None, names, "input")))
        return tuple(np.sum(dy * found[:, at]) for at in range(len(columns)))

    return Match(
        with_names(forward, tuple(columns), slope.function),
        with_names(backward, ("dy", "cache"), slope.derivative),
        {name: np.asarray(trial.values[name]) for name in columns}, tuple(columns), fixed,
        slope.output,
    )  # fmt: skip


def _is_stacked(found: Any, y: Any, trial: Trial) -> bool:
    """Whether a derivative returns one array of the slopes by every argument, np.array([2 * x, 3])
    for f(x, y): of a function that is elementwise in all of them."""
    every = [np.shape(v) for v in trial.values.values()]
    plain = len(every) > 1 and len(trial.floats) == len(every) and {*every} == {np.shape(y)}
    return plain and np.shape(as_array(found)) == (len(every), *np.shape(y))


def _match_stacked(slope: Slope, trial: Trial, names: Sequence[str]) -> Match:
    order = tuple(trial.values)

    def forward(*given: Any) -> Any:
        values = trial.with_floats(dict(zip(order, given)))
        return _called(slope.function, values), values

    def backward(dy: Any, values: Any) -> Any:
        found = as_array(slope.derivative(*_arguments(values, None, names, "input")))
        return tuple(dy * part for part in found)

    return Match(
        with_names(forward, order, slope.function),
        with_names(backward, ("dy", "cache"), slope.derivative),
        dict(trial.floats), order, {}, slope.output,
    )  # fmt: skip


def _targets(trial: Trial) -> list[str]:
    """What may have a gradient, likeliest first; a loss is never differentiated by its target."""
    order = {"probability": 0, "data": 1, "labels": 5}
    names = sorted(trial.floats, key=lambda name: order.get(role_of(name), 2))
    predictions = [k for k, v in {**trial.values, **trial.floats}.items()
                   if not is_container(v) and np.ndim(v) and role_of(k) != "labels"]  # fmt: skip
    if (predicted := predicted_of(list(trial.values))) in names:
        return [predicted]
    return [name for name in names if role_of(name) != "labels" or not predictions]


def _match(slope: Slope, trial: Trial, target: str, names: Sequence[str], contract: str) -> Match:
    varied = {target: trial.floats[target]}
    if not trial.containers:
        varied |= varying(trial, varied)
    fixed = {k: v for k, v in trial.values.items() if k not in varied}

    def forward(*given: Any) -> Any:
        values = trial.with_floats(dict(zip(varied, given)))
        y = _called(slope.function, values)
        return y, (values, y, given[0])

    def backward(dy: Any, cache: Any) -> Any:
        values, y, x = cache
        given = _arguments(values, y, names, contract)
        return (pulled(dy, slope.derivative(*given), x),)

    return Match(
        with_names(forward, tuple(varied), slope.function),
        with_names(backward, ("dy", "cache"), slope.derivative),
        varied, (target,), fixed, slope.output, contract,
        again=lambda values: _match(slope, trial.having(values), target, names, contract),
    )  # fmt: skip


def _of_complex(slope: Slope, trial: Trial, target: str, names: Sequence[str]) -> Match:
    """A real cost of a complex array: its real and imaginary parts stand along a last axis."""
    fixed = {k: v for k, v in trial.values.items() if k != target}
    value = trial.values[target]

    def forward(parts: Any) -> Any:
        z = parts[..., 0] + 1j * parts[..., 1]
        values = {**{k: own_copy(v) for k, v in fixed.items()}, target: z}
        return _called(slope.function, values), values

    def backward(dy: Any, values: Any) -> Any:
        found = np.asarray(slope.derivative(*_arguments(values, None, names, "input")))
        return (dy * np.stack([found.real, found.imag], axis=-1),)

    note = f"{target} is complex: judged as d/d(real) + i d/d(imaginary), the parts in a last axis"
    return Match(
        with_names(forward, (target,), slope.function),
        with_names(backward, ("dy", "cache"), slope.derivative),
        {target: np.stack([value.real, value.imag], axis=-1)}, (target,), fixed, slope.output,
    ).noted(note)  # fmt: skip


def _called(function: Callable[..., Any], values: Mapping[str, Any]) -> Any:
    """The result; a list of numbers, such as a right-hand side returns, as an array."""
    with same_draws():
        return as_array(function(**values))


def _copied(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: own_copy(value) for name, value in values.items()}


def as_array(value: Any) -> Any:
    """Lists of numbers and sparse matrices as arrays, everything else as it is."""
    if hasattr(value, "toarray"):
        return np.asarray(value.toarray())
    if not isinstance(value, list):
        return value
    try:
        array = np.asarray(value)
    except ValueError:  # of unequal lengths
        return value
    return array.astype(float) if array.dtype.kind in "iub" else array


def _arguments(values: Mapping[str, Any], y: Any, names: Sequence[str], contract: str) -> list[Any]:
    """What the derivative is given: the output, arguments of the same name, or all in order."""
    if contract == "output":
        return [y]
    if all(name in values for name in names):
        return [values[name] for name in names]
    return list(values.values())[: len(names)]


def pulled(dy: Any, slope: Any, x: Any) -> Any:
    """The gradient from a derivative by element, the gradient of a loss, or a Jacobian matrix."""
    slope = as_array(slope)
    shape, kind = np.shape(x), np.shape(slope)
    if kind == shape and np.shape(dy) in ((), shape):
        return dy * slope
    if len(shape) == 1 and kind == (*np.shape(dy), *shape):
        return dy @ slope
    if len(shape) == 1 and kind == (*shape, *np.shape(dy)):  # transposed
        return slope @ dy
    if len(shape) == 1 == np.ndim(dy) and kind == (np.size(dy) * shape[0],):  # row after row
        return dy @ np.reshape(slope, (np.size(dy), shape[0]))
    if len(shape) == 2 and shape[1] == 1 and kind == (np.size(dy), shape[0]):  # of a column
        return np.reshape(np.ravel(dy) @ slope, shape)
    if len(shape) == 2 and np.shape(dy) == shape and kind == (*shape, shape[1]):
        return np.einsum("ni,nij->nj", dy, slope)  # the Jacobian matrix of every row
    if kind == () and np.shape(dy) == shape:  # a constant derivative, such as that of x
        return dy * slope
    if not np.shape(dy) and np.asarray(slope).dtype.kind in "fi":  # of a loss, but not by this
        return dy * slope
    raise ValueError(f"a derivative of shape {kind} for an input of shape {shape}")


def matched_loss(
    function: Callable[..., Any],
    names: Sequence[str],
    doc: str,
    seed: int,
    examples: Sequence[Mapping[str, Any]] = (),
    code: str = "",
) -> Match:
    """A function that returns (loss, gradients), or (gradients, loss). Raises MatchError."""
    weights = weights_of(function, names[1:])
    fixed = drawn_like(function, weights, seed)
    if weights:
        function = with_weights(function, weights)
    arguments = [as_used(a, code) for a in arguments_of(function) if a.name not in weights]
    labels = labels_of(code, [a.name for a in arguments])
    made = list(made_containers(code, arguments, seed, True))
    ranks = unpacked_ranks(code) | stated_ranks(doc)
    stated = indexed_shapes(code, [a.name for a in arguments]) | stated_shapes(doc)
    trials = Trials(arguments, ranks, stated, seed, fixed, loss=True,
                    examples=examples, made=made, labels=labels,
                    uses=uses_of(code, [a.name for a in arguments]))  # fmt: skip
    problem = Problem("it takes no array, or returns none")
    groups = grouped(trials, problem, lambda trial: _loss_ways(function, trial, names))
    layouts = Layouts(trials, lambda values: _loss_first(call(function, values))[0],
                      lambda trial: _loss_ways(function, trial, names), code)  # fmt: skip
    match = settled(chosen(groups, "input", problem), layouts)
    if match is None:
        raise MatchError(problem.text())
    return match


def _loss_first(out: Any) -> tuple[Any, tuple[Any, ...]]:
    """The loss and the gradients, whichever of them is returned first."""
    if not isinstance(out, tuple) or len(out) < 2:
        raise ValueError("it does not return a loss and gradients")
    if isinstance(out[0], Mapping) and len(out) == 2:
        return out[1], out[:1]
    return out[0], out[1:]


def _loss_ways(function: Callable[..., Any], trial: Trial, names: Sequence[str]) -> Iterator[Match]:
    loss, rest = _loss_first(call(function, trial.values))
    if np.ndim(loss):
        yield _value_and_jacobians(function, trial, loss, rest)
        return
    gradients, inside = trial.opened(rest, flat_gradients(rest, names[1:]))
    targets = {k: trial.floats[k] for k in _targets(trial)}
    for order in assignments(gradients, targets, list(trial.floats), inside):
        yield _loss_match(function, trial, order, names)


def _value_and_jacobians(
    function: Callable[..., Any], trial: Trial, value: Any, rest: Sequence[Any]
) -> Match:
    """A function that returns a vector and its Jacobians. Raises ValueError for something else."""
    order: dict[str, int] = {}
    for at, jacobian in enumerate(map(as_array, rest)):
        fitting = (n for n, x in trial.floats.items() if n not in order and x.ndim == 1
                   and np.shape(jacobian) == (*np.shape(value), *x.shape))  # fmt: skip
        if (name := next(fitting, None)) is None:
            raise ValueError("its first result is no single number, and another no Jacobian of it")
        order[name] = at
    fixed = {k: v for k, v in trial.values.items() if k not in order and not is_container(v)}

    def forward(*given: Any) -> Any:
        out = _called(function, trial.with_floats(dict(zip(order, given))))
        return as_array(out[0]), (out[1:], given)

    def backward(dy: Any, cache: Any) -> Any:
        return tuple(pulled(dy, cache[0][at], x) for at, x in zip(order.values(), cache[1]))

    return Match(
        with_names(forward, tuple(order), function),
        with_names(backward, ("dy", "cache"), function),
        {name: trial.floats[name] for name in order}, tuple(order), fixed, "value",
        one_of=trial.is_made,
    )  # fmt: skip


def _loss_match(
    function: Callable[..., Any], trial: Trial, order: Mapping[str, int], names: Sequence[str]
) -> Match:
    varied = varying(trial, order)
    fixed = {k: v for k, v in trial.values.items() if k not in varied and not is_container(v)}
    data = labels_in(fixed)

    def forward(*given: Any) -> Any:
        values = dict(zip((*varied, *data), given))
        return _loss_first(_called(function, trial.with_floats(values)))

    def backward(dy: Any, cache: Any) -> Any:
        gradients, _ = trial.opened(cache, flat_gradients(cache, names[1:]))
        return tuple(dy * gradients[order[name]][1] for name in order)

    return Match(
        with_names(forward, tuple(varied), function),
        with_names(backward, ("dy", "cache"), function),
        varied, tuple(order), fixed, names[0] if names and names[0] else "loss",
        one_of=trial.is_made, data=data,
        again=lambda values: _loss_match(function, trial.having(values), order, names),
    )  # fmt: skip
