import numpy as np


def objective(U, V, bu, bi, R, mask, reg=0.05):
    pred = U @ V.T + bu[:, None] + bi[None, :]
    err = mask * (R - pred)
    return 0.5 * np.sum(err**2) + 0.5 * reg * (np.sum(U**2) + np.sum(V**2))


def objective_grads(U, V, bu, bi, R, mask, reg=0.05):
    err = mask * (R - U @ V.T - bu[:, None] - bi[None, :])
    dU = -err @ V + reg * U
    dV = -err.T @ U + reg * V
    dbu = -err.sum(axis=1)
    dbi = -err.sum(axis=0)
    return dU, dV, dbu, dbi
