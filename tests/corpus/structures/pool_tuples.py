import numpy as np


class AvgPool:
    def __init__(self, kernel, strides):
        self.kh, self.kw = kernel
        self.sh, self.sw = strides

    def forward(self, x):
        self.in_shape = x.shape
        n, c, h, w = x.shape
        oh, ow = (h - self.kh) // self.sh + 1, (w - self.kw) // self.sw + 1
        out = np.empty((n, c, oh, ow))
        for i in range(oh):
            for j in range(ow):
                r, s = i * self.sh, j * self.sw
                out[:, :, i, j] = x[:, :, r:r + self.kh, s:s + self.kw].mean(axis=(2, 3))
        return out

    def backward(self, dout):
        dx = np.zeros(self.in_shape)
        for i in range(dout.shape[2]):
            for j in range(dout.shape[3]):
                r, s = i * self.sh, j * self.sw
                dx[:, :, r:r + self.kh, s:s + self.kw] += dout[:, :, i, j][:, :, None, None] / (self.kh * self.kw)
        return dx


class ZeroPad:
    def __init__(self, border):
        self.border = border

    def forward(self, x):
        (top, bottom), (left, right) = self.border
        return np.pad(x, ((0, 0), (0, 0), (top, bottom), (left, right)))

    def backward(self, dy):
        (top, bottom), (left, right) = self.border
        return dy[:, :, top:dy.shape[2] - bottom, left:dy.shape[3] - right]
