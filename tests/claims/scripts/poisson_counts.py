import numpy as np

g = np.random.default_rng(14)
Z = g.normal(size=(60, 3))
counts = g.poisson(np.exp(Z @ [0.3, -0.2, 0.1] + 0.5))
coef, base = np.zeros(3), np.zeros(1)
for r in range(100):
    eta = Z @ coef + base
    mean = np.exp(eta)
    loglik = np.mean(counts * eta - mean)
    coef += 0.05 * Z.T @ (counts - mean) / len(Z)
    base += 0.05 * np.mean(counts - mean)
    if r % 25 == 0:
        print(r, loglik)
