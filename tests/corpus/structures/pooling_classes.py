import numpy as np


class AveragePool:
    def forward(self, x):
        N, C, H, W = x.shape
        self.shape = x.shape
        return x[:, :, : H // 2 * 2, : W // 2 * 2].reshape(N, C, H // 2, 2, W // 2, 2).mean((3, 5))

    def backward(self, grad):
        dx = np.zeros(self.shape)
        up = grad.repeat(2, axis=2).repeat(2, axis=3) / 4
        dx[:, :, : up.shape[2], : up.shape[3]] = up
        return dx


class GlobalAverage:
    def forward(self, x):
        self.hw = x.shape[2:]
        return x.mean(axis=(2, 3))

    def backward(self, grad):
        h, w = self.hw
        return np.broadcast_to(grad[:, :, None, None], (*grad.shape, h, w)) / (h * w)


class Flatten:
    def forward(self, x):
        self.shape = x.shape
        return x.reshape(len(x), -1)

    def backward(self, grad):
        return grad.reshape(self.shape)
