"""Batch norm without scale that keeps running statistics."""

import numpy as np


class RunningNorm:
    def __init__(self, momentum=0.9, eps=1e-5):
        self.momentum, self.eps = momentum, eps
        self.running_mean, self.running_var = 0.0, 1.0

    def forward(self, x):
        self.mean, self.var = x.mean(axis=0), x.var(axis=0)
        self.running_mean = self.momentum * self.running_mean + (1 - self.momentum) * self.mean
        self.running_var = self.momentum * self.running_var + (1 - self.momentum) * self.var
        self.xhat = (x - self.mean) / np.sqrt(self.var + self.eps)
        return self.xhat

    def backward(self, dy):
        std = np.sqrt(self.var + self.eps)
        return (dy - dy.mean(axis=0) - self.xhat * np.mean(dy * self.xhat, axis=0)) / std
