import numpy as np


class GRU:
    def __init__(self, Wx, Wh, b):
        self.params = [Wx, Wh, b]
        self.grads = [np.zeros_like(Wx), np.zeros_like(Wh), np.zeros_like(b)]

    def forward(self, x, h_prev):
        Wx, Wh, b = self.params
        H = Wh.shape[0]
        Wxz, Wxr, Wxh = Wx[:, :H], Wx[:, H:2 * H], Wx[:, 2 * H:]
        Whz, Whr, Whh = Wh[:, :H], Wh[:, H:2 * H], Wh[:, 2 * H:]
        bz, br, bh = b[:H], b[H:2 * H], b[2 * H:]
        z = 1 / (1 + np.exp(-(x @ Wxz + h_prev @ Whz + bz)))
        r = 1 / (1 + np.exp(-(x @ Wxr + h_prev @ Whr + br)))
        h_hat = np.tanh(x @ Wxh + (r * h_prev) @ Whh + bh)
        self.cache = (x, h_prev, z, r, h_hat)
        return (1 - z) * h_prev + z * h_hat

    def backward(self, dh_next):
        Wx, Wh, b = self.params
        H = Wh.shape[0]
        x, h_prev, z, r, h_hat = self.cache
        dh_hat = dh_next * z
        dh_prev = dh_next * (1 - z)
        dt = dh_hat * (1 - h_hat ** 2)
        dhr = dt @ Wh[:, 2 * H:].T
        dh_prev = dh_prev + r * dhr
        ds = dhr * h_prev * r * (1 - r)
        dz = (dh_next * h_hat - dh_next * h_prev) * z * (1 - z)
        da = np.hstack((dz, ds, dt))
        self.grads[0][...] = x.T @ da
        self.grads[1][...] = np.hstack((h_prev.T @ dz, h_prev.T @ ds, (r * h_prev).T @ dt))
        self.grads[2][...] = da.sum(axis=0)
        dx = da @ Wx.T
        dh_prev = dh_prev + dz @ Wh[:, :H].T + ds @ Wh[:, H:2 * H].T
        return dx, dh_prev
