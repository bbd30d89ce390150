# ruff: noqa
# fmt: off
"""Layers and small networks of a first course in many personal styles, kept for the open trial. All are right."""
import numpy as np


def affine_any_forward(x, w, b):
    N = x.shape[0]
    out = x.reshape(N, -1).dot(w) + b
    return out, (x, w, b)


def affine_any_backward(dout, cache):
    x, w, b = cache
    N = x.shape[0]
    dx = dout.dot(w.T).reshape(x.shape)
    dw = x.reshape(N, -1).T.dot(dout)
    db = np.sum(dout, axis=0)
    return dx, dw, db


def linear_columns_forward(A_prev, W, b):
    Z = np.dot(W, A_prev) + b
    return Z, (A_prev, W, b)


def linear_columns_backward(dZ, cache):
    A_prev, W, b = cache
    dW = np.dot(dZ, A_prev.T)
    db = np.sum(dZ, axis=1, keepdims=True)
    dA_prev = np.dot(W.T, dZ)
    return dA_prev, dW, db


# two layers, examples in columns, as in a first course
def shallow_forward(X, W1, b1, W2, b2, Y):
    m = X.shape[1]
    Z1 = np.dot(W1, X) + b1
    A1 = np.tanh(Z1)
    Z2 = np.dot(W2, A1) + b2
    A2 = 1 / (1 + np.exp(-Z2))
    cost = -np.sum(Y * np.log(A2) + (1 - Y) * np.log(1 - A2)) / m
    cache = {"A1": A1, "A2": A2, "Z1": Z1, "X": X, "Y": Y, "W2": W2}
    return cost, cache


def shallow_backward(dcost, cache):
    A1, A2 = cache["A1"], cache["A2"]
    X, Y, W2 = cache["X"], cache["Y"], cache["W2"]
    m = X.shape[1]
    dZ2 = (A2 - Y) * dcost
    dW2 = 1 / m * np.dot(dZ2, A1.T)
    db2 = 1 / m * np.sum(dZ2, axis=1, keepdims=True)
    dZ1 = np.dot(W2.T, dZ2) * (1 - np.power(A1, 2))
    dW1 = 1 / m * np.dot(dZ1, X.T)
    db1 = 1 / m * np.sum(dZ1, axis=1, keepdims=True)
    return {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2}


# three layers in a class that holds parameters and gradients in dictionaries
class ThreeLayerNet:
    def __init__(self, W1, b1, W2, b2, W3, b3):
        self.params = {"W1": W1, "b1": b1, "W2": W2, "b2": b2, "W3": W3, "b3": b3}
        self.grads = {}

    def forward(self, X):
        p = self.params
        self.X = X
        self.z1 = X @ p["W1"] + p["b1"]
        self.a1 = np.maximum(0, self.z1)
        self.z2 = self.a1 @ p["W2"] + p["b2"]
        self.a2 = np.maximum(0, self.z2)
        self.scores = self.a2 @ p["W3"] + p["b3"]
        return self.scores

    def backward(self, dscores):
        p = self.params
        self.grads["W3"] = self.a2.T @ dscores
        self.grads["b3"] = dscores.sum(axis=0)
        da2 = dscores @ p["W3"].T
        dz2 = da2 * (self.z2 > 0)
        self.grads["W2"] = self.a1.T @ dz2
        self.grads["b2"] = dz2.sum(axis=0)
        da1 = dz2 @ p["W2"].T
        dz1 = da1 * (self.z1 > 0)
        self.grads["W1"] = self.X.T @ dz1
        self.grads["b1"] = dz1.sum(axis=0)
        return self.grads


# sigmoids all through, squared error, row vectors
def two_sigmoid_forward(X, W1, W2, Y):
    A1 = 1 / (1 + np.exp(-X.dot(W1)))
    A2 = 1 / (1 + np.exp(-A1.dot(W2)))
    loss = np.sum((A2 - Y) ** 2) / 2
    return loss, (X, Y, A1, A2, W1, W2)


def two_sigmoid_backward(dloss, cache):
    X, Y, A1, A2, W1, W2 = cache
    error = A2 - Y
    delta2 = error * A2 * (1 - A2) * dloss
    grad_W2 = A1.T.dot(delta2)
    delta1 = delta2.dot(W2.T) * A1 * (1 - A1)
    grad_W1 = X.T.dot(delta1)
    return grad_W1, grad_W2


# softmax classifier with weight decay
def softmax_reg_forward(X, W, b, y, reg=0.3):
    N = X.shape[0]
    scores = X.dot(W) + b
    scores -= scores.max(axis=1, keepdims=True)
    probs = np.exp(scores)
    probs /= probs.sum(axis=1, keepdims=True)
    loss = -np.log(probs[np.arange(N), y]).mean() + 0.5 * reg * np.sum(W * W)
    return loss, (X, W, y, probs, reg)


