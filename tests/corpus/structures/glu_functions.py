import numpy as np


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


def glu_forward(a, b):
    s = sigmoid(b)
    return a * s, (a, s)


def glu_backward(dout, cache):
    a, s = cache
    da = dout * s
    db = dout * a * s * (1 - s)
    return da, db


def bilinear_forward(u, M, v):
    return np.einsum("ni,ij,nj->n", u, M, v), (u, M, v)


def bilinear_backward(dout, cache):
    u, M, v = cache
    du = dout[:, None] * (v @ M.T)
    dM = (u * dout[:, None]).T @ v
    dv = dout[:, None] * (u @ M)
    return du, dM, dv
