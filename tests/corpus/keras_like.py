# ruff: noqa
# fmt: off
import numpy as np


class Layer:
    def build(self, input_shape):
        pass

    def call(self, inputs):
        raise NotImplementedError

    def backward(self, grad):
        raise NotImplementedError


class Dense(Layer):
    def __init__(self, units, use_bias=True):
        self.units = units
        self.use_bias = use_bias

    def build(self, input_shape):
        self.kernel = np.random.randn(input_shape[-1], self.units)
        self.bias = np.zeros(self.units)

    def call(self, inputs):
        self.inputs = inputs
        return inputs @ self.kernel + self.bias

    def backward(self, grad):
        self.grads = {"kernel": self.inputs.T @ grad, "bias": grad.sum(0)}
        return grad @ self.kernel.T


class MaxPooling2D(Layer):
    def __init__(self, pool_size=2):
        self.pool_size = pool_size

    def call(self, inputs):
        n, c, h, w = inputs.shape
        p = self.pool_size
        blocks = inputs.reshape(n, c, h // p, p, w // p, p)
        out = blocks.max(axis=(3, 5))
        self.mask = blocks == out[:, :, :, None, :, None]
        self.shape = inputs.shape
        return out

    def backward(self, grad):
        return (self.mask * grad[:, :, :, None, :, None]).reshape(self.shape)


class GlobalAveragePooling2D(Layer):
    def call(self, inputs):
        self.shape = inputs.shape
        return inputs.mean(axis=(2, 3))

    def backward(self, grad):
        n, c, h, w = self.shape
        return np.broadcast_to(grad[:, :, None, None] / (h * w), self.shape).copy()


class Softmax(Layer):
    def call(self, inputs):
        e = np.exp(inputs - inputs.max(-1, keepdims=True))
        self.p = e / e.sum(-1, keepdims=True)
        return self.p

    def backward(self, grad):
        return self.p * (grad - (grad * self.p).sum(-1, keepdims=True))
