"""A model of layer objects, each with forward and backward."""

import numpy as np


class Linear:
    def __init__(self, W, b):
        self.W, self.b = W, b

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, dy):
        self.dW = self.x.T @ dy
        self.db = dy.sum(axis=0)
        return dy @ self.W.T


class Sigmoid:
    def forward(self, x):
        self.y = 1 / (1 + np.exp(-x))
        return self.y

    def grad(self, dy):
        return dy * self.y * (1 - self.y)


class Model:
    def __init__(self, W1, b1, W2, b2):
        self.first, self.act, self.last = Linear(W1, b1), Sigmoid(), Linear(W2, b2)

    def forward(self, x):
        return self.last.forward(self.act.forward(self.first.forward(x)))

    def backward(self, dy):
        return self.first.backward(self.act.grad(self.last.backward(dy)))
