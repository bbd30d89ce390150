import numpy as np

np.random.seed(9)
n, d = 30, 4
features = np.random.randn(n, d)
prices = features @ np.arange(1.0, d + 1) + 0.3 + 0.1 * np.random.randn(n)
weights, intercept = np.random.randn(d), 0.5
alpha, penalty = 0.05, 0.2
for iteration in range(120):
    predicted = features.dot(weights) + intercept
    residual = predicted - prices
    cost = np.sum(residual**2) / (2 * n) + penalty / (2 * n) * np.sum(weights**2)
    grad_w = (features.T.dot(residual) + penalty * weights) / n
    grad_b = np.sum(residual) / n
    weights -= alpha * grad_w
    intercept -= alpha * grad_b
    if iteration % 40 == 0:
        print("iteration", iteration, "cost", cost)
