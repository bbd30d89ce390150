import numpy as np


def softmax_cost(theta, num_classes, input_size, lambda_, data, labels):
    m = data.shape[1]
    theta = theta.reshape(num_classes, input_size)
    scores = theta @ data
    scores -= scores.max(axis=0)
    p = np.exp(scores) / np.exp(scores).sum(axis=0)
    indicator = np.zeros((num_classes, m))
    indicator[labels, np.arange(m)] = 1
    cost = -np.sum(indicator * np.log(p)) / m + lambda_ / 2 * np.sum(theta ** 2)
    grad = -(indicator - p) @ data.T / m + lambda_ * theta
    return cost, grad.ravel()


np.random.seed(2)
theta0 = 0.005 * np.random.randn(4 * 8)
data0 = np.random.randn(8, 20)
labels0 = np.random.randint(0, 4, 20)
print(softmax_cost(theta0, 4, 8, 1e-4, data0, labels0)[0])
