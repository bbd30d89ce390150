"""Call pairs of functions: forward with cache, and losses that return their gradient."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradproof.checking.crashes import MEANT, told
from gradproof.checking.match import (
    Match,
    MatchError,
    assignments,
    best,
    flat_gradients,
    with_names,
)
from gradproof.checking.mean import scaled_by_batch
from gradproof.checking.naming import LOSS, looks_upstream
from gradproof.checking.settings import filled
from gradproof.checking.source import Source
from gradproof.checking.trials import (
    Argument,
    Array,
    Trial,
    Trials,
    arguments_of,
    role_of,
    stated_ranks,
)

_CACHE = re.compile(r"\w*cache\w*|ctx|context|saved|memo(ry)?|tmp|mem|store\w*|state|meta")
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

    @property
    def outputs(self) -> list[str]:
        """The names that forward returns."""
        return self.source.returned(self.owner, self.forward_name)

    @property
    def gradient_names(self) -> list[str]:
        """The names that backward returns."""
        return self.source.returned(self.owner, self.backward_name)


def every_mode(pair: Pair, seed: int) -> list[Match]:
    """The pair in every mode that its forward knows. Raises MatchError."""
    arguments = arguments_of(pair.forward)
    settings = next((a for a in arguments if a.role == "settings" and a.required), None)
    if settings is None:
        plain = [a for a in arguments if a.role == "mode"]
        modes = plain and _plain_modes(pair, plain[0])
        if not modes:
            return [_matched(pair, arguments, {}, None, seed)]
        return _all_modes(pair, arguments, [(m, {plain[0].name: m}) for m in modes], seed)
    code = pair.source.code(pair.owner, pair.forward_name)
    code += "\n" + pair.source.code(pair.owner, pair.backward_name)
    choices = [(mode, {settings.name: made}) for mode, made in filled(code, settings.name)]
    return _all_modes(pair, arguments, choices, seed)


def _plain_modes(pair: Pair, argument: Argument) -> list[str]:
    code = pair.source.code(pair.owner, pair.forward_name)
    return list(dict.fromkeys(re.findall(rf"{argument.name} == '(\w+)'", code)))


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
    notes = [
        f"mode {mode!r} could not be followed by backward: {problems[mode]}" for mode in failed
    ]
    return [match.noted(*notes) for match in found.values()]


def _matched(
    pair: Pair, arguments: Sequence[Argument], fixed: Mapping[str, Any], mode: str | None, seed: int
) -> Match:
    doc = pair.source.doc(pair.owner, pair.forward_name)
    loss = bool(LOSS.search(pair.forward_name))
    trials = Trials(arguments, shapes=stated_ranks(doc), seed=seed, fixed=fixed, loss=loss)
    problem = _Problem()
    rough: Match | None = None
    for same in trials.groups():
        found: list[Match] = []
        for trial in same:
            found += _ways(pair, trial, mode, problem)
        match = best(iter(found))
        if match is not None:
            return scaled_by_batch(match)
        rough = rough or (found[0] if found else None)
    if rough is None:
        raise MatchError(problem.text())
    return rough


class _Problem:
    """The most telling error met while trying: that of the run that came furthest."""

    def __init__(self) -> None:
        self.stage, self.error = 0, ""

    def met(self, stage: int, error: str) -> None:
        if stage > self.stage or not self.error:
            self.stage, self.error = stage, error

    def text(self) -> str:
        where = ("forward", "forward", "backward", "its gradients")[self.stage]
        # With a likely cause in hand, it is the code that is wrong, not the inputs.
        what = "it does not run" if MEANT in self.error else "no inputs were found that fit"
        return f"{what}; {where}: {self.error or 'takes no array'}"


def _ways(pair: Pair, trial: Trial, mode: str | None, problem: _Problem) -> Iterator[Match]:
    """Yield the ways to call backward after this forward that run."""
    if not trial.floats:
        problem.met(0, "no argument that is an array of real numbers")
        return
    try:
        out = call(pair.forward, trial.values)
    except Exception as error:  # the author's code may raise anything at inputs it is not for
        problem.met(1, told(error))
        return
    parts = out if isinstance(out, tuple) else (out,)
    for plan in _plans(pair, trial, len(parts)):
        try:
            y = plan.joined(parts)
            if np.asarray(y).dtype.kind != "f" or not np.isfinite(y).all():
                problem.met(1, "its output is no array of finite real numbers")
                continue
            found = plan.call(np.full(np.shape(y), 0.5), trial.values, parts)
        except Exception as error:
            problem.met(2, told(error))
            continue
        gradients = flat_gradients(found, pair.gradient_names)
        if not any(np.ndim(g) or np.isscalar(g) for _, g in gradients if g is not None):
            problem.met(2, "returns no gradient")
            continue
        targets = {k: v for k, v in trial.floats.items() if role_of(k) != "labels"}
        for order in assignments(gradients, targets or trial.floats):
            yield _match(pair, plan, trial, order, mode)
        if len(gradients) > len(trial.floats):
            problem.met(3, f"{len(gradients)} gradients for {', '.join(trial.floats)}")


def call(function: Callable[..., Any], values: Mapping[str, Any]) -> Any:
    """Call with copies, and with the same draws of NumPy's global generator every time."""
    np.random.seed(0)  # noqa: NPY002 - the author's code draws from it
    return function(**{k: copy.deepcopy(v) if isinstance(v, (dict, list)) else _copied(v)
                       for k, v in values.items()})  # fmt: skip


def _copied(value: Any) -> Any:
    return np.array(value) if isinstance(value, np.ndarray) else value


