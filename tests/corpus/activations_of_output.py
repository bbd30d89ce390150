# ruff: noqa
# fmt: off
import numpy as np

def sigmoid(x):
    return 1/(1+np.exp(-x))

# y is already sigmoid(x)
def dsigmoid(y):
    return y * (1.0 - y)

def tanh(x):
    return np.tanh(x)

def tanh_prime(a):
    return (1 - a) * (1 + a)

def elu(x):
    return np.where(x > 0, x, 0.7 * (np.exp(x) - 1))

def elu_derivative(out):
    return np.where(out > 0, 1.0, out + 0.7)

def relu(x):
    return x * (x > 0)

def relu_derivative(output):
    return 1. * (output > 0)

def softplus(x):
    return np.log(1 + np.exp(x))

def softplus_deriv(y):
    return 1 - np.exp(-y)
