"""What people get wrong in operations that the library does not know by name."""

from __future__ import annotations

from collections.abc import Sequence

from gradproof.diagnosis import Kind
from tests.diagnosis.mistakes import (
    AXIS,
    CONSTANT,
    EXTRA,
    FACTOR,
    FUNCTION,
    MASK,
    MISSING,
    OTHER,
    PATH,
    POWER,
    REDUCTION,
    SIGN,
    VARIABLE,
    Mistake,
    mistake,
)


def _m(name: str, old: str, new: str, kinds: Sequence[Kind] | Kind, term: str) -> Mistake:
    return mistake(f"held_out:{name}_backward", old, new, kinds, term)


HELD_OUT_MISTAKES = [
    _m("swish", "(s + x * s * (1 - s))", "s * (1 - s)", (FUNCTION, PATH, MISSING, OTHER),
              "s + x * s * (1 - s)"),
    _m("softplus", "np.exp(-x)", "np.exp(x)", (FUNCTION, SIGN), "np.exp(-x)"),
    _m("softsign", "d ** 2", "d", (POWER, MISSING), "d"),
    _m("gaussian", "-2 * x * y", "-x * y", (FACTOR, MISSING), "2"),
    _m("gelu", "1.702 * s * (1 - s)", "s * (1 - s)", (MISSING, FACTOR, CONSTANT), "1.702"),
    _m("layernorm", "np.sum(g, axis=1, keepdims=True)", "np.sum(g, axis=0)",
              (AXIS, REDUCTION), "np.sum(g, axis=1, keepdims=True)"),
    _m("layernorm", "dx = inv * (g - gsum / D - xhat * gxsum / D)", "dx = inv * g",
              (Kind.STALE_STATISTICS, PATH), "gsum / D"),
    _m("layernorm", "    dgamma = np.sum(dy * xhat, axis=0)\n",
              "    dy *= gamma\n    dgamma = np.sum(dy * xhat, axis=0)\n", Kind.IN_PLACE, "dy"),
    _m("layernorm", "D = xhat.shape[1]", "D = xhat.shape[0]",
              (CONSTANT, VARIABLE, FACTOR, AXIS), "xhat.shape[1]"),
    _m("rmsnorm", "r ** 3", "r", POWER, "r"),
    _m("rmsnorm", " - x * r ** 3 * dot / D", "", (PATH, Kind.STALE_STATISTICS),
              "x * r ** 3 * dot / D"),
    _m("rmsnorm", "dn = dy * g", "dn = dy", MISSING, "g"),
    _m("distance", "(dd / d)[:, None] * diff", "dd[:, None] * diff", MISSING, "1/d"),
    _m("distance", "(dd / d)[:, None] * diff", "2 * dd[:, None] * diff",
              (FACTOR, EXTRA, MISSING, FUNCTION, OTHER), "1/d"),
    _m("distance", "db = -da", "db = da", SIGN, "da"),
    _m("cosine", " - c * a / na ** 2", "", (PATH, Kind.STALE_STATISTICS), "c * a / na ** 2"),
    _m("cosine", "c * b / nb ** 2", "c * b / nb", (POWER, MISSING), "nb"),
    _m("attention_score", "ds @ k * scale", "ds @ k", MISSING, "scale"),
    _m("attention_score", "np.sqrt(q.shape[1])", "q.shape[1]", (POWER, FUNCTION),
              "np.sqrt(q.shape[1])"),
    _m("log_softmax", "np.exp(y) * total", "np.exp(y) * dy", (VARIABLE, REDUCTION,
              Kind.ELEMENTWISE), "total"),
    _m("log_softmax", "np.exp(y) * total", "y * total", (FUNCTION, VARIABLE), "np.exp(y)"),
    _m("nll", "(p - onehot) / N", "-onehot / p / N", (FUNCTION, PATH, OTHER),
              "p - onehot"),
    _m("hinge", "-t * active", "-s * active", VARIABLE, "t"),
    _m("hinge", "active = margin > 0", "active = s > 0", (VARIABLE, MASK), "margin"),
    _m("huber", "delta * np.sign(r)", "delta", (MISSING,), "np.sign(r)"),
    _m("huber", "np.where(small, r, delta * np.sign(r))", "r", (MASK, OTHER, FUNCTION),
              "np.where(small, r, delta * np.sign(r))"),
    _m("bilinear", "(g * z) @ A.T", "(g * xA) @ A.T", VARIABLE, "z"),
    _m("gate", "dy * (x - h)", "dy * x", PATH, "h"),
    _m("gate", "dx = dy * s + dz * w", "dx = dy * s", PATH, "dz * w"),
    _m("gate", "np.sum(dz * x, axis=0)", "np.mean(dz * x, axis=0)",
              (Kind.MEAN_FOR_SUM, EXTRA), "np.sum(dz * x, axis=0)"),
    _m("weight_decay", " + 2 * lam * w", "", PATH, "2 * lam * w"),
    _m("weight_decay", "2 * lam * w", "lam * w", (FACTOR, MISSING), "2"),
    _m("weight_decay", "return dx * dloss, dw * dloss", "return dx * dloss, dw", MISSING,
              "dloss"),
]  # fmt: skip
