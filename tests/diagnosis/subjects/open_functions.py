# ruff: noqa
# fmt: off
"""Activations and losses of a first course in many personal styles, kept for the open trial. All are right."""
import numpy as np


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


class SigmoidLayer:
    def __init__(self):
        self.cache = {}

    def forward(self, x):
        out = 1 / (1 + np.exp(-x))
        self.cache["out"] = out
        self.cache["x"] = x
        return out

    def backward(self, dout):
        out = self.cache["out"]
        dx = dout * (1.0 - out) * out
        return dx


def sigmoid_z_forward(Z):
    A = 1 / (1 + np.exp(-Z))
    return A, Z


def sigmoid_z_backward(dA, cache):
    Z = cache
    s = 1 / (1 + np.exp(-Z))
    dZ = dA * s * (1 - s)
    return dZ


def tanh_exp_forward(z):
    pos, neg = np.exp(z), np.exp(-z)
    a = (pos - neg) / (pos + neg)
    return a, {"z": z, "a": a}


def tanh_exp_backward(da, cache):
    z, a = cache["z"], cache["a"]
    return da * (1 - np.power(a, 2))


class TanhLayer:
    def forward(self, x):
        self.x = x
        return np.tanh(x)

    def backward(self, grad):
        t = np.tanh(self.x)
        return grad * (1 - t * t)


def relu_z_forward(Z):
    A = np.maximum(0, Z)
    return A, Z


def relu_z_backward(dA, cache):
    Z = cache
    dZ = np.array(dA, copy=True)
    dZ[Z <= 0] = 0
    return dZ


class LeakyReLULayer:
    def __init__(self, slope=0.1):
        self.slope = slope

    def forward(self, x):
        self.mask = x > 0
        return x * self.mask + self.slope * x * ~self.mask

    def backward(self, dout):
        dx = dout.copy()
        dx[~self.mask] *= self.slope
        return dx


def leaky_max_forward(x):
    return np.maximum(0.1 * x, x), x


def leaky_max_backward(dout, cache):
    x = cache
    dx = np.ones_like(x)
    dx[x < 0] = 0.1
    return dx * dout


def elu_mask_forward(x, alpha=1.2):
    neg = alpha * (np.exp(x) - 1)
    out = (x > 0) * x + (x <= 0) * neg
    return out, (x, out, alpha)


def elu_mask_backward(dout, cache):
    x, out, alpha = cache
    dx = (x > 0) * dout + (x <= 0) * (out + alpha) * dout
    return dx


class ELULayer:
    def __init__(self, alpha=0.8):
        self.alpha = alpha

    def forward(self, x):
        self.x = x
        y = x.copy()
        y[x < 0] = self.alpha * (np.exp(x[x < 0]) - 1)
        return y

    def backward(self, dout):
        dx = dout.copy()
        neg = self.x < 0
        dx[neg] = dout[neg] * self.alpha * np.exp(self.x[neg])
        return dx


def softplus_unit_forward(x):
    return np.log1p(np.exp(x)), x


def softplus_unit_backward(dout, x):
    e = np.exp(x)
    return dout * e / (1 + e)


def maxout_pair_forward(x, W1, b1, W2, b2):
    z1 = x @ W1 + b1
    z2 = x @ W2 + b2
    out = np.maximum(z1, z2)
    return out, (x, W1, W2, z1, z2)


def maxout_pair_backward(dout, cache):
    x, W1, W2, z1, z2 = cache
    first = (z1 >= z2)
    dz1 = dout * first
    dz2 = dout * (1 - first)
    dW1 = np.dot(x.T, dz1)
    db1 = np.sum(dz1, axis=0)
    dW2 = np.dot(x.T, dz2)
    db2 = np.sum(dz2, axis=0)
    dx = np.dot(dz1, W1.T) + np.dot(dz2, W2.T)
    return dx, dW1, db1, dW2, db2


