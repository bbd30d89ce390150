"""Tensors as NumPy arrays and back, and a call of tensors as a forward and backward of arrays."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gradproof.adapters.converted import Array
from gradproof.adapters.precision import Precision
from gradproof.adapters.tensor_trees import leaves
from gradproof.adapters.torch_call import Called, Leaf, is_inexact
from gradproof.adapters.torch_state import RandomState, default_dtype

_NARROW = (torch.float32, torch.float16, torch.complex64)
# In double precision.
DOUBLE = (torch.float64, torch.complex128)


def to_array(tensor: Tensor) -> Array:
    """A copy of a tensor; what NumPy has no dtype for (bfloat16) becomes double."""
    plain = tensor.detach()
    if plain.layout is not torch.strided:
        plain = plain.to_dense()
    plain = plain.resolve_conj().resolve_neg().cpu()
    if plain.is_floating_point() and plain.dtype not in (*_NARROW, torch.float64):
        plain = plain.to(torch.float64)
    return np.array(plain.numpy())


def to_tensor(array: Array, like: Tensor) -> Tensor:
    """A new tensor with the numbers of an array, in its dtype, laid out in memory as another."""
    found = torch.from_numpy(np.array(array, order="C", copy=True)).to(like.device)
    if found.shape == like.shape and not like.is_contiguous():
        found = torch.empty_like(like, dtype=found.dtype).copy_(found)
    return found


class WrongReturnError(Exception):
    """A backward returned something that autograd cannot take; the message says what."""


@dataclass
class Ran:
    """One forward: its outputs, those that carry a gradient, and the leaves to ask for it."""

    outputs: list[Tensor]
    leaves: list[Tensor]
    given: list[tuple[Tensor, Any]]  # what the function was called with, and its grad_fn before


def outputs_of(found: Any) -> list[Tensor]:
    """The tensors in what a call returned: one, several, or in lists and dicts."""
    return [each for _, each in leaves(found, lambda value: isinstance(value, Tensor))]


class Pair:
    """A forward and backward of arrays; every call draws the same random numbers.

    wanted: the names of the leaves that have a gradient. draws: whether backward draws random
    numbers itself; misfit: whether it returned a gradient of a shape that autograd refuses.
    carrying: which outputs carry a gradient, from the first call on.
    """

    def __init__(self, call: Called, wanted: Sequence[str], start: RandomState) -> None:
        self.call, self.wanted, self.start = call, tuple(wanted), start
        self.later = RandomState.seeded(0x6A09E667)
        self.carrying: tuple[int, ...] | None = None
        self.count = 0
        self.draws: bool | None = None
        self.precision = Precision()
        self.random = self.misfit = False
        self.silent: list[int] = []

    @property
    def asked(self) -> list[int]:
        """The positions of the leaves that have a gradient."""
        return [at for at, leaf in enumerate(self.call.leaves) if leaf.name in self.wanted]

    @property
    def has_narrow(self) -> bool:
        """Whether a dtype given is narrower than double, and NumPy has it."""
        return any(leaf.moves and leaf.tensor.dtype in _NARROW for leaf in self.call.leaves)

    def arrays(self) -> tuple[Array, ...]:
        """The tensors given, as arrays."""
        return tuple(to_array(leaf.tensor) for leaf in self.call.leaves)

    def forward(self, *arrays: Array) -> tuple[Any, Ran]:
        """Run on arrays; returns ``(y, cache)``, y of the outputs that carry a gradient."""
        wide = not self.precision.narrow and any(map(_wider, self.call.leaves, arrays))
        tensors = [to_tensor(a, leaf.tensor) for a, leaf in zip(arrays, self.call.leaves)]
        if self.precision.narrow:  # steps may come in double precision
            tensors = [t.to(leaf.tensor.dtype) for t, leaf in zip(tensors, self.call.leaves)]
        ran = self.run(tensors, wide)
        found = tuple(to_array(each) for each in self._values(tensors, ran))
        return (found[0] if len(found) == 1 else found), ran

    def _values(self, tensors: Sequence[Tensor], ran: Ran) -> list[Tensor]:
        """The outputs to differentiate: the function's own, or those of its surrogate."""
        own = [ran.outputs[at] for at in self.kept(ran)]
        if self.call.surrogate is None:
            return own
        self.start.restore()
        given = [each.detach().clone() for each in tensors[: len(self.call.leaves)]]
        found = outputs_of(self.call.surrogate(given))
        shapes = [[tuple(y.shape) for y in ys] for ys in (own, found)]
        if shapes[0] != shapes[1]:
            raise ValueError(f"surrogate: expected outputs of shapes {shapes[0]}, got {shapes[1]}")
        return found

    def run(self, tensors: Sequence[Tensor], wide: bool = False,
            only: Sequence[int] | None = None) -> Ran:  # fmt: skip
        """Run on tensors; only: the leaves that require a gradient, else all that are asked for."""
        asked = self.asked if only is None else only
        own = [each.requires_grad_(at in asked) for at, each in enumerate(tensors)]
        given = [(each, each.grad_fn) for each in map(_copied, own)]
        self.start.restore()
        with default_dtype(torch.float64) if wide else contextlib.nullcontext():
            outputs = outputs_of(self.call.run([each for each, _ in given], wide))
        if self.carrying is None:
            self.random = self.start.drawn_from()
            self._look_at(outputs)
        if len(outputs) != self.count:
            raise ValueError(f"{self.call.name} returns another number of tensors than at first")
        return Ran(outputs, own, given)

    def kept(self, ran: Ran) -> tuple[int, ...]:
        """The outputs that are differentiated."""
        assert self.carrying is not None
        return self.carrying

    def _look_at(self, outputs: list[Tensor]) -> None:
        """Which outputs carry a gradient; all floats where none does: that is then zero."""
        self.count = len(outputs)
        floats = [at for at, y in enumerate(outputs) if is_inexact(y)]
        carrying = [at for at in floats if outputs[at].requires_grad]
        self.carrying = tuple(carrying or floats)
        self.silent = [at for at in range(len(outputs)) if at not in self.carrying]

    def backward(self, dy: Any, ran: Ran) -> tuple[Array, ...]:
        """The gradient of every leaf asked for, as autograd returns it; None becomes zeros."""
        parts = dy if isinstance(dy, (tuple, list)) else (dy,)
        ys = [ran.outputs[at] for at in self.kept(ran)]
        dys = [torch.from_numpy(np.array(part)).to(y.device, y.dtype) for part, y in zip(parts, ys)]
        try:
            found = self.pulled(ran, ys, dys)
        except RuntimeError as error:
            found = self._as_returned(ran, error)
        return tuple(
            to_array(torch.zeros_like(ran.leaves[at]) if each is None else each)
            for at, each in zip(self.asked, found)
        )

    def _as_returned(self, ran: Ran, error: RuntimeError) -> list[Tensor | None]:
        """Gradients that autograd refuses, as the Function's backward returned them.

        Raises WrongReturnError for too many or too few, the error itself for anything else.
        """
        log = self.call.log
        if log is None or log.raw is None:
            raise error
        if "incorrect number of gradients" in str(error):
            raise WrongReturnError(
                f"backward returns {_times(len(log.raw), 'gradient')}, but forward takes "
                f"{_times(self.call.taken, 'argument')} beside ctx: return one for each, in their "
                "order, None for those that have none"
            ) from error
        raw = [self.call.raw_of(at) for at in self.asked]
        if not any(misshapen(each, ran.leaves[at]) for at, each in zip(self.asked, raw)):
            raise error
        self.misfit = True
        return [each if isinstance(each, Tensor) else None for each in raw]

    def pulled(self, ran: Ran, ys: Sequence[Tensor], dys: Sequence[Tensor],
               asked: Sequence[int] | None = None) -> list[Tensor | None]:  # fmt: skip
        """Gradients from autograd, with None where it has none."""
        asked = self.asked if asked is None else asked
        pairs = [(y, dy) for y, dy in zip(ys, dys) if y.requires_grad]
        if not pairs:
            return [None] * len(asked)
        self.later.restore()  # what backward draws is not what forward drew
        found = torch.autograd.grad(
            [y for y, _ in pairs],
            [ran.leaves[at] for at in asked],
            [dy for _, dy in pairs],
            retain_graph=True,
            allow_unused=True,
        )
        if self.draws is None:
            self.draws = self.later.drawn_from()
        return list(found)


def _copied(leaf: Tensor) -> Tensor:
    """A differentiable copy, laid out as it is: a leaf itself must not be changed in place."""
    if leaf.clone().stride() == leaf.stride() or 0 in leaf.stride():
        return leaf.clone()
    return torch.empty_strided(
        leaf.size(), leaf.stride(), dtype=leaf.dtype, device=leaf.device
    ).copy_(leaf)  # fmt: skip


def misshapen(raw: Any, leaf: Tensor) -> bool:
    """Whether a gradient has a shape that autograd does not sum to that of the leaf."""
    if not isinstance(raw, Tensor) or raw.shape == leaf.shape:
        return False
    try:
        return torch.broadcast_shapes(raw.shape, leaf.shape) != raw.shape
    except RuntimeError:
        return True


def _times(count: int, thing: str) -> str:
    return f"{count} {thing}" + "s" * (count != 1)


def _wider(leaf: Leaf, array: Array) -> bool:
    double = array.dtype in (np.float64, np.complex128)
    return leaf.moves and double and leaf.tensor.dtype not in DOUBLE


__all__ = [
    "DOUBLE",
    "Pair",
    "Ran",
    "WrongReturnError",
    "misshapen",
    "outputs_of",
    "to_array",
    "to_tensor",
]
