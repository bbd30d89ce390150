# ruff: noqa
# fmt: off
import numpy as np

class Network(object):
    def __init__(self, sizes):
        self.sizes = sizes
        self.biases = [np.random.randn(y, 1) for y in sizes[1:]]
        self.weights = [np.random.randn(y, x) / np.sqrt(x) for x, y in zip(sizes[:-1], sizes[1:])]

    def feedforward(self, a):
        for b, w in zip(self.biases[:-1], self.weights[:-1]):
            a = np.tanh(w @ a + b)
        return softmax(self.weights[-1] @ a + self.biases[-1])

    def cost(self, x, y):
        return -np.sum(y * np.log(self.feedforward(x)))

    def backprop(self, x, y):
        nabla_b = [np.zeros(b.shape) for b in self.biases]
        nabla_w = [np.zeros(w.shape) for w in self.weights]
        a = x
        acts = [x]
        for b, w in zip(self.biases[:-1], self.weights[:-1]):
            a = np.tanh(w @ a + b)
            acts.append(a)
        out = softmax(self.weights[-1] @ a + self.biases[-1])
        delta = out - y
        nabla_b[-1] = delta
        nabla_w[-1] = delta @ acts[-1].T
        for l in range(2, len(self.sizes)):
            delta = (self.weights[-l + 1].T @ delta) * (1 - acts[-l + 1] ** 2)
            nabla_b[-l] = delta
            nabla_w[-l] = delta @ acts[-l].T
        return nabla_b, nabla_w

def softmax(z):
    e = np.exp(z - z.max(axis=0, keepdims=True))
    return e / e.sum(axis=0, keepdims=True)
