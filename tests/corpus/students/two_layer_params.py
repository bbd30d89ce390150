import numpy as np


def init(n_in, n_hid, n_out):
    rng = np.random.default_rng(1)
    return {"W1": rng.normal(size=(n_in, n_hid)), "b1": np.zeros(n_hid),
            "W2": rng.normal(size=(n_hid, n_out)), "b2": np.zeros(n_out)}


def forward(params, X):
    z1 = X @ params["W1"] + params["b1"]
    a1 = np.tanh(z1)
    out = a1 @ params["W2"] + params["b2"]
    cache = (X, a1)
    return out, cache


def backward(dout, params, cache):
    X, a1 = cache
    grads = {}
    grads["W2"] = a1.T @ dout
    grads["b2"] = np.sum(dout, axis=0)
    da1 = dout @ params["W2"].T
    dz1 = da1 * (1 - a1 ** 2)
    grads["W1"] = X.T @ dz1
    grads["b1"] = np.sum(dz1, axis=0)
    return grads
