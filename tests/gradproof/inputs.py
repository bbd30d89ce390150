"""Gradients whose inputs are what people have: structures, numbers, complex arrays, sparse ones.

Each case is a call, the status that it must have, and words that must be in what is printed; or the
error, which must say what to do. ``python -m tests.gradproof.inputs`` prints the score.
"""

from __future__ import annotations

if __name__ == "__main__":
    from gradproof.console import quiet_interrupt

    quiet_interrupt("tests.gradproof.inputs")

import dataclasses
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import scipy.sparse

import gradproof
from gradproof import check_gradient, check_jvp, diagnose, prove_gradient

RNG = np.random.default_rng(11)
X, Y = RNG.normal(size=(4, 3)), RNG.normal(size=(4, 2))


@dataclasses.dataclass
class Case:
    """A call, and what it is to come to: a status, or the name of an error; words are in it."""

    name: str
    call: Callable[[], Any]
    wanted: str
    words: tuple[str, ...] = ()

    def outcome(self, read: bool = True) -> tuple[str, str]:
        """What it comes to, and the text that is read: that of a slip is long in the making."""
        try:
            found = self.call()
        except Exception as error:  # which ones are right is for the case to say
            return type(error).__name__, str(error)
        if found is None:
            return "nothing", ""
        if isinstance(found, gradproof.Verdict):
            notes = " ".join(map(str, found.details.get("notes", ())))
            return str(found.status), f"{found} {notes}" if read else ""
        if isinstance(found, gradproof.Diagnosis):
            return "Diagnosis", " ".join(found.lines("en"))
        return type(found).__name__, str(found)

    def fault(self) -> str:
        """What is not as it should be; "" if all is."""
        status, text = self.outcome(read=bool(self.words))
        missing = [word for word in self.words if word not in text]
        if status == self.wanted and not missing:
            return ""
        return f"{status} (wanted {self.wanted}), without {missing}: {text[:300]}"


CASES: list[Case] = []


def case(name: str, wanted: str, *words: str) -> Callable[[Callable[[], Any]], Callable[[], Any]]:
    """Add a case."""

    def add(call: Callable[[], Any]) -> Callable[[], Any]:
        CASES.append(Case(name, call, wanted, words))
        return call

    return add


# --- a two-layer network with a dictionary of parameters -----------------------------------------


def net() -> dict[str, Any]:
    rng = np.random.default_rng(3)
    return {
        "W1": rng.normal(size=(3, 5)), "b1": rng.normal(size=5),
        "W2": rng.normal(size=(5, 2)), "b2": rng.normal(size=2),
    }  # fmt: skip


def net_forward(params: Any, X: Any) -> Any:
    h = np.tanh(X @ params["W1"] + params["b1"])
    return h @ params["W2"] + params["b2"], (X, h, params)


def net_backward(dy: Any, cache: Any) -> Any:
    X, h, params = cache
    da = (dy @ params["W2"].T) * (1 - h**2)
    return {"W1": X.T @ da, "b1": da.sum(0), "W2": h.T @ dy, "b2": dy.sum(0)}


def net_backward_wrong(dy: Any, cache: Any) -> Any:
    return net_backward(dy, cache) | {"W1": cache[0].T @ (dy @ cache[2]["W2"].T)}


def net_backward_d(dy: Any, cache: Any) -> Any:
    return {f"d{key}": value for key, value in net_backward(dy, cache).items()}


def net_backward_partial(dy: Any, cache: Any) -> Any:
    return {k: v for k, v in net_backward(dy, cache).items() if k != "b2"}


def net_backward_both(dy: Any, cache: Any) -> Any:
    _, h, params = cache
    return net_backward(dy, cache), ((dy @ params["W2"].T) * (1 - h**2)) @ params["W1"].T


@case("params dict, right", "CHECKED")
def _() -> Any:
    return check_gradient(net_forward, net_backward, net(), X, wrt="params")


@case("params dict, wrong", "REFUTED", 'd(params["W1"])[')
def _() -> Any:
    return check_gradient(net_forward, net_backward_wrong, net(), X, wrt="params")


