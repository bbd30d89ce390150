import numpy as np


class FC:
    """backward keeps delta, the error at z; the layer in front multiplies it by W.T."""

    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_out, n_in)
        self.b = np.zeros((n_out, 1))

    def forward(self, a_prev):
        self.a_prev = a_prev
        self.z = self.W @ a_prev + self.b
        self.a = 1 / (1 + np.exp(-self.z))
        return self.a

    def backward(self, err):
        self.delta = err * self.a * (1 - self.a)

    def step(self, lr):
        self.W -= lr * self.delta @ self.a_prev.T
        self.b -= lr * self.delta.sum(axis=1, keepdims=True)


class Neurons:
    def __init__(self, inputs, outputs):
        self.weights = np.random.randn(inputs, outputs)

    def forward(self, x):
        self.x = x
        self.out = np.tanh(x @ self.weights)
        return self.out

    def backward(self, error):
        self.delta = error * (1 - self.out ** 2)
        return self.delta @ self.weights.T

    def update_weights(self, learning_rate):
        self.weights -= learning_rate * self.x.T @ self.delta