def softmax_reg_backward(dloss, cache):
    X, W, y, probs, reg = cache
    N = X.shape[0]
    dscores = np.copy(probs)
    dscores[np.arange(N), y] -= 1.0
    dscores = dscores / N
    dW = X.T.dot(dscores)
    dW += reg * W
    db = np.sum(dscores, axis=0)
    return dW * dloss, db * dloss


def linreg_l2_forward(X, w, b, y, lam=0.1):
    n = len(y)
    y_hat = X @ w + b
    loss = np.sum((y_hat - y) ** 2) / n + lam * np.sum(w ** 2)
    return loss, (X, w, y, y_hat, lam)


def linreg_l2_backward(dl, cache):
    X, w, y, y_hat, lam = cache
    n = len(y)
    dy_hat = 2 * (y_hat - y) / n
    dw = X.T @ dy_hat + 2 * lam * w
    db = dy_hat.sum()
    return dw * dl, db * dl


class DropoutLayer:
    def __init__(self, mask, keep_prob=0.8):
        self.keep_prob = keep_prob
        self.mask = mask / keep_prob

    def forward(self, x):
        return x * self.mask

    def backward(self, dout):
        return dout * self.mask


# hidden layer with dropout
def drop_net_forward(X, W1, W2, D, keep_prob=0.6):
    Z1 = X @ W1
    A1 = np.maximum(Z1, 0)
    A1d = A1 * D / keep_prob
    return A1d @ W2, (X, W1, W2, D, Z1, A1d, keep_prob)


def drop_net_backward(dout, cache):
    X, W1, W2, D, Z1, A1d, keep_prob = cache
    dW2 = A1d.T @ dout
    dA1 = dout @ W2.T
    dA1 = dA1 * D
    dA1 = dA1 / keep_prob
    dZ1 = np.multiply(dA1, np.int64(Z1 > 0))
    dW1 = X.T @ dZ1
    dX = dZ1 @ W1.T
    return dX, dW1, dW2


def max_pool_forward(x, size=2, stride=2):
    N, C, H, W = x.shape
    H_out, W_out = (H - size) // stride + 1, (W - size) // stride + 1
    out = np.zeros((N, C, H_out, W_out))
    for i in range(H_out):
        for j in range(W_out):
            window = x[:, :, i * stride:i * stride + size, j * stride:j * stride + size]
            out[:, :, i, j] = np.max(window, axis=(2, 3))
    return out, (x, size, stride)


def max_pool_backward(dout, cache):
    x, size, stride = cache
    N, C, H_out, W_out = dout.shape
    dx = np.zeros_like(x)
    for n in range(N):
        for c in range(C):
            for i in range(H_out):
                for j in range(W_out):
                    h, w = i * stride, j * stride
                    window = x[n, c, h:h + size, w:w + size]
                    mask = (window == np.max(window))
                    dx[n, c, h:h + size, w:w + size] += mask * dout[n, c, i, j]
    return dx


