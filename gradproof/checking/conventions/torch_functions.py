"""A ``torch.autograd.Function`` in a file, called as torch calls it, with arrays of NumPy's."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from gradproof.checking.conventions.choosing import first_fitting
from gradproof.checking.conventions.match import Match, MatchError, with_names
from gradproof.checking.conventions.settle import Layouts, settled
from gradproof.checking.judgement.standins import same_draws
from gradproof.checking.judgement.telling_errors import Problem
from gradproof.checking.reading.generic_ways import grouped
from gradproof.checking.trials.input_trials import (
    Argument,
    Trial,
    Trials,
    arguments_of,
    unpacked_ranks,
)
from gradproof.checking.trials.several_outputs import joined, pieces


def is_torch_function(cls: Any) -> bool:
    """Whether a class is a function of torch's, as far as the file has imported torch."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(cls, type) and issubclass(cls, torch.autograd.Function)


def matched_function(cls: Any, code: str, seed: int) -> Match:
    """The function with what it seems to ask for: ``apply`` runs it, torch its backward.

    code: the text of its forward. Raises MatchError.
    """
    arguments = [a for a in arguments_of(cls.forward) if a.role != "context"][_first(cls) :]
    trials = Trials(arguments, unpacked_ranks(code), seed=seed)
    problem = Problem()

    def ways(trial: Trial) -> Iterator[Match]:
        yield _match(cls, arguments, trial, problem)

    def output(values: Mapping[str, Any]) -> Any:
        return _run(cls, values, ())[0]

    match, rough = first_fitting(grouped(trials, problem, ways), problem)
    match = settled(match, Layouts(trials, output, ways, code)) or rough
    if match is None:
        raise MatchError(problem.text())
    return match


def _first(cls: Any) -> int:
    """How many arguments of forward come before the inputs: ctx by another name, unless
    setup_context has it."""
    own = [a.name for a in arguments_of(cls.forward)]
    kept = [a for a in arguments_of(cls.forward) if a.role != "context"]
    apart = "setup_context" in vars(cls)
    return 0 if apart or len(kept) < len(own) else 1


def _run(cls: Any, values: Mapping[str, Any], wrt: Sequence[str]) -> tuple[Any, Any]:
    """The outputs as one array, and what backward needs of this call."""
    torch = sys.modules["torch"]
    given = {
        name: torch.tensor(value, requires_grad=name in wrt)
        if isinstance(value, np.ndarray)
        else value
        for name, value in values.items()
    }
    with same_draws():
        out = cls.apply(*given.values())
    outputs = [each for each in (out if isinstance(out, tuple) else (out,)) if each.requires_grad]
    shown = outputs or [out[0] if isinstance(out, tuple) else out]
    arrays = [each.detach().numpy() for each in shown]
    return joined(arrays, len(arrays)), (outputs, [given[name] for name in wrt], arrays)


def _match(cls: Any, arguments: Sequence[Argument], trial: Trial, problem: Problem) -> Match:
    everything = dict(trial.floats)
    given = _gradients(cls, _values(arguments, trial, everything), tuple(everything), problem)
    # None is what torch wants for a number; for an array it says that nothing is computed.
    left = [name for name, gradient in given.items() if gradient is None]
    wrt = tuple(name for name in everything if name not in left)
    numbers = {name: float(everything[name].reshape(-1)[0]) for name in left}
    plain = numbers if _runs(cls, _values(arguments, trial, everything | numbers)) else {}
    unjudged = tuple((name, _NONE) for name in left if name not in plain)

    def forward(*given: Any) -> Any:
        return _run(cls, _values(arguments, trial, dict(zip(wrt, given)) | plain), wrt)

    def backward(dy: Any, cache: Any) -> Any:
        return tuple(_pulled(dy, cache))

    fixed = {k: v for k, v in trial.values.items() if k not in wrt}
    return Match(
        with_names(forward, wrt, cls.forward), with_names(backward, ("dy", "cache"), cls.backward),
        {name: everything[name] for name in wrt}, wrt, {**fixed, **plain}, unjudged=unjudged,
    )  # fmt: skip


_NONE = "backward returns None for it"


def _values(
    arguments: Sequence[Argument], trial: Trial, moving: Mapping[str, Any]
) -> dict[str, Any]:
    every = {**trial.values, **moving}
    return {a.name: every[a.name] for a in arguments if a.name in every}


def _runs(cls: Any, values: Mapping[str, Any]) -> bool:
    try:
        _run(cls, values, ())
    except Exception:  # of the author's code
        return False
    return True


def _gradients(
    cls: Any, values: Mapping[str, Any], wrt: Sequence[str], problem: Problem
) -> dict[str, Any]:
    """What backward gives for each input, None as it is."""
    y, cache = _run(cls, values, wrt)
    try:
        return dict(zip(wrt, _pulled(np.ones(np.shape(y)), cache)))
    except Exception as error:  # the author's code may raise anything at inputs it is not for
        problem.met(2, error)
        raise


def _pulled(dy: Any, cache: Any) -> list[Any]:
    torch = sys.modules["torch"]
    outputs, tensors, arrays = cache
    parts = [torch.tensor(np.asarray(each)) for each in pieces(dy, arrays, len(arrays))]
    found = torch.autograd.grad(outputs, tensors, parts, allow_unused=True, retain_graph=True)
    return [None if each is None else each.detach().numpy() for each in found]


__all__ = ["is_torch_function", "matched_function"]
