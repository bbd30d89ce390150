import numpy as np


class AttentionWeight:
    """hs: (N, T, H), h: (N, H) -> (N, T)"""

    def forward(self, hs, h):
        N, T, H = hs.shape
        self.cache = hs, h
        return np.sum(hs * h.reshape(N, 1, H), axis=2)

    def backward(self, ds):
        hs, h = self.cache
        N, T, H = hs.shape
        dt = ds.reshape(N, T, 1)
        return dt * h.reshape(N, 1, H), np.sum(dt * hs, axis=1)


def mix_forward(values, weights):
    N, T, H = values.shape
    return np.einsum("nth,nt->nh", values, weights), (values, weights)


def mix_backward(dout, cache):
    values, weights = cache
    return np.einsum("nh,nt->nth", dout, weights), np.einsum("nth,nh->nt", values, dout)
