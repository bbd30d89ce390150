import numpy as np


def sigmoid(a):
    return 1.0 / (1.0 + np.exp(-a))


class GRUCell:
    def __init__(self, n_in, n_hidden):
        rng = np.random.default_rng(0)
        n = n_in + n_hidden
        self.Wz = rng.normal(size=(n, n_hidden)) * 0.4
        self.Wr = rng.normal(size=(n, n_hidden)) * 0.4
        self.Wh = rng.normal(size=(n, n_hidden)) * 0.4

    def forward(self, x, h):
        xh = np.concatenate([x, h], axis=1)
        z = sigmoid(xh @ self.Wz)
        r = sigmoid(xh @ self.Wr)
        xrh = np.concatenate([x, r * h], axis=1)
        g = np.tanh(xrh @ self.Wh)
        self.cache = x, h, xh, z, r, xrh, g
        return (1 - z) * h + z * g

    def backward(self, dh_next):
        x, h, xh, z, r, xrh, g = self.cache
        n_in = x.shape[1]
        dz = dh_next * (g - h)
        dg = dh_next * z
        dh = dh_next * (1 - z)
        da_g = dg * (1 - g**2)
        self.dWh = xrh.T @ da_g
        dxrh = da_g @ self.Wh.T
        dx = dxrh[:, :n_in]
        dr = dxrh[:, n_in:] * h
        dh += dxrh[:, n_in:] * r
        da_z = dz * z * (1 - z)
        da_r = dr * r * (1 - r)
        self.dWz = xh.T @ da_z
        self.dWr = xh.T @ da_r
        dxh = da_z @ self.Wz.T + da_r @ self.Wr.T
        dx = dx + dxh[:, :n_in]
        dh += dxh[:, n_in:]
        return dx, dh
