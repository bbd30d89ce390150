# ruff: noqa
# fmt: off
import numpy as np

X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=float)
Y = np.array([[0], [1], [1], [0]], dtype=float)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def sigmoid_derivative(x):
    return x * (1 - x)


def train(steps=50, lr=0.5):
    rng = np.random.default_rng(0)
    w1, w2 = rng.normal(size=(2, 3)), rng.normal(size=(3, 1))
    for _ in range(steps):
        hidden = sigmoid(X @ w1)
        out = sigmoid(hidden @ w2)
        d_out = (out - Y) * sigmoid_derivative(out)
        d_hidden = d_out @ w2.T * sigmoid_derivative(hidden)
        w2 -= lr * hidden.T @ d_out
        w1 -= lr * X.T @ d_hidden
    return w1, w2


print(train()[0].shape)
