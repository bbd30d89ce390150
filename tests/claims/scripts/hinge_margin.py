import numpy as np

np.random.seed(8)
X = np.random.randn(50, 3)
y = np.where(X @ [1.0, -2.0, 0.5] > 0, 1, -1)
w, b = np.random.randn(3), 0.1
lam = 0.01
for it in range(200):
    margin = y * (X @ w + b)
    hinge = np.maximum(0, 1 - margin)
    J = hinge.mean() + lam * w @ w
    active = (margin < 1).astype(float)
    gw = -(X * (active * y)[:, None]).mean(axis=0) + 2 * lam * w
    gb = -(active * y).mean()
    w = w - 0.1 * gw
    b = b - 0.1 * gb
    if it % 50 == 0:
        print(it, J)
