import numpy as np


def scale_forward(x, gamma, beta, ln_param):
    eps = ln_param.get("eps", 1e-5)
    mu, var = x.mean(axis=1, keepdims=True), x.var(axis=1, keepdims=True)
    xhat = (x - mu) / np.sqrt(var + eps)
    return gamma * xhat + beta, (xhat, gamma, np.sqrt(var + eps))


def scale_backward(dout, cache):
    xhat, gamma, s = cache
    g = dout * gamma
    dx = (g - g.mean(axis=1, keepdims=True) - xhat * (g * xhat).mean(axis=1, keepdims=True)) / s
    return dx, (dout * xhat).sum(axis=0), dout.sum(axis=0)


def leaky_forward(x, opts):
    return np.where(x > 0, x, opts["slope"] * x), (x, opts)


def leaky_backward(dout, cache):
    x, opts = cache
    return dout * np.where(x > 0, 1, opts["slope"])


def norm_act_forward(x, gamma, beta, ln_param, opts):
    y, first = scale_forward(x, gamma, beta, ln_param)
    z, second = leaky_forward(y, opts)
    return z, (first, second)


def norm_act_backward(dout, cache):
    first, second = cache
    return scale_backward(leaky_backward(dout, second), first)
