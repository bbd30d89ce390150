"""Batch normalization of each feature: y = gamma * x_hat + beta, x_hat = (x - mu)/sqrt(var + eps).

Ioffe & Szegedy 2015, Batch Normalization: Accelerating Deep Network Training by Reducing Internal
Covariate Shift (arXiv:1502.03167). Names follow the paper.
"""

from __future__ import annotations

import inspect
import math
from typing import Any, NamedTuple

from numpy.typing import NDArray

from impl._arithmetic import Wide, narrow, overflowed
from impl._contract import FRACTION, POSITIVE, checked, gradient, not_negative, operation

Array = NDArray[Any]


class BatchNormCache(NamedTuple):
    """What the backward of a training step needs; gamma and var broadcast against x.

    Where floats would have overflowed, these fields hold Wide numbers in place of arrays.
    """

    x_hat: Array
    x_minus_mu: Any
    var: Any
    gamma: Any
    eps: float


class InferenceCache(NamedTuple):
    """What the backward of inference needs; arrays or Wide numbers, as in BatchNormCache."""

    x_hat: Any
    var: Any
    gamma: Any
    eps: float


class Gradients(NamedTuple):
    """One gradient for each input, in its shape."""

    x: Array
    gamma: Array
    beta: Array


class Statistics(NamedTuple):
    """What inference normalizes with."""

    running_mean: Array
    running_var: Array


# --- training ---------------------------------------------------------------------------------


# With the numbers of one feature side by side in memory, NumPy adds them up pairwise, not one by
# one: sums over a large batch are then as accurate as those over a small one.
@operation(
    x="N C *spatial", gamma="C", beta="C", eps=POSITIVE, nonempty="N *spatial", feature_axis=1
)
def forward(
    x: Array, gamma: Array, beta: Array, *, eps: float = 1e-5
) -> tuple[Array, BatchNormCache]:
    """Normalize each feature over the batch: Algorithm 1 of the paper.

    mu = mean(x);  var = mean((x - mu)^2);  x_hat = (x - mu) / sqrt(var + eps);
    y = gamma * x_hat + beta.  The means run over all axes but 1, m elements per feature.
    x (N, C) or (N, C, *spatial), gamma (C,), beta (C,); y: shape of x. float16/32/64, promoted
    together. With m = 1, or a constant feature, x_hat is exactly 0.
    Raises TypeError for what is not real, ValueError for shapes that do not fit, m = 0, eps <= 0.
    """
    scale, shift = _per_feature(gamma, x), _per_feature(beta, x)
    x_minus_mu, var = _moments(x)
    if _out_of_range(var + eps):
        x_minus_mu, var = _moments(Wide(x))
        scale = Wide(scale)
    x_hat = narrow(x_minus_mu / (var + eps) ** 0.5)
    y = scale * x_hat + shift
    if overflowed(y):
        y = Wide(scale) * x_hat + shift
    return narrow(y), BatchNormCache(x_hat, x_minus_mu, var, scale, eps)


@gradient(forward, feature_axis=1)
def backward(dy: Array, cache: BatchNormCache) -> Gradients:
    """Compute the gradients by the six equations of section 3 of the paper, each on its line.

    dy: shape of y; gradients in the shapes of x, gamma, beta. Raises ValueError if dy has another
    shape than y, TypeError if dy is not real or cache comes from elsewhere.
    """
    x_hat, x_minus_mu, var, gamma, eps = cache
    axes, m = _axes(x_hat), _batch_size(x_hat)
    std = (var + eps) ** 0.5

    # dl/dx_hat_i = dl/dy_i * gamma
    dx_hat = dy * gamma
    # dl/dvar = sum_i dl/dx_hat_i * (x_i - mu) * -1/2 (var + eps)^(-3/2)
    dvar = _sum(dx_hat * x_minus_mu) * -0.5 * (var + eps) ** -1.5
    # dl/dmu = (sum_i dl/dx_hat_i * -1/sqrt(var + eps)) + dl/dvar * (sum_i -2 (x_i - mu)) / m
    dmu = _sum(-dx_hat / std) + dvar * _sum(-2 * x_minus_mu) / m
    # dl/dx_i = dl/dx_hat_i * 1/sqrt(var + eps) + dl/dvar * 2 (x_i - mu) / m + dl/dmu * 1/m
    dx = dx_hat / std + dvar * 2 * x_minus_mu / m + dmu / m
    # dl/dgamma = sum_i dl/dy_i * x_hat_i
    dgamma = (dy * x_hat).sum(axis=axes)
    # dl/dbeta = sum_i dl/dy_i
    dbeta = dy.sum(axis=axes)

    if overflowed(dx, dgamma, dbeta):
        return inspect.unwrap(backward)(Wide(dy), cache._replace(gamma=Wide(gamma)))
    return Gradients(narrow(dx), narrow(dgamma), narrow(dbeta))


@gradient(forward, feature_axis=1)
def backward_fused(dy: Array, cache: BatchNormCache) -> Gradients:
    """Compute the same gradients with dx = a * dy + b * x_hat + c, one a, b, c per feature.

    a = gamma / sqrt(var + eps);  b = -a * dgamma / m;  c = -a * dbeta / m.  Two sums and one
    affine map, where the six equations make many passes over x. Shapes and errors: as backward.
    """
    x_hat, _, var, gamma, eps = cache
    m = _batch_size(x_hat)

    dgamma = _sum(dy * x_hat)
    dbeta = _sum(dy)
    a = gamma / (var + eps) ** 0.5
    dx = a * dy
    dx += (-a * dgamma / m) * x_hat
    dx += -a * dbeta / m

    if overflowed(dx, dgamma, dbeta):
        return inspect.unwrap(backward_fused)(Wide(dy), cache._replace(gamma=Wide(gamma)))
    return Gradients(narrow(dx), narrow(dgamma).reshape(-1), narrow(dbeta).reshape(-1))


