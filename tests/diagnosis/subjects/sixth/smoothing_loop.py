import numpy as np


def smooth_forward(x, alpha=0.3):
    s = np.zeros_like(x)
    s[0] = x[0]
    for t in range(1, len(x)):
        s[t] = alpha * x[t] + (1 - alpha) * s[t - 1]
    return s


def smooth_backward(ds, alpha=0.3):
    dx = np.zeros_like(ds)
    carry = np.zeros_like(ds[0])
    for t in range(len(ds) - 1, 0, -1):
        total = ds[t] + carry
        dx[t] = alpha * total
        carry = (1 - alpha) * total
    dx[0] = ds[0] + carry
    return dx
