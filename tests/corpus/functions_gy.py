# ruff: noqa
# fmt: off
import numpy as np


class Exp:
    def forward(self, x):
        self.y = np.exp(x)
        return self.y

    def backward(self, gy):
        return gy * self.y


class Square:
    def forward(self, x):
        return x ** 2

    def backward(self, x, gy):
        return 2 * x * gy


class LogSumExp:
    def forward(self, x):
        m = x.max(axis=1, keepdims=True)
        return (m + np.log(np.exp(x - m).sum(axis=1, keepdims=True)))[:, 0]

    def backward(self, x, y, gy):
        return np.exp(x - y[:, None]) * gy[:, None]
