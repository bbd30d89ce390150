"""check_torch: autograd.Functions, modules and functions of tensors against their derivatives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import torch

from gradproof.adapters.converted import Converted, Found, chosen, largest, with_findings
from gradproof.adapters.precision import SMALL, alike, in_double_precision
from gradproof.adapters.torch_arrays import DOUBLE, Pair, WrongReturnError, to_array
from gradproof.adapters.torch_call import Called, as_before, called, standing_in
from gradproof.adapters.torch_state import RandomState, undisturbed
from gradproof.adapters.torch_ways import Ways
from gradproof.adapters.torch_words import precision_told, snippet
from gradproof.arguments.returned import gradient_name
from gradproof.verdicts import Counterexample, Status, Verdict

# Modules with more elements are checked along random directions, if no mode is asked for.
_MANY = 1_000


def check_torch(
    function: Any,
    *inputs: Any,
    wrt: str | Sequence[str] | None = None,
    names: Sequence[str] | None = None,
    name: str = "",
    seed: int = 0,
    keywords: dict[str, Any] | None = None,
    surrogate: Callable[..., Any] | None = None,
    **options: Any,
) -> Verdict:
    """Check the gradient of a PyTorch function by every input and parameter.

    The formulas are checked in double precision where the function takes it, and its results for
    the dtypes given are checked as well. A Function's gradients are also asked for in the other
    ways in which autograd does it: of one input alone, of one output alone, with gradients and
    inputs that are not contiguous. Random states, grad mode, default dtype, and the parameters,
    buffers, ``grad`` and training flag of modules are afterwards as before.

    Parameters
    ----------
    function : torch.autograd.Function subclass, torch.nn.Module or callable
        A module is checked by its inputs and its parameters, named as in ``named_parameters``.
    *inputs
        Its arguments as it takes them: tensors of any dtype, also in lists and dicts, numbers,
        None. Tensors of integers, and everything but tensors, are data.
    wrt : str or sequence of str, optional
        Names of those that have a gradient. By default the tensors with ``requires_grad``, or all
        floating point tensors where none has it.
    names, name : optional
        Other names for the inputs (default: the parameters of forward), and for the function.
    seed : int
        Of the upstream gradient, and of forward's own draws: the same in every call.
    keywords : dict, optional
        Arguments that a module or function takes by name.
    surrogate : callable, optional
        Of a gradient that is on purpose not the derivative of forward (a straight-through
        estimator), the function whose derivative it is meant to be: ``lambda x: x``.
    **options
        Of :func:`gradproof.check_gradient`: mode, dy, order, strict, time_limit. A module with more
        than 1000 elements is checked along random directions unless a mode is asked for.

    Returns
    -------
    Verdict

    Raises
    ------
    TypeError
        For an object that is no such function.
    ValueError
        Where no tensor has a gradient.

    Examples
    --------
    >>> class Double(torch.autograd.Function):
    ...     @staticmethod
    ...     def forward(ctx, x):
    ...         return 2 * x
    ...     @staticmethod
    ...     def backward(ctx, dy):
    ...         return 2 * dy
    >>> check_torch(Double, torch.tensor([0.5, -1.0])).status
    <Status.CHECKED: 'CHECKED'>
    """
    with undisturbed():
        call = called(function, inputs, dict(keywords or {}), names, name)
        if surrogate is not None:
            call.surrogate = standing_in(surrogate, inputs, dict(keywords or {}))
        with as_before(call):
            return _checked(call, wrt, seed, options)


def _checked(
    call: Called, wrt: str | Sequence[str] | None, seed: int, options: dict[str, Any]
) -> Verdict:
    leaves = call.leaves
    for leaf in leaves:
        if leaf.tensor.dtype is torch.complex32:
            raise ValueError(
                f"{leaf.name}: NumPy has no complex32: pass {leaf.name}.to(torch.complex64)"
            )
    floats = [leaf.name for leaf in leaves if leaf.moves]
    marked = [leaf.name for leaf in leaves if leaf.moves and leaf.tensor.requires_grad]
    wanted = chosen(wrt, floats, marked or floats)
    if not wanted:
        raise ValueError(
            f"{call.name}: expected a tensor of floats among its arguments, got "
            + (", ".join(f"{each.name} of {each.tensor.dtype}" for each in leaves) or "none")
        )
    pair = Pair(call, wanted, RandomState.seeded(seed))
    try:
        ways = Ways(pair, seed)
        undeclared = not (wrt or marked) and call.log is not None
        first = _first(pair, ways, undeclared)
        verdict, how = _judged(pair, {"seed": seed, **options})
        found = Found() if pair.misfit or verdict.status is Status.UNDECIDED else ways.looked_at()
    except WrongReturnError as error:
        return Verdict(Status.REFUTED, f"gradient of {call.name}", "autograd", reason=str(error))
    found.told[:0] = first.told
    found.notes[:0] = first.notes
    found.told += [*how, *precision_told(pair)]
    if call.surrogate is not None:
        found.told.insert(0, "held against the derivative of the surrogate, not of forward")
    if verdict.status is Status.REFUTED:
        verdict = replace(verdict, reason=_about_none(verdict.reason, pair))
    return with_findings(verdict, found)


def _judged(pair: Pair, options: dict[str, Any]) -> tuple[Verdict, list[str]]:
    """The verdict about the values, and how a large module was checked.

    Every parameter of a layer meets every other one in the outputs, so that to compare all elements
    takes some calls for each. Sums along random directions see a wrong one in a handful; the input
    that they name is then looked at by itself.
    """
    sizes = {pair.call.leaves[at].name: pair.call.leaves[at].tensor.numel() for at in pair.asked}
    size, how = sum(sizes.values()), []
    if pair.call.module and size > _MANY and "mode" not in options:
        options = {**options, "mode": "directional"}
        how = [f"along random directions; mode='full' compares each of {size} elements"]
    make, twice = partial(_converted, pair), pair.has_narrow and size > SMALL
    verdict = pair.precision.judged(make, options, twice)
    named = [name for name in sizes if f"; {gradient_name(name)} is wrong" in verdict.reason]
    if verdict.status is not Status.REFUTED or not how or not named or sizes[named[0]] > _MANY:
        return verdict, how
    whole, pair.wanted = pair.wanted, (named[0],)
    closer = pair.precision.judged(make, {**options, "mode": "auto"}, twice=True)
    pair.wanted = whole
    return (closer if closer.status is Status.REFUTED else verdict), how


def _first(pair: Pair, ways: Ways, undeclared: bool) -> Found:
    """What the first run shows: inputs without a gradient, silent outputs, precision."""
    found = Found()
    grads = pair.backward([to_array(dy) for dy in ways.dys], ways.ran)
    pair.precision.scale = largest(grads)
    nothing = [at for at in pair.asked if pair.call.log and pair.call.raw_of(at) is None]
    if undeclared and nothing and len(nothing) < len(pair.asked):
        left = [pair.call.leaves[at].name for at in nothing]
        pair.wanted = tuple(each for each in pair.wanted if each not in left)
        found.told.append(
            f"backward returns None for {', '.join(left)}: taken as data; "
            f'wrt="{left[0]}" checks its gradient'
        )
        ways.ran = ways._run()
        ways.ys = [ways.ran.outputs[at] for at in pair.kept(ways.ran)]
    if pair.silent:
        which = ", ".join(map(str, pair.silent))
        found.told.append(f"output {which} carries no gradient in torch: not differentiated")
    data = [
        leaf.name for leaf in pair.call.leaves
        if leaf.moves and leaf.name not in pair.wanted
    ]  # fmt: skip
    if data and not found.told:
        found.notes.append(f"taken as data: {', '.join(data)}")
    if pair.random:
        found.notes.append("forward draws random numbers: the same ones in every call, by the seed")
    pair.precision.narrow = not _follows(pair)
    return found


def _follows(pair: Pair) -> bool:
    """Whether forward and backward take double precision, and keep it."""
    wide = list(map(in_double_precision, pair.arrays()))
    if all(a.dtype == b.dtype for a, b in zip(wide, pair.arrays())) and not any(
        leaf.moves and leaf.tensor.dtype not in DOUBLE for leaf in pair.call.leaves
    ):
        return True
    try:
        y, ran = pair.forward(*wide)
        outputs = y if isinstance(y, tuple) else (y,)
        pair.backward([np.ones(each.shape) for each in outputs], ran)
    except WrongReturnError:
        raise
    except Exception:  # whatever it raises, it does not take double precision
        return False
    raw = [pair.call.raw_of(at) for at in pair.asked] if pair.call.log else []
    kept = all(each is None or each.dtype in DOUBLE for each in raw)
    if not kept or any(each.dtype not in (np.float64, np.complex128) for each in outputs):
        return False
    if pair.random:
        y, _ = pair.forward(*pair.arrays())
        pair.precision.apart = not alike(outputs, y if isinstance(y, tuple) else (y,))
    return True


def _converted(pair: Pair) -> Converted:
    call = pair.call
    names = tuple(leaf.name for leaf in call.leaves)

    def shown(example: Counterexample) -> str:
        return snippet(pair, example)

    arrays = pair.arrays()
    if pair.precision.widened:
        arrays = tuple(map(in_double_precision, arrays))
    return Converted(
        call.name,
        pair.forward,
        pair.backward,
        arrays,
        names,
        pair.wanted,
        pair.precision.scale,
        call.numbers,
        shown,
        library="torch",
    )


def _about_none(reason: str, pair: Pair) -> str:
    """The reason, and that backward returned None for the input that it is about."""
    if pair.call.log is None:
        return reason
    for at in pair.asked:
        leaf = pair.call.leaves[at]
        if f"`{leaf.name}`" in reason and pair.call.raw_of(at) is None:
            return f"{reason}\n    backward returns None for {leaf.name}: autograd takes it as zero"
    return reason


__all__ = ["check_torch"]
