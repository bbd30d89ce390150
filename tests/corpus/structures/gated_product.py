import numpy as np


def gated_forward(xs):
    u, v = xs
    s = 1 / (1 + np.exp(-v))
    return u * s, (u, s)


def gated_backward(dy, cache):
    u, s = cache
    return dy * s, dy * u * s * (1 - s)
