"""Wrong gradients at sizes and settings that coincide with a number of the true one.

With ``reg = 0.1`` and five columns ``2 * reg`` is ``1 / W.shape[1]``; with four rows and a fourth
power ``4 / m`` is 1. Each case is the text of a file, the inputs at which it is diagnosed, and
others, with another setting, at which the fix has to hold as well.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

Shapes = tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Coincidence:
    """A file with ``forward`` and ``backward``, at sizes that coincide with a number, and others.

    given, elsewhere: shapes of the inputs; settings, others: parameters of each. changes: a setting
    that stands in the file, and what stands there elsewhere.
    """

    name: str
    text: str
    given: Shapes
    elsewhere: Shapes
    settings: Mapping[str, float] = field(default_factory=dict)
    others: Mapping[str, float] = field(default_factory=dict)
    changes: tuple[str, str] = ("", "")
    wrt: str | None = None

    def inputs(self, shapes: Shapes, seed: int = 5) -> list[np.ndarray]:
        """Return inputs of these shapes."""
        rng = np.random.default_rng(seed)
        return [rng.normal(size=shape) for shape in shapes]


def loaded(path: Path, text: str) -> types.ModuleType:
    """Write a file and run it; its functions know where their source is."""
    path.write_text(text)
    module = types.ModuleType(path.stem)
    exec(compile(text, str(path), "exec"), vars(module))
    return module


def fixed(text: str, line: int | None, equation: str) -> str | None:
    """Return a file with the statement that a diagnosis shows put in; None if it shows none."""
    rows = dict(row.split(":", 1) for row in equation.splitlines() if row[:5] in ("yours", "true:"))
    if line is None or set(rows) != {"yours", "true"}:
        return None
    lines = text.splitlines()
    own = lines[line - 1]
    lines[line - 1] = own[: len(own) - len(own.lstrip())] + rows["true"].strip()
    return "\n".join(lines) + "\n"


def is_true(module: types.ModuleType, case: Coincidence) -> bool:
    """Whether a file's gradients are those of its forward, at the other sizes and settings."""
    inputs = case.inputs(case.elsewhere, 11)
    y, cache = module.forward(*inputs, **case.others)
    dy = np.random.default_rng(3).normal(size=np.shape(y))
    made = module.backward(dy, cache)
    grads = made if isinstance(made, tuple) else (made,)
    own = range(len(inputs)) if case.wrt is None else [0]
    for k, given in zip(own, grads):
        true = differences(module.forward, inputs, k, dy, case)
        if np.shape(given) != true.shape or not np.allclose(given, true, rtol=1e-5, atol=1e-6):
            return False
    return True


def differences(
    forward: Callable[..., Any], inputs: list[np.ndarray], k: int, dy: Any, case: Coincidence
) -> np.ndarray:
    """Return central differences of the sum of dy * y by one input."""
    out = np.zeros_like(inputs[k])
    for index in np.ndindex(out.shape):
        values = []
        for step in (1e-5, -1e-5):
            moved = [x.copy() for x in inputs]
            moved[k][index] += step
            values.append(float(np.sum(dy * forward(*moved, **case.others)[0])))
        out[index] = (values[0] - values[1]) / 2e-5
    return out


