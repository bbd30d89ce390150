import numpy as np


def stiffness(a):
    n = len(a) - 1
    A = np.zeros((n, n))
    for i in range(n):
        A[i, i] = a[i] + a[i + 1]
        if i > 0:
            A[i, i - 1] = A[i - 1, i] = -a[i]
    return A


def misfit(a, f, data):
    u = np.linalg.solve(stiffness(a), f)
    return 0.5 * np.sum((u - data) ** 2)


def misfit_grad(a, f, data):
    A = stiffness(a)
    u = np.linalg.solve(A, f)
    lam = np.linalg.solve(A.T, u - data)
    ue = np.concatenate([[0.0], u, [0.0]])
    le = np.concatenate([[0.0], lam, [0.0]])
    return -(ue[1:] - ue[:-1]) * (le[1:] - le[:-1])
