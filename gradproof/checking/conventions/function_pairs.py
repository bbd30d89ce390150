"""Call pairs of functions: forward with cache, and losses that return their gradient."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from gradproof.checking.conventions.choosing import first_fitting
from gradproof.checking.conventions.match import (
    Match,
    MatchError,
    assignments,
    flat_gradients,
    numeric,
    with_names,
)
from gradproof.checking.conventions.mean_convention import scaled_by_batch
from gradproof.checking.conventions.parameter_dicts import filled_with_arrays
from gradproof.checking.conventions.settle import Layouts, settled
from gradproof.checking.judgement.standins import same_draws
from gradproof.checking.judgement.telling_errors import NO_INPUTS, Problem
from gradproof.checking.reading.generic_ways import grouped
from gradproof.checking.reading.indexed import indexed_shapes
from gradproof.checking.reading.listed import beside
from gradproof.checking.reading.observed import Observed
from gradproof.checking.source.argument_roles import role_of
from gradproof.checking.source.docstring_shapes import stated_shapes, stated_together, turned
from gradproof.checking.source.gradient_names import (
    LOSS,
    gradient_cores,
    gradient_target,
    is_cache,
    looks_upstream,
)
from gradproof.checking.source.syntax import Source
from gradproof.checking.structures.containers import is_container, labels_of
from gradproof.checking.structures.made_containers import made_containers
from gradproof.checking.trials.input_trials import (
    Argument,
    Array,
    Trial,
    Trials,
    arguments_of,
    as_used,
    gates_of,
    is_mask,
    own_copy,
    stated_ranks,
    targets_of,
    unpacked_ranks,
)
from gradproof.checking.trials.mode_dictionaries import (
    compared_words,
    filled,
    in_dictionary,
    read_keys,
)
from gradproof.checking.trials.several_outputs import joined, pieces
from gradproof.checking.trials.target_values import is_generic, sums_to_one, uses_of

OUTPUT = re.compile(r"a|s|y|out(put)?s?|activ\w*|result|act|sig\w*|z?_?out|y_?hat|o|p(robs?)?")

Settings = tuple[str | None, dict[str, Any]]


@dataclass
class Pair:
    """Two functions of the author's, with what their source says."""

    forward: Callable[..., Any]
    backward: Callable[..., Any]
    forward_name: str
    source: Source
    owner: str
    backward_name: str
    named_outputs: list[str] | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    large: bool = False
    observed: Observed = field(default_factory=Observed)

    def examples(self, seed: int) -> list[dict[str, Any]]:
        """Arguments like those with which the file calls forward."""
        return self.observed.examples(self.title, np.random.default_rng([seed, 5]))

    @property
    def title(self) -> str:
        """The qualified name of forward."""
        return f"{self.owner}.{self.forward_name}" if self.owner else self.forward_name

    @functools.cached_property
    def text(self) -> str:
        """The text of both."""
        names = (self.forward_name, self.backward_name)
        return "\n".join(self.source.code_with_calls(self.owner, name) for name in names)

    @functools.cached_property
    def outputs(self) -> list[str]:
        """The names that forward returns."""
        if self.named_outputs is not None:
            return self.named_outputs
        return self.source.returned(self.owner, self.forward_name)

    @functools.cached_property
    def gradient_names(self) -> list[str]:
        """The names that backward returns."""
        return self.source.returned(self.owner, self.backward_name)


