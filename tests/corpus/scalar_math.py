# ruff: noqa
# fmt: off
import math

def sigmoid(x):
    return 1 / (1 + math.exp(-x))

def sigmoid_derivative(x):
    return sigmoid(x) * (1 - sigmoid(x))

def relu(x):
    if x > 0:
        return x
    return 0.0

def relu_derivative(x):
    if x > 0:
        return 1.0
    return 0.0

def leaky(x):
    return x if x > 0 else 0.1 * x

def leaky_prime(x):
    return 1 if x > 0 else 0.1
