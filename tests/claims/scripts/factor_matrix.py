import numpy as np

rng = np.random.default_rng(15)
R = rng.integers(1, 6, size=(6, 5)).astype(float)
known = rng.random(R.shape) < 0.8
P, Q = rng.normal(size=(6, 2)), rng.normal(size=(2, 5))
for sweep in range(200):
    gap = known * (P @ Q - R)
    cost = (gap**2).sum() + 0.02 * ((P**2).sum() + (Q**2).sum())
    gP = 2 * gap @ Q.T + 0.04 * P
    gQ = 2 * P.T @ gap + 0.04 * Q
    P -= 0.01 * gP
    Q -= 0.01 * gQ
    if sweep % 50 == 0:
        print(sweep, cost)
