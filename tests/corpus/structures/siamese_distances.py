import numpy as np


def euclidean_forward(a, b):
    diff = a - b
    return np.sum(diff**2, axis=1), diff


def euclidean_backward(dout, diff):
    da = 2 * diff * dout[:, None]
    return da, -da


def cosine_forward(a, b):
    na = np.linalg.norm(a, axis=1, keepdims=True)
    nb = np.linalg.norm(b, axis=1, keepdims=True)
    c = np.sum(a * b, axis=1, keepdims=True) / (na * nb)
    return c[:, 0], (a, b, na, nb, c)


def cosine_backward(dout, cache):
    a, b, na, nb, c = cache
    d = dout[:, None]
    da = d * (b / (na * nb) - c * a / na**2)
    db = d * (a / (na * nb) - c * b / nb**2)
    return da, db
