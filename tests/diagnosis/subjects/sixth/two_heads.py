import numpy as np


def forward(X, W, Wa, Wb):
    h = np.maximum(0, X @ W)
    return h @ Wa, h @ Wb, h


def loss(X, W, Wa, Wb, ya, yb, lam=0.3):
    a, b, _ = forward(X, W, Wa, Wb)
    return 0.5 * np.mean(np.sum((a - ya) ** 2, axis=1)) + lam * 0.5 * np.mean(
        np.sum((b - yb) ** 2, axis=1))


def gradients(X, W, Wa, Wb, ya, yb, lam=0.3):
    a, b, h = forward(X, W, Wa, Wb)
    n = X.shape[0]
    da = (a - ya) / n
    db = lam * (b - yb) / n
    dWa = h.T @ da
    dWb = h.T @ db
    dh = da @ Wa.T + db @ Wb.T
    dh[h <= 0] = 0
    dW = X.T @ dh
    return dW, dWa, dWb
