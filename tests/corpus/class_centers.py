# ruff: noqa
# fmt: off
import numpy as np

def center_loss(features, labels, centers, lam=0.5):
    diff = features - centers[labels]
    return lam * 0.5 * np.sum(diff ** 2) / features.shape[0]

def center_loss_grad(features, labels, centers, lam=0.5):
    diff = features - centers[labels]
    n = features.shape[0]
    dfeat = lam * diff / n
    dcent = np.zeros_like(centers)
    for i, c in enumerate(labels):
        dcent[c] -= lam * diff[i] / n
    return dfeat, dcent