@case("params dict with dW1 keys", "CHECKED")
def _() -> Any:
    return check_gradient(net_forward, net_backward_d, net(), X, wrt="params")


@case("params dict, one key is missing", "REFUTED", 'no gradient for params["b2"]')
def _() -> Any:
    return check_gradient(net_forward, net_backward_partial, net(), X, wrt="params")


@case("params dict, missing key not asked for", "CHECKED")
def _() -> Any:
    wrt = ["params['W1']", 'params["b1"]']
    return check_gradient(net_forward, net_backward_partial, net(), X, wrt=wrt)


@case("params dict and the data", "CHECKED")
def _() -> Any:
    return check_gradient(net_forward, net_backward_both, net(), X)


@case("params dict, by default X has no gradient", "ValueError", "wrt")
def _() -> Any:
    return check_gradient(net_forward, net_backward, net(), X)


@case("params dict, wrt of a key that is not there", "ValueError", 'params["W3"]', 'params["W1"]')
def _() -> Any:
    return check_gradient(net_forward, net_backward, net(), X, wrt="params['W3']")


@case("params dict, proved", "PROVED", 'params["W1"]')
def _() -> Any:
    return prove_gradient(net_forward, net_backward, net(), X[:2], wrt="params")


@case("params dict, proved wrong", "REFUTED", 'd(params["W1"])[')
def _() -> Any:
    return prove_gradient(net_forward, net_backward_wrong, net(), X[:2], wrt="params")


@case("params dict, diagnosed", "Diagnosis", 'd(params["W1"])')
def _() -> Any:
    return diagnose(net_forward, net_backward_wrong, net(), X[:2], wrt="params")


@case("params dict, nothing to diagnose", "nothing")
def _() -> Any:
    return diagnose(net_forward, net_backward, net(), X[:2], wrt="params")


# --- lists of (W, b), objects --------------------------------------------------------------------

LAYERS = [(RNG.normal(size=(3, 4)), RNG.normal(size=4)), (RNG.normal(size=(4, 2)), np.zeros(2))]


def mlp(layers: Any, x: Any) -> Any:
    kept = []
    for W, b in layers:
        kept.append(x)
        x = np.maximum(x @ W + b, 0.1 * (x @ W + b))
    return x, (layers, kept)


def mlp_backward(dy: Any, cache: Any) -> Any:
    layers, kept = cache
    grads = []
    for (W, b), x in zip(reversed(layers), reversed(kept)):
        da = dy * np.where(x @ W + b > 0, 1, 0.1)
        grads.insert(0, (x.T @ da, da.sum(0)))
        dy = da @ W.T
    return grads, dy


def mlp_backward_in_wrong_order(dy: Any, cache: Any) -> Any:
    grads, dx = mlp_backward(dy, cache)
    return [(W, 2 * b) for W, b in grads], dx


@case("list of (W, b)", "CHECKED")
def _() -> Any:
    return check_gradient(mlp, mlp_backward, LAYERS, X)


@case("list of (W, b), wrong", "REFUTED", "d(layers[0][1])[")
def _() -> Any:
    return check_gradient(mlp, mlp_backward_in_wrong_order, LAYERS, X)


@case("list of (W, b), gradients of the list alone", "CHECKED")
def _() -> Any:
    return check_gradient(mlp, lambda dy, c: mlp_backward(dy, c)[0], LAYERS, X, wrt="layers")


class Dense(NamedTuple):
    W: Any
    b: Any


@dataclasses.dataclass
class Affine:
    scale: Any
    shift: Any
    kind: str = "affine"


def named(layer: Any, x: Any) -> Any:
    return x @ layer.W + layer.b


@case("a NamedTuple", "CHECKED")
def _() -> Any:
    layer = Dense(np.eye(3) + 0.5, np.ones(3))

    def backward(dy: Any, layer: Any, x: Any) -> Any:
        return Dense(x.T @ dy, dy.sum(0)), dy @ layer.W.T

    return check_gradient(named, backward, layer, X)


