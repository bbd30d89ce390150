"""Causal dilated convolution in one dimension."""

import numpy as np


def dilated_forward(x, w, b, dilation=2):
    N, C, T = x.shape
    F, _, K = w.shape
    pad = (K - 1) * dilation
    xp = np.pad(x, ((0, 0), (0, 0), (pad, 0)))
    y = np.zeros((N, F, T))
    for k in range(K):
        y += np.einsum("nct,fc->nft", xp[:, :, k * dilation : k * dilation + T], w[:, :, k])
    y += b[None, :, None]
    return y, (xp, w, dilation, pad, T)


def dilated_backward(dy, cache):
    xp, w, dilation, pad, T = cache
    dxp = np.zeros_like(xp)
    dw = np.zeros_like(w)
    for k in range(w.shape[2]):
        sl = slice(k * dilation, k * dilation + T)
        dxp[:, :, sl] += np.einsum("nft,fc->nct", dy, w[:, :, k])
        dw[:, :, k] = np.einsum("nft,nct->fc", dy, xp[:, :, sl])
    db = dy.sum(axis=(0, 2))
    return dxp[:, :, pad:], dw, db
