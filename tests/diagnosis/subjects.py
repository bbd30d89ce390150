"""The right programs in which slips are planted, each with inputs to try it on.

A subject is a pair of a file: a backward of impl, or one from ``subjects/``, written in the styles
that courses, books and blogs use. ``Subject.load`` imports any copy of the file, changed or not,
and returns the pair as ``prove_gradient`` and ``diagnose`` take it.
"""

from __future__ import annotations

import importlib.util
import inspect
import itertools
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
Pair = tuple[Callable[..., Any], Callable[..., Any]]
Draw = Callable[[np.random.Generator], tuple[Any, ...]]

HERE = Path(__file__).resolve().parent
IMPL = HERE.parents[1] / "impl"
_NUMBER = itertools.count()


@dataclass(frozen=True, eq=False)
class Subject:
    """One right backward.

    path:     dotted name of the backward in ``file``.
    style:    "cache" (out and cache), "class" (a layer object), "closure" (forward returns its
              backward), "input" or "output" (an elementwise derivative of the input or of the
              output), "impl".
    draw:     draws the inputs; ``build`` are names of those that a class takes when it is made.
    wrt:      inputs of which there is a gradient, in the order of the results.
    held_out: whether it is of the second family, kept apart while the library was written.
    """

    operation: str
    file: Path
    forward: str
    path: str
    style: str
    draw: Draw
    wrt: tuple[str, ...]
    build: tuple[str, ...] = ()
    attributes: tuple[str, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)
    held_out: bool = False
    square: bool = False

    def __str__(self) -> str:
        return f"{self.file.stem}:{self.path}"

    def inputs(self, seed: int = 0) -> tuple[Any, ...]:
        """Draw inputs of the subject's shapes."""
        return self.draw(np.random.default_rng([seed, 11]))

    def load(self, file: Path | None = None) -> Pair:
        """Import ``file``, a copy of the subject's own (default: its own), and return the pair."""
        module = imported(file or self.file)
        if self.style == "impl":
            pair = getattr(module, self.forward), getattr(module, self.path)
            return inspect.unwrap(pair[0]), inspect.unwrap(pair[1])
        if self.style == "cache":
            return getattr(module, self.forward), getattr(module, self.path)
        if self.style == "closure":
            return getattr(module, self.forward), lambda dy, back: back(dy)
        if self.style == "class":
            return _of_class(getattr(module, self.path.partition(".")[0]), self)
        return _of_derivative(
            getattr(module, self.forward), getattr(module, self.path), self.style == "output"
        )


def imported(file: Path) -> ModuleType:
    """The module of a file, under a name of its own."""
    name = f"subject_{next(_NUMBER)}_{file.stem}"
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _of_derivative(f: Any, prime: Any, of_output: bool) -> Pair:
    def forward(x: Any) -> Any:
        y = f(x)
        return y, (y if of_output else x)

    def backward(dy: Any, cache: Any) -> Any:
        return dy * prime(cache)

    return forward, backward


def _of_class(layer: Any, subject: Subject) -> Pair:
    """Layers of which some inputs are given when they are made, and gradients kept on them."""
    build, kept = subject.build, subject.attributes

    def made(*values: Any) -> Any:
        named = dict(zip(names, values))
        one = layer(*(named[k] for k in build))
        return one.forward(*(named[k] for k in names if k not in build)), one

    def backward(dy: Any, one: Any) -> Any:
        dx = one.backward(dy)
        return (dx, *(_kept(one, k) for k in kept)) if kept else dx

    taken = [p for p in inspect.signature(layer.forward).parameters if p != "self"]
    names = [*taken, *build]
    made.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [inspect.Parameter(k, inspect.Parameter.POSITIONAL_OR_KEYWORD) for k in names]
    )
    return made, backward


def _kept(one: Any, name: str) -> Any:
    """An attribute of a layer; ``grads.W`` is the entry W of its dictionary ``grads``."""
    attribute, _, key = name.partition(".")
    value = getattr(one, attribute)
    return value[key] if key else value


# --- drawing --------------------------------------------------------------------------------------


def real(rng: np.random.Generator, *shape: int) -> Any:
    """Short numbers, none of them 0 and no two of them equal."""
    size = int(np.prod(shape, dtype=int))
    chosen = rng.choice(np.arange(1, max(30, 4 * size)), size, replace=False)
    return (rng.choice([-1.0, 1.0], size) * chosen / 8).reshape(shape)


def reals(*shapes: tuple[int, ...]) -> Draw:
    """Real arrays of these shapes."""
    return lambda rng: tuple(real(rng, *shape) for shape in shapes)


