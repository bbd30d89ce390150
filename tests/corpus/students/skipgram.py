import numpy as np


def softmax(x):
    e = np.exp(x - np.max(x))
    return e / e.sum()


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def naive_softmax_loss_and_gradient(center, outside_idx, outside_vectors):
    """
    center: (D,) vector of the center word
    outside_idx: int, index of the outside word
    outside_vectors: (V, D)
    returns loss, grad_center, grad_outside_vectors
    """
    y_hat = softmax(outside_vectors @ center)
    loss = -np.log(y_hat[outside_idx])
    d = y_hat.copy()
    d[outside_idx] -= 1
    grad_center = outside_vectors.T @ d
    grad_outside_vectors = np.outer(d, center)
    return loss, grad_center, grad_outside_vectors


def glove_loss_and_gradient(w, c, b, logx, f):
    """w: (D,), c: (D,), b: number; f(x)(w.c + b - log x)^2"""
    r = w @ c + b - logx
    loss = f * r ** 2
    grad_w = 2 * f * r * c
    grad_c = 2 * f * r * w
    grad_b = 2 * f * r
    return loss, grad_w, grad_c, grad_b


def cbow_forward(context, W_in, W_out):
    # context: (N, D) bag vectors
    h = context @ W_in
    return h @ W_out, (context, h, W_in, W_out)


def cbow_backward(dscores, cache):
    context, h, W_in, W_out = cache
    dW_out = h.T @ dscores
    dh = dscores @ W_out.T
    dW_in = context.T @ dh
    dcontext = dh @ W_in.T
    return dcontext, dW_in, dW_out
