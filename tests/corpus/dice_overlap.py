# ruff: noqa
# fmt: off
import numpy as np

def dice_loss(p, t, eps=1.0):
    inter = (p * t).sum()
    return 1 - (2 * inter + eps) / (p.sum() + t.sum() + eps)

def dice_grad(p, t, eps=1.0):
    inter = (p * t).sum()
    den = p.sum() + t.sum() + eps
    return -(2 * t * den - (2 * inter + eps)) / den ** 2
