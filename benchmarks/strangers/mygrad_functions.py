"""MyGrad's public functions: its own backward through its graph, for one operation at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mygrad as mg
import numpy as np

from benchmarks.strangers import textbook
from benchmarks.strangers.autograd_arguments import MAKERS, NUMPY
from benchmarks.strangers.draws import Draw
from benchmarks.strangers.kinds import Array, Drawn, Kind
from benchmarks.strangers.special import EXACT as SPECIAL
from benchmarks.strangers.textbook import LARGE, rows

# NumPy's functions that MyGrad has under the same name and with the same arguments.
SAME = [
    "negative",
    "absolute",
    "exp",
    "exp2",
    "expm1",
    "log",
    "log2",
    "log10",
    "log1p",
    "sin",
    "cos",
    "tan",
    "arcsin",
    "arccos",
    "arctan",
    "sinh",
    "cosh",
    "tanh",
    "arcsinh",
    "arccosh",
    "arctanh",
    "square",
    "sqrt",
    "reciprocal",
    "sinc",
    "add",
    "multiply",
    "subtract",
    "divide",
    "maximum",
    "minimum",
    "logaddexp",
    "logaddexp2",
    "power",
    "arctan2",
    "reshape",
    "roll",
    "ravel",
    "expand_dims",
    "squeeze",
    "swapaxes",
    "moveaxis",
    "transpose",
    "repeat",
    "sum",
    "mean",
    "prod",
    "var",
    "std",
    "max",
    "min",
    "cumsum",
    "matmul",
    "einsum",
    "clip",
    "broadcast_to",
    "atleast_2d",
]


def _pulled(f: Callable[..., Any], dy: Any, inputs: tuple[Any, ...]) -> tuple[Array, ...]:
    tensors = [mg.tensor(x) for x in inputs]
    f(*tensors).backward(dy)
    return tuple(
        np.zeros_like(x) if t.grad is None else np.array(t.grad) for t, x in zip(tensors, inputs)
    )


def _same(name: str, label: str, make: Callable[[Draw], Any]) -> Kind:
    function, numpy = getattr(mg, name), getattr(np, name)

    def draw(d: Draw) -> Drawn:
        args, kwargs, at = make(d)
        return tuple(np.asarray(args[i], float) for i in at), {
            "args": args, "kwargs": kwargs, "at": at,
        }  # fmt: skip

    def filled(inputs: Any, args: Any, at: Any) -> list[Any]:
        every = list(args)
        for i, each in zip(at, inputs):
            every[i] = each
        return every

    def forward(*inputs: Any, args: Any, kwargs: Any, at: Any) -> Any:
        return function(*filled(inputs, args, at), **kwargs, constant=True).data

    def backward(dy: Any, *inputs: Any, args: Any, kwargs: Any, at: Any) -> Any:
        return _pulled(lambda *t: function(*filled(t, args, at), **kwargs), dy, inputs)

    def exact(*inputs: Any, args: Any, kwargs: Any, at: Any) -> Any:
        return SPECIAL.get(name, numpy)(*filled(inputs, args, at), **kwargs)

    dear = name in ("matmul", "einsum", "var", "std", "mean", "sum", "prod", "cumsum", "max", "min")
    return Kind(f"mygrad {name}" + f" {label}" * bool(label), draw, forward, backward, exact,
                most=200 if dear or label else LARGE)  # fmt: skip


def _own(
    name: str, f: Callable[..., Any], exact: Callable[..., Any],
    draw: Callable[[Draw], Drawn] = textbook.one, most: int = LARGE,
    kinks: tuple[float, ...] = (0.0,),
) -> Kind:  # fmt: skip
    return Kind(
        f"mygrad {name}", draw, lambda *x, **extra: f(*x, **extra).data,
        lambda dy, *x, **extra: _pulled(lambda *t: f(*t, **extra), dy, x), exact,
        most=most, kinks=kinks,
    )  # fmt: skip


def _within(low: float, high: float) -> Callable[[Draw], Drawn]:
    return lambda d: ((d.within(d.shape(), low, high),), {})


def _nonzero(d: Draw) -> Drawn:
    return (d.nonzero(d.shape()),), {}


def _above_one(d: Draw) -> Drawn:
    return (d.above(d.shape(), 1.0),), {}


def _scores(d: Draw) -> Drawn:
    (x,), extra = textbook._with_labels(d)
    return (x,), {"t": extra["t"]}


def _nll(x: Any, t: Array) -> Any:
    return -textbook._log_softmax(x)[np.arange(len(t)), t].mean()


def _hinge(x: Any, t: Array) -> Any:
    rows_ = np.arange(len(t))
    margin = x - x[rows_, t][:, None] + 1.0
    margin = np.where(margin > 0, margin, 0 * margin)
    margin[rows_, t] = 0 * margin[rows_, t]
    return margin.sum() / len(t)


_COSH: Callable[[Any], Any] = lambda x: np.cosh(x)  # noqa: E731


def kinds() -> list[Kind]:
    """All of them."""
    nn = mg.nnet
    same = [
        _same(name, label, make)
        for name in SAME
        for label, make in MAKERS[NUMPY].get(name, {}).items()
    ]
    by = {each.name: each for each in textbook.KINDS}

    def exact_of(name: str) -> Callable[..., Any]:
        return by[name].exact or by[name].forward

    return [
        *same,
        _own("sec", mg.sec, lambda x: 1 / np.cos(x)),
        _own("csc", mg.csc, lambda x: 1 / np.sin(x), _nonzero),
        _own("cot", mg.cot, lambda x: 1 / np.tan(x), _nonzero),
        _own("sech", mg.sech, lambda x: 1 / np.cosh(x)),
        _own("csch", mg.csch, lambda x: 1 / np.sinh(x), _nonzero),
        _own("coth", mg.coth, lambda x: 1 / np.tanh(x), _nonzero),
        _own("arcsec", mg.arcsec, lambda x: np.arccos(1 / x), _above_one),
        _own("arccsc", mg.arccsc, lambda x: np.arcsin(1 / x), _above_one),
        _own("arccot", mg.arccot, lambda x: np.pi / 2 - np.arctan(x)),
        _own("arccsch", mg.arccsch, lambda x: np.arcsinh(1 / x), _nonzero),
        _own("arccoth", mg.arccoth, lambda x: np.arctanh(1 / x), _above_one),
        _own("cbrt", mg.cbrt, np.cbrt, _nonzero),
        _own("sigmoid", nn.activations.sigmoid, exact_of("sigmoid")),
        _own("relu", nn.activations.relu, exact_of("ReLU")),
        _own("leaky_relu", lambda x: nn.activations.leaky_relu(x, 0.1), exact_of("leaky ReLU")),
        _own("elu", lambda x: nn.activations.elu(x, 1.0), exact_of("ELU")),
        _own("selu", nn.activations.selu, exact_of("SELU")),
        _own("soft_sign", nn.activations.soft_sign, exact_of("softsign")),
        _own("hard_tanh", nn.activations.hard_tanh,
             lambda x: np.minimum(np.maximum(x, -1), 1), kinks=(-1.0, 1.0)),
        _own("softmax", nn.activations.softmax, exact_of("softmax"), rows, 200),
        _own("logsoftmax", nn.activations.logsoftmax, exact_of("log-softmax"), rows, 200),
        _own("softmax_crossentropy", lambda x, t: nn.losses.softmax_crossentropy(x, t),
             _nll, _scores, 200),
        _own("multiclass_hinge", lambda x, t: nn.losses.multiclass_hinge(x, t), _hinge, _scores,
             200),
        _own("batchnorm", lambda x, g, b: nn.layers.batchnorm(x, gamma=g, beta=b, eps=1e-5),
             exact_of("batch norm"), textbook._norm_inputs, 200),
        _own("norm", lambda x: mg.linalg.norm(x, axis=1, keepdims=True), exact_of("L2 norm"),
             rows, 200),
    ]  # fmt: skip
