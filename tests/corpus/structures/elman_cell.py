import numpy as np


def elman_step_forward(x, h, Wxh, Whh, b):
    h_next = np.tanh(x @ Wxh + h @ Whh + b)
    return h_next, (x, h, Wxh, Whh, h_next)


def elman_step_backward(dh_next, cache):
    x, h, Wxh, Whh, h_next = cache
    dz = dh_next * (1 - h_next**2)
    return dz @ Wxh.T, dz @ Whh.T, x.T @ dz, h.T @ dz, dz.sum(axis=0)
