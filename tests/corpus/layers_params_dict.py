# ruff: noqa
# fmt: off
import numpy as np

class Linear:
    def __init__(self, input_size, output_size):
        self.params = {}
        self.grads = {}
        self.params["w"] = np.random.randn(input_size, output_size)
        self.params["b"] = np.random.randn(output_size)

    def forward(self, inputs):
        self.inputs = inputs
        return inputs @ self.params["w"] + self.params["b"]

    def backward(self, grad):
        self.grads["b"] = np.sum(grad, axis=0)
        self.grads["w"] = self.inputs.T @ grad
        return grad @ self.params["w"].T

class Tanh:
    def forward(self, inputs):
        self.inputs = inputs
        return np.tanh(inputs)

    def backward(self, grad):
        y = np.tanh(self.inputs)
        return grad * (1 - y ** 2)

class Scale:
    def __init__(self, num_features):
        self.gamma = np.ones(num_features)
        self.beta = np.zeros(num_features)

    def forward(self, x):
        self.x = x
        return x * self.gamma + self.beta

    def backward(self, dy):
        self.grad_gamma = (dy * self.x).sum(axis=0)
        self.grad_beta = dy.sum(axis=0)
        return dy * self.gamma

class Dense:
    def __init__(self, n_inputs, n_neurons):
        self.weights = 0.01 * np.random.randn(n_inputs, n_neurons)
        self.biases = np.zeros((1, n_neurons))

    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.dot(inputs, self.weights) + self.biases
        return self.output

    def backward(self, dvalues):
        self.dweights = np.dot(self.inputs.T, dvalues)
        self.dbiases = np.sum(dvalues, axis=0, keepdims=True)
        self.dinputs = np.dot(dvalues, self.weights.T)
        return self.dinputs

class Hidden:
    def __init__(self, n_x, n_y):
        self.W = np.random.randn(n_y, n_x) * 0.01
        self.b = np.zeros((n_y, 1))

    def forward(self, A_prev):
        self.A_prev = A_prev
        self.A = np.tanh(self.W @ A_prev + self.b)
        return self.A

    def backward(self, dA):
        dZ = dA * (1 - self.A ** 2)
        dW = dZ @ self.A_prev.T
        db = dZ.sum(axis=1, keepdims=True)
        return self.W.T @ dZ, dW, db

class Accumulating:
    def __init__(self, in_features, out_features):
        self.weight = np.random.normal(size=(out_features, in_features))
        self.bias = np.zeros(out_features)
        self.grad_weight = np.zeros_like(self.weight)
        self.grad_bias = np.zeros(out_features)

    def forward(self, x):
        self.x = x
        return x @ self.weight.T + self.bias

    def backward(self, grad_output):
        self.grad_weight += grad_output.T @ self.x
        self.grad_bias += grad_output.sum(axis=0)
        return grad_output @ self.weight