def mixed(*shapes: tuple[int, ...]) -> Draw:
    """One row of reals holds both signs, so that every branch of a kinked function is taken."""

    def draw(rng: np.random.Generator) -> tuple[Any, ...]:
        arrays = [real(rng, *shape) for shape in shapes]
        arrays[0].flat[0], arrays[0].flat[-1] = abs(arrays[0].flat[0]), -abs(arrays[0].flat[-1])
        return tuple(arrays)

    return draw


def _unit(rng: np.random.Generator, *shape: int) -> Any:
    return rng.integers(1, 16, shape) / 16


def labels(rng: np.random.Generator) -> tuple[Any, ...]:
    return real(rng, 3, 4), rng.permutation(4)[:3]


def _onehot(rng: np.random.Generator) -> tuple[Any, ...]:
    return real(rng, 3, 4), np.eye(4, dtype=int)[rng.permutation(4)[:3]]


def _with_targets(rng: np.random.Generator) -> tuple[Any, ...]:
    return real(rng, 5), _unit(rng, 5)


def _probabilities(rng: np.random.Generator) -> tuple[Any, ...]:
    return _unit(rng, 5), _unit(rng, 5)


def _signs(rng: np.random.Generator) -> tuple[Any, ...]:
    return real(rng, 6), np.array([1.0, -1.0, -1.0, 1.0, 1.0, -1.0])


def _statistics(rng: np.random.Generator) -> tuple[Any, ...]:
    x, gamma, beta, mean = (real(rng, *s) for s in ((4, 3), (3,), (3,), (3,)))
    return x, gamma, beta, mean, np.abs(real(rng, 3))


# --- the list -------------------------------------------------------------------------------------

_BATCH = reals((4, 3), (3,), (3,))
_FUNCTIONS, _CLASSES = HERE / "subjects/course_layers.py", HERE / "subjects/layer_classes.py"
_DERIVATIVES, _OTHERS = HERE / "subjects/derivatives.py", HERE / "subjects/held_out.py"
_NORM = ("x", "gamma", "beta")


def _impl(
    name: str, draw: Draw, wrt: str = "x", backward: str = "backward", forward: str = "forward",
    **more: Any,
) -> Subject:  # fmt: skip
    return Subject(
        name, IMPL / f"{name}.py", forward, backward, "impl", draw, tuple(wrt.split()), **more
    )


def _course(operation: str, name: str, draw: Draw, wrt: str = "x", **more: Any) -> Subject:
    forward = more.pop("forward", f"{name}_forward")
    return Subject(
        operation, _FUNCTIONS, forward, f"{name}_backward", "cache", draw, tuple(wrt.split()),
        **more,
    )  # fmt: skip


def _class(operation: str, name: str, draw: Draw, wrt: str = "x", **more: Any) -> Subject:
    return Subject(operation, _CLASSES, f"{name}.forward", f"{name}.backward", "class", draw,
                   tuple(wrt.split()), **more)  # fmt: skip


def _prime(operation: str, name: str, style: str = "input", forward: str = "") -> Subject:
    return Subject(operation, _DERIVATIVES, forward or operation, name, style, mixed((2, 2)),
                   ("x",))  # fmt: skip


def _other(name: str, draw: Draw, wrt: str = "x", **more: Any) -> Subject:
    return Subject(name, _OTHERS, f"{name}_forward", f"{name}_backward", "cache", draw,
                   tuple(wrt.split()), held_out=True, **more)  # fmt: skip


_DENSE, _SQUARE = reals((4, 3), (3, 2), (2,)), reals((3, 3), (3, 3), (3,))
_MSE = reals((3, 2), (3, 2))

