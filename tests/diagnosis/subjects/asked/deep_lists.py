"""A network of lists of weights, sigmoid everywhere, half squared error."""

import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def sigmoid_grad(z):
    s = sigmoid(z)
    return s * (1 - s)


def cost(W1, b1, W2, b2, X, Y):
    z1 = X @ W1 + b1
    a1 = sigmoid(z1)
    z2 = a1 @ W2 + b2
    a2 = sigmoid(z2)
    return 0.5 * np.sum((a2 - Y) ** 2)


def cost_grad(W1, b1, W2, b2, X, Y):
    z1 = X @ W1 + b1
    a1 = sigmoid(z1)
    z2 = a1 @ W2 + b2
    a2 = sigmoid(z2)
    delta2 = (a2 - Y) * sigmoid_grad(z2)
    delta1 = (delta2 @ W2.T) * sigmoid_grad(z1)
    return X.T @ delta1, delta1.sum(axis=0), a1.T @ delta2, delta2.sum(axis=0)