@case("a NamedTuple, wrong", "REFUTED", "d(layer.W)[")
def _() -> Any:
    layer = Dense(np.eye(3) + 0.5, np.ones(3))
    return check_gradient(
        named, lambda dy, layer, x: Dense(2 * x.T @ dy, dy.sum(0)), layer, X, wrt="layer"
    )


def affine(layer: Any, x: Any) -> Any:
    assert layer.kind == "affine"
    return x * layer.scale + layer.shift


@case("a dataclass with a name in it", "CHECKED")
def _() -> Any:
    layer = Affine(np.array([1.0, -2.0, 0.5]), 0.25)

    def backward(dy: Any, layer: Any, x: Any) -> Any:
        return Affine((dy * x).sum(0), dy.sum()), dy * layer.scale

    return check_gradient(affine, backward, layer, X)


@case("a dataclass, wrong, proved so", "REFUTED", "d(layer.shift)")
def _() -> Any:
    layer = Affine(np.array([1.0, -2.0, 0.5]), 0.25)

    def backward(dy: Any, layer: Any, x: Any) -> Any:
        return {"scale": (dy * x).sum(0), "shift": dy.mean()}

    return prove_gradient(affine, backward, layer, X[:2], wrt="layer")


@case("a list of dictionaries in place", "CHECKED", "in place")
def _() -> Any:
    def forward(stack: Any, x: Any) -> Any:
        stack[0]["W"] *= 2
        return stack[0]["W"] * x

    def backward(dy: Any, stack: Any, x: Any) -> Any:
        return [{"W": 2 * dy * x}], 2 * dy * stack[0]["W"]

    return check_gradient(forward, backward, [{"W": np.ones(3)}], np.arange(3.0) + 1)


@case("a JVP with a dictionary", "CHECKED")
def _() -> Any:
    def jvp(inputs: Any, tangents: Any) -> Any:
        (p, x), (tp, tx) = inputs, tangents
        return tp["w"] * x + p["w"] * tx + tp["b"]

    params = {"w": np.array([1.0, 2.0]), "b": 0.5}
    return check_jvp(lambda p, x: p["w"] * x + p["b"], jvp, params, np.array([3.0, -1.0]))


@case("a pullback that returns a dictionary of outputs", "CHECKED")
def _() -> Any:
    def forward(p: Any) -> Any:
        return {"mean": p.mean(), "scaled": 2 * p}, p.size

    return check_gradient(
        forward, lambda dy, n: dy["mean"] / n + 2 * dy["scaled"], np.array([1.0, 2.0, 4.0])
    )


# --- numbers and lists ---------------------------------------------------------------------------


@case("lists of numbers, as in pure Python", "CHECKED")
def _() -> Any:
    def forward(w: list[float], x: list[float]) -> float:
        total = 0.0
        for a, b in zip(w + [0.0], x + [1.0]):  # noqa: RUF005
            total += a * b
        return total

    def backward(dy: float, w: list[float], x: list[float]) -> Any:
        return [dy * b for b in x], [dy * a for a in w]

    return check_gradient(forward, backward, [0.5, -1.0], [2.0, 3.0])


@case("logistic regression with lists, labels as whole numbers", "CHECKED", "t")
def _() -> Any:
    def loss(w: Any, X: Any, t: Any) -> Any:
        p = 1 / (1 + np.exp(-np.dot(X, w)))
        t = np.asarray(t)
        return -np.mean(t * np.log(p) + (1 - t) * np.log(1 - p)), (p, X, t)

    def backward(dy: Any, cache: Any) -> Any:
        p, X, t = cache
        return dy * np.asarray(X).T @ (p - t) / len(t)

    rows = [[1.0, 2.0], [0.5, -1.0], [2.0, 0.0]]
    return check_gradient(loss, backward, [0.1, -0.2], rows, [1, 0, 1], wrt="w")


@case("whole numbers only", "CHECKED", "x", "float64")
def _() -> Any:
    return check_gradient(lambda x: x**2, lambda dy, x: 2 * x * dy, [1, 2, 3])


