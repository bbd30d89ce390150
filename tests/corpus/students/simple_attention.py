import numpy as np


def softmax(x):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def attention_forward(Q, K, V):
    """Scaled dot product attention. Q: (T, d), K: (S, d), V: (S, m)"""
    scale = 1 / np.sqrt(Q.shape[-1])
    P = softmax(Q @ K.T * scale)
    out = P @ V
    return out, (Q, K, V, P, scale)


def attention_backward(dout, cache):
    Q, K, V, P, scale = cache
    dV = P.T @ dout
    dP = dout @ V.T
    dS = P * (dP - np.sum(dP * P, axis=-1, keepdims=True))
    dQ = dS @ K * scale
    dK = dS.T @ Q * scale
    return dQ, dK, dV


def ffn_forward(x, W1, W2):
    h = np.maximum(x @ W1, 0)
    return h @ W2, (x, h, W1, W2)


def ffn_backward(dout, cache):
    x, h, W1, W2 = cache
    dW2 = h.T @ dout
    dh = (dout @ W2.T) * (h > 0)
    dW1 = x.T @ dh
    dx = dh @ W1.T
    return dx, dW1, dW2
