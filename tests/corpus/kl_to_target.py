# ruff: noqa
# fmt: off
import numpy as np

def kl(logits, target):
    """KL(target || softmax(logits)) summed over the batch"""
    z = logits - logits.max(axis=1, keepdims=True)
    logq = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    return np.sum(target * (np.log(target) - logq))

def kl_grad(logits, target):
    z = logits - logits.max(axis=1, keepdims=True)
    q = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    return q - target
