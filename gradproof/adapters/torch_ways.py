"""The same gradient asked for in the other ways in which autograd asks for it.

Autograd hands a backward gradients that are not contiguous (``y.sum().backward()`` expands one
number), asks for the gradient by one input alone (``ctx.needs_input_grad``), and uses one of
several outputs alone. Each must give what the plain way gives.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor

from gradproof.adapters.converted import Found
from gradproof.adapters.torch_arrays import Pair, Ran, misshapen
from gradproof.adapters.torch_call import is_inexact

# Two orders of summation differ by a few roundings, and in half precision by some percent of the
# largest value; a wrong layout differs by whole values.
_ROUNDINGS, _MOST = 1e4, 0.1


class Ways:
    """One plain run in the dtypes given, and others that are held against it."""

    def __init__(self, pair: Pair, seed: int) -> None:
        self.pair, self.found = pair, Found()
        self.tensors = [leaf.tensor.detach() for leaf in pair.call.leaves]
        self.generator = torch.Generator().manual_seed(seed)
        self.ran = self._run()
        self.ys = [self.ran.outputs[at] for at in pair.kept(self.ran)]
        self.dys = [self._drawn(y) for y in self.ys]
        self.plain: list[Tensor | None] = []

    def looked_at(self) -> Found:
        """What each way shows; the plain one first."""
        self._plain()
        self._in_place()
        if self.pair.call.log is not None:
            self._returned()
            self._each_alone()
        self._outputs_alone()
        self._strided()
        return self.found

    def _run(
        self, only: Sequence[int] | None = None, change: Callable[[Tensor], Tensor] | None = None
    ) -> Ran:
        tensors = [(change or torch.clone)(each) for each in self.tensors]
        return self.pair.run(tensors, only=only)

    def _drawn(self, y: Tensor) -> Tensor:
        dtype = torch.complex128 if y.is_complex() else torch.float64
        drawn = torch.randn(y.shape, generator=self.generator, dtype=dtype)
        return drawn.to(y.device, y.dtype)

    def _plain(self) -> None:
        self.plain = self.pair.pulled(self.ran, self.ys, self.dys)
        log = self.pair.call.log
        changed = log is not None and log.changed
        if changed:
            self.found.told.append(
                "backward changes dy in place: another branch may be given the same tensor; work "
                "on dy.clone()"
            )

    def _in_place(self) -> None:
        """Inputs that forward changed: autograd must know of it, and the caller as well."""
        for at, (own, (given, before)) in enumerate(zip(self.ran.leaves, self.ran.given)):
            leaf = self.pair.call.leaves[at]
            if _same(own, given, 0.0):
                continue
            if self.pair.call.log is not None and given.requires_grad and given.grad_fn is before:
                self.found.told.append(
                    f"forward changes {leaf.name} in place, and autograd is not told: call "
                    f"ctx.mark_dirty({leaf.name}) and return it, or work on {leaf.name}.clone()"
                )
            else:
                self.found.notes.append(f"forward changes {leaf.name} in place")

    def _returned(self) -> None:
        """The shapes and dtypes that backward returned, before autograd fitted them."""
        for at in self.pair.asked:
            leaf, raw = self.pair.call.leaves[at], self.pair.call.raw_of(at)
            if not isinstance(raw, Tensor) or misshapen(raw, leaf.tensor):
                continue
            if raw.shape != leaf.tensor.shape:
                self.found.notes.append(
                    f"backward returns shape {tuple(raw.shape)} for {leaf.name}; autograd sums it "
                    f"to {tuple(leaf.tensor.shape)}"
                )
            if raw.dtype != leaf.tensor.dtype:
                self.found.notes.append(
                    f"backward returns {_dtype(raw)} for {leaf.name}, which is "
                    f"{_dtype(leaf.tensor)}; autograd converts it"
                )

    def _each_alone(self) -> None:
        """Only one input requires a gradient: needs_input_grad is false for the others."""
        asked = self.pair.asked
        for at, plain in zip(asked, self.plain) if len(asked) > 1 else ():
            name = self.pair.call.leaves[at].name
            case = f"where {name} alone requires a gradient"
            ran = self._tried(partial(self._run, only=[at]), f"forward fails {case}")
            if ran is None:
                continue
            ys = [ran.outputs[k] for k in self.pair.kept(ran)]
            got = self._tried(
                partial(self.pair.pulled, ran, ys, self.dys, [at]),
                f"backward fails {case}",
            )
            if got is not None and not _agree(got, [plain]):
                kind = "None" if got[0] is None else "another gradient"
                self.found.faults.append(
                    f"gradient by `{name}`: backward returns {kind} for it {case}; look at its "
                    "index in ctx.needs_input_grad"
                )

    def _outputs_alone(self) -> None:
        """Only one of several outputs is used."""
        for k, y in enumerate(self.ys) if len(self.ys) > 1 else ():
            if not y.requires_grad:
                continue
            zeros = [dy if k == j else torch.zeros_like(dy) for j, dy in enumerate(self.dys)]
            want = self.pair.pulled(self.ran, self.ys, zeros)
            case = f"where only output {k} is used"
            got = self._tried(
                partial(self.pair.pulled, self.ran, [y], [self.dys[k]]),
                f"backward fails {case} (the gradients of the others are then None if "
                "ctx.set_materialize_grads(False) was called)",
            )
            if got is not None and not _agree(got, want):
                self.found.faults.append(f"backward gives another gradient {case}")

    def _strided(self) -> None:
        """Gradients and inputs whose elements do not lie side by side in memory."""
        if self.pair.call.log is None or self.pair.draws:  # rand_like draws in the order of memory
            return
        apart = [_apart(dy) for dy in self.dys]
        self._held("dy is not contiguous", apart, self.plain)
        ones = [torch.ones_like(dy) for dy in self.dys]
        spread = [torch.ones((), dtype=dy.dtype, device=dy.device).expand(dy.shape) for dy in ones]
        want = self.pair.pulled(self.ran, self.ys, ones)
        self._held("dy is one number expanded, as y.sum().backward() gives it", spread, want)
        if self.pair.random:
            return
        case = "inputs are not contiguous"
        ran = self._tried(lambda: self._run(change=_apart), f"forward fails where {case}")
        if ran is None:
            return
        ys = [ran.outputs[k] for k in self.pair.kept(ran)]
        if not _agree(ys, self.ys):
            self.found.faults.append(f"forward gives another y where {case}: it reads memory that "
                                     "is not theirs; call .contiguous() first")  # fmt: skip
            return
        got = self._tried(
            lambda: self.pair.pulled(ran, ys, self.dys), f"backward fails where {case}"
        )
        if got is not None and not _agree(got, self.plain):
            self.found.faults.append(f"backward gives another gradient where {case}")

    def _held(self, case: str, dys: Sequence[Tensor], want: Sequence[Tensor | None]) -> None:
        got = self._tried(
            lambda: self.pair.pulled(self.ran, self.ys, dys), f"backward fails where {case}"
        )
        if got is not None and not _agree(got, want):
            self.found.faults.append(
                f"backward gives another gradient where {case}: call dy.contiguous() first"
            )

    def _tried(self, act: Callable[[], Any], what: str) -> Any:
        """What an act returns; what it raises is told, since it is loud where it happens."""
        try:
            return act()
        except Exception as error:  # whatever the function raises
            text = str(error).strip().splitlines()
            self.found.told.append(f"{what}: {type(error).__name__}: {text[0] if text else ''}")
            return None


def _apart(tensor: Tensor) -> Tensor:
    """A copy whose elements are in another order in memory, with other numbers between them."""
    room = torch.zeros((*reversed(tensor.shape), 2), dtype=tensor.dtype, device=tensor.device)
    turned = room[..., 0].permute(list(reversed(range(tensor.dim()))))
    turned.copy_(tensor)
    return turned.detach()


def _agree(left: Sequence[Tensor | None], right: Sequence[Tensor | None]) -> bool:
    return all(
        _same(_filled(a, b), _filled(b, a), _ROUNDINGS) for a, b in zip(left, right)
        if a is not None or b is not None
    )  # fmt: skip


def _filled(tensor: Tensor | None, like: Tensor | None) -> Tensor:
    """A gradient; None is zero."""
    if tensor is not None:
        return tensor.detach()
    assert like is not None
    return torch.zeros_like(like)


def _same(left: Tensor, right: Tensor, roundings: float) -> bool:
    a, b = left.detach(), right.detach()
    if a.is_sparse or b.is_sparse:
        a, b = a.to_dense(), b.to_dense()
    if a.shape != b.shape:
        return False
    if torch.equal(a, b):
        return True
    if not is_inexact(a):
        return False
    both = torch.isnan(a) & torch.isnan(b)
    a, b = torch.where(both, 0, a), torch.where(both, 0, b)
    apart = (a - b).abs().max().double()
    allowed = min(roundings * torch.finfo(a.dtype).eps, _MOST)
    return bool(apart <= allowed * b.abs().max().double())


def _dtype(tensor: Tensor) -> str:
    return str(tensor.dtype).removeprefix("torch.")


__all__ = ["Ways"]
