"""word2vec with negative samples: one centre word, one word beside it, k others."""

import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def neg_sampling_loss_and_gradient(center, outside, negatives):
    pos = sigmoid(outside @ center)
    neg = sigmoid(-negatives @ center)
    loss = -np.log(pos) - np.sum(np.log(neg))
    grad_center = (pos - 1) * outside + (1 - neg) @ negatives
    grad_outside = (pos - 1) * center
    grad_negatives = np.outer(1 - neg, center)
    return loss, grad_center, grad_outside, grad_negatives