@case("whole numbers only, wrong", "REFUTED")
def _() -> Any:
    return check_gradient(lambda x: x**2, lambda dy, x: x * dy, np.array([1, 2, 3]))


@case("whole numbers beside floats are data", "CHECKED", "X (int64)")
def _() -> Any:
    data = np.array([[1, 0, 2], [3, 1, 1]])
    return check_gradient(lambda X, w: X @ w, lambda dy, X, w: (None, X.T @ dy), data, X[0])


@case("indices named in wrt", "ValueError", "i", "ind")
def _() -> Any:
    def backward(dy: Any, E: Any, i: Any) -> Any:
        out = np.zeros_like(E)
        np.add.at(out, i, dy)
        return out, np.zeros_like(i)

    return check_gradient(lambda E, i: E[i], backward, X, np.array([0, 2, 2]), wrt=["E", "i"])


@case("a mask of booleans", "CHECKED")
def _() -> Any:
    keep = np.array([True, False, True])
    return check_gradient(lambda x, k: x * k, lambda dy, x, k: (dy * k, None), X[0], keep)


@case("a mask of booleans in wrt", "ValueError", "bool")
def _() -> Any:
    keep = np.array([True, False, True])
    return check_gradient(
        lambda x, k: x * k, lambda dy, x, k: (dy * k, x), X[0], keep, wrt=["x", "k"]
    )


@case("None for a float", "REFUTED", "no gradient for w")
def _() -> Any:
    return check_gradient(
        lambda x, w: x * w, lambda dy, x, w: (dy * w, None), np.ones(3), np.full(3, 2.0)
    )


@case("None for a float that wrt leaves out", "CHECKED")
def _() -> Any:
    return check_gradient(
        lambda x, w: x * w, lambda dy, x, w: (dy * w, None), np.ones(3), np.full(3, 2.0), wrt="x"
    )


@case("None for a float, asked for a proof", "REFUTED", "no gradient for w")
def _() -> Any:
    return prove_gradient(
        lambda x, w: x * w, lambda dy, x, w: (dy * w, None), np.ones(3), np.full(3, 2.0)
    )


@case("a Python float y from a Python float", "CHECKED")
def _() -> Any:
    import math

    return check_gradient(lambda x: math.exp(x), lambda dy, x: dy * math.exp(x), 0.5)


@case("longdouble", "CHECKED", "longdouble")
def _() -> Any:
    x = np.array([0.1, 2.0], dtype=np.longdouble)
    return check_gradient(np.sin, lambda dy, x: dy * np.cos(x), x, names="x")


@case("longdouble, wrong", "REFUTED")
def _() -> Any:
    x = np.array([0.1, 2.0], dtype=np.longdouble)
    return check_gradient(np.sin, lambda dy, x: dy * (np.cos(x) + 1e-6), x, names="x")


@case("objects in an array", "TypeError", "x", "object", "astype(float)")
def _() -> Any:
    x = np.array([1.0, 2.0], dtype=object)
    return check_gradient(lambda x: x * 2, lambda dy, x: dy * 2, x)


@case("a structured array", "TypeError", "x", "fields")
def _() -> Any:
    x = np.zeros(3, dtype=[("a", float), ("b", float)])
    return check_gradient(lambda x: x["a"] * 2, lambda dy, x: x, x)


@case("a word as an option by position", "CHECKED")
def _() -> Any:
    def forward(x: Any, kind: str) -> Any:
        return np.tanh(x) if kind == "tanh" else x

    return check_gradient(
        forward, lambda dy, x, kind: (dy * (1 - np.tanh(x) ** 2), None), X[0], "tanh"
    )


# --- other arrays --------------------------------------------------------------------------------

SPARSE = scipy.sparse.csr_array(np.array([[1.0, 0, 2], [0, 0, 3], [4, 5, 0]]))


@case("sparse features", "CHECKED")
def _() -> Any:
    return check_gradient(lambda A, w: A @ w, lambda dy, A, w: A.T @ dy, SPARSE, X[0], wrt="w")


