import numpy as np


class AttentionHead:
    def __init__(self, d=4, k=3, seed=0):
        rng = np.random.default_rng(seed)
        self.Wq = rng.normal(size=(d, k))
        self.Wk = rng.normal(size=(d, k))
        self.Wv = rng.normal(size=(d, k))

    def forward(self, x):
        self.x = x
        self.q, self.k, self.v = x @ self.Wq, x @ self.Wk, x @ self.Wv
        s = self.q @ self.k.T / np.sqrt(self.k.shape[1])
        e = np.exp(s - s.max(axis=1, keepdims=True))
        self.a = e / e.sum(axis=1, keepdims=True)
        return self.a @ self.v

    def backward(self, dout):
        dv = self.a.T @ dout
        da = dout @ self.v.T
        ds = self.a * (da - (da * self.a).sum(axis=1, keepdims=True)) / np.sqrt(self.k.shape[1])
        dq, dk = ds @ self.k, ds.T @ self.q
        self.dWq, self.dWk, self.dWv = self.x.T @ dq, self.x.T @ dk, self.x.T @ dv
        return dq @ self.Wq.T + dk @ self.Wk.T + dv @ self.Wv.T
