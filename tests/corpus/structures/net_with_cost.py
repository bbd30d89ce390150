import numpy as np


class Network:
    def __init__(self, sizes):
        self.weights = [np.random.randn(n, m) for m, n in zip(sizes[:-1], sizes[1:])]
        self.biases = [np.random.randn(n, 1) for n in sizes[1:]]

    def feedforward(self, a):
        self.activations = [a]
        for w, b in zip(self.weights, self.biases):
            a = 1 / (1 + np.exp(-(w @ a + b)))
            self.activations.append(a)
        return a

    def cost(self, x, y):
        return 0.5 * np.sum((self.feedforward(x) - y) ** 2)

    def backprop(self, x, y):
        self.feedforward(x)
        a = self.activations
        nabla_w = [None] * len(self.weights)
        nabla_b = [None] * len(self.biases)
        delta = (a[-1] - y) * a[-1] * (1 - a[-1])
        for k in range(len(self.weights) - 1, -1, -1):
            nabla_w[k] = delta @ a[k].T
            nabla_b[k] = delta.sum(axis=1, keepdims=True)
            delta = (self.weights[k].T @ delta) * a[k] * (1 - a[k])
        return nabla_w, nabla_b
