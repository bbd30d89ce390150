# ruff: noqa
# fmt: off
import numpy as np

def relu(Z):
    return np.maximum(0, Z)

def relu_backward(dA, Z):
    dZ = np.array(dA, copy=True)
    dZ[Z <= 0] = 0
    return dZ

def sigmoid(Z):
    return 1 / (1 + np.exp(-Z))

def sigmoid_backward(dA, Z):
    sig = sigmoid(Z)
    return dA * sig * (1 - sig)

def tanh(x):
    return np.tanh(x)

def tanh_backward(dout, out):
    return dout * (1 - out ** 2)

def softmax(x):
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)

def softmax_backward(dout, out):
    return out * (dout - (dout * out).sum(axis=1, keepdims=True))

def dense(x, w, b):
    return x @ w + b

def dense_backward(dout, x, w, b):
    return {"dx": dout @ w.T, "dw": x.T @ dout, "db": dout.sum(axis=0)}

def maxout(x, w, b):
    z = x @ w + b
    return z.max(axis=1), (x, w, z)

def maxout_backward(dout, cache):
    x, w, z = cache
    mask = z == z.max(axis=1, keepdims=True)
    dz = mask * dout[:, None]
    return dz @ w.T, x.T @ dz, dz.sum(axis=0)
