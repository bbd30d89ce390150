import numpy as np


class CosineLoss:
    def forward(self, a, b):
        self.a, self.b = a, b
        self.na = np.sqrt(np.sum(a**2, axis=1, keepdims=True))
        self.nb = np.sqrt(np.sum(b**2, axis=1, keepdims=True))
        self.cos = np.sum(a * b, axis=1, keepdims=True) / (self.na * self.nb)
        return np.mean(1 - self.cos)

    def backward(self):
        n = self.a.shape[0]
        da = -(self.b / (self.na * self.nb) - self.cos * self.a / self.na**2) / n
        db = -(self.a / (self.na * self.nb) - self.cos * self.b / self.nb**2) / n
        return da, db
