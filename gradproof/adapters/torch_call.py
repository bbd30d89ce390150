"""What is called: an autograd.Function, a module with its parameters, or a function of tensors."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from gradproof.adapters.converted import numbers_among, positional_names
from gradproof.adapters.tensor_trees import leaves, rebuilt, written
from gradproof.adapters.torch_state import kept, modules_of


def in_double(tensor: Tensor) -> Tensor:
    """A tensor in double precision; a copy of one that is not of floats or complex numbers."""
    if tensor.is_complex():
        return tensor.to(torch.complex128)
    return tensor.to(torch.float64) if tensor.is_floating_point() else tensor.clone()


def is_inexact(tensor: Tensor) -> bool:
    """Whether a tensor holds floats or complex numbers, by which there are derivatives."""
    return tensor.is_floating_point() or tensor.is_complex()


@dataclass(frozen=True)
class Leaf:
    """One tensor among the arguments, or one parameter of a module."""

    name: str
    tensor: Tensor
    path: tuple[Any, ...]

    @property
    def moves(self) -> bool:
        """Whether a derivative by it can be asked for."""
        return is_inexact(self.tensor)


@dataclass
class Log:
    """What the last backward of an autograd.Function was given and returned."""

    dys: tuple[Any, ...] = ()
    changed: bool = False
    raw: tuple[Any, ...] | None = None


@dataclass
class Called:
    """A callable with its leaves.

    run:    maps tensors, one per leaf, and whether they are wider than given, to what is returned.
    log:    of an autograd.Function, what its own backward returned; None for anything else.
    called: how a call is written in code to paste; "" where that takes more than its arguments.
    """

    name: str
    leaves: tuple[Leaf, ...]
    run: Callable[[Sequence[Tensor], bool], Any]
    log: Log | None = None
    called: str = ""
    modules: list[torch.nn.Module] = field(default_factory=list)
    positions: tuple[int, ...] = ()  # of the leaves among the arguments of a Function
    taken: int = 0  # how many arguments those are
    numbers: dict[str, float] = field(default_factory=dict)  # scalars among them
    module: bool = False  # whether it is a module, by its parameters
    surrogate: Callable[[Sequence[Tensor]], Any] | None = None  # whose derivative is meant

    def raw_of(self, at: int) -> Any:
        """What the Function's own backward returned for a leaf."""
        raw, position = self.log.raw if self.log else None, self.positions[at]
        return raw[position] if raw is not None and position < len(raw) else None


def standing_in(surrogate: Callable[..., Any], arguments: tuple[Any, ...],
                keywords: Mapping[str, Any]) -> Callable[[Sequence[Tensor]], Any]:  # fmt: skip
    """A call of another function with the same arguments."""
    _, structure = _arguments(surrogate, arguments, keywords, None, 0)

    def run(tensors: Sequence[Tensor]) -> Any:
        args, kwargs = structure(tensors)
        return surrogate(*args, **kwargs)

    return run


def called(what: Any, arguments: tuple[Any, ...], keywords: Mapping[str, Any],
           names: Sequence[str] | None, label: str) -> Called:  # fmt: skip
    """Find out what is to be called, and with which tensors.

    Raises TypeError for what is no Function, module or callable.
    """
    if isinstance(what, type) and issubclass(what, torch.autograd.Function):
        return _function(what, arguments, keywords, names, label)
    bound = getattr(what, "__self__", None)  # MyFunction.apply
    if isinstance(bound, type) and issubclass(bound, torch.autograd.Function):
        return _function(bound, arguments, keywords, names, label)
    if isinstance(what, torch.nn.Module):
        return _module(what, arguments, keywords, names, label)
    if isinstance(what, type) or not callable(what):
        raise TypeError(
            "check_torch: expected a subclass of torch.autograd.Function, an nn.Module object or a "
            f"function of tensors, got {what!r}"
        )
    name = label or getattr(what, "__name__", type(what).__name__)
    found, structure = _arguments(what, arguments, keywords, names, 0)

    def run(tensors: Sequence[Tensor], wide: bool) -> Any:
        args, kwargs = structure(tensors)
        return what(*args, **kwargs)

    return Called(name, found, run, called=name, modules=modules_of(what))