@dataclass(frozen=True)
class _Plan:
    """Where each argument of backward comes from."""

    backward: Callable[..., Any]
    sources: tuple[tuple[str, str, Any], ...]  # (argument, "dy" | "input" | "part" | "rest", which)
    upstreams: int = 1
    contract: str = "input"

    def joined(self, parts: Sequence[Any]) -> Any:
        """The outputs that have an upstream gradient, as one array."""
        if self.upstreams <= 1:
            return parts[0]
        return np.concatenate([np.reshape(each, (-1,)) for each in parts[: self.upstreams]])

    def call(self, dy: Any, values: Mapping[str, Any], parts: Sequence[Any]) -> Any:
        """Call backward; a loss whose backward takes no upstream gradient is scaled by it."""
        pieces = self._pieces(dy, parts)
        given: dict[str, Any] = {}
        for name, kind, which in self.sources:
            if kind == "dy":
                given[name] = pieces[which]
            elif kind == "input":
                given[name] = values[which]
            elif kind == "part":
                given[name] = parts[which]
            else:
                rest = parts[self.upstreams or 1 :]
                given[name] = rest[0] if len(rest) == 1 else rest
        found = self.backward(**given)
        return found if self.upstreams else scaled(found, dy)

    def _pieces(self, dy: Any, parts: Sequence[Any]) -> list[Any]:
        if self.upstreams <= 1:
            return [dy]
        out, start = [], 0
        for part in parts[: self.upstreams]:
            size = int(np.prod(np.shape(part)))
            out.append(dy[start : start + size].reshape(np.shape(part)))
            start += size
        return out


def scaled(found: Any, dy: Any) -> Any:
    """The gradients of dy * loss from those of the loss."""
    if isinstance(found, Mapping):
        return {k: v if v is None else v * dy for k, v in found.items()}
    if isinstance(found, (tuple, list)):
        return tuple(v if v is None else v * dy for v in found)
    return found * dy


def _plans(pair: Pair, trial: Trial, parts: int) -> Iterator[_Plan]:
    arguments = [a for a in arguments_of(pair.backward) if a.required or a.name in trial.values
                 or _CACHE.fullmatch(a.name)]  # fmt: skip
    names = [a.name for a in arguments]
    upstream = [n for n in names if looks_upstream(n) and n not in trial.values]
    if not upstream and len(names) > 1 and not (set(names) <= set(trial.values)):
        upstream = [names[0]] if not _CACHE.fullmatch(names[0]) else []
    count = len(upstream) if 1 < len(upstream) <= parts else min(len(upstream), 1)
    upstream = upstream[: max(count, 1)]
    rest = [n for n in names if n not in upstream]
    head = tuple((name, "dy", at) for at, name in enumerate(upstream[:count]))
    for tail, contract in _tails(pair, rest, trial, parts, max(count, 1)):
        yield _Plan(pair.backward, (*head, *tail), count, contract)


def _tails(
    pair: Pair, names: Sequence[str], trial: Trial, parts: int, count: int
) -> Iterator[tuple[tuple[tuple[str, str, Any], ...], str]]:
    """Yield the ways to fill the arguments beside the upstream gradient, with the contract."""
    outputs, kept = pair.outputs, parts - count
    fixed: list[tuple[str, str, Any]] = []
    unknown: list[str] = []
    for name in names:
        if _CACHE.fullmatch(name) and kept:
            fixed.append((name, "rest", None))
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
    if kept and len(unknown) == 1:
        yield (*fixed, (unknown[0], "rest", None)), contract
    if kept == len(unknown) > 1:
        yield (*fixed, *((n, "part", count + at) for at, n in enumerate(unknown))), contract
    if not kept and len(unknown) == 1:
        name, data = unknown[0], next(iter(trial.floats))
        ways = [((*fixed, (name, "input", data)), "input"), ((*fixed, (name, "part", 0)), "output")]
        yield from reversed(ways) if OUTPUT.fullmatch(name.lower()) else ways
    if not kept and len(unknown) == 2:
        data = next(iter(trial.floats))
        yield (*fixed, (unknown[0], "input", data), (unknown[1], "part", 0)), "input"


def varying(trial: Trial, order: Mapping[str, Any]) -> dict[str, Array]:
    """The arrays that vary: those with a gradient and other data; targets stay what they are."""
    return {k: v for k, v in trial.floats.items()
            if k in order or role_of(k) not in ("labels", "probability")}  # fmt: skip


def _match(
    pair: Pair, plan: _Plan, trial: Trial, order: Mapping[str, int], mode: str | None
) -> Match:
    varied = varying(trial, order)
    fixed = {k: v for k, v in trial.values.items() if k not in varied}
    author, names, wrt = pair.forward, tuple(varied), tuple(order)

    def forward(*given: Any) -> Any:
        values = {**{k: copy.deepcopy(v) for k, v in fixed.items()}, **dict(zip(names, given))}
        np.random.seed(0)  # noqa: NPY002 - the author's code draws from it
        out = author(**values)
        parts = out if isinstance(out, tuple) else (out,)
        return plan.joined(parts), (values, parts)

    def backward(dy: Any, cache: Any) -> Any:
        gradients = flat_gradients(plan.call(dy, *cache), pair.gradient_names)
        return tuple(gradients[order[name]][1] for name in wrt)

    outputs = pair.outputs
    output = outputs[0] if outputs and outputs[0] else f"{pair.forward_name}()"
    return Match(
        with_names(forward, names, author), with_names(backward, ("dy", "cache"), pair.backward),
        varied, wrt, fixed, output, plan.contract, mode,
    )  # fmt: skip