def every_mode(pair: Pair, seed: int) -> list[Match]:
    """The pair in every mode that its forward knows. Raises MatchError."""
    code = pair.source.code_with_calls(pair.owner, pair.forward_name)
    arguments = [as_used(a, code, pair.text) for a in arguments_of(pair.forward)]
    several = [a for a in arguments if a.required and _is_dictionary(a, code)]
    settings = several[0] if several else None
    if settings is not None and (held := _dictionaries(pair, settings.name, seed)):
        choices: list[Settings] = [(None, {settings.name: each}) for each in held]
        return _all_modes(pair, arguments, choices, seed)
    plain = [a for a in arguments if a.role == "mode"]
    modes = plain and _plain_modes(pair, plain[0])
    if settings is None:
        if not modes:
            return [_matched(pair, arguments, {}, None, seed)]
        return _all_modes(pair, arguments, [(m, {plain[0].name: m}) for m in modes], seed)
    code += "\n" + pair.source.code_with_calls(pair.owner, pair.backward_name)
    choices = [(None, {})]
    for each in several:
        made = [(mode, _changed(one, pair.values, each.name)) for mode, one in
                filled(code, each.name)]  # fmt: skip
        choices = [(before or mode, {**others, each.name: one})
                   for before, others in choices for mode, one in made]  # fmt: skip
    if modes and all(mode is None for mode, _ in choices):
        choices = [(m, {**made, plain[0].name: m}) for m in modes for _, made in choices]
    return _all_modes(pair, arguments, choices, seed)


