"""One call of a layer's forward and one of its backward, each on a fresh copy of the state."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from gradproof.checking.conventions.instance_state import Path, clone, left_loss, left_output, put
from gradproof.checking.conventions.layer_parameters import RATES
from gradproof.checking.judgement.standins import RATE, Descent, same_draws
from gradproof.checking.reading.observed import Observed
from gradproof.checking.source.gradient_names import (
    LOSS,
    gradient_cores,
    is_cache,
    looks_upstream,
)
from gradproof.checking.trials.input_trials import Argument, Trial, arguments_of
from gradproof.checking.trials.several_outputs import joined, pieces

_OUTPUTS = re.compile(r"y|z|a|out(put)?s?|y_?hat|result|activations?|probs?|h")


@dataclass(frozen=True)
class Layer:
    """A class of the author's with the names of the two methods.

    source:    the text of the class; gradient_names: the names that backward returns;
    by_slope:  whether backward is named like a derivative, whose argument is no upstream gradient
               unless it is named like one;
    values:    of settings of the constructor and of forward, where they are not as by default;
    large:     whether the inputs are to have room for larger windows and steps;
    observed:  how the file itself calls it.
    """

    cls: type
    forward: str = "forward"
    backward: str = "backward"
    gradient_names: tuple[str, ...] = ()
    source: str = ""
    by_slope: bool = False
    values: Mapping[str, Any] = field(default_factory=dict)
    large: bool = False
    observed: Observed = field(default_factory=Observed)
    forward_code: str = ""
    step: str = ""  # a method that takes the step with what backward has kept: update(lr)
    target: str = ""  # targets that backward takes and forward does not
    loss: Callable[[Any, Any], Any] | None = None  # of what forward returns and those targets

    def arguments(self, instance: Any) -> list[Argument]:
        """The arguments of forward; those of ``forward`` for a __call__ that passes all on."""
        found = arguments_of(getattr(instance, self.forward))
        inner = getattr(instance, "forward", None)
        return arguments_of(inner) if not found and inner is not None else found

    def takes_labels(self, arguments: Sequence[Argument]) -> bool:
        """Whether forward looks like that of a loss: it is given the targets too."""
        needed = [a for a in arguments if a.required and a.role not in ("switch", "context")]
        named = LOSS.search(self.cls.__name__) or LOSS.search(self.forward)
        return len(needed) > 1 or bool(named)


@dataclass(frozen=True)
class Way:
    """How backward's upstream argument is filled, and what its gradients are gradients of.

    upstream: "dy", "packed" (a tuple of it, as forward returns one), "one" (a loss, by an upstream
              gradient of 1), "input" or "output" (a loss whose backward is given the predictions
              again), or "none".
    reduced:  "mean" or "sum" where forward returns one number for each example.
    """

    upstream: str = "dy"
    reduced: str = ""

    @property
    def contract(self) -> str:
        """Whether backward is given the output."""
        return "output" if self.upstream == "output" else "input"


@dataclass
class Runs:
    """The two calls. template: the instance; values: the arguments of forward."""

    layer: Layer
    template: Any
    values: Mapping[str, Any]
    way: Way = field(default_factory=Way)
    output: str = ""
    packed: bool = False  # whether forward returns a tuple of one array, as backward then takes
    stepped: bool = False  # whether backward is followed by the layer's step

    def __post_init__(self) -> None:
        backward = self.layer.backward
        self.given = arguments_of(getattr(self.template, backward)) if backward else []
        self.unnamed: list[Argument] = []  # of which each may be of one output
        self.upstreams = self._upstreams()

    @property
    def steps(self) -> bool:
        """Whether backward is given what it takes a step with."""
        if self.stepped or self.layer.loss is not None:
            return True
        return (
            any(a.role in ("small", "optimizer") for a in self.given)
            or any(isinstance(each, Descent) for each in vars(self.template).values())
            if hasattr(self.template, "__dict__")
            else False
        )

    def _upstreams(self) -> list[Argument]:
        """The arguments of backward that are upstream gradients: of each output that forward
        returns, dh and dc."""
        apart = ("small", "optimizer", "labels", "switch", "context")
        free = [a for a in self.given if a.role not in apart and a.name not in self.values]
        likely = [a for a in free if looks_upstream(a.name) and not isinstance(a.default, bool)]
        needed = [a for a in free if a.required and not is_cache(a.name)]
        if likely:
            return [a for a in free if a in likely or (a in needed and gradient_cores(a.name))]
        self.unnamed = needed
        return needed[:1] if not self.layer.by_slope else []

    def forward(self, values: Mapping[str, Any], parameters: Mapping[Path, Any]) -> tuple[Any, Any]:
        """Run forward on a copy whose parameters are these: the output, and what backward needs."""
        instance = clone(self.template)
        for path, value in parameters.items():
            put(instance, path, value)
        with same_draws():
            out = self._call_forward(instance, values)
        if out is None:
            self.output, out = left_output(instance)
        elif not self.upstreams and any(out is given for given in values.values()):
            self.output, out = left_loss(self.template, instance, out)
        parts = out if isinstance(out, tuple) else (out,)
        if 1 < len(self.unnamed) == len(parts):
            self.upstreams = list(self.unnamed)
        self.packed = isinstance(out, tuple) and len(out) == 1
        if (
            len(parts) > 1
            and self.layer.backward
            and not self._has_cache
            and len(self.upstreams) < len(parts)
        ):
            numbers = [part for part in parts if not np.ndim(part)]
            whole = not self.upstreams and len(numbers) == 1  # (predictions, loss)
            parts = tuple(numbers) if whole else parts[: max(len(self.upstreams), 1)]
        if self.layer.loss is not None:
            return self.layer.loss(parts[0], values[self.layer.target]), (instance, values, parts)
        y = joined(parts, len(self.upstreams))
        return self._reduced(y), (instance, dict(values), parts)

    def _call_forward(self, instance: Any, values: Mapping[str, Any]) -> Any:
        method = getattr(instance, self.layer.forward)
        values = {k: v for k, v in values.items() if k != self.layer.target}
        return method(**values) if arguments_of(method) else method(*values.values())

    @property
    def _has_cache(self) -> bool:
        return any(is_cache(a.name) for a in self.given)

    def _reduced(self, y: Any) -> Any:
        if not self.way.reduced:
            return y
        return np.mean(y) if self.way.reduced == "mean" else np.sum(y)

    def backward(self, dy: Any, state: Any) -> tuple[Any, Any]:
        """Run backward on a copy of the state: what it returns, and the copy with the gradients."""
        instance, values, parts = state
        if not self.layer.backward:  # forward returns the loss and its gradients
            return parts[1] if len(parts) == 2 else parts[1:], instance
        fresh = clone(instance)
        given = dict(self._beside(values, parts))
        if self.way.upstream == "packed":
            given[self.upstreams[0].name] = (dy,)
        elif self.way.upstream == "dy":
            split = pieces(dy, parts, len(self.upstreams))
            given |= {a.name: piece for a, piece in zip(self.upstreams, split)}
        elif self.upstreams and self.way.upstream != "none":
            name, required = self.upstreams[0].name, self.upstreams[0].required
            if self.way.upstream == "input":
                given[name] = next(iter(values.values()))
            elif self.way.upstream == "output":
                given[name] = _output_of(instance, parts)
            elif required:
                given[name] = 1.0
        with same_draws():
            found = getattr(fresh, self.layer.backward)(**given)
            if self.stepped:
                step = getattr(fresh, self.layer.step)
                step(**{a.name: RATE for a in arguments_of(step)})
        return found, fresh

    def _beside(self, values: Mapping[str, Any], parts: Sequence[Any]) -> Iterator[tuple[str, Any]]:
        """The arguments of backward that are no upstream gradient."""
        upstream = [a.name for a in self.upstreams]
        asked = [a.name for a in self.given if a.required and a.name not in upstream]
        in_order = dict(zip(asked, values)) if len(asked) == len(values) else {}
        labels = [k for k, a in zip(values, map(Argument.named, values)) if a.role == "labels"]
        for a in self.given:
            if a.name in upstream:
                continue
            if a.name in values:
                yield a.name, values[a.name]
            elif a.role == "small" and RATES.fullmatch(a.name):  # also one with a default
                yield a.name, RATE
            elif not a.required:
                continue
            elif a.role == "small":
                yield a.name, RATE
            elif a.role == "optimizer":
                yield a.name, Descent()
            elif a.role == "switch":
                yield a.name, True
            elif a.role == "labels" and len(labels) == 1:
                yield a.name, values[labels[0]]
            elif _OUTPUTS.fullmatch(a.name.lower()) and any(map(looks_upstream, upstream)):
                yield a.name, parts[0]
            elif is_cache(a.name) and len(parts) > 1:
                rest = parts[max(len(upstream), 1) :]
                yield a.name, rest[0] if len(rest) == 1 else rest
            elif a.role == "labels":
                raise ValueError(
                    f"backward takes the targets {a.name}, which forward does not: its gradient is "
                    "that of a loss that is not in forward"
                )
            elif a.name in in_order and not self.upstreams:
                yield a.name, values[in_order[a.name]]
            else:
                raise ValueError(f"backward asks for {a.name}")

    def uses_first_forward(self, values: Mapping[str, Any], names: Sequence[str]) -> bool:
        """Whether, in an instance whose forward is called a second time, the output is as it would
        be the first time, and the gradient is not: it comes from what the first call has kept."""
        other = {k: v * 0.9 + 0.05 if k in names else v for k, v in values.items()}
        try:
            y, state = self.forward(values, {})
            dy = np.full(np.shape(y), 0.5)
            wanted, _ = self.backward(np.array(dy), state)  # which it may change in place
            after = self.forward(other, {})[1]
            used = replace(self, template=self.backward(np.array(dy), after)[1])
            again, state = used.forward(values, {})
            got, _ = used.backward(np.array(dy), state)
            pairs = [(y, again), *zip(_arrays(wanted), _arrays(got), strict=True)]
            same = [bool(np.allclose(one, two, equal_nan=True)) for one, two in pairs]
        except Exception:  # the author's code may raise anything
            return False
        return same[0] and not all(same)

    def scaled(self, gradient: Any, dy: Any) -> Any:
        """A gradient for the upstream gradient dy, where backward was not given it."""
        passed_on = self.way.upstream in ("dy", "packed") and self.upstreams
        return gradient if passed_on else gradient * dy

    def notes(self) -> Iterator[str]:
        """What a reader must know about this way to call backward."""
        name = self.upstreams[0].name if self.upstreams else ""
        if self.way.upstream == "one":
            yield f"a loss is judged for {name} = 1"
        elif self.way.upstream == "input" and self.layer.loss is None:
            yield f"backward is given the predictions again, as {name}"
        elif self.way.upstream == "output":
            yield f"backward is given the output, as {name}"
        if self.way.reduced:
            yield f"judged as the gradient of the {self.way.reduced} of what forward returns"


def _arrays(found: Any) -> list[Any]:
    """What backward returned, one by one."""
    several = found if isinstance(found, tuple | list) else [found]
    return [np.asarray(each, dtype=float) for each in several if each is not None]


def _output_of(instance: Any, parts: Sequence[Any]) -> Any:
    """The predictions of a loss that has an activation in it."""
    value = getattr(instance, "output", None)
    return parts[0] if value is None else value


def ways_of(layer: Layer, runs: Runs, trial: Trial, y: Any) -> Iterator[Way]:
    """The ways in which backward may be meant, likeliest first."""
    data = next(iter(trial.floats.values()), None)
    loss = layer.takes_labels(layer.arguments(runs.template))
    reductions = ("mean", "sum") if loss and np.ndim(y) else ()
    if not runs.upstreams:
        yield Way("none")
        yield from (Way("none", each) for each in reductions)
        return
    if layer.loss is not None:
        yield from (Way("output"), Way("input"))
        return
    unit = runs.upstreams[0].default in (1, 1.0) and not np.ndim(y)
    again = loss and any(a.role == "labels" for a in runs.given)
    if again:
        for upstream in ("input", "output"):
            for each in reductions or ("",):
                yield Way(upstream, each)
    if unit:
        yield Way("one")
        return
    if runs.packed and len(runs.upstreams) == 1:
        yield Way("packed")
    yield Way("dy")
    if loss and not np.ndim(y) and data is not None and np.ndim(data):
        yield Way("one")
