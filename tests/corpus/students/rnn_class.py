import numpy as np


class SimpleRNN:
    """여러 시점의 RNN. xs: (T, N, D) -> hs: (T, N, H)"""

    def __init__(self, D, H):
        self.Wx = np.random.randn(D, H) / np.sqrt(D)
        self.Wh = np.random.randn(H, H) / np.sqrt(H)
        self.b = np.zeros(H)

    def forward(self, xs):
        T, N, D = xs.shape
        h = np.zeros((N, self.Wh.shape[0]))
        self.xs = xs
        self.hs = [h]
        for t in range(T):
            h = np.tanh(xs[t] @ self.Wx + h @ self.Wh + self.b)
            self.hs.append(h)
        return np.stack(self.hs[1:])

    def backward(self, dhs):
        T = len(self.xs)
        self.dWx = np.zeros_like(self.Wx)
        self.dWh = np.zeros_like(self.Wh)
        self.db = np.zeros_like(self.b)
        dxs = np.zeros_like(self.xs)
        dh_next = 0
        for t in reversed(range(T)):
            dh = dhs[t] + dh_next
            dz = dh * (1 - self.hs[t + 1] ** 2)
            self.dWx += self.xs[t].T @ dz
            self.dWh += self.hs[t].T @ dz
            self.db += dz.sum(axis=0)
            dxs[t] = dz @ self.Wx.T
            dh_next = dz @ self.Wh.T
        return dxs
