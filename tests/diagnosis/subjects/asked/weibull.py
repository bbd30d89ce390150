"""Weibull log likelihood; shape and scale are given by their logarithms."""

import numpy as np


def negloglik(theta, t):
    k, lam = np.exp(theta[0]), np.exp(theta[1])
    z = t / lam
    return -np.sum(np.log(k) - np.log(lam) + (k - 1) * np.log(z) - z**k)


def negloglik_grad(theta, t):
    k, lam = np.exp(theta[0]), np.exp(theta[1])
    z = t / lam
    dk = np.sum(1 / k + np.log(z) - z**k * np.log(z))
    dlam = np.sum(-k / lam + k / lam * z**k)
    return -np.array([dk * k, dlam * lam])
