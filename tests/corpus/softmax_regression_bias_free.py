# ruff: noqa
# fmt: off
import numpy as np

# softmax regression with L2, CS231n style but one-hot and weight decay on everything except bias column
def grad(theta, X, Y, lam):
    m = X.shape[0]
    scores = X @ theta
    scores -= scores.max(axis=1, keepdims=True)
    P = np.exp(scores)
    P /= P.sum(axis=1, keepdims=True)
    g = X.T @ (P - Y) / m
    g[1:] += lam * theta[1:]
    return g

def loss(theta, X, Y, lam):
    m = X.shape[0]
    scores = X @ theta
    scores -= scores.max(axis=1, keepdims=True)
    logp = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    return -(Y * logp).sum() / m + lam / 2 * (theta[1:] ** 2).sum()
