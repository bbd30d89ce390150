"""Gaussian log likelihood by its precision matrix."""

import numpy as np


def gauss_nll(P, mu, X):
    D = X - mu
    quad = np.einsum("ni,ij,nj->", D, P, D)
    return 0.5 * quad - 0.5 * X.shape[0] * np.log(np.linalg.det(P))


def gauss_nll_grad(P, mu, X):
    D = X - mu
    dP = 0.5 * D.T @ D - 0.5 * X.shape[0] * np.linalg.inv(P).T
    dmu = -0.5 * np.sum(D @ (P + P.T), axis=0)
    return dP, dmu


if __name__ == "__main__":
    P = np.eye(3) + 0.1 * np.ones((3, 3))
    print(gauss_nll(P, np.zeros(3), np.random.randn(5, 3)))
    print(gauss_nll_grad(P, np.zeros(3), np.random.randn(5, 3)))
