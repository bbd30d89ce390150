"""Nearest-neighbour upsampling by a factor, then a gain for each channel."""

import numpy as np


def upsample_forward(x, gain, k=2):
    big = x.repeat(k, axis=2).repeat(k, axis=3)
    return big * gain[None, :, None, None], (x, big, gain, k)


def upsample_backward(dy, cache):
    x, big, gain, k = cache
    N, C, H, W = x.shape
    dgain = np.sum(dy * big, axis=(0, 2, 3))
    dbig = dy * gain[None, :, None, None]
    dx = dbig.reshape(N, C, H, k, W, k).sum(axis=(3, 5))
    return dx, dgain
