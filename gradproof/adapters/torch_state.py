"""The global state of PyTorch around a check: found as it was, and the same in every call."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch


@dataclass(frozen=True)
class RandomState:
    """The states of the generators that a function of tensors may draw from."""

    cpu: torch.Tensor
    cuda: tuple[torch.Tensor, ...]
    numpy: Any
    python: Any

    @classmethod
    def now(cls) -> RandomState:
        """The states as they are."""
        cuda = torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else ()
        own = np.random.get_state()  # noqa: NPY002 - what the function may draw from
        return cls(torch.get_rng_state(), tuple(cuda), own, random.getstate())

    @classmethod
    def seeded(cls, seed: int) -> RandomState:
        """The states after every generator was given the seed."""
        torch.manual_seed(seed)
        np.random.seed(seed % 2**32)  # noqa: NPY002
        random.seed(seed)
        return cls.now()

    def restore(self) -> None:
        """Set the generators to these states."""
        torch.set_rng_state(self.cpu)
        if self.cuda:
            torch.cuda.set_rng_state_all(list(self.cuda))
        np.random.set_state(self.numpy)  # noqa: NPY002
        random.setstate(self.python)

    def drawn_from(self) -> bool:
        """Whether anything was drawn since these states were set."""
        now = RandomState.now()
        return not (
            torch.equal(self.cpu, now.cpu)
            and all(map(torch.equal, self.cuda, now.cuda))
            and self.python == now.python
            and np.array_equal(self.numpy[1], now.numpy[1])
            and self.numpy[2:] == now.numpy[2:]
        )


@contextmanager
def undisturbed() -> Iterator[None]:
    """Gradients are recorded inside; random states, default dtype and modes are put back after."""
    before, dtype = RandomState.now(), torch.get_default_dtype()
    try:
        with torch.inference_mode(False), torch.enable_grad():
            yield
    finally:
        torch.set_default_dtype(dtype)
        before.restore()


@contextmanager
def default_dtype(dtype: torch.dtype) -> Iterator[None]:
    """Another default dtype, for what the function makes itself (``torch.zeros(n)``)."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        yield
    finally:
        torch.set_default_dtype(before)


def modules_of(function: Callable[..., Any]) -> list[torch.nn.Module]:
    """The modules that a plain function uses: its object, closure, defaults and globals."""
    seen: list[Any] = []
    while isinstance(function, partial):
        seen += [*function.args, *function.keywords.values()]
        function = function.func
    seen.append(getattr(function, "__self__", None))
    function = getattr(function, "__func__", function)
    for cell in getattr(function, "__closure__", None) or ():
        try:
            seen.append(cell.cell_contents)
        except ValueError:  # not yet assigned
            continue
    seen += getattr(function, "__defaults__", None) or ()
    known = getattr(function, "__globals__", {})
    code = getattr(function, "__code__", None)
    seen += [known[name] for name in (code.co_names if code else ()) if name in known]
    flat = [
        part for each in seen for part in (each if isinstance(each, (list, tuple)) else (each,))
    ]
    return [each for each in flat if isinstance(each, torch.nn.Module)]


@contextmanager
def kept(modules: list[torch.nn.Module]) -> Iterator[None]:
    """Modules have their own parameters, buffers, gradients and attributes again afterwards."""
    attributes = []
    for module in (part for each in modules for part in each.modules()):
        parts = {
            key: dict(value) if isinstance(value, dict) else value
            for key, value in module.__dict__.items()
        }
        attributes.append((module, parts))
    tensors = [
        (tensor, tensor.detach().clone())
        for each in modules
        for tensor in (*each.parameters(), *each.buffers())
    ]
    grads = [(each, each.grad) for module in modules for each in module.parameters()]
    try:
        yield
    finally:
        for module, parts in attributes:
            for key in set(module.__dict__) - set(parts):
                del module.__dict__[key]
            for key, value in parts.items():
                now = module.__dict__.get(key)
                if isinstance(value, dict) and isinstance(now, dict) and key.startswith("_"):
                    now.clear()
                    now.update(value)
                else:
                    module.__dict__[key] = value
        with torch.no_grad():
            for tensor, value in tensors:
                if not torch.equal(tensor, value):
                    tensor.copy_(value)
        for each, grad in grads:
            each.grad = grad


__all__ = ["RandomState", "default_dtype", "kept", "modules_of", "undisturbed"]