SUBJECTS = [
    _impl("sigmoid", reals((2, 2))),
    _impl("tanh", reals((2, 2))),
    _impl("relu", mixed((2, 2))),
    _impl("leaky_relu", mixed((2, 2))),
    _impl("elu", mixed((2, 2)), options={"alpha": 1.5}),
    _impl("maxout", reals((3, 2), (3, 2, 2), (3, 2)), "x W b"),
    _impl("perceptron_linear", reals((4, 3), (3,), ()), "x w w_0"),
    _impl("dense", _DENSE, "x W b"),
    _impl("dense", _SQUARE, "x W b", square=True),
    _impl("batch_norm", _BATCH, "x gamma beta"),
    _impl("batch_norm", _BATCH, "x gamma beta", "backward_fused"),
    _impl("batch_norm", _statistics, "x gamma beta", "backward_inference", "forward_inference"),
    _impl("softmax", reals((3, 4))),
    _impl("softmax_cross_entropy", labels, options={"labels": {"t": 4}}),
    _impl("binary_cross_entropy", _with_targets),
    _impl("mean_squared_error", _MSE),
    _course("dense", "affine", _DENSE, "x w b"),
    _course("dense", "affine", _SQUARE, "x w b", square=True),
    _course("relu", "relu", mixed((3, 2))),
    _course("leaky_relu", "leaky_relu", mixed((3, 2))),
    _course("elu", "elu", mixed((3, 2))),
    _course("sigmoid", "sigmoid", reals((2, 2))),
    _course("sigmoid", "logistic", reals((2, 2)), "z"),
    _course("tanh", "tanh", reals((2, 2))),
    *(
        _course("batch_norm", f"batchnorm_{kind}", _BATCH, "x gamma beta",
                forward="batchnorm_forward")
        for kind in ("staged", "paper", "short", "mean")
    ),
    _course("maxout", "maxout", reals((3, 2), (2, 2), (2,), (2, 2), (2,)), "x w1 b1 w2 b2"),
    _course("softmax", "softmax", reals((3, 4))),
    _course("softmax", "softmax_loop", reals((2, 3)), forward="softmax_forward"),
    _course("softmax_cross_entropy", "softmax_loss", labels, options={"labels": {"t": 4}}),
    _course("binary_cross_entropy", "bce", _with_targets),
    _course("binary_cross_entropy", "bce_probability", _probabilities, "p",
            options={"positive": ("p",)}),
    _course("mean_squared_error", "mse", _MSE),
    _course("mean_squared_error", "half_mse", _MSE),
    _course("perceptron_linear", "linear_unit", reals((4, 3), (3,), ()), "x w w0"),
    _class("sigmoid", "Sigmoid", reals((2, 2))),
    _class("tanh", "Tanh", reals((2, 2))),
    _class("relu", "ReLU", mixed((2, 2))),
    _class("leaky_relu", "LeakyReLU", mixed((2, 2))),
    _class("elu", "ELU", mixed((2, 2))),
    _class("dense", "Dense", _DENSE, "x W b", build=("W", "b"), attributes=("dW", "db")),
    _class("softmax", "Softmax", reals((3, 4))),
    _class("softmax_cross_entropy", "SoftmaxWithLoss", _onehot),
    _class("batch_norm", "BatchNorm", _BATCH, "x gamma beta", build=("gamma", "beta"),
           attributes=("dgamma", "dbeta")),
    _class("mean_squared_error", "MSE", _MSE, "pred"),
    _class("binary_cross_entropy", "BinaryCrossEntropy", _with_targets),
    _class("maxout", "Maxout", reals((3, 2, 2)), "z"),
    _prime("sigmoid", "sigmoid_prime"),
    _prime("sigmoid", "sigmoid_prime_of_output", "output"),
    _prime("sigmoid", "sigmoid_prime_by_quotient"),
    _prime("tanh", "tanh_prime"),
    _prime("tanh", "tanh_prime_of_output", "output"),
    _prime("tanh", "tanh_prime_by_cosh", forward="tanh_by_exp"),
    _prime("relu", "relu_prime"),
    _prime("relu", "relu_prime_of_output", "output"),
    _prime("leaky_relu", "leaky_relu_prime"),
    _prime("elu", "elu_prime"),
    _prime("elu", "elu_prime_of_output", "output"),
]  # fmt: skip

HELD_OUT = [
    _other("swish", reals((2, 2))),
    _other("softplus", reals((2, 2))),
    _other("softsign", mixed((2, 2))),
    _other("gaussian", lambda rng: (real(rng, 2, 2) / 2,)),
    _other("gelu", reals((2, 2))),
    _other("layernorm", reals((3, 4), (4,), (4,)), "x gamma beta"),
    _other("rmsnorm", reals((3, 4), (4,)), "x g"),
    _other("distance", reals((3, 2), (3, 2)), "a b"),
    _other("cosine", reals((3,), (3,)), "a b"),
    _other("attention_score", reals((3, 2), (4, 2)), "q k"),
    _other("log_softmax", reals((3, 4))),
    _other("nll", labels, options={"labels": {"t": 4}}),
    _other("hinge", _signs, "s"),
    _other("huber", reals((5,), (5,))),
    _other("bilinear", reals((3, 2), (2, 4), (3, 4)), "x A z"),
    _other("gate", reals((4, 2), (4, 2), (2,)), "x h w"),
    _other("weight_decay", reals((4, 3), (3,)), "x w"),
]
