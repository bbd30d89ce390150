import numpy as np

rng = np.random.RandomState(12)
X = rng.randn(16, 5)
Y = rng.randn(16, 2)
W1, W2 = rng.randn(5, 7) * 0.5, rng.randn(7, 2) * 0.5
gamma, beta = np.ones(7), np.zeros(7)
for step in range(80):
    a = X @ W1
    mu, var = a.mean(0), a.var(0)
    istd = 1 / np.sqrt(var + 1e-5)
    xhat = (a - mu) * istd
    n = gamma * xhat + beta
    h = np.where(n > 0, n, 0.1 * n)
    out = h @ W2
    loss = np.sum((out - Y) ** 2) / 16
    dout = 2 * (out - Y) / 16
    dW2 = h.T @ dout
    dh = dout @ W2.T
    dn = dh * np.where(n > 0, 1.0, 0.1)
    dgamma, dbeta = (dn * xhat).sum(0), dn.sum(0)
    dxhat = dn * gamma
    da = istd / 16 * (16 * dxhat - dxhat.sum(0) - xhat * (dxhat * xhat).sum(0))
    dW1 = X.T @ da
    for p, g in ((W1, dW1), (W2, dW2), (gamma, dgamma), (beta, dbeta)):
        p -= 0.1 * g
    if step % 20 == 0:
        print(step, loss)
