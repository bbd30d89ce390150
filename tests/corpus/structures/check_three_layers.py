"""An exercise on gradient checking, with a network of three layers."""

import numpy as np


def relu(z):
    return np.maximum(0, z)


def forward_prop(X, Y, params):
    m = X.shape[1]
    W1, b1, W2, b2 = params["W1"], params["b1"], params["W2"], params["b2"]
    Z1 = W1 @ X + b1
    A1 = relu(Z1)
    Z2 = W2 @ A1 + b2
    A2 = 1 / (1 + np.exp(-Z2))
    cost = -np.sum(Y * np.log(A2) + (1 - Y) * np.log(1 - A2)) / m
    return cost, (Z1, A1, W1, b1, Z2, A2, W2, b2)


def backward_prop(X, Y, cache):
    m = X.shape[1]
    Z1, A1, W1, b1, Z2, A2, W2, b2 = cache
    dZ2 = (A2 - Y) / m
    dZ1 = (W2.T @ dZ2) * (Z1 > 0)
    return {
        "dW2": dZ2 @ A1.T, "db2": dZ2.sum(axis=1, keepdims=True),
        "dW1": dZ1 @ X.T, "db1": dZ1.sum(axis=1, keepdims=True),
    }


def to_vector(d, keys):
    return np.concatenate([d[k].ravel() for k in keys])


def check(params, X, Y, eps=1e-6):
    keys = list(params)
    _, cache = forward_prop(X, Y, params)
    grads = to_vector(backward_prop(X, Y, cache), ["d" + k for k in keys])
    approx = []
    for k in keys:
        for i in np.ndindex(params[k].shape):
            keep = params[k][i]
            params[k][i] = keep + eps
            plus, _ = forward_prop(X, Y, params)
            params[k][i] = keep - eps
            minus, _ = forward_prop(X, Y, params)
            params[k][i] = keep
            approx.append((plus - minus) / (2 * eps))
    return np.linalg.norm(grads - approx)


np.random.seed(0)
shapes = {"W1": (4, 3), "b1": (4, 1), "W2": (1, 4), "b2": (1, 1)}
parameters = {k: np.random.randn(*s) for k, s in shapes.items()}
print(check(parameters, np.random.randn(3, 5), np.array([[1, 0, 1, 1, 0]])))