# --- inference --------------------------------------------------------------------------------


@operation(
    x="N C *spatial",
    gamma="C",
    beta="C",
    running_mean="C",
    running_var=not_negative("C"),
    eps=POSITIVE,
)
def forward_inference(
    x: Array,
    gamma: Array,
    beta: Array,
    running_mean: Array,
    running_var: Array,
    *,
    eps: float = 1e-5,
) -> tuple[Array, InferenceCache]:
    """Normalize with statistics gathered during training: y is then affine in x.

    x_hat = (x - running_mean) / sqrt(running_var + eps);  y = gamma * x_hat + beta.
    x (N, C) or (N, C, *spatial), the others (C,); y: shape of x. An empty batch is allowed.
    Raises TypeError for what is not real, ValueError for shapes that do not fit, a negative
    variance, eps <= 0. Source: Algorithm 2 of the paper, step 11.
    """
    scale, shift = _per_feature(gamma, x), _per_feature(beta, x)
    mean, var = _per_feature(running_mean, x), _per_feature(running_var, x)
    x_hat = (x - mean) / (var + eps) ** 0.5
    if overflowed(x_hat) or _out_of_range(var + eps):
        scale, var = Wide(scale), Wide(var)
        x_hat = (Wide(x) - mean) / (var + eps) ** 0.5
    y = scale * x_hat + shift
    if overflowed(y):
        y = Wide(scale) * x_hat + shift
    return narrow(y), InferenceCache(x_hat, var, scale, eps)


@gradient(forward_inference)
def backward_inference(dy: Array, cache: InferenceCache) -> Gradients:
    """Compute dx = dy * gamma / sqrt(running_var + eps), dgamma = sum dy * x_hat, dbeta = sum dy.

    The statistics are constants here: no gradient flows into them. Shapes and errors: as backward.
    """
    x_hat, var, gamma, eps = cache
    axes = _axes(x_hat)
    dx = dy * gamma / (var + eps) ** 0.5
    dgamma = (dy * x_hat).sum(axis=axes)
    dbeta = dy.sum(axis=axes)
    if overflowed(dx, dgamma, dbeta):
        return inspect.unwrap(backward_inference)(Wide(dy), cache._replace(gamma=Wide(gamma)))
    return Gradients(narrow(dx), narrow(dgamma), narrow(dbeta))


@checked(
    running_mean="C",
    running_var=not_negative("C"),
    x="N C *spatial",
    momentum=FRACTION,
    nonempty="N *spatial",
    feature_axis=1,
)
def update_running_statistics(
    running_mean: Array, running_var: Array, x: Array, *, momentum: float = 0.1
) -> Statistics:
    """Move the running statistics towards those of the batch x; return new arrays.

    new = (1 - momentum) * running + momentum * batch, with the unbiased variance m/(m-1) * var of
    the batch, as Algorithm 2 of the paper, step 10, has it for inference.
    running_mean (C,), running_var (C,), x (N, C) or (N, C, *spatial); results (C,).
    Raises TypeError for what is not real, ValueError for shapes that do not fit, a negative
    variance, momentum outside [0, 1], or m < 2.
    """
    if _batch_size(x) == 1:
        raise ValueError(
            f"x: expected m >= 2 elements per feature, got m = 1: shape {x.shape}; the unbiased "
            "variance divides by m - 1, so pass a larger batch"
        )
    new = _moved(running_mean, running_var, x, momentum)
    if overflowed(*new):
        new = _moved(running_mean, running_var, Wide(x), momentum)
    return Statistics(*map(narrow, new))


def _moved(running_mean: Array, running_var: Array, x: Any, momentum: float) -> tuple[Any, Any]:
    mean, (_, var) = _mean(x), _moments(x)
    m = _batch_size(x)
    unbiased = var * m / (m - 1)
    return (
        (1 - momentum) * running_mean + momentum * mean.reshape(-1),
        (1 - momentum) * running_var + momentum * unbiased.reshape(-1),
    )


# --- what all of them share -------------------------------------------------------------------


def _axes(x: Any) -> tuple[int, ...]:
    """All axes but 1, the features."""
    return (0, *range(2, len(x.shape)))


def _batch_size(x: Any) -> int:
    """The number m of elements per feature."""
    return math.prod(x.shape[axis] for axis in _axes(x))


def _per_feature(parameter: Array, x: Array) -> Any:
    """Give a vector of one number per feature the axes to broadcast against x."""
    return parameter.reshape((1, -1) + (1,) * (x.ndim - 2))


def _sum(x: Any) -> Any:
    return x.sum(axis=_axes(x), keepdims=True)


def _mean(x: Any) -> Any:
    return _sum(x) / _batch_size(x)


def _moments(x: Any) -> tuple[Any, Any]:
    """Return x - mu and the biased variance, in two passes.

    The mean of x - mu is 0, but what rounding left of it is subtracted again: it matters where
    mu is large beside the spread, and it makes a constant feature exactly 0.
    """
    x_minus_mu = x - _mean(x)
    x_minus_mu = x_minus_mu - _mean(x_minus_mu)
    return x_minus_mu, _mean(x_minus_mu**2)


def _out_of_range(var_plus_eps: Any) -> bool:
    """Whether a power of it that the gradients need, down to -3/2, leaves the range of floats."""
    return overflowed(var_plus_eps**2, var_plus_eps**-2.0)
