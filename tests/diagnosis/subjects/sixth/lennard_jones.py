import numpy as np


def potential(pos, eps=0.7, sigma=1.1):
    total = 0.0
    for i in range(len(pos)):
        for j in range(i + 1, len(pos)):
            r = np.linalg.norm(pos[i] - pos[j])
            sr6 = (sigma / r) ** 6
            total += 4 * eps * (sr6**2 - sr6)
    return total


def potential_grad(pos, eps=0.7, sigma=1.1):
    grad = np.zeros_like(pos)
    for i in range(len(pos)):
        for j in range(i + 1, len(pos)):
            d = pos[i] - pos[j]
            r = np.linalg.norm(d)
            sr6 = (sigma / r) ** 6
            f = 4 * eps * (-12 * sr6**2 + 6 * sr6) / r**2
            grad[i] += f * d
            grad[j] -= f * d
    return grad
