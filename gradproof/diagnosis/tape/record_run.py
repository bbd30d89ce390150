"""Run forward and backward once on numbers and write down what they do."""

from __future__ import annotations

import builtins
import math
import sys
from collections.abc import Callable, Mapping
from functools import partial
from types import CodeType
from typing import Any

import numpy as np

from gradproof.diagnosis.scene.joined_outputs import flat, joined, pieces
from gradproof.diagnosis.source.recompiled import RETURNED, telling_returns, told
from gradproof.diagnosis.tape.author_words import Sources
from gradproof.diagnosis.tape.recorded_array import (
    Recorded,
    call,
    constant,
    plain,
    widened,
    wrapped,
)
from gradproof.diagnosis.tape.tape import Array, Ref, Tape, refs, rerun
from gradproof.diagnosis.tape.tape_recorder import MOST_ENTRIES, Recorder, is_engine_file
from gradproof.ops import StandIn, function_of, math_names, undispatched
from gradproof.tracing.namespace.outside import Outside
from gradproof.tracing.namespace.replacements import Reach
from gradproof.tracing.namespace.user_namespace import Namespace
from gradproof.tracing.record_trace import Program

_COPIES = ("array", "asarray", "asanyarray", "ascontiguousarray", "asfortranarray", "copy")
_NARROW = ("float32", "single", "float16", "half")
_MADE = ("zeros", "ones", "empty", "full", "eye", "identity", "arange")


def record(program: Program, inputs: Mapping[str, Array], dy: Any = None, seed: int = 0,
           most: int = MOST_ENTRIES, wide: bool = True,
           sources: Sources | None = None) -> Tape:  # fmt: skip
    """Run the program at these inputs and return its tape.

    dy: the upstream gradient; drawn at random if not given. wide: carry out everything in float64,
    also what the code does in float32. sources: the text of the files, where it is another one.
    Whatever the code raises is raised, and TooLongError where there would be more than ``most``
    entries.
    """
    first: Tape | None = None
    for reach in Reach:
        recorder = Recorder(most, wide)
        namespace = _namespace(recorder, reach, sources or Sources())
        try:
            tape = _record_once(program.within(namespace), inputs, dy, seed, recorder)
        except Exception:
            if first is None:
                raise
            continue
        whole = _is_followed(tape) and not (recorder.unseen and _is_less(program, tape, inputs))
        if whole:
            return tape
        first = first or tape
    assert first is not None
    return first


def _is_followed(tape: Tape) -> bool:
    """Whether y and the gradients were made of the inputs, as far as the tape can tell."""
    results = [tape.y, *(next(refs(tape.ops[k].args)) for k in tape.gradients.values())]
    return all(tape.ops[k].name != "constant" for k in results)


def _is_less(program: Program, tape: Tape, inputs: Mapping[str, Array]) -> bool:
    """Whether forward does more than the tape says: it returns something else close by."""
    moved = {k: np.array(v) * (1 + 1e-3) if np.asarray(v).dtype.kind == "f" else np.array(v)
             for k, v in inputs.items()}  # fmt: skip
    parameters = program.parameters
    try:
        with np.errstate(all="ignore"):
            out = program.outputs(moved.values(), parameters)
            y = flat(out[0] if isinstance(out, tuple) else out)
            made = rerun(tape, {tape.inputs[k]: v for k, v in moved.items()}, [tape.y])[0]
    except Exception:  # of the author's code; then nothing speaks against the tape
        return False
    return not np.allclose(np.ravel(made), np.ravel(y), rtol=1e-6, atol=1e-9, equal_nan=True)


def _record_once(
    program: Program, inputs: Mapping[str, Array], dy: Any, seed: int, recorder: Recorder
) -> Tape:
    marks: dict[str, Any] = {}

    def entry(name: str, value: Any, kind: str) -> Recorded:
        array = np.array(value)
        array = array.astype(widened(recorder, array.dtype))
        made = wrapped(recorder, array, recorder.add(kind, (), {}, array))
        recorder.ops[made.node].names.append(name)
        return made

    given = {name: entry(name, value, "input") for name, value in inputs.items()}
    inputs_at = {name: array.node for name, array in given.items()}
    held = {name: plain(array).copy() for name, array in given.items()}

    def cotangent(y: Any) -> Any:
        several = isinstance(y, (tuple, list))
        outputs = [_as_recorded(recorder, part) for part in (y if several else (y,))]
        out = joined(recorder, outputs) if several else outputs[0]
        marks["y"] = recorder.current(out)
        shape = out.shape
        drawn = np.random.default_rng(seed).normal(size=shape) if dy is None else dy
        marks["start"] = len(recorder.ops)
        recorder.begin_backward()
        real = np.asarray(drawn, dtype=out.dtype if out.dtype.kind == "f" else float)
        marks["dy"] = entry("dy", real.reshape(shape), "upstream")
        held["dy"] = plain(marks["dy"]).copy()
        return tuple(pieces(marks["dy"], outputs)) if several else marks["dy"]

    parameters = program.parameters
    with np.errstate(all="ignore"):
        _, _, grads = program.run(given, parameters, cotangent)
    given["dy"] = marks["dy"]
    changed = tuple(k for k, v in given.items() if not np.array_equal(plain(v), held[k]))
    gradients, ends = {}, {}
    for name, value in grads.items():
        array = value if isinstance(value, Recorded) else constant(recorder, np.asarray(value))
        given_back = recorder.current(array)
        gradients[name] = recorder.add("returned", (Ref(given_back),), {}, plain(array))
        ends[name] = recorder.returned_at(value)
    known, foreign = recorder.finish(marks["start"], list(gradients.values()))
    foreign |= {k: float(v) for k, v in parameters.items() if type(v) in (int, float)}
    return Tape(recorder.ops, inputs_at, marks["y"], marks["start"], gradients, marks["start"],
                changed, recorder.replaced, known, foreign, ends, recorder.lists,
                recorder.places_returned())  # fmt: skip


