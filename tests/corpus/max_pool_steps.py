# ruff: noqa
# fmt: off
import numpy as np


class MaxPool2D:
    def __init__(self, size=2, stride=2):
        self.size = size
        self.stride = stride

    def forward(self, x):
        n, c, h, w = x.shape
        self.x = x
        oh = (h - self.size) // self.stride + 1
        ow = (w - self.size) // self.stride + 1
        out = np.zeros((n, c, oh, ow))
        for i in range(oh):
            for j in range(ow):
                hs, ws = i * self.stride, j * self.stride
                out[:, :, i, j] = x[:, :, hs:hs + self.size, ws:ws + self.size].max(axis=(2, 3))
        self.out = out
        return out

    def backward(self, dout):
        dx = np.zeros_like(self.x)
        for i in range(dout.shape[2]):
            for j in range(dout.shape[3]):
                hs, ws = i * self.stride, j * self.stride
                window = self.x[:, :, hs:hs + self.size, ws:ws + self.size]
                mask = window == self.out[:, :, i:i + 1, j:j + 1]
                dx[:, :, hs:hs + self.size, ws:ws + self.size] += mask * dout[:, :, i:i + 1, j:j + 1]
        return dx
