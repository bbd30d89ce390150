import numpy as np

r = np.random.RandomState(11)
x, t = r.randn(25, 3), r.randn(25, 2)
W, b = r.randn(3, 2) * 0.4, np.zeros(2)
vW, vb = np.zeros_like(W), np.zeros_like(b)
lr, mu = 0.05, 0.9
for i in range(100):
    y = np.tanh(x @ W + b)
    cost = 0.5 * np.sum((y - t) ** 2) / len(x)
    g = (y - t) * (1 - y * y) / len(x)
    dW, db = x.T @ g, g.sum(0)
    vW = mu * vW - lr * dW
    vb = mu * vb - lr * db
    W = W + vW
    b = b + vb
    if i % 25 == 0:
        print(i, cost)
