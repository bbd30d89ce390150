# ruff: noqa
# fmt: off
import numpy as np


class Sigmoid:
    def forward(self, x):
        outputs = 1 / (1 + np.exp(-x))
        cache = outputs
        return outputs, cache

    def backward(self, dout, cache):
        dx = dout * cache * (1 - cache)
        return dx


class LeakyRelu:
    def __init__(self, slope=0.01):
        self.slope = slope

    def forward(self, x):
        outputs = np.where(x > 0, x, self.slope * x)
        return outputs, x

    def backward(self, dout, cache):
        return np.where(cache > 0, dout, self.slope * dout)


class Swish:
    def forward(self, x):
        s = 1 / (1 + np.exp(-x))
        return x * s, (x, s)

    def backward(self, dout, cache):
        x, s = cache
        return dout * (s + x * s * (1 - s))


class L1:
    def forward(self, y_out, y_truth):
        return np.mean(np.abs(y_out - y_truth))

    def backward(self, y_out, y_truth):
        return np.sign(y_out - y_truth) / y_out.size


class BCE:
    def __call__(self, y_out, y_truth):
        return self.forward(y_out, y_truth)

    def forward(self, y_out, y_truth):
        return np.mean(-y_truth * np.log(y_out) - (1 - y_truth) * np.log(1 - y_out))

    def backward(self, y_out, y_truth):
        return (-y_truth / y_out + (1 - y_truth) / (1 - y_out)) / len(y_out.reshape(-1))


class TanhCell:
    def forward(self, x, h, Wx, Wh, b):
        a = np.tanh(x @ Wx + h @ Wh + b)
        return a, (x, h, Wx, Wh, a)

    def backward(self, da, cache):
        x, h, Wx, Wh, a = cache
        dz = da * (1 - a * a)
        return dz @ Wx.T, dz @ Wh.T, x.T @ dz, h.T @ dz, dz.sum(axis=0)
