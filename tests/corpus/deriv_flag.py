# ruff: noqa
# fmt: off
import numpy as np

def nonlin(x, deriv=False):
    if(deriv==True):
        return x*(1-x)
    return 1/(1+np.exp(-x))

def tanh(x, derivative=False):
    if derivative:
        return 1 - np.tanh(x)**2
    return np.tanh(x)

def relu(z, prime=False):
    if prime:
        return (z > 0).astype(float)
    return np.maximum(0, z)

def sigmoid(x, grad=False):
    s = 1 / (1 + np.exp(-x))
    return s * (1 - s) if grad else s