def maxout_groups_forward(x, k=2):
    N, D = x.shape
    groups = x.reshape(N, D // k, k)
    winner = groups.argmax(axis=2)
    return groups.max(axis=2), (x.shape, winner, k)


def maxout_groups_backward(dout, cache):
    shape, winner, k = cache
    N, D = shape
    dgroups = np.zeros((N, D // k, k))
    rows, units = np.indices(winner.shape)
    dgroups[rows, units, winner] = dout
    return dgroups.reshape(shape)


def softmax_jac_forward(z):
    e = np.exp(z - np.max(z))
    s = e / np.sum(e)
    return s, s


def softmax_jac_backward(ds, s):
    J = np.diag(s) - np.outer(s, s)
    return J @ ds


class SoftmaxLayer:
    def forward(self, x):
        shifted = x - np.max(x, axis=1, keepdims=True)
        exps = np.exp(shifted)
        self.probs = exps / np.sum(exps, axis=1, keepdims=True)
        return self.probs

    def backward(self, dout):
        inner = np.sum(dout * self.probs, axis=1, keepdims=True)
        return self.probs * (dout - inner)


def ce_loss_forward(scores, y):
    N = scores.shape[0]
    shifted = scores - np.max(scores, axis=1, keepdims=True)
    log_probs = shifted - np.log(np.sum(np.exp(shifted), axis=1, keepdims=True))
    loss = -np.sum(log_probs[np.arange(N), y]) / N
    return loss, (np.exp(log_probs), y)


def ce_loss_backward(dloss, cache):
    probs, y = cache
    N = probs.shape[0]
    dscores = probs.copy()
    dscores[np.arange(N), y] -= 1
    dscores /= N
    return dscores * dloss


class CrossEntropyOneHot:
    def forward(self, logits, target):
        exps = np.exp(logits - logits.max(axis=1, keepdims=True))
        self.p = exps / exps.sum(axis=1, keepdims=True)
        self.target = target
        self.batch_size = logits.shape[0]
        return -np.sum(target * np.log(self.p)) / self.batch_size

    def backward(self, dout=1.0):
        return dout * (self.p - self.target) / self.batch_size


def nll_probs_forward(p, t):
    n = p.shape[0]
    picked = p[np.arange(n), t]
    return -np.mean(np.log(picked)), (p, t)


def nll_probs_backward(dloss, cache):
    p, t = cache
    n = p.shape[0]
    dp = np.zeros_like(p)
    dp[np.arange(n), t] = -1.0 / p[np.arange(n), t]
    dp = dp / n
    return dloss * dp


def bce_mean_forward(a, y):
    m = a.shape[0]
    cost = -(1.0 / m) * np.sum(y * np.log(a) + (1 - y) * np.log(1 - a))
    return cost, (a, y)


def bce_mean_backward(dcost, cache):
    a, y = cache
    m = a.shape[0]
    da = -(np.divide(y, a) - np.divide(1 - y, 1 - a)) / m
    return da * dcost


class MSELoss:
    def forward(self, y_pred, y_true):
        self.diff = y_pred - y_true
        return np.mean(self.diff ** 2)

    def backward(self, upstream=1.0):
        return upstream * 2.0 * self.diff / self.diff.size


def sse_half_forward(y, t):
    return 0.5 * np.sum((y - t) ** 2), (y, t)


def sse_half_backward(dE, cache):
    y, t = cache
    dy = (y - t) * dE
    dt = (t - y) * dE
    return dy, dt


def perceptron_loss_forward(X, w, b, t):
    scores = X.dot(w) + b
    margin = -t * scores
    return np.sum(np.maximum(0, margin)), (X, w, t, margin)


def perceptron_loss_backward(dL, cache):
    X, w, t, margin = cache
    wrong = (margin > 0).astype(float)
    dscores = -t * wrong * dL
    dw = X.T.dot(dscores)
    db = np.sum(dscores)
    return dw, db


def logistic_cost(X, w, b, Y):
    m = X.shape[1]
    A = sigmoid(np.dot(w.T, X) + b)
    cost = -1 / m * np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A))
    return cost, (X, A, Y, w)


def logistic_grads(dcost, cache):
    X, A, Y, w = cache
    m = X.shape[1]
    dZ = A - Y
    grads = {}
    grads["w"] = 1 / m * np.dot(X, dZ.T) * dcost
    grads["b"] = 1 / m * np.sum(dZ) * dcost
    return grads


def hinge_l2_forward(X, w, b, y, C=0.5):
    z = y * (X @ w + b)
    loss = 0.5 * np.dot(w, w) + C * np.maximum(0, 1 - z).sum()
    return loss, (X, w, y, z, C)


def hinge_l2_backward(dloss, cache):
    X, w, y, z, C = cache
    active = z < 1
    dw = w - C * (X * (y * active)[:, None]).sum(axis=0)
    db = -C * np.sum(y * active)
    return dw * dloss, db * dloss


def neuron_forward(x, w, b):
    z = np.dot(w, x) + b
    a = 1 / (1 + np.exp(-z))
    return a, (x, w, z, a)


def neuron_backward(da, cache):
    x, w, z, a = cache
    dz = da * a * (1 - a)
    dw = dz * x
    db = dz
    dx = dz * w
    return dx, dw, db
