import numpy as np


def loss(model, X, y):
    """Cross-entropy of two layers; model: dictionary with W1 (D, H), b1 (H,), W2 (H, C), b2 (C,)"""
    h = np.maximum(0, X @ model["W1"] + model["b1"])
    s = h @ model["W2"] + model["b2"]
    s = s - s.max(axis=1, keepdims=True)
    p = np.exp(s) / np.exp(s).sum(axis=1, keepdims=True)
    return -np.log(p[np.arange(len(y)), y]).mean()


def loss_gradient(model, X, y):
    h = np.maximum(0, X @ model["W1"] + model["b1"])
    s = h @ model["W2"] + model["b2"]
    s = s - s.max(axis=1, keepdims=True)
    p = np.exp(s) / np.exp(s).sum(axis=1, keepdims=True)
    p[np.arange(len(y)), y] -= 1
    p /= len(y)
    dh = (p @ model["W2"].T) * (h > 0)
    return {"W1": X.T @ dh, "b1": dh.sum(axis=0), "W2": h.T @ p, "b2": p.sum(axis=0)}
