"""Code as courses and repositories write it: loops, masks, caches, dictionaries, classes."""

import numpy as np
import pytest

from gradproof import prove_gradient
from gradproof.verdicts import Status
from tests.proof.programs import draw


def affine(x, w, b):
    out = x.reshape(x.shape[0], -1).dot(w) + b
    return out, (x, w, b)


def affine_backward(dout, cache):
    x, w, _ = cache
    dx = dout.dot(w.T).reshape(x.shape)
    dw = x.reshape(x.shape[0], -1).T.dot(dout)
    return dx, dw, np.sum(dout, axis=0)


def conv(x, w, b):
    stride, pad = 1, 1
    N, _, H, W = x.shape
    F, _, HH, WW = w.shape
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), "constant")
    out_h, out_w = 1 + (H + 2 * pad - HH) // stride, 1 + (W + 2 * pad - WW) // stride
    out = np.zeros((N, F, out_h, out_w))
    for n in range(N):
        for f in range(F):
            for i in range(out_h):
                for j in range(out_w):
                    window = padded[
                        n, :, i * stride : i * stride + HH, j * stride : j * stride + WW
                    ]
                    out[n, f, i, j] = np.sum(window * w[f]) + b[f]
    return out, (x, w, b)


def conv_backward(dout, cache):
    x, w, b = cache
    stride, pad = 1, 1
    N, F, out_h, out_w = dout.shape
    HH, WW = w.shape[2:]
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), mode="constant")
    dpadded, dw, db = np.zeros_like(padded), np.zeros_like(w), np.zeros_like(b)
    for n in range(N):
        for f in range(F):
            db[f] += np.sum(dout[n, f])
            for i in range(out_h):
                for j in range(out_w):
                    rows = slice(i * stride, i * stride + HH)
                    columns = slice(j * stride, j * stride + WW)
                    dw[f] += padded[n, :, rows, columns] * dout[n, f, i, j]
                    dpadded[n, :, rows, columns] += w[f] * dout[n, f, i, j]
    return dpadded[:, :, pad:-pad, pad:-pad], dw, db


