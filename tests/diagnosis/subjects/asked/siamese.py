"""Contrastive loss of pairs: same pulls together, different pushes apart up to a margin."""

import numpy as np


def contrastive_forward(a, b, same, margin=2.0):
    diff = a - b
    dist = np.sqrt(np.sum(diff**2, axis=1))
    gap = np.maximum(0, margin - dist)
    loss = np.mean(same * dist**2 + (1 - same) * gap**2)
    return loss, (diff, dist, gap, same)


def contrastive_backward(dloss, cache):
    diff, dist, gap, same = cache
    n = diff.shape[0]
    coef = 2 * same - 2 * (1 - same) * gap / dist
    da = dloss * coef[:, None] * diff / n
    db = -da
    return da, db


if __name__ == "__main__":
    a, b = np.random.randn(5, 3), np.random.randn(5, 3)
    loss, cache = contrastive_forward(a, b, np.array([1, 0, 1, 0, 0]))
    print(contrastive_backward(1.0, cache))