_RIDGE = """import numpy as np

def forward(W, X, y, reg):
    r = X @ W - y
    return np.sum(r ** 2) + reg * np.sum(W * W), (W, X, r, reg)

def backward(dy, cache):
    W, X, r, reg = cache
    dW = 2 * X.T @ r
    return dy * dW, dy * (2 * r @ W.T), dy * (-2 * r)
"""
_QUARTIC = """import numpy as np

def forward(w, X, y):
    m = X.shape[0]
    r = X @ w - y
    return np.sum(r ** 4) / m, (X, r, m)

def backward(dy, cache):
    X, r, m = cache
    dw = X.T @ r ** 3 / m
    return dy * dw
"""
_MOVING = """import numpy as np

def forward(v, g, momentum):
    return momentum * v + (1 - momentum) * np.tanh(g), (g, momentum)

def backward(dy, cache):
    g, momentum = cache
    dv = momentum * dy
    dg = dy * (1 - np.tanh(g) ** 2)
    return dv, dg
"""
_DECAY = """import numpy as np

DECAY = 0.25

def forward(W, X):
    return np.sum(X @ W) + DECAY * np.sum(W ** 2), (W, X)

def backward(dy, cache):
    W, X = cache
    ones = np.ones((X.shape[0], W.shape[1]))
    dW = X.T @ ones
    dX = ones @ W.T
    return dy * dW, dy * dX
"""
_LEAKY = """import numpy as np

def forward(x, slope):
    return np.where(x > 0, x, slope * x), (x, slope)

def backward(dy, cache):
    x, slope = cache
    return dy * np.where(x > 0, 1, 1)
"""
_SOFT = """import numpy as np

def forward(x, T):
    e = np.exp(x / T)
    p = e / e.sum(axis=1, keepdims=True)
    return p, (p, T)

def backward(dy, cache):
    p, T = cache
    dx = p * (dy - (dy * p).sum(axis=1, keepdims=True))
    return dx
"""
_ATTENTION = """import numpy as np

def forward(q, k):
    d = q.shape[1]
    return q @ k.T / np.sqrt(d), (q, k, d)

def backward(dy, cache):
    q, k, d = cache
    dq = dy @ k
    dk = dy.T @ q / np.sqrt(d)
    return dq, dk
"""
_SMOOTH = """import numpy as np

def forward(x, beta):
    return np.sum(np.log(1 + np.exp(beta * x)) / beta), (x, beta)

def backward(dy, cache):
    x, beta = cache
    s = 1 / (1 + np.exp(-beta * x))
    dx = beta * s
    return dy * dx
"""
_MIXED = """import numpy as np

def forward(a, b, alpha):
    return alpha * np.sin(a) + (1 - alpha) * np.cos(b), (a, b, alpha)

def backward(dy, cache):
    a, b, alpha = cache
    da = dy * alpha * np.cos(a)
    db = -dy * np.sin(b)
    return da, db
"""
_CENTRED = """import numpy as np

def forward(x):
    m = x.shape[0]
    c = x - x.mean(axis=0)
    return np.sum(c ** 3, axis=0) / m, (c, m)

def backward(dy, cache):
    c, m = cache
    dc = c ** 2 * dy
    dx = dc - dc.mean(axis=0)
    return dx
"""
_ELASTIC = """import numpy as np

def forward(w, X, y, lam, ratio):
    n = len(y)
    r = X @ w - y
    loss = np.sum(r ** 2) / (2 * n) + lam * (ratio * np.sum(np.abs(w)) + (1 - ratio) / 2 * w @ w)
    return loss, (w, X, r, n, lam, ratio)

def backward(dy, cache):
    w, X, r, n, lam, ratio = cache
    dw = X.T @ r / n + lam * ratio * np.sign(w) + lam * w
    return dy * dw
"""
_DROPOUT = """import numpy as np

def forward(x, mask, p):
    keep = mask > 0
    return np.tanh(x) * keep / (1 - p), (x, keep, p)

def backward(dy, cache):
    x, keep, p = cache
    dx = dy * keep * (1 - np.tanh(x) ** 2)
    return dx
"""
_VELOCITY = """import numpy as np

MOMENTUM = 0.9

def forward(v, g):
    return MOMENTUM * v - (1 - MOMENTUM) * np.tanh(g), g

def backward(dy, g):
    dv = MOMENTUM * dy
    dg = -dy * (1 - np.tanh(g) ** 2)
    return dv, dg
"""
_CONFIGURED = """import numpy as np

CONFIG = {"reg": 0.2}

def forward(W, X):
    return np.sum(np.sin(X @ W)) + CONFIG["reg"] * np.sum(W ** 2) / 2, (W, X)

def backward(dy, cache):
    W, X = cache
    g = np.cos(X @ W)
    dW = X.T @ g + W / W.shape[0]
    dX = g @ W.T
    return dy * dW, dy * dX
"""
_LAYER = """import numpy as np

class Leaky:
    def __init__(self, slope):
        self.slope = slope

    def forward(self, x):
        self.x = x
        return np.where(x > 0, x, self.slope * x), None

    def backward(self, dy, cache):
        dx = dy * np.where(self.x > 0, 1, 1)
        return dx

leaky = Leaky(0.25)
forward, backward = leaky.forward, leaky.backward
"""
_UNIT = """import numpy as np

class Unit:
    def __init__(self, p):
        self.p = p

    def forward(self, x):
        self.y = np.tanh(x)
        return self.y / (1 - self.p), None

    def backward(self, dy, cache):
        dx = dy * (1 - self.y ** 2) / self.p ** 2
        return dx

unit = Unit(0.5)
forward, backward = unit.forward, unit.backward
"""
_CLOSURE = """import numpy as np

def made(rate):
    def forward(W, X):
        return np.sum(np.sin(X @ W)) + rate * np.sum(W ** 2), (W, X, rate)

    def backward(dy, cache):
        W, X, rate = cache
        g = np.cos(X @ W)
        dW = X.T @ g
        dX = g @ W.T
        return dy * dW, dy * dX

    return forward, backward

forward, backward = made(0.1)
"""
_SCALED = """import numpy as np

class Scaled:
    def __init__(self, scale):
        self.scale = scale

    def forward(self, x):
        self.x = x
        return self.scale * np.mean(np.sin(x), axis=0), None

    def backward(self, dy, cache):
        n = self.x.shape[0]
        dx = np.cos(self.x) * dy / n
        return dx

scaled = Scaled(3.0)
forward, backward = scaled.forward, scaled.backward
"""

