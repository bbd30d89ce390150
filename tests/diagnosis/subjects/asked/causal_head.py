"""One head of masked self-attention over a batch of sequences."""

import numpy as np


class CausalHead:
    def __init__(self, Wq, Wk, Wv):
        self.Wq, self.Wk, self.Wv = Wq, Wk, Wv

    def forward(self, x):
        T = x.shape[1]
        self.x = x
        self.q, self.k, self.v = x @ self.Wq, x @ self.Wk, x @ self.Wv
        self.scale = np.sqrt(self.k.shape[-1])
        s = self.q @ self.k.transpose(0, 2, 1) / self.scale
        s = np.where(np.tril(np.ones((T, T))) == 1, s, -1e9)
        e = np.exp(s - s.max(axis=-1, keepdims=True))
        self.p = e / e.sum(axis=-1, keepdims=True)
        return self.p @ self.v

    def backward(self, dout):
        dv = self.p.transpose(0, 2, 1) @ dout
        dp = dout @ self.v.transpose(0, 2, 1)
        ds = self.p * (dp - np.sum(dp * self.p, axis=-1, keepdims=True))
        ds = ds / self.scale
        dq = ds @ self.k
        dk = ds.transpose(0, 2, 1) @ self.q
        self.dWq = np.einsum("btd,bth->dh", self.x, dq)
        self.dWk = np.einsum("btd,bth->dh", self.x, dk)
        self.dWv = np.einsum("btd,bth->dh", self.x, dv)
        return dq @ self.Wq.T + dk @ self.Wk.T + dv @ self.Wv.T
