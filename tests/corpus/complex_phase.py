# ruff: noqa
# fmt: off
import numpy as np

rng = np.random.default_rng(0)
A = rng.normal(size=(6, 4)) + 1j * rng.normal(size=(6, 4))
b = rng.normal(size=6) + 1j * rng.normal(size=6)


def loss(z):
    return np.sum(np.abs(A @ z - b) ** 2)


def loss_grad(z):
    return 2 * A.conj().T @ (A @ z - b)


z = np.zeros(4, dtype=complex)
for _ in range(10):
    z = z - 0.01 * loss_grad(z)
print(loss(z))