@case("sparse features, wrong", "REFUTED", "dw[")
def _() -> Any:
    return check_gradient(lambda A, w: A @ w, lambda dy, A, w: A @ dy, SPARSE, X[0], wrt="w")


@case("a sparse gradient", "CHECKED")
def _() -> Any:
    return check_gradient(
        lambda x: 2 * x, lambda dy, x: scipy.sparse.csr_array(2 * dy), np.ones((2, 3))
    )


@case("a sparse gradient, wrong", "REFUTED", "dx[")
def _() -> Any:
    return check_gradient(
        lambda x: 2 * x, lambda dy, x: scipy.sparse.csr_array(dy), np.ones((2, 3))
    )


@case("the gradient by a sparse matrix", "CHECKED", "stored")
def _() -> Any:
    def backward(dy: Any, A: Any, w: Any) -> Any:
        return np.outer(dy, w), A.T @ dy

    return check_gradient(lambda A, w: A @ w, backward, SPARSE, X[0], wrt=["A", "w"])


@case("np.matrix", "CHECKED")
def _() -> Any:
    A, B = np.matrix(X), np.matrix(Y[:3])
    return check_gradient(lambda A, B: A * B, lambda dy, A, B: (dy * B.T, A.T * dy), A, B)


@case("a masked array", "CHECKED")
def _() -> Any:
    x = np.ma.array([1.0, 2.0, 3.0], mask=[False, True, False])
    return check_gradient(lambda x: (x**2).sum(), lambda dy, x: dy * 2 * x, x)


class Frame:
    """Like a pandas DataFrame."""

    def __init__(self, values: Any) -> None:
        self.values = values

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return np.array(self.values, dtype=dtype)


@case("an object with __array__ as data", "CHECKED")
def _() -> Any:
    return check_gradient(
        lambda w, F: F.values @ w, lambda dy, w, F: F.values.T @ dy, X[0], Frame(X), wrt="w"
    )


@case("a gradient with __array__", "CHECKED")
def _() -> Any:
    return check_gradient(lambda x: 3 * x, lambda dy, x: Frame(3 * dy), X)


@case("read-only arrays", "CHECKED")
def _() -> Any:
    x = X.copy()
    x.flags.writeable = False
    return check_gradient(lambda x: x * x, lambda dy, x: 2 * x * dy, x)


# --- complex -------------------------------------------------------------------------------------

A = RNG.normal(size=(4, 3)) + 1j * RNG.normal(size=(4, 3))
Z = RNG.normal(size=3) + 1j * RNG.normal(size=3)
B = RNG.normal(size=4) + 1j * RNG.normal(size=4)


def squares(z: Any) -> Any:
    r = A @ z - B
    return np.sum(np.abs(r) ** 2), r


@case("complex least squares, as torch", "CHECKED", "dL/dRe")
def _() -> Any:
    return check_gradient(squares, lambda dy, r: dy * 2 * A.conj().T @ r, Z)


@case("complex least squares, as JAX", "CHECKED", "conj")
def _() -> Any:
    return check_gradient(squares, lambda dy, r: dy * 2 * A.T @ r.conj(), Z)


@case("complex least squares, Wirtinger", "CHECKED", "half")
def _() -> Any:
    return check_gradient(squares, lambda dy, r: dy * A.conj().T @ r, Z)


@case("complex least squares, wrong", "REFUTED", "z.")
def _() -> Any:
    return check_gradient(squares, lambda dy, r: dy * 2 * A.T @ r, Z)


@case("complex y of real x", "CHECKED")
def _() -> Any:
    return check_gradient(
        lambda x: x * (1 + 2j), lambda dy, x: np.real(dy * (1 - 2j)), np.array([1.0, -2.0])
    )


@case("complex y of real x, wrong", "REFUTED", "dx[")
def _() -> Any:
    return check_gradient(lambda x: x * (1 + 2j), lambda dy, x: np.real(dy), np.ones(3))


@case("holomorphic, conjugate or not", "CHECKED")
def _() -> Any:
    return check_gradient(lambda z: z**3, lambda dy, z: dy * 3 * z**2, Z)


