"""``jax.custom_vjp`` and ``jax.custom_jvp`` functions as people write them, right and wrong."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np


def relu(slip: str) -> Any:
    @jax.custom_jvp
    def relu(x: Any) -> Any:
        return jnp.maximum(x, 0)

    @relu.defjvp
    def relu_jvp(primals: Any, tangents: Any) -> Any:
        (x,), (t,) = primals, tangents
        return relu(x), jnp.where(x > 0, t, t if slip == "passes all" else jnp.zeros_like(t))

    return relu


def softplus(slip: str) -> Any:
    @jax.custom_jvp
    def softplus(x: Any) -> Any:
        return jnp.logaddexp(x, 0.0)

    @softplus.defjvp
    def softplus_jvp(primals: Any, tangents: Any) -> Any:
        (x,), (t,) = primals, tangents
        s = jax.nn.sigmoid(-x if slip == "reversed" else x)
        return softplus(x), s * t

    return softplus


def scaled(slip: str) -> Any:
    @partial(jax.custom_vjp, nondiff_argnums=(0, 2))
    def scaled(f: Any, x: Any, power: int) -> Any:
        return f(x) ** power

    def fwd(f: Any, x: Any, power: int) -> Any:
        return scaled(f, x, power), x

    def bwd(f: Any, power: int, x: Any, dy: Any) -> Any:
        y, pull = jax.vjp(f, x)
        d = dy * y ** (power - 1)
        return pull(d if slip == "power" else power * d)

    scaled.defvjp(fwd, bwd)
    return scaled


def mlp(slip: str) -> Any:
    @jax.custom_vjp
    def mlp(params: Any, x: Any) -> Any:
        h = jnp.tanh(x @ params["W1"] + params["b1"])
        return h @ params["W2"]

    def fwd(params: Any, x: Any) -> Any:
        h = jnp.tanh(x @ params["W1"] + params["b1"])
        return h @ params["W2"], (params, x, h)

    def bwd(saved: Any, dy: Any) -> Any:
        params, x, h = saved
        dz = (dy @ params["W2"].T) * (1 - h**2)
        db = dz.mean(0) if slip == "mean" else dz.sum(0)
        dW2 = h.T @ dy
        return {"W1": x.T @ dz, "b1": db, "W2": -dW2 if slip == "sign" else dW2}, dz @ params[
            "W1"
        ].T

    mlp.defvjp(fwd, bwd)
    return mlp


def clip_gradient(slip: str) -> Any:
    @jax.custom_vjp
    def log1pexp(x: Any) -> Any:
        return jnp.log1p(jnp.exp(x))

    log1pexp.defvjp(
        lambda x: (log1pexp(x), x),
        lambda x, dy: (dy * (1 - 1 / (1 + jnp.exp(x))) * (2.0 if slip == "twice" else 1.0),),
    )
    return log1pexp


def softmax_loss(slip: str) -> Any:
    @jax.custom_vjp
    def loss(logits: Any, labels: Any) -> Any:
        logp = jax.nn.log_softmax(logits)
        return -jnp.mean(jnp.take_along_axis(logp, labels[:, None], axis=1))

    def fwd(logits: Any, labels: Any) -> Any:
        return loss(logits, labels), (logits, labels)

    def bwd(saved: Any, dy: Any) -> Any:
        logits, labels = saved
        d = jax.nn.softmax(logits) - jax.nn.one_hot(labels, logits.shape[1], dtype=logits.dtype)
        n = 1 if slip == "sum" else logits.shape[0]
        return dy * d / n, np.zeros(labels.shape, dtype=jax.dtypes.float0)

    loss.defvjp(fwd, bwd)
    return loss


def several(slip: str) -> Any:
    @jax.custom_vjp
    def stats(x: Any) -> Any:
        return {"mean": x.mean(0), "top": x.argmax(0)}, (x**2).sum(0)

    def fwd(x: Any) -> Any:
        return stats(x), x

    def bwd(x: Any, dy: Any) -> Any:
        first, second = dy
        dx = first["mean"] / x.shape[0] + 2 * x * second
        return (dx[::-1] if slip == "reversed" else dx,)

    stats.defvjp(fwd, bwd)
    return stats


def normal(*shape: int, seed: int = 0) -> Any:
    return np.random.default_rng([seed, *shape]).normal(size=shape).astype(np.float32)


def _params() -> dict[str, Any]:
    return {"W1": normal(3, 4), "b1": normal(4), "W2": normal(4, 2)}


FUNCTIONS: dict[str, tuple[Callable[[str], Any], Callable[[], tuple[Any, ...]]]] = {
    "relu": (relu, lambda: (normal(4, 5),)),
    "softplus": (softplus, lambda: (3 * normal(4, 5),)),
    "scaled": (scaled, lambda: (jnp.sin, normal(4, 5), 3)),
    "mlp": (mlp, lambda: (_params(), normal(5, 3))),
    "log1pexp": (clip_gradient, lambda: (normal(6),)),
    "softmax_loss": (softmax_loss, lambda: (normal(5, 4), np.array([0, 3, 1, 1, 2]))),
    "several": (several, lambda: (normal(5, 3),)),
}

WRONG = [
    ("relu", "passes all", "x", ""),
    ("softplus", "reversed", "x", ""),
    ("scaled", "power", "x", "1/3"),
    ("mlp", "mean", "params['b1']", "1/5"),
    ("mlp", "sign", "params['W2']", "wrong sign"),
    ("log1pexp", "twice", "x", "2 times"),
    ("softmax_loss", "sum", "logits", "5 times"),
    ("several", "reversed", "x", "reversed along axis 0"),
]
