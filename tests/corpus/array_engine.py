"""Arrays that differentiate themselves: each keeps its parents with a function for each."""

import numpy as np


def summed_to(gradient, shape):
    while gradient.ndim > len(shape):
        gradient = gradient.sum(axis=0)
    axes = tuple(k for k, n in enumerate(shape) if n == 1)
    return gradient.sum(axis=axes, keepdims=True) if axes else gradient


class Variable:
    def __init__(self, value, parents=()):
        self.value = np.asarray(value, dtype=float)
        self.parents = parents
        self.gradient = np.zeros_like(self.value)

    @property
    def shape(self):
        return self.value.shape

    def __add__(self, other):
        return Variable(
            self.value + other.value,
            [
                (self, lambda g: summed_to(g, self.shape)),
                (other, lambda g: summed_to(g, other.shape)),
            ],
        )

    def __mul__(self, other):
        return Variable(
            self.value * other.value,
            [
                (self, lambda g: summed_to(g * other.value, self.shape)),
                (other, lambda g: summed_to(g * self.value, other.shape)),
            ],
        )

    def __matmul__(self, other):
        return Variable(
            self.value @ other.value,
            [(self, lambda g: g @ other.value.T), (other, lambda g: self.value.T @ g)],
        )

    def sigmoid(self):
        s = 1 / (1 + np.exp(-self.value))
        return Variable(s, [(self, lambda g: g * s * (1 - s))])

    def log(self):
        return Variable(np.log(self.value), [(self, lambda g: g / self.value)])

    def mean(self):
        n = self.value.size
        return Variable(self.value.mean(), [(self, lambda g: g * np.ones(self.shape) / n)])

    def backward(self, gradient=None):
        gradient = np.ones(self.shape) if gradient is None else gradient
        self.gradient = self.gradient + gradient
        for parent, slope in self.parents:
            parent.backward(slope(gradient))