def avg_pool_forward(x, size=2):
    H, W = x.shape
    out = np.zeros((H // size, W // size))
    for i in range(H // size):
        for j in range(W // size):
            out[i, j] = np.mean(x[i * size:(i + 1) * size, j * size:(j + 1) * size])
    return out, (x, size)


def avg_pool_backward(dout, cache):
    x, size = cache
    dx = np.zeros_like(x)
    for i in range(dout.shape[0]):
        for j in range(dout.shape[1]):
            dx[i * size:(i + 1) * size, j * size:(j + 1) * size] += dout[i, j] / (size * size)
    return dx


def im2col(x, k):
    N, C, H, W = x.shape
    Ho, Wo = H - k + 1, W - k + 1
    col = np.zeros((N, C, k, k, Ho, Wo))
    for a in range(k):
        for c in range(k):
            col[:, :, a, c, :, :] = x[:, :, a:a + Ho, c:c + Wo]
    return col.transpose(0, 4, 5, 1, 2, 3).reshape(N * Ho * Wo, -1)


def col2im(col, shape, k):
    N, C, H, W = shape
    Ho, Wo = H - k + 1, W - k + 1
    col = col.reshape(N, Ho, Wo, C, k, k).transpose(0, 3, 4, 5, 1, 2)
    img = np.zeros(shape)
    for a in range(k):
        for c in range(k):
            img[:, :, a:a + Ho, c:c + Wo] += col[:, :, a, c, :, :]
    return img


def conv_im2col_forward(x, W, b):
    FN, C, k, _ = W.shape
    N, _, H, Wd = x.shape
    col = im2col(x, k)
    col_W = W.reshape(FN, -1).T
    out = np.dot(col, col_W) + b
    out = out.reshape(N, H - k + 1, Wd - k + 1, -1).transpose(0, 3, 1, 2)
    return out, (x, W, col, col_W)


def conv_im2col_backward(dout, cache):
    x, W, col, col_W = cache
    FN, C, k, _ = W.shape
    dout = dout.transpose(0, 2, 3, 1).reshape(-1, FN)
    db = np.sum(dout, axis=0)
    dW = np.dot(col.T, dout)
    dW = dW.transpose(1, 0).reshape(FN, C, k, k)
    dcol = np.dot(dout, col_W.T)
    dx = col2im(dcol, x.shape, k)
    return dx, dW, db


def conv_naive_forward(x, w, b):
    H, W = x.shape
    k = w.shape[0]
    out = np.zeros((H - k + 1, W - k + 1))
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            out[i, j] = np.sum(x[i:i + k, j:j + k] * w) + b
    return out, (x, w)


def conv_naive_backward(dout, cache):
    x, w = cache
    k = w.shape[0]
    dx = np.zeros(x.shape)
    dw = np.zeros(w.shape)
    db = 0.0
    for i in range(dout.shape[0]):
        for j in range(dout.shape[1]):
            dw += x[i:i + k, j:j + k] * dout[i, j]
            dx[i:i + k, j:j + k] += w * dout[i, j]
            db += dout[i, j]
    return dx, dw, db


class Embedding:
    def __init__(self, W):
        self.W = W

    def forward(self, idx):
        self.idx = idx
        return self.W[idx].mean(axis=1)

    def backward(self, dout):
        dW = np.zeros_like(self.W)
        n, length = self.idx.shape
        for i in range(n):
            for word in self.idx[i]:
                dW[word] += dout[i] / length
        return dW


def rnn_step_forward(x, prev_h, Wx, Wh, b):
    next_h = np.tanh(np.dot(prev_h, Wh) + np.dot(x, Wx) + b)
    cache = (x, prev_h, Wx, Wh, next_h)
    return next_h, cache


def rnn_step_backward(dnext_h, cache):
    x, prev_h, Wx, Wh, next_h = cache
    dtanh = dnext_h * (1 - next_h ** 2)
    dx = np.dot(dtanh, Wx.T)
    dprev_h = np.dot(dtanh, Wh.T)
    dWx = np.dot(x.T, dtanh)
    dWh = np.dot(prev_h.T, dtanh)
    db = np.sum(dtanh, axis=0)
    return dx, dprev_h, dWx, dWh, db


# the weights of the encoder are used again, transposed, in the decoder
def tied_forward(x, W):
    h = np.tanh(x @ W)
    r = h @ W.T
    loss = 0.5 * np.sum((r - x) ** 2)
    return loss, (x, W, h, r)


def tied_backward(dloss, cache):
    x, W, h, r = cache
    dr = (r - x) * dloss
    dh = dr @ W
    dz = dh * (1 - h ** 2)
    dW = x.T @ dz + dr.T @ h
    dx = dz @ W.T - dr
    return dx, dW


# layers in a list, gradients collected in a dictionary on the way back
class Affine:
    def __init__(self, W, b):
        self.W = W
        self.b = b
        self.x = None
        self.dW = None
        self.db = None

    def forward(self, x):
        self.x = x
        return np.dot(x, self.W) + self.b

    def backward(self, dout):
        dx = np.dot(dout, self.W.T)
        self.dW = np.dot(self.x.T, dout)
        self.db = np.sum(dout, axis=0)
        return dx


class Relu:
    def __init__(self):
        self.mask = None

    def forward(self, x):
        self.mask = (x <= 0)
        out = x.copy()
        out[self.mask] = 0
        return out

    def backward(self, dout):
        dout[self.mask] = 0
        return dout


def stack_forward(x, W1, b1, W2, b2):
    layers = {"Affine1": Affine(W1, b1), "Relu1": Relu(), "Affine2": Affine(W2, b2)}
    for layer in layers.values():
        x = layer.forward(x)
    return x, layers


def stack_backward(dout, layers):
    for layer in reversed(list(layers.values())):
        dout = layer.backward(dout)
    grads = {}
    grads["W1"], grads["b1"] = layers["Affine1"].dW, layers["Affine1"].db
    grads["W2"], grads["b2"] = layers["Affine2"].dW, layers["Affine2"].db
    return dout, grads["W1"], grads["b1"], grads["W2"], grads["b2"]


# affine, batch norm, ReLU
def affine_bn_relu_forward(x, w, gamma, beta, eps=1e-5):
    a = x @ w
    mu, var = a.mean(axis=0), a.var(axis=0)
    ahat = (a - mu) / np.sqrt(var + eps)
    y = gamma * ahat + beta
    return np.maximum(y, 0), (x, w, gamma, a, mu, var, ahat, y, eps)


def affine_bn_relu_backward(dout, cache):
    x, w, gamma, a, mu, var, ahat, y, eps = cache
    N = x.shape[0]
    dy = dout * (y > 0)
    dgamma = np.sum(dy * ahat, axis=0)
    dbeta = np.sum(dy, axis=0)
    dahat = dy * gamma
    inv = 1 / np.sqrt(var + eps)
    da = inv * (dahat - dahat.mean(axis=0) - ahat * np.sum(dahat * ahat, axis=0) / N)
    dw = x.T @ da
    dx = da @ w.T
    return dx, dw, dgamma, dbeta
