import numpy as np

m = 40
A = np.random.RandomState(0).randn(m, 3)
labels = (A[:, 0] - 2 * A[:, 1] > 0).astype(float)
theta = np.zeros(3)
bias = 0
costs = []
for _ in range(150):
    guess = 1 / (1 + np.exp(-(A @ theta + bias)))
    theta = theta - 0.1 * A.T @ (guess - labels) / m
    bias = bias - 0.1 * np.sum(guess - labels) / m
    now = 1 / (1 + np.exp(-(A @ theta + bias)))
    costs.append(-np.mean(labels * np.log(now) + (1 - labels) * np.log(1 - now)))
print(costs[-1])
