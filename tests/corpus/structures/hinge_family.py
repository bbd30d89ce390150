"""Margins: labels are -1 and 1."""

import numpy as np


def hinge(scores, labels):
    margins = np.maximum(0, 1 - labels * scores)
    return margins.mean()


def hinge_grad(scores, labels):
    active = (labels * scores < 1).astype(float)
    return -labels * active / scores.size


def squared_hinge(scores, labels):
    return np.mean(np.maximum(0, 1 - labels * scores) ** 2)


def squared_hinge_grad(scores, labels):
    return -2 * labels * np.maximum(0, 1 - labels * scores) / scores.size
