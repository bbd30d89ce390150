import numpy as np

X = np.asmatrix(np.random.RandomState(6).rand(25, 3))
y = X * np.asmatrix([[2.0], [-1.0], [0.5]]) + 0.05
theta = np.asmatrix(np.zeros((3, 1)))
offset = np.asmatrix([[0.0]])
for k in range(200):
    miss = X * theta + offset - y
    J = (miss.T * miss)[0, 0] / (2 * len(X))
    theta = theta - 0.3 * X.T * miss / len(X)
    offset = offset - 0.3 * miss.mean()
    if k % 50 == 0:
        print(k, J)
