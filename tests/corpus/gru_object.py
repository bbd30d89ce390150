# ruff: noqa
# fmt: off
import numpy as np

class GRUCell:
    def __init__(self, n_in, n_h):
        rng = np.random.default_rng(0)
        self.Wz, self.Wr, self.Wh = (rng.normal(size=(n_h, n_in + n_h)) * 0.3 for _ in range(3))
        self.bz, self.br, self.bh = (np.zeros(n_h) for _ in range(3))

    def forward(self, x, h):
        self.x, self.h = x, h
        self.c = np.concatenate([x, h])
        self.z = 1 / (1 + np.exp(-(self.Wz @ self.c + self.bz)))
        self.r = 1 / (1 + np.exp(-(self.Wr @ self.c + self.br)))
        self.c2 = np.concatenate([x, self.r * h])
        self.hh = np.tanh(self.Wh @ self.c2 + self.bh)
        return (1 - self.z) * h + self.z * self.hh

    def backward(self, dhn):
        n = len(self.x)
        dz = dhn * (self.hh - self.h) * self.z * (1 - self.z)
        dhh = dhn * self.z * (1 - self.hh ** 2)
        self.dWh = np.outer(dhh, self.c2); self.dbh = dhh
        dc2 = self.Wh.T @ dhh
        drh = dc2[n:]
        dr = drh * self.h * self.r * (1 - self.r)
        self.dWz = np.outer(dz, self.c); self.dbz = dz
        self.dWr = np.outer(dr, self.c); self.dbr = dr
        dc = self.Wz.T @ dz + self.Wr.T @ dr
        dx = dc[:n] + dc2[:n]
        dh = dc[n:] + drh * self.r + dhn * (1 - self.z)
        return dx, dh
