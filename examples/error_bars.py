"""Numeric derivatives with a bound on their error: the true value lies within the bar."""

import numpy as np

from gradproof import jacobian


def softmax(x):
    p = np.exp(x - x.max())
    return p / p.sum()


x = np.array([0.5, -1.0, 2.0])
p = softmax(x)
found = jacobian(softmax, x)
true = np.diag(p) - np.outer(p, p)
print("largest error", abs(found - true).max(), "largest bar", found.error.max())
assert (abs(found - true) <= found.error).all()
