"""Denoising: half squared distance and smoothed total variation of an image."""

import numpy as np


def tv_cost(u, f, lam=0.3, eps=0.01):
    dx = u[:, 1:] - u[:, :-1]
    dy = u[1:, :] - u[:-1, :]
    smooth = np.sum(np.sqrt(dx**2 + eps)) + np.sum(np.sqrt(dy**2 + eps))
    return 0.5 * np.sum((u - f) ** 2) + lam * smooth


def tv_grad(u, f, lam=0.3, eps=0.01):
    dx = u[:, 1:] - u[:, :-1]
    dy = u[1:, :] - u[:-1, :]
    wx = dx / np.sqrt(dx**2 + eps)
    wy = dy / np.sqrt(dy**2 + eps)
    g = u - f
    g[:, 1:] += lam * wx
    g[:, :-1] -= lam * wx
    g[1:, :] += lam * wy
    g[:-1, :] -= lam * wy
    return g