CASES = [
    Coincidence("ridge, 2 * 0.1 and 5 columns", _RIDGE, ((4, 5), (3, 4), (3, 5)),
                ((7, 3), (6, 7), (6, 3)), {"reg": 0.1}, {"reg": 0.37}),
    Coincidence("ridge, 2 * 0.125 and 4 rows", _RIDGE, ((4, 3), (5, 4), (5, 3)),
                ((7, 3), (6, 7), (6, 3)), {"reg": 0.125}, {"reg": 0.37}),
    Coincidence("ridge, 2 * 0.5 is 1", _RIDGE, ((4, 3), (5, 4), (5, 3)),
                ((7, 3), (6, 7), (6, 3)), {"reg": 0.5}, {"reg": 0.37}),
    Coincidence("fourth power, m = 4", _QUARTIC, ((3,), (4, 3), (4,)), ((5,), (7, 5), (7,)),
                wrt="w"),
    Coincidence("momentum 0.9 and 10 elements", _MOVING, ((3, 10), (3, 10)), ((4, 6), (4, 6)),
                {"momentum": 0.9}, {"momentum": 0.7}),
    Coincidence("momentum 0.5", _MOVING, ((2, 4), (2, 4)), ((4, 6), (4, 6)),
                {"momentum": 0.5}, {"momentum": 0.7}),
    Coincidence("a global 0.25 and 4 rows", _DECAY, ((4, 2), (3, 4)), ((5, 3), (7, 5)),
                changes=("DECAY = 0.25", "DECAY = 0.4")),
    Coincidence("slope 0.2 and 5 columns", _LEAKY, ((3, 5),), ((4, 7),),
                {"slope": 0.2}, {"slope": 0.3}),
    Coincidence("temperature 2", _SOFT, ((4, 2),), ((3, 5),), {"T": 2.0}, {"T": 1.4}),
    Coincidence("temperature 4 and 4 rows", _SOFT, ((4, 3),), ((3, 5),), {"T": 4.0}, {"T": 1.4}),
    Coincidence("sqrt(4) is 2", _ATTENTION, ((3, 4), (2, 4)), ((5, 3), (7, 3))),
    Coincidence("beta 0.5", _SMOOTH, ((2, 3),), ((4, 5),), {"beta": 0.5}, {"beta": 1.3}),
    Coincidence("1 - 0.75 and 4 columns", _MIXED, ((3, 4), (3, 4)), ((5, 7), (5, 7)),
                {"alpha": 0.75}, {"alpha": 0.4}),
    Coincidence("3 / m with m = 3", _CENTRED, ((3, 4),), ((7, 5),)),
    Coincidence("1 - ratio with ratio 0.5", _ELASTIC, ((3,), (4, 3), (4,)), ((5,), (7, 5), (7,)),
                {"lam": 0.2, "ratio": 0.5}, {"lam": 0.13, "ratio": 0.3}, wrt="w"),
    Coincidence("1 / (1 - p) with p = 0.5", _DROPOUT, ((3, 2), (3, 2)), ((4, 5), (4, 5)),
                {"p": 0.5}, {"p": 0.3}, wrt="x"),
    Coincidence("a global momentum 0.9 and 10 columns", _VELOCITY, ((3, 10), (3, 10)),
                ((4, 6), (4, 6)), changes=("= 0.9", "= 0.7")),
    Coincidence("a setting 0.2 in a dictionary, and 5 columns", _CONFIGURED, ((4, 5), (3, 4)),
                ((7, 3), (6, 7)), changes=("0.2}", "0.37}")),
    Coincidence("an attribute 0.25 and 4 columns", _LAYER, ((3, 4),), ((5, 7),),
                changes=("Leaky(0.25)", "Leaky(0.4)")),
    Coincidence("an attribute p = 0.5", _UNIT, ((3, 4),), ((5, 7),),
                changes=("Unit(0.5)", "Unit(0.3)")),
    Coincidence("a closure's rate 0.1 and 5 columns", _CLOSURE, ((4, 5), (3, 4)), ((7, 3), (6, 7)),
                changes=("made(0.1)", "made(0.3)")),
    Coincidence("an attribute scale 3 and 3 rows", _SCALED, ((3, 4),), ((5, 7),),
                changes=("Scaled(3.0)", "Scaled(1.7)")),
]  # fmt: skip