def max_pool(x):
    N, C, H, W = x.shape
    out = np.zeros((N, C, H // 2, W // 2))
    for i in range(H // 2):
        for j in range(W // 2):
            out[:, :, i, j] = np.max(x[:, :, 2 * i : 2 * i + 2, 2 * j : 2 * j + 2], axis=(2, 3))
    return out, x


def max_pool_backward(dout, x):
    N, C, H, W = dout.shape
    dx = np.zeros_like(x)
    for n in range(N):
        for c in range(C):
            for i in range(H):
                for j in range(W):
                    window = x[n, c, 2 * i : 2 * i + 2, 2 * j : 2 * j + 2]
                    mask = window == np.max(window)
                    dx[n, c, 2 * i : 2 * i + 2, 2 * j : 2 * j + 2] += mask * dout[n, c, i, j]
    return dx


def layer_norm(x, gamma, beta, eps=1e-5):
    mu = np.mean(x, axis=1, keepdims=True)
    var = np.var(x, axis=1, keepdims=True)
    x_hat = (x - mu) / np.sqrt(var + eps)
    return gamma * x_hat + beta, (x_hat, gamma, np.sqrt(var + eps))


def layer_norm_backward(dout, cache):
    x_hat, gamma, std = cache
    D = x_hat.shape[1]
    dx_hat = dout * gamma
    dx = (
        D * dx_hat
        - np.sum(dx_hat, axis=1, keepdims=True)
        - x_hat * np.sum(dx_hat * x_hat, axis=1, keepdims=True)
    ) / (D * std)
    return dx, np.sum(dout * x_hat, axis=0), np.sum(dout, axis=0)


def rnn_step(x, h, Wx, Wh, b):
    out = np.tanh(x @ Wx + h @ Wh + b)
    return out, (x, h, Wx, Wh, out)


def rnn_step_backward(dout, cache):
    x, h, Wx, Wh, out = cache
    da = dout * (1 - out**2)
    return da @ Wx.T, da @ Wh.T, x.T @ da, h.T @ da, da.sum(axis=0)


def logistic(z):
    return 1.0 / (1.0 + np.exp(-z))


def lstm_step(x, h, c, W):
    H = h.shape[1]
    a = np.hstack([x, h]) @ W
    i, f, o = logistic(a[:, :H]), logistic(a[:, H : 2 * H]), logistic(a[:, 2 * H : 3 * H])
    g = np.tanh(a[:, 3 * H :])
    new_c = f * c + i * g
    return o * np.tanh(new_c), (x, h, c, W, i, f, o, g, new_c)


def lstm_step_backward(dh, cache):
    x, h, c, W, i, f, o, g, new_c = cache
    t = np.tanh(new_c)
    dc = dh * o * (1 - t**2)
    da = np.concatenate(
        [dc * g * i * (1 - i), dc * c * f * (1 - f), dh * t * o * (1 - o), dc * i * (1 - g**2)],
        axis=1,
    )
    both = da @ W.T
    D = x.shape[1]
    return both[:, :D], both[:, D:], dc * f, np.hstack([x, h]).T @ da


def attention(q, k, v):
    scores = q @ k.T / np.sqrt(q.shape[1])
    scores = scores - scores.max(axis=1, keepdims=True)
    p = np.exp(scores)
    p /= p.sum(axis=1, keepdims=True)
    return p @ v, (q, k, v, p)


def attention_backward(dout, cache):
    q, k, v, p = cache
    dp = dout @ v.T
    ds = p * (dp - (dp * p).sum(axis=1, keepdims=True)) / np.sqrt(q.shape[1])
    return ds @ k, ds.T @ q, p.T @ dout


def hinge_loss(x, y):
    N = x.shape[0]
    correct = x[np.arange(N), y]
    margins = np.maximum(0, x - correct[:, np.newaxis] + 1.0)
    margins[np.arange(N), y] = 0
    return np.sum(margins) / N, (margins, y)


def hinge_loss_backward(dout, cache):
    margins, y = cache
    N = margins.shape[0]
    positive = np.sum(margins > 0, axis=1)
    dx = np.zeros_like(margins)
    dx[margins > 0] = 1
    dx[np.arange(N), y] -= positive
    return dx * dout / N


def two_layers(x, W1, b1, W2):
    hidden = np.maximum(0, x @ W1 + b1)
    return hidden @ W2, {"x": x, "hidden": hidden, "W1": W1, "W2": W2}


def two_layers_backward(dout, cache):
    grads = {}
    grads["W2"] = cache["hidden"].T @ dout
    dhidden = dout @ cache["W2"].T
    dhidden[cache["hidden"] <= 0] = 0
    grads["W1"] = cache["x"].T @ dhidden
    grads["b1"] = dhidden.sum(axis=0)
    grads["x"] = dhidden @ cache["W1"].T
    return grads


def dropout(x):
    rng = np.random.RandomState(3)
    mask = (rng.rand(*x.shape) < 0.5) / 0.5
    return x * mask, mask


def embedding(W, t):
    return W[t], (W.shape, t)


def embedding_backward(dout, cache):
    shape, t = cache
    dW = np.zeros(shape)
    np.add.at(dW, t, dout)
    return dW


def clipped_cross_entropy(p, t):
    p = np.clip(p, 1e-7, 1 - 1e-7)
    return -np.mean(t * np.log(p) + (1 - t) * np.log(1 - p)), (p, t)


def clipped_cross_entropy_backward(dout, cache):
    p, t = cache
    inside = (p > 1e-7) & (p < 1 - 1e-7)
    return dout * inside * (p - t) / (p * (1 - p)) / p.size


def column_softmax(z):
    e = np.exp(z - np.max(z, axis=0))
    s = e / np.sum(e, axis=0)
    return s, s


def column_softmax_backward(ds, s):
    dz = np.empty_like(s)
    for j in range(s.shape[1]):
        column = s[:, j].reshape(-1, 1)
        jacobian = np.diagflat(column) - np.dot(column, column.T)
        dz[:, j] = jacobian @ ds[:, j]
    return dz


def selu(x, scale=1.0507, alpha=1.67326):
    y = x.copy()
    y[x < 0] = alpha * (np.exp(x[x < 0]) - 1)
    return scale * y, (x, scale, alpha)


def selu_backward(dout, cache):
    x, scale, alpha = cache
    dx = np.ones_like(x)
    dx[x <= 0] = alpha * np.exp(x[x <= 0])
    return dout * scale * dx


PROGRAMS = [
    (affine, affine_backward, (draw(2, 2, 2), draw(4, 3), draw(3)), {}),
    (conv, conv_backward, (draw(1, 2, 3, 3), draw(2, 2, 2, 2), draw(2)), {}),
    (max_pool, max_pool_backward, (draw(1, 1, 2, 4),), {}),
    (layer_norm, layer_norm_backward, (draw(2, 3), draw(3), draw(3)), {"batch": "x"}),
    (rnn_step, rnn_step_backward,
     (draw(2, 2), draw(2, 3), draw(2, 3), draw(3, 3), draw(3)), {"batch": ("x", "h")}),
    (lstm_step, lstm_step_backward,
     (draw(2, 2), draw(2, 2), draw(2, 2), draw(4, 8)), {"batch": ("x", "h", "c")}),
    (attention, attention_backward, (draw(2, 3), draw(3, 3), draw(3, 2)), {"batch": "q"}),
    (hinge_loss, hinge_loss_backward, (draw(2, 3), np.array([1, 2])), {}),
    (two_layers, two_layers_backward,
     (draw(2, 2), draw(2, 3), draw(3), draw(3, 2)), {"batch": "x"}),
    (dropout, lambda dy, mask: dy * mask, (draw(3, 3),), {}),
    (embedding, embedding_backward, (draw(3, 2), np.array([0, 2, 0])), {}),
    (clipped_cross_entropy, clipped_cross_entropy_backward,
     (abs(draw(3)) / 4, abs(draw(3, seed=1)) / 4), {"wrt": "p"}),
    (column_softmax, column_softmax_backward, (draw(3, 2),), {}),
    (selu, selu_backward, (draw(2, 2),), {}),
]  # fmt: skip


@pytest.mark.sampled(5)
@pytest.mark.parametrize(
    ("forward", "backward", "inputs", "options"), PROGRAMS, ids=[p[0].__name__ for p in PROGRAMS]
)
def test_course_code_is_proved(forward, backward, inputs, options):
    verdict = prove_gradient(forward, backward, *inputs, **options)
    assert verdict.status is Status.PROVED, str(verdict)
    if "batch" in options:
        assert "every batch size" in verdict.scope, str(verdict)


@pytest.mark.sampled(5)
@pytest.mark.parametrize(
    ("forward", "backward", "inputs", "options"), PROGRAMS, ids=[p[0].__name__ for p in PROGRAMS]
)
def test_with_one_gradient_scaled_it_is_refuted(forward, backward, inputs, options):
    def scaled(dout, cache):
        grads = backward(dout, cache)
        if isinstance(grads, dict):
            return {name: 1.5 * value for name, value in grads.items()}
        return (1.5 * grads[0], *grads[1:]) if isinstance(grads, tuple) else 1.5 * grads

    options = {k: v for k, v in options.items() if k != "batch"}
    verdict = prove_gradient(forward, scaled, *inputs, **options)
    assert verdict.status is Status.REFUTED, str(verdict)


def test_gradient_sent_to_every_maximum_is_no_subgradient_at_a_tie():
    scope = prove_gradient(max_pool, max_pool_backward, draw(1, 1, 2, 2)).scope
    assert "together they are no subgradient" in scope
