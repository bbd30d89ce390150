# ruff: noqa
# fmt: off
import numpy as np

relu = lambda z: np.maximum(0, z)
d_relu = lambda z: np.where(z > 0, 1.0, 0.0)
logistic = lambda z: 1 / (1 + np.exp(-z))
logistic_prime = lambda z: logistic(z) * (1 - logistic(z))
f = lambda x: x ** 3 - 2 * x - 5
fprime = lambda x: 3 * x ** 2 - 2