def _as_recorded(recorder: Recorder, value: Any) -> Any:
    made = isinstance(value, Recorded)
    return value if made else constant(recorder, np.asarray(value, dtype=float))


class _Kept:
    """A function that would lose the recording, for the duration of a run."""

    def __init__(
        self, name: str, original: Callable[..., Any], recorder: Recorder, made: bool
    ) -> None:
        self.name, self.original, self.recorder, self.made = name, original, recorder, made

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        first = args[0] if args else None
        if isinstance(first, Recorded):
            if self.name in math_names():
                return _mathematical(math_names()[self.name], self.recorder, args)
            return _kept(self.name, first, args, kwargs)
        if self.name in _COPIES and _holds(first):
            return call(self.recorder, "stack", np.stack, ([np.asarray(i) if not isinstance(
                i, Recorded) else i for i in _nested(self.recorder, first)],), {})  # fmt: skip
        made = self.original(*map(plain, args), **kwargs)
        caller = str(sys._getframe(1).f_globals.get("__name__", ""))
        if (
            self.made
            and isinstance(made, np.ndarray)
            and not caller.startswith(("numpy", "gradproof."))
        ):
            return constant(self.recorder, made.astype(widened(self.recorder, made.dtype)))
        return made

    def __getattr__(self, name: str) -> Any:
        return getattr(self.original, name)


def _mathematical(name: str, recorder: Recorder, args: Any) -> Any:
    """Carry out a function of math on a recorded number, or on a whole array of them."""
    if name == "log" and len(args) == 2:
        return np.log(args[0]) / np.log(args[1])
    if hasattr(np, name):
        return getattr(np, name)(*args)
    return call(recorder, name, function_of(name), args, {})


def _kept(name: str, array: Recorded, args: Any, kwargs: Any) -> Any:
    dtype = kwargs.get("dtype", args[1] if len(args) > 1 and name != "copy" else None)
    if dtype is not None:
        return array.astype(dtype)
    return array if name.startswith("as") else array.copy()


def _holds(item: Any) -> bool:
    return isinstance(item, (list, tuple)) and any(
        isinstance(i, Recorded) or _holds(i) for i in item
    )


def _nested(recorder: Recorder, items: Any) -> list[Any]:
    return [
        call(recorder, "stack", np.stack, (_nested(recorder, i),), {})
        if isinstance(i, (list, tuple))
        else i
        for i in items
    ]


class _Vectorized:
    """np.vectorize, one element after the other."""

    def __init__(self, pyfunc: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
        self.pyfunc = pyfunc

    def __call__(self, *args: Any) -> Any:
        if isinstance(self.pyfunc, _Kept):  # math.erf knows no branches
            return self.pyfunc(*args)
        arrays = np.broadcast_arrays(*map(plain, args))
        shape = arrays[0].shape
        wide = [np.broadcast_to(a, shape) for a in args]
        items = [self.pyfunc(*(a[i] for a in wide)) for i in np.ndindex(*shape)]
        return np.stack(items).reshape(shape)


class _Number(type):
    original: type

    def __instancecheck__(cls, value: Any) -> bool:
        return isinstance(value, cls.original)

    def __call__(cls, *args: Any) -> Any:
        if args and isinstance(args[0], Recorded) and args[0].dtype.kind == "f":
            return args[0].reshape(()) if args[0].ndim else args[0]
        return cls.original(*args)


class _Float(metaclass=_Number):
    original = builtins.float


def _namespace(recorder: Recorder, reach: Reach, sources: Sources) -> Namespace:
    """Return a namespace without what would lose the recording."""
    pairs: list[tuple[Any, Any]] = [(np.vectorize, _Vectorized)]
    for module, names in ((np, (*_COPIES, *_MADE)), (math, tuple(math_names()))):
        for name in names:
            original = getattr(module, name)
            if name not in ("isnan", "isinf", "isfinite"):
                made = name in _MADE or (reach is Reach.ARRAYS and name in _COPIES)
                pairs.append((original, _Kept(name, original, recorder, made)))
    for module, name, entry in list(undispatched()):
        pairs.append((getattr(module, name), StandIn(entry, getattr(module, name))))
    if recorder.wide:
        pairs += [(getattr(np, name), np.float64) for name in _NARROW]
    if reach >= Reach.NUMBERS:
        pairs.append((builtins.float, _Float))
    return Namespace(
        pairs,
        code=partial(_telling, sources),
        names={RETURNED: recorder.returns},
        array=Outside(np.array, lambda array, _: constant(recorder, array))
        if reach is Reach.ARRAYS
        else None,
        types={np.vectorize: lambda namespace, made: _Vectorized(namespace.of(made.pyfunc))},
    )


def _telling(sources: Sources, code: CodeType) -> CodeType:
    """Return the code of a function, which tells what it returns if its source is at hand."""
    file = code.co_filename
    if is_engine_file(file):
        return code
    known = telling_returns(file, "\n".join(sources.lines(file)))
    return known.get(told(code), code)
