# ruff: noqa
# fmt: off
"""Word2vec skip-gram with negative sampling."""
import numpy as np

def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))

def neg_sampling_loss(center, outside, negatives):
    pos = np.log(sigmoid(outside @ center))
    neg = np.log(sigmoid(-negatives @ center)).sum()
    return -(pos + neg)

def neg_sampling_grad(center, outside, negatives):
    p = sigmoid(outside @ center)
    q = sigmoid(negatives @ center)
    grad_center = (p - 1) * outside + negatives.T @ q
    grad_outside = (p - 1) * center
    grad_neg = np.outer(q, center)
    return grad_center, grad_outside, grad_neg