def _changed(made: Mapping[str, Any], values: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A dictionary of settings with other values for some keys, given as name["key"]."""
    return {k: values.get(in_dictionary(name, k), v) for k, v in made.items()}


def _is_dictionary(argument: Argument, code: str) -> bool:
    return argument.role == "settings" or bool(read_keys(code, argument.name))


def _dictionaries(pair: Pair, name: str, seed: int) -> list[dict[str, Any]]:
    """What the argument may be if it is a dictionary of arrays, such as parameters["W1"]."""
    keys = read_keys(pair.source.code_with_calls(pair.owner, pair.forward_name), name)
    stated = stated_shapes(pair.source.doc(pair.owner, pair.forward_name))
    called = (each.get(name) for each in pair.examples(seed))  # as the file itself gives them
    own = [each for each in called if isinstance(each, dict) and each and is_container(each)]
    return [*own, *(filled_with_arrays(keys, stated, seed) if keys else ())]


def _plain_modes(pair: Pair, argument: Argument) -> list[str]:
    return compared_words(pair.source.code_with_calls(pair.owner, pair.forward_name), argument.name)


def _all_modes(
    pair: Pair, arguments: Sequence[Argument], choices: Sequence[Settings], seed: int
) -> list[Match]:
    found: dict[str | None, Match] = {}
    problems: dict[str | None, str] = {}
    for mode, fixed in choices:
        if mode in found:
            continue
        try:
            found[mode] = _matched(pair, arguments, fixed, mode, seed)
        except MatchError as error:
            problems[mode] = str(error)
    failed = [mode for mode in problems if mode not in found]
    if not found:
        raise MatchError(next(iter(problems.values()), "no settings were found that it accepts"))
    # A forward that returns nothing for backward in a mode says that there is no way back in it.
    unjudged = [
        (f"mode {mode!r}", problems[mode]) for mode in failed if NO_INPUTS in problems[mode]
    ]
    notes = [
        f"mode {mode!r} could not be followed by backward: {problems[mode]}"
        for mode in failed if NO_INPUTS not in problems[mode]
    ]  # fmt: skip
    first, *others = [match.noted(*notes) for match in found.values()]
    return [replace(first, unjudged=(*first.unjudged, *unjudged)), *others]


def _matched(
    pair: Pair, arguments: Sequence[Argument], fixed: Mapping[str, Any], mode: str | None, seed: int
) -> Match:
    """Find inputs that fit. Raises MatchError."""
    try:
        return _matched_at(pair, arguments, fixed, mode, seed)
    except MatchError:
        docs = pair.source.docs_with_calls(pair.owner, pair.forward_name)
        if not turned(stated_together(docs)):
            raise
        with suppress(MatchError):  # a window may have been longer than what it moves over
            return _matched_at(pair, arguments, fixed, mode, seed, turn=True)
        raise


def _matched_at(
    pair: Pair,
    arguments: Sequence[Argument],
    fixed: Mapping[str, Any],
    mode: str | None,
    seed: int,
    turn: bool = False,
) -> Match:
    """The same; turn: whether the symbols of docstrings stand for other sizes."""
    doc = pair.source.doc(pair.owner, pair.forward_name)
    loss = bool(LOSS.search(pair.forward_name))
    code = pair.source.code_with_calls(pair.owner, pair.forward_name)
    ranks = unpacked_ranks(code) | stated_ranks(doc)
    docs = pair.source.docs_with_calls(pair.owner, pair.forward_name)
    spoken = stated_together(docs)
    stated = indexed_shapes(code, [a.name for a in arguments]) | (
        turned(spoken) if turn else spoken
    )
    free = [a for a in arguments if a.name not in fixed]
    trials = Trials(arguments, ranks, stated, seed, fixed, loss, gates_of(code),
                    pair.large, pair.examples(seed), list(made_containers(code, free, seed)),
                    labels_of(code, [a.name for a in arguments]),
                    uses=uses_of(pair.text, [a.name for a in arguments]))  # fmt: skip
    problem = Problem(code=f"{docs}\n{pair.text}")
    match, rough = first_fitting(
        grouped(trials, problem, lambda trial: pair_ways(pair, trial, problem, mode)), problem
    )

    def output(values: Mapping[str, Any]) -> Any:
        return _parts(call(pair.forward, values))[0]

    def ways(trial: Trial) -> Iterator[Match]:
        return pair_ways(pair, trial, problem, mode)

    chosen = settled(match, Layouts(trials, output, ways, code))
    if chosen is not None:
        return scaled_by_batch(chosen)
    if rough is None:
        raise MatchError(problem.text())
    return rough


def _parts(out: Any) -> tuple[Any, ...]:
    return out if isinstance(out, tuple) else (out,)


def forward_trials(pair: Pair, seed: int) -> Iterator[list[Trial]]:
    """The trials for forward, with every dictionary of arrays that it may take."""
    arguments = arguments_of(pair.forward)
    code = pair.source.code(pair.owner, pair.forward_name)
    stated = stated_shapes(pair.source.doc(pair.owner, pair.forward_name))
    settings = next((a for a in arguments if a.required and _is_dictionary(a, code)), None)
    choices = _dictionaries(pair, settings.name, seed) if settings is not None else []
    for made in choices or [{}]:
        fixed = {settings.name: made} if settings is not None and choices else {}
        examples = [] if choices else pair.examples(seed)
        yield from Trials(arguments, {}, stated, seed, fixed, examples=examples).groups()


def pair_ways(
    pair: Pair, trial: Trial, problem: Problem, mode: str | None = None
) -> Iterator[Match]:
    """Yield the ways to call backward after this forward that run."""
    if not trial.floats:
        problem.met(0, "no argument that is an array of real numbers")
        return
    try:
        out = call(pair.forward, trial.values)
    except Exception as error:  # the author's code may raise anything at inputs it is not for
        problem.met(1, error)
        return
    parts = _parts(out)
    for plan in _plans(pair, trial, parts):
        try:
            y = plan.output(parts)
            if not numeric(y):
                problem.met(1, "its output is no array of finite real numbers")
                continue
            found = plan.call(np.full(np.shape(y), 0.5), trial.values, parts)
            if plan.takes_no_upstream(np.zeros(np.shape(y)), trial.values, parts):
                problem.met(2, f"{plan.sources[0][0]} is no upstream gradient: for zeros it gives "
                            "others than zeros")  # fmt: skip
                continue
        except Exception as error:
            problem.met(2, error)
            continue
        gradients, inside = trial.opened(found, flat_gradients(found, pair.gradient_names))
        if not any(np.ndim(g) or np.isscalar(g) for _, g in gradients if g is not None):
            problem.met(2, "returns no gradient")
            continue
        numbers = _numbers(trial, gradients)
        if numbers:  # such as the alpha of a PReLU
            yield from pair_ways(
                pair, replace(trial, values={**trial.values, **numbers}), problem, mode
            )
            continue
        targets = targets_of(trial, gradients) or trial.floats
        for order in assignments(gradients, targets, known=inside):
            way = _match(pair, plan, trial, order, mode)
            yield _with_rest(way, pair, gradients, order)
        if len(gradients) > len(trial.floats):
            problem.met(3, f"{len(gradients)} gradients for {', '.join(trial.floats)}")


def _with_rest(
    way: Match, pair: Pair, gradients: Sequence[tuple[str, Any]], order: Mapping[str, int]
) -> Match:
    """The match, with what backward returns beside these gradients."""
    rest = [(name, at) for at, (name, value) in enumerate(gradients)
            if at not in order.values() and value is not None and np.size(value)]  # fmt: skip
    code = pair.source.code(pair.owner, pair.forward_name)
    steps, unjudged = beside(rest, code)
    return replace(way.noted(*steps), unjudged=(*way.unjudged, *unjudged))


def _numbers(trial: Trial, gradients: Sequence[tuple[str, Any]]) -> dict[str, Array]:
    """The arguments that are one number each and of which backward returns a gradient by name."""
    plain = [k for k, v in trial.values.items() if type(v) is float]
    named = {gradient_target(name, plain) for name, value in gradients if value is not None}
    return {k: np.asarray(trial.values[k]) for k in plain if k in named}


def call(function: Callable[..., Any], values: Mapping[str, Any]) -> Any:
    """Call with copies, and with the same draws of NumPy's global generator every time."""
    with same_draws():
        return function(**{k: own_copy(v) for k, v in values.items()})


@dataclass(frozen=True)
class _Plan:
    """Where each argument of backward comes from."""

    backward: Callable[..., Any]
    sources: tuple[tuple[str, str, Any], ...]  # (argument, "dy" | "input" | "part" | "rest", which)
    upstreams: int = 1
    contract: str = "input"
    packed: bool = False  # whether the upstream gradients come as one tuple
    loss: int = 0  # which of the results is the loss, where there is no upstream gradient

    def output(self, parts: Sequence[Any]) -> Any:
        """What the gradients are of."""
        return parts[self.loss] if self.loss else joined(parts, self.upstreams)

    def call(self, dy: Any, values: Mapping[str, Any], parts: Sequence[Any]) -> Any:
        """Call backward; a loss whose backward takes no upstream gradient is scaled by it."""
        split: Any = pieces(dy, parts, self.upstreams)
        split = [tuple(split)] if self.packed else split
        given: dict[str, Any] = {}
        for name, kind, which in self.sources:
            if kind == "dy":
                given[name] = split[which]
            elif kind == "input":
                given[name] = values[which]
            elif kind == "part":
                given[name] = parts[which]
            elif kind == "last":
                given[name] = parts[-1]
            else:
                rest = parts[self.upstreams or 1 :]
                given[name] = rest[0] if len(rest) == 1 else rest
        found = self.backward(**given)
        return found if self.upstreams else scaled(found, dy)

    def takes_no_upstream(
        self, zeros: Any, values: Mapping[str, Any], parts: Sequence[Any]
    ) -> bool:
        """Whether what no name says to be an upstream gradient is none: from zeros follow zeros."""
        names = [name for name, kind, _ in self.sources if kind == "dy"]
        if not names or any(map(looks_upstream, names)):
            return False
        found = flat_gradients(self.call(zeros, values, parts), ())
        return any(np.any(np.asarray(each, dtype=float)) for _, each in found if each is not None)


def scaled(found: Any, dy: Any) -> Any:
    """The gradients of dy * loss from those of the loss."""
    if isinstance(found, Mapping):
        return {k: v if v is None else v * dy for k, v in found.items()}
    if isinstance(found, (tuple, list)):
        return tuple(v if v is None else v * dy for v in found)
    return found * dy


def _plans(pair: Pair, trial: Trial, returned: Sequence[Any]) -> Iterator[_Plan]:
    """The ways to fill backward's arguments; of what has no upstream gradient, the loss counts that
    forward returns after its predictions."""
    loss = _loss_among(returned, pair.outputs)
    for plan in _ways_to_fill(pair, trial, returned):
        first = loss and not plan.upstreams
        yield replace(plan, loss=loss, contract="input") if first else plan


def _loss_among(returned: Sequence[Any], names: Sequence[str]) -> int:
    """The position of the one number that is named as a loss, behind arrays; 0 where there is
    none."""
    if not np.ndim(returned[0]) and not is_container(returned[0]):
        return 0
    found = [at for at, (part, name) in enumerate(zip(returned, names))
             if LOSS.search(name) and not np.ndim(part) and numeric(part)]  # fmt: skip
    return found[0] if len(found) == 1 and len(names) == len(returned) else 0


def _ways_to_fill(pair: Pair, trial: Trial, returned: Sequence[Any]) -> Iterator[_Plan]:
    parts = len(returned)
    arguments = [a for a in arguments_of(pair.backward) if a.required or a.name in trial.values
                 or is_cache(a.name)]  # fmt: skip
    names = [a.name for a in arguments]
    upstream = [
        n for n in names
        if n not in trial.values and (looks_upstream(n) or _is_gradient_of(n, pair.outputs))
    ]  # fmt: skip
    more = [n for n in names if n not in trial.values and gradient_cores(n) and not is_cache(n)]
    if upstream and set(upstream) < set(more) and len(more) < parts:
        upstream = more  # dnh beside dnc, of an output without a name
    if not upstream and len(names) > 1 and not (set(names) <= set(trial.values)):
        known = {*trial.values, *(pair.named_outputs or ())}
        free = [n for n in names if n not in known and not is_cache(n)]
        upstream = free[:1] if free == names[:1] else []
    count = len(upstream) if 1 < len(upstream) <= parts else min(len(upstream), 1)
    upstream = upstream[: max(count, 1)]
    rest = [n for n in names if n not in upstream]
    head = tuple((name, "dy", at) for at, name in enumerate(upstream[:count]))
    kept_last = isinstance(returned[-1], (dict, tuple, list))
    wide = _unpacked(pair, upstream) if len(upstream) == 1 else 0
    if 0 < wide <= parts:  # dh, dc = grads; gy, = grad_outputs
        for tail, contract in _tails(pair, rest, trial, parts, wide, kept_last):
            yield _Plan(pair.backward, (*head, *tail), wide, contract, packed=True)
        return
    for tail, contract in _tails(pair, rest, trial, parts, max(count, 1), kept_last):
        yield _Plan(pair.backward, (*head, *tail), count, contract)
    if pair.named_outputs and upstream and not any(map(looks_upstream, upstream)):
        for tail, contract in _tails(pair, names, trial, parts, 1, kept_last):
            yield _Plan(pair.backward, tail, 0, contract)


def _unpacked(pair: Pair, upstream: Sequence[str]) -> int:
    """Into how many arrays backward takes its upstream gradient apart; 0 where it does not."""
    code = pair.source.code(pair.owner, pair.backward_name)
    return sum(len(path) == 2 and path[0] in upstream for path in labels_of(code, upstream))


def _is_gradient_of(name: str, outputs: Sequence[str]) -> bool:
    """Whether a name is that of a gradient by an output: dp where forward returns p."""
    return name not in outputs and any(core in outputs for core in gradient_cores(name))


def _tails(
    pair: Pair, names: Sequence[str], trial: Trial, parts: int, count: int, kept_last: bool
) -> Iterator[tuple[tuple[tuple[str, str, Any], ...], str]]:
    """Yield the ways to fill the arguments beside the upstream gradient, with the contract."""
    outputs, left = pair.outputs, parts - count
    fixed: list[tuple[str, str, Any]] = []
    unknown: list[str] = []
    for name in names:
        if is_cache(name) and left:
            last = (left > 1 and kept_last) or _cache_is_last(outputs, parts, left)
            fixed.append((name, "last" if last else "rest", None))
        elif name in trial.values:
            fixed.append((name, "input", name))
        elif len(outputs) == parts and name in outputs:
            fixed.append((name, "part", outputs.index(name)))
        else:
            unknown.append(name)
    contract = (
        "output" if any(kind == "part" and which == 0 for _, kind, which in fixed) else "input"
    )
    if not unknown:
        yield tuple(fixed), contract
        return
    if pair.named_outputs and len(unknown) == 1:  # the predictions, beside the cost
        yield (*fixed, (unknown[0], "part", 1)), contract
    if left and len(unknown) == 1:
        yield (*fixed, (unknown[0], "rest", None)), contract
    if left == len(unknown) > 1:
        yield (*fixed, *((n, "part", count + at) for at, n in enumerate(unknown))), contract
    if not left and len(unknown) == 1:
        name, data = unknown[0], next(iter(trial.floats))
        ways = [((*fixed, (name, "input", data)), "input"), ((*fixed, (name, "part", 0)), "output")]
        yield from reversed(ways) if OUTPUT.fullmatch(name.lower()) else ways
    if not left and len(unknown) == 2:
        data = next(iter(trial.floats))
        yield (*fixed, (unknown[0], "input", data), (unknown[1], "part", 0)), "input"


def _cache_is_last(outputs: Sequence[str], parts: int, left: int) -> bool:
    """Whether forward returns more outputs than have an upstream gradient, and the cache last."""
    return left > 1 and len(outputs) == parts and is_cache(outputs[-1])


def varying(trial: Trial, order: Mapping[str, Any]) -> dict[str, Array]:
    """The arrays that vary: those with a gradient and other data; targets stay what they are, but
    for those that are any numbers."""
    return {k: v for k, v in trial.floats.items()
            if k in order or (role_of(k) not in ("labels", "probability") and not is_mask(k))
            or (role_of(k) == "labels" and is_generic(v) and sums_to_one(v) is None)}  # fmt: skip


def kept(trial: Trial, varied: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments that stay as they are; containers of arrays that vary are none."""
    return {k: v for k, v in trial.values.items() if k not in varied and not is_container(v)}


def labels_in(fixed: Mapping[str, Any]) -> dict[str, Array]:
    """The arrays of whole numbers among arguments that stay: labels, one for each example."""
    return {
        k: v for k, v in fixed.items()
        if isinstance(v, np.ndarray) and v.ndim and v.dtype.kind in "iu"
    }  # fmt: skip


def _match(
    pair: Pair, plan: _Plan, trial: Trial, order: Mapping[str, int], mode: str | None
) -> Match:
    varied = varying(trial, order)
    fixed = kept(trial, varied)
    author, names, wrt = pair.forward, tuple(varied), tuple(order)
    data = labels_in(fixed)

    def forward(*given: Any) -> Any:
        values = trial.with_floats(dict(zip((*names, *data), given)))
        with same_draws():
            out = author(**values)
        parts = out if isinstance(out, tuple) else (out,)
        return plan.output(parts), (values, parts)

    def backward(dy: Any, cache: Any) -> Any:
        found = plan.call(dy, *cache)
        gradients, _ = trial.opened(found, flat_gradients(found, pair.gradient_names))
        return tuple(gradients[order[name]][1] for name in wrt)

    outputs = pair.outputs[plan.loss :]
    output = outputs[0] if outputs and outputs[0] else f"{pair.forward_name}()"
    return Match(
        with_names(forward, names, author), with_names(backward, ("dy", "cache"), pair.backward),
        varied, wrt, fixed, output, plan.contract, mode, one_of=trial.is_made,
        data=data,
        again=lambda values: _match(pair, plan, trial.having(values), order, mode),
    )  # fmt: skip
