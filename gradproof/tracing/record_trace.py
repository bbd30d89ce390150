"""One forward and backward run on symbols, over every path, joined into expressions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from gradproof.arguments.backward_calls import backward_call, split_output
from gradproof.arguments.returned import (
    NoGradientError,
    gradient_array,
    gradient_name,
    named_gradients,
)
from gradproof.arguments.signatures import CallError, accepted
from gradproof.tracing.arrays.batch import QUESTION, UNKNOWN
from gradproof.tracing.arrays.lifting import holds_traced, lift, numbers, wrap
from gradproof.tracing.arrays.traced_array import BOOLEAN, TracedArray, is_traced, scalar
from gradproof.tracing.errors import (
    NotTraceableError,
    PathLimitError,
    forget_raised,
    place_of,
    raised_on_purpose,
    reraise_swallowed,
)
from gradproof.tracing.namespace.replacements import Reach
from gradproof.tracing.namespace.user_namespace import Namespace
from gradproof.tracing.nodes import (
    ANY_SIGN,
    POS,
    ZERO,
    Node,
    SizeLimitError,
    postorder,
    symbol,
)
from gradproof.tracing.python_paths import explore, join
from gradproof.work import TimeLimitError, WorkLimitError

_SIGNS = {"positive": POS, "nonnegative": POS | ZERO, "real": ANY_SIGN}
Answers = list[tuple[Node, bool]]


@dataclass(frozen=True)
class Program:
    """The code under proof and how to call it.

    inputs:   name -> example array; names are those of forward's parameters.
    wrt:      the inputs whose gradients are claimed.
    constants: keyword parameters passed as they are; symbolic: those traced as symbols.
    labels:   integer input -> number of classes, traced as labels of any value.
    batch:    the inputs whose axis 0 is the batch, when tracing for every batch size.
    """

    forward: Callable[..., Any]
    backward: Callable[..., Any]
    inputs: Mapping[str, np.ndarray]
    wrt: Sequence[str]
    constants: Mapping[str, Any] = field(default_factory=dict)
    symbolic: Mapping[str, tuple[float, str]] = field(default_factory=dict)
    labels: Mapping[str, int] = field(default_factory=dict)
    batch: Sequence[str] = ()
    positive: Sequence[str] = ()

    @property
    def parameters(self) -> dict[str, Any]:
        """The keyword parameters as numbers, those traced as symbols with their values."""
        return dict(self.constants) | {k: value for k, (value, _) in self.symbolic.items()}

    def run(
        self,
        inputs: Mapping[str, Any],
        parameters: Mapping[str, Any],
        cotangent: Callable[[Any], Any],
    ) -> tuple[Any, Any, dict[str, Any]]:
        """Call forward, then backward; return y, dy and the gradient of each input in wrt."""
        out = self.outputs(inputs.values(), parameters)
        y, cache, cached = split_output(out, self.backward)
        dy = cotangent(y)
        given = (dy, cache) if cached else (dy, *inputs.values())
        arguments, own = backward_call(self.backward, given, self.inputs, parameters, cached)
        grads = self.backward(*arguments, **own)
        shape = np.shape(next(iter(inputs[name] for name in self.wrt), ()))
        several = grads if not is_traced(grads) else (grads,)
        return y, dy, named_gradients(several, self.wrt, tuple(self.inputs), shape)

    def within(self, namespace: Namespace) -> Program:
        """Return the program with the copies of its functions, and of its parameters."""
        return replace(
            self, forward=namespace.of(self.forward), backward=namespace.of(self.backward),
            constants=namespace.of(dict(self.constants)),
        )  # fmt: skip

    def outputs(self, inputs: Iterable[Any], parameters: Mapping[str, Any]) -> Any:
        """Call forward, with those of the parameters that it takes; return what it returns."""
        return self.forward(*inputs, **accepted(self.forward, parameters))


@dataclass
class Trace:
    """What the code was found to compute: every element an expression in the symbols.

    ``batch`` of an array is the axis that stands for a batch of any size, if it has one.
    """

    inputs: dict[str, TracedArray]
    parameters: dict[str, Node]
    y: TracedArray
    dy: TracedArray
    gradients: dict[str, TracedArray]
    paths: int = 1
    refused: list[tuple[Answers, str]] = field(default_factory=list)
    side_effects: list[str] = field(default_factory=list)


def _index_text(index: tuple[int, ...], batch: frozenset[int]) -> str:
    parts = ["i" if axis in batch else str(k) for axis, k in enumerate(index)]
    return f"[{', '.join(parts)}]" if parts else ""


def symbols_like(
    name: str,
    shape: tuple[int, ...],
    dtype: np.dtype,
    batch: frozenset[int] = frozenset(),
    signs: int = ANY_SIGN,
    choices: int = 0,
) -> TracedArray:
    """Return an array of new symbols, named after their positions."""
    data = np.empty(shape, dtype=object)
    for index in np.ndindex(*shape):
        text = name + _index_text(index, batch)
        data[index] = symbol(text, POS | ZERO if choices else signs, bool(batch), choices)
    return TracedArray(data, dtype, batch)


def make_inputs(program: Program) -> dict[str, Any]:
    """Return what forward is called with: symbols for what may vary, the rest as it is."""
    out: dict[str, Any] = {}
    for name, example in program.inputs.items():
        example = np.asarray(example)
        batch = frozenset({0}) if name in program.batch else frozenset()
        shape = (1, *example.shape[1:]) if batch else example.shape
        if name in program.labels:
            dtype = example.dtype if example.dtype.kind in "iu" else np.dtype(np.int64)
            out[name] = symbols_like(name, shape, dtype, batch, choices=program.labels[name])
        elif example.dtype.kind in "iub" and name not in program.wrt:
            if batch:
                raise NotTraceableError(f"the integer input {name} needs its number of classes")
            out[name] = example.copy()
        else:
            signs = POS if name in program.positive else ANY_SIGN
            dtype = example.dtype if example.dtype.kind == "f" else np.dtype(np.float64)
            out[name] = symbols_like(name, shape, dtype, batch, signs)
    return out


def make_parameters(program: Program) -> dict[str, Node]:
    """Return the symbols of the parameters that are traced as such."""
    return {k: symbol(k, _SIGNS[kind]) for k, (_, kind) in program.symbolic.items()}


@dataclass
class _Run:
    y: TracedArray
    dy: TracedArray
    gradients: dict[str, TracedArray]
    side_effects: list[str]


def _changed(name: str, now: Any, before: np.ndarray) -> bool:
    data = now.data if is_traced(now) else now
    return data.shape != before.shape or not np.asarray(data == before).all()


def _one_run(program: Program) -> _Run:
    """Run the code once, on the path that the oracle answers for."""
    inputs = make_inputs(program)
    before = {k: (v.data if is_traced(v) else v).copy() for k, v in inputs.items()}
    made: dict[str, Any] = {}

    def cotangent(y: Any) -> Any:
        array = lift(y)
        if array.mask is not None:
            raise NotTraceableError("an output that is a selection x[mask]")
        signs = symbols_like("dy", array.data.shape, np.dtype(np.float64), array.batch)
        made["y"] = TracedArray(numbers(array).copy(), array.dtype, array.batch)
        made["dy"] = signs
        made["before"] = signs.data.copy()
        if not array.data.ndim and not array.batch:
            return scalar(signs.data[()])
        return TracedArray(signs.data, array.dtype, array.batch)

    parameters: dict[str, Any] = dict(program.constants)
    parameters |= {k: scalar(node) for k, node in make_parameters(program).items()}
    forget_raised()
    _, _, grads = program.run(inputs, parameters, cotangent)
    reraise_swallowed()
    effects = [f"changes {k} in place" for k in inputs if _changed(k, inputs[k], before[k])]
    if _changed("dy", made["dy"], made["before"]):
        effects.append("changes dy in place")
    arrays = {k: _plain_gradient(k, v) for k, v in grads.items()}
    dy = TracedArray(made["before"], made["dy"].dtype, made["dy"].batch)
    return _Run(made["y"], dy, arrays, effects)


def _plain_gradient(name: str, value: Any) -> TracedArray:
    try:
        array = lift(value if holds_traced(value) else gradient_array(name, value))
    except NoGradientError as error:
        raise NotTraceableError(str(error), "") from error
    if array.mask is not None:
        raise NotTraceableError(f"a gradient {gradient_name(name)} that is a selection x[mask]")
    return TracedArray(numbers(array), array.dtype, array.batch)


_OURS = (
    NotTraceableError, PathLimitError, SizeLimitError, WorkLimitError, TimeLimitError, CallError,
)  # fmt: skip


def _run_on_every_path(program: Program, max_paths: int, reach: Reach) -> Trace:
    def attempt() -> _Run | str:
        try:
            # Each path starts from what the user's objects hold, and draws the same numbers.
            return _one_run(program.within(reach.namespace()))
        except _OURS:
            raise
        except NoGradientError as error:
            raise NotTraceableError(str(error), "") from error
        except Exception as error:
            reraise_swallowed()  # NumPy has made another error of it
            where = place_of(error.__traceback__)
            if not raised_on_purpose(error.__traceback__):
                raise NotTraceableError(f"{type(error).__name__}: {error}", where) from error
            return f"{type(error).__name__} ({where}): {error}"

    results = explore(attempt, max_paths)
    good = [(asked, run) for asked, run in results if isinstance(run, _Run)]
    refused = [(asked, run) for asked, run in results if isinstance(run, str)]
    if not good:
        raise NotTraceableError(refused[0][1], "")
    first = good[0][1]
    _same_shapes([run for _, run in good])

    def joined(pick: Callable[[_Run], TracedArray]) -> TracedArray:
        out = np.empty(pick(first).data.shape, dtype=object)
        for index in np.ndindex(*out.shape):
            out[index] = join([(asked, pick(run).data[index]) for asked, run in good])
        return TracedArray(out, pick(first).dtype, pick(first).batch)

    gradients = {k: joined(lambda run, k=k: run.gradients[k]) for k in first.gradients}  # type: ignore[misc]
    inputs = {k: v for k, v in make_inputs(program).items() if is_traced(v)}
    effects = sorted({effect for _, run in good for effect in run.side_effects})
    y = joined(lambda run: run.y)
    _no_questions([y, *gradients.values()])
    return Trace(
        inputs, make_parameters(program), y, first.dy, gradients, len(results), refused, effects
    )


def _no_questions(arrays: Sequence[TracedArray]) -> None:
    """Refuse results that depend on a question about a whole batch of any size."""
    for node in postorder([node for array in arrays for node in array.data.reshape(-1)]):
        name = node.payload.name if node.kind == "symbol" else ""
        if name.startswith(QUESTION):
            raise NotTraceableError("a result that depends on np.any or np.all over a batch", "")
        if name.startswith(UNKNOWN):
            raise NotTraceableError("a result that depends on how np.partition orders a side", "")


def _same_shapes(runs: Sequence[_Run]) -> None:
    def shapes(run: _Run) -> Any:
        arrays = [run.y, *run.gradients.values()]
        return [(array.data.shape, array.batch) for array in arrays]

    if any(shapes(run) != shapes(runs[0]) for run in runs[1:]):
        raise NotTraceableError("results whose shapes differ from path to path", "")


def trace(program: Program, max_paths: int = 64) -> Trace:
    """Run the program on symbols and return what it computes.

    Raises NotTraceableError, PathLimitError, SizeLimitError, WorkLimitError or TimeLimitError.
    """
    try:
        return _run_on_every_path(program, max_paths, Reach.FUNCTIONS)
    except NotTraceableError as error:
        stopped = error
    if Reach.NUMBERS.is_called_for(stopped):
        try:
            return _run_on_every_path(program, max_paths, Reach.NUMBERS)
        except NotTraceableError as error:
            stopped = error
    if Reach.ARRAYS.is_called_for(stopped):
        with suppress(NotTraceableError, PathLimitError):
            return _run_on_every_path(program, max_paths, Reach.ARRAYS)
    raise stopped


__all__ = [
    "BOOLEAN",
    "Program",
    "Trace",
    "make_inputs",
    "make_parameters",
    "symbols_like",
    "trace",
    "wrap",
]
