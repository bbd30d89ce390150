import numpy as np

# 추천 시스템: R ~ P Q^T, M은 관측 여부


def mf_loss(P, Q, R, M, lam):
    E = M * (P @ Q.T - R)
    return np.sum(E ** 2) + lam * (np.sum(P ** 2) + np.sum(Q ** 2))


def mf_grads(P, Q, R, M, lam):
    E = M * (P @ Q.T - R)
    dP = 2 * E @ Q + 2 * lam * P
    dQ = 2 * E.T @ P + 2 * lam * Q
    return dP, dQ


def nmf_cost(W, H, V):
    """0.5 * ||V - WH||^2"""
    D = V - W @ H
    return 0.5 * np.sum(D * D)


def nmf_cost_gradient(W, H, V):
    D = V - W @ H
    grad_W = -D @ H.T
    grad_H = -W.T @ D
    return grad_W, grad_H


def bias_model_loss(bu, bi, R):
    return np.mean((bu[:, None] + bi[None, :] - R) ** 2)


def bias_model_loss_grad(bu, bi, R):
    E = 2 * (bu[:, None] + bi[None, :] - R) / R.size
    return E.sum(axis=1), E.sum(axis=0)
