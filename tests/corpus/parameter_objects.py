# ruff: noqa
# fmt: off
import numpy as np


class Parameter:
    def __init__(self, data):
        self.data = data
        self.grad = np.zeros_like(data)


class Module:
    def __call__(self, *args):
        return self.forward(*args)

    def forward(self, *args):
        raise NotImplementedError

    def backward(self, *args):
        raise NotImplementedError


class Linear(Module):
    def __init__(self, in_features, out_features):
        self.weight = Parameter(np.random.randn(in_features, out_features))
        self.bias = Parameter(np.zeros(out_features))

    def forward(self, x):
        self.x = x
        return x @ self.weight.data + self.bias.data

    def backward(self, grad):
        self.weight.grad += self.x.T @ grad
        self.bias.grad += grad.sum(axis=0)
        return grad @ self.weight.data.T


class Scale(Module):
    def __init__(self, dim):
        self.gain = Parameter(np.ones(dim))

    def forward(self, x):
        self.x = x
        return self.gain.data * x

    def backward(self, grad):
        self.gain.grad += np.sum(grad * self.x, axis=0)
        return grad * self.gain.data


class Sequential(Module):
    def __init__(self):
        self.layers = [Linear(4, 5), Linear(5, 3)]

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x

    def backward(self, grad):
        for layer in reversed(self.layers):
            grad = layer.backward(grad)
        return grad