def _arguments(
    signature: Any,
    arguments: tuple[Any, ...],
    keywords: Mapping[str, Any],
    names: Sequence[str] | None,
    skip: int,
) -> tuple[tuple[Leaf, ...], Callable[[Sequence[Tensor]], tuple[tuple[Any, ...], dict[str, Any]]]]:
    """The tensors among the arguments, and how to put others in their places."""
    labels = list(names or ())
    if names is not None and len(labels) != len(arguments):
        raise ValueError(f"names: expected {len(arguments)}, one per argument, got {len(labels)}")
    labels = labels or positional_names(signature, len(arguments), skip)
    everything = {**dict(zip(labels, arguments)), **keywords}
    found = tuple(
        Leaf(written(path[0], path[1:]), tensor, path)
        for path, tensor in leaves(everything, lambda value: isinstance(value, Tensor))
    )

    def structure(tensors: Sequence[Tensor]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        new = rebuilt(everything, {leaf.path: each for leaf, each in zip(found, tensors)})
        values = [new[name] for name in labels]
        return tuple(values), {name: new[name] for name in keywords}

    return found, structure


def _function(
    what: type[torch.autograd.Function],
    arguments: tuple[Any, ...],
    keywords: Mapping[str, Any],
    names: Sequence[str] | None,
    label: str,
) -> Called:
    base: Any = torch.autograd.function._SingleLevelFunction
    own_context = what.setup_context is not base.setup_context
    found, structure = _arguments(
        what.forward, arguments, keywords, names, skip=0 if own_context else 1
    )
    log = Log()
    watched = _watched(what, log)

    def run(tensors: Sequence[Tensor], wide: bool) -> Any:
        args, kwargs = structure(tensors)
        log.raw = None
        return watched.apply(*args, **kwargs)

    places = {id(each): at for at, each in enumerate(arguments)}
    positions = tuple(places.get(id(leaf.tensor), -1) for leaf in found)
    return Called(
        label or what.__name__, found, run, log, f"{what.__name__}.apply",
        positions=positions, taken=len(arguments),
        numbers=numbers_among(
            positional_names(what.forward, len(arguments), 0 if own_context else 1), arguments
        ),
    )  # fmt: skip


def _watched(what: Any, log: Log) -> Any:
    """The same Function, with a note of what its backward is given and returns."""
    given = torch.autograd.Function.backward
    method = "backward" if what.backward is not given else "vjp"
    own = getattr(what, method)

    def backward(ctx: Any, *dys: Any) -> Any:
        before = [dy.clone() if isinstance(dy, Tensor) else None for dy in dys]
        raw = own(ctx, *dys)
        log.raw = raw if isinstance(raw, tuple) else (raw,)
        log.changed = any(
            old is not None and not torch.equal(old, dy) and not bool(old.isnan().any())
            for old, dy in zip(before, dys)
        )
        return raw

    return type(what)(what.__name__, (what,), {method: staticmethod(backward)})


def _module(
    what: torch.nn.Module,
    arguments: tuple[Any, ...],
    keywords: Mapping[str, Any],
    names: Sequence[str] | None,
    label: str,
) -> Called:
    if isinstance(what, torch.jit.ScriptModule):
        raise TypeError(
            f"{type(what).__name__}: TorchScript cannot be called with other parameters; pass the "
            "module that was scripted or traced"
        )
    inputs, structure = _arguments(what.forward, arguments, keywords, names, 0)
    try:
        module, modules = copy.deepcopy(what), []
    except Exception:  # tensors among its attributes that were computed, a lock, a file
        module, modules = what, [what]
    parameters = tuple(
        Leaf(name, each, ("parameter", name)) for name, each in module.named_parameters()
    )
    taken = {leaf.name for leaf in inputs} & {leaf.name for leaf in parameters}
    if taken:
        raise ValueError(
            f"names: {sorted(taken)[0]!r} is the name of an input and of a parameter of "
            f"{type(what).__name__}; give the inputs other names, as in names=('input', ...)"
        )
    buffers = {name: each.detach().clone() for name, each in module.named_buffers()}

    def run(tensors: Sequence[Tensor], wide: bool) -> Any:
        args, kwargs = structure(tensors[: len(inputs)])
        state = {leaf.name: each for leaf, each in zip(parameters, tensors[len(inputs) :])}
        fresh = {name: in_double(each) if wide else each.clone() for name, each in buffers.items()}
        return torch.func.functional_call(module, {**state, **fresh}, args, kwargs)

    name = label or type(what).__name__
    return Called(name, (*inputs, *parameters), run, modules=modules, module=True)


@contextmanager
def as_before(call: Called) -> Iterator[None]:
    """Whatever objects the calls reach have their own state again afterwards."""
    with kept(call.modules):
        yield


__all__ = ["Called", "Leaf", "Log", "as_before", "called"]
