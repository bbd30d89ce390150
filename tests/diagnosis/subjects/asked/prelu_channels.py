"""PReLU with a slope for each channel of an image."""

import numpy as np


class PReLU:
    def __init__(self, alpha):
        self.alpha = alpha

    def forward(self, x):
        self.x = x
        return np.where(x > 0, x, self.alpha[None, :, None, None] * x)

    def backward(self, dout):
        self.dalpha = np.sum(dout * np.minimum(self.x, 0), axis=(0, 2, 3))
        return np.where(self.x > 0, dout, self.alpha[None, :, None, None] * dout)


if __name__ == "__main__":
    layer = PReLU(np.full(3, 0.25))
    y = layer.forward(np.random.randn(2, 3, 4, 5))
    print(layer.backward(np.random.randn(*y.shape)))