@case("FFT filter", "CHECKED")
def _() -> Any:
    H = np.exp(-np.arange(8) / 3.0) * (1 + 0.5j)

    def backward(dy: Any, x: Any) -> Any:
        return np.real(np.fft.ifft(np.conj(H) * np.fft.fft(dy)))

    return check_gradient(
        lambda x: np.real(np.fft.ifft(H * np.fft.fft(x))), backward, RNG.normal(size=8)
    )


@case("FFT filter, not conjugated", "REFUTED")
def _() -> Any:
    H = np.exp(-np.arange(8) / 3.0) * (1 + 0.5j)

    def backward(dy: Any, x: Any) -> Any:
        return np.real(np.fft.ifft(H * np.fft.fft(dy)))

    return check_gradient(
        lambda x: np.real(np.fft.ifft(H * np.fft.fft(x))), backward, RNG.normal(size=8)
    )


@case("phase retrieval, Wirtinger flow", "CHECKED", "half")
def _() -> Any:
    b = np.abs(B)

    def forward(z: Any) -> Any:
        r = A @ z
        return np.sum((np.abs(r) ** 2 - b) ** 2) / 2, r

    return check_gradient(forward, lambda dy, r: dy * A.conj().T @ ((np.abs(r) ** 2 - b) * r), Z)


@case("complex parameters in a dictionary, wrong", "REFUTED", 'params["z"].')
def _() -> Any:
    return check_gradient(
        lambda params: np.sum(np.abs(params["z"]) ** 2),
        lambda dy, params: {"z": 3 * dy * params["z"]}, {"z": Z},
    )  # fmt: skip


@case("a proof with complex numbers", "UNDECIDED", "complex", "check_gradient")
def _() -> Any:
    return prove_gradient(squares, lambda dy, r: dy * 2 * A.conj().T @ r, Z)


# --- forwards that cannot be looked at nearby ----------------------------------------------------


@case("forward refuses nearby points", "UNDECIDED", "beside")
def _() -> Any:
    def on_simplex(p: Any) -> Any:
        if abs(p.sum() - 1) > 1e-10:
            raise ValueError("p must lie within the normal simplex")
        return np.sum(p**2), p

    return check_gradient(on_simplex, lambda dy, p: 2 * dy * p, np.array([0.2, 0.3, 0.5]))


@case("a shape that depends on x", "UNDECIDED", "shape")
def _() -> Any:
    def forward(x: Any) -> Any:
        values, at = np.unique(x, return_inverse=True)
        return values, at

    def backward(dy: Any, at: Any) -> Any:
        return dy[at] / np.bincount(at)[at]

    return check_gradient(forward, backward, np.array([1.0, 1.0, 2.0]))


# --- what forward returns ------------------------------------------------------------------------


@case("y and a cache of two, in one tuple", "CHECKED")
def _() -> Any:
    return check_gradient(
        lambda x, w: (x * w, x, w), lambda dy, cache: (dy * cache[1], dy * cache[0]), X[0], X[1]
    )


@case("y and a cache of two, proved", "PROVED")
def _() -> Any:
    return prove_gradient(
        lambda x, w: (x * w, x, w), lambda dy, cache: (dy * cache[1], dy * cache[0]), X[0], X[1]
    )


@case("three outputs in one tuple of their own", "CHECKED")
def _() -> Any:
    return check_gradient(
        lambda x: ((x, 2 * x, 3 * x), None), lambda dy, _: dy[0] + 2 * dy[1] + 3 * dy[2], X
    )


def score() -> list[tuple[Case, str]]:
    """Every case with what is wrong with it."""
    return [(each, each.fault()) for each in CASES]


def main() -> None:
    """Print how many of the cases come out as they should."""
    found = score()
    for each, fault in found:
        if fault:
            print(f"- {each.name}: {fault}")
    print(f"{sum(not fault for _, fault in found)} of {len(found)}")


if __name__ == "__main__":
    from gradproof.console import run_command

    run_command(main, "tests.gradproof.inputs")
