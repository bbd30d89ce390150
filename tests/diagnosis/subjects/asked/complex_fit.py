"""A complex linear model fitted to complex measurements, with a penalty."""

import numpy as np

A0 = np.array([[1 + 2j, 0.5j], [2 - 1j, 1.0], [0.3, 1 - 1j]])
B0 = np.array([1j, 2.0, 1 - 1j])


def misfit(w, A=A0, b=B0, mu=0.2):
    e = A @ w - b
    return np.sum(np.abs(e) ** 2) + mu * np.sum(np.abs(w) ** 2)


def misfit_grad(w, A=A0, b=B0, mu=0.2):
    e = A @ w - b
    return 2 * A.conj().T @ e + 2 * mu * w
