# ruff: noqa
# fmt: off
import numpy as np

class LSTM:
    def __init__(self, D, H):
        self.H = H
        self.Wx = np.random.randn(D, 4 * H) * 0.1
        self.Wh = np.random.randn(H, 4 * H) * 0.1
        self.b = np.zeros(4 * H)
        self.dWx, self.dWh, self.db = np.zeros_like(self.Wx), np.zeros_like(self.Wh), np.zeros_like(self.b)

    def forward(self, x, h_prev, c_prev):
        H = self.H
        a = x @ self.Wx + h_prev @ self.Wh + self.b
        f = 1 / (1 + np.exp(-a[:, :H]))
        g = np.tanh(a[:, H:2*H])
        i = 1 / (1 + np.exp(-a[:, 2*H:3*H]))
        o = 1 / (1 + np.exp(-a[:, 3*H:]))
        c = f * c_prev + g * i
        h = o * np.tanh(c)
        self.cache = (x, h_prev, c_prev, i, f, g, o, c)
        return h, c

    def backward(self, dh, dc):
        x, h_prev, c_prev, i, f, g, o, c = self.cache
        tc = np.tanh(c)
        ds = dc + dh * o * (1 - tc ** 2)
        dc_prev = ds * f
        di = ds * g * i * (1 - i)
        df = ds * c_prev * f * (1 - f)
        do = dh * tc * o * (1 - o)
        dg = ds * i * (1 - g ** 2)
        dA = np.hstack((df, dg, di, do))
        self.dWh[...] = h_prev.T @ dA
        self.dWx[...] = x.T @ dA
        self.db[...] = dA.sum(axis=0)
        return dA @ self.Wx.T, dA @ self.Wh.T, dc_prev
