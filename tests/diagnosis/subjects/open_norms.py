# ruff: noqa
# fmt: off
"""Batch norm and its kin in many personal styles, kept for the open trial. All are right."""
import numpy as np


# one small step after another, forward and back
def circuit_bn_forward(x, gamma, beta, eps=1e-5):
    N, D = x.shape
    mu = 1.0 / N * np.sum(x, axis=0)
    xmu = x - mu
    sq = xmu ** 2
    var = 1.0 / N * np.sum(sq, axis=0)
    sqrtvar = np.sqrt(var + eps)
    ivar = 1.0 / sqrtvar
    xhat = xmu * ivar
    gammax = gamma * xhat
    out = gammax + beta
    return out, (xhat, gamma, xmu, ivar, sqrtvar, var, eps)


def circuit_bn_backward(dout, cache):
    xhat, gamma, xmu, ivar, sqrtvar, var, eps = cache
    N, D = dout.shape
    # step 9
    dbeta = np.sum(dout, axis=0)
    dgammax = dout
    # step 8
    dgamma = np.sum(dgammax * xhat, axis=0)
    dxhat = dgammax * gamma
    # step 7
    divar = np.sum(dxhat * xmu, axis=0)
    dxmu1 = dxhat * ivar
    # step 6
    dsqrtvar = -1.0 / (sqrtvar ** 2) * divar
    # step 5
    dvar = 0.5 * 1.0 / np.sqrt(var + eps) * dsqrtvar
    # step 4
    dsq = 1.0 / N * np.ones((N, D)) * dvar
    # step 3
    dxmu2 = 2 * xmu * dsq
    # step 2
    dx1 = dxmu1 + dxmu2
    dmu = -1 * np.sum(dxmu1 + dxmu2, axis=0)
    # step 1
    dx2 = 1.0 / N * np.ones((N, D)) * dmu
    # step 0
    dx = dx1 + dx2
    return dx, dgamma, dbeta


# the equations of the paper, under the paper's names
def ioffe_forward(x, gamma, beta, epsilon=1e-3):
    m = x.shape[0]
    mu_B = x.sum(axis=0) / m
    sigma2_B = ((x - mu_B) ** 2).sum(axis=0) / m
    x_hat = (x - mu_B) / np.sqrt(sigma2_B + epsilon)
    y = gamma * x_hat + beta
    return y, (x, x_hat, mu_B, sigma2_B, gamma, epsilon)


def ioffe_backward(dl_dy, cache):
    x, x_hat, mu_B, sigma2_B, gamma, epsilon = cache
    m = x.shape[0]
    dl_dx_hat = dl_dy * gamma
    dl_dsigma2 = np.sum(dl_dx_hat * (x - mu_B) * -0.5 * (sigma2_B + epsilon) ** -1.5, axis=0)
    dl_dmu = np.sum(dl_dx_hat * -1 / np.sqrt(sigma2_B + epsilon), axis=0) + dl_dsigma2 * np.sum(-2 * (x - mu_B), axis=0) / m
    dl_dx = dl_dx_hat / np.sqrt(sigma2_B + epsilon) + dl_dsigma2 * 2 * (x - mu_B) / m + dl_dmu / m
    dl_dgamma = np.sum(dl_dy * x_hat, axis=0)
    dl_dbeta = np.sum(dl_dy, axis=0)
    return dl_dx, dl_dgamma, dl_dbeta


# a layer with dictionaries of its parameters, its cache and its gradients
class BatchNorm1d:
    def __init__(self, gamma, beta, eps=1e-5, momentum=0.9):
        self.params = {"gamma": gamma, "beta": beta}
        self.eps = eps
        self.momentum = momentum
        self.training = True
        self.running_mean = np.zeros_like(gamma)
        self.running_var = np.ones_like(gamma)
        self.cache = {}
        self.grads = {}

    def forward(self, x):
        if self.training:
            mean = np.mean(x, axis=0)
            var = np.var(x, axis=0)
            self.running_mean = self.momentum * self.running_mean + (1 - self.momentum) * mean
            self.running_var = self.momentum * self.running_var + (1 - self.momentum) * var
        else:
            mean, var = self.running_mean, self.running_var
        inv_std = 1.0 / np.sqrt(var + self.eps)
        x_centered = x - mean
        x_norm = x_centered * inv_std
        self.cache = {"x_centered": x_centered, "x_norm": x_norm, "inv_std": inv_std}
        return self.params["gamma"] * x_norm + self.params["beta"]

    def backward(self, dout):
        x_centered = self.cache["x_centered"]
        x_norm = self.cache["x_norm"]
        inv_std = self.cache["inv_std"]
        m = dout.shape[0]
        self.grads["gamma"] = np.sum(dout * x_norm, axis=0)
        self.grads["beta"] = np.sum(dout, axis=0)
        dx_norm = dout * self.params["gamma"]
        dvar = np.sum(dx_norm * x_centered, axis=0) * -0.5 * inv_std ** 3
        dmean = np.sum(-dx_norm * inv_std, axis=0) + dvar * np.mean(-2.0 * x_centered, axis=0)
        return dx_norm * inv_std + dvar * 2.0 * x_centered / m + dmean / m


# attributes, and the formula with everything put in
class BNLayer:
    def __init__(self, gamma, beta):
        self.gamma = gamma
        self.beta = beta
        self.eps = 1e-5

    def forward(self, x):
        self.N = x.shape[0]
        self.mu = x.mean(axis=0)
        self.sigma = np.sqrt(x.var(axis=0) + self.eps)
        self.x_hat = (x - self.mu) / self.sigma
        return self.x_hat * self.gamma + self.beta

    def backward(self, dy):
        self.dgamma = (dy * self.x_hat).sum(axis=0)
        self.dbeta = dy.sum(axis=0)
        dx_hat = dy * self.gamma
        dx = (self.N * dx_hat - dx_hat.sum(axis=0) - self.x_hat * (dx_hat * self.x_hat).sum(axis=0)) / (self.N * self.sigma)
        return dx


# images: statistics over the batch and both directions
def bn2d_forward(x, gamma, beta, eps=1e-5):
    mean = x.mean(axis=(0, 2, 3), keepdims=True)
    var = x.var(axis=(0, 2, 3), keepdims=True)
    std = np.sqrt(var + eps)
    xh = (x - mean) / std
    out = gamma.reshape(1, -1, 1, 1) * xh + beta.reshape(1, -1, 1, 1)
    return out, (xh, std, gamma)


def bn2d_backward(dout, cache):
    xh, std, gamma = cache
    N, C, H, W = dout.shape
    m = N * H * W
    dgamma = np.sum(dout * xh, axis=(0, 2, 3))
    dbeta = np.sum(dout, axis=(0, 2, 3))
    dxh = dout * gamma.reshape(1, -1, 1, 1)
    sum_dxh = np.sum(dxh, axis=(0, 2, 3), keepdims=True)
    sum_dxh_xh = np.sum(dxh * xh, axis=(0, 2, 3), keepdims=True)
    dx = (m * dxh - sum_dxh - xh * sum_dxh_xh) / (m * std)
    return dx, dgamma, dbeta


# an option dictionary with running statistics, as in an assignment
def bn_param_forward(x, gamma, beta, bn_param=None):
    bn_param = bn_param or {"mode": "train"}
    eps = bn_param.get("eps", 1e-5)
    momentum = bn_param.get("momentum", 0.9)
    D = x.shape[1]
    running_mean = bn_param.get("running_mean", np.zeros(D))
    running_var = bn_param.get("running_var", np.zeros(D))
    sample_mean = np.mean(x, axis=0)
    sample_var = np.var(x, axis=0)
    x_normalized = (x - sample_mean) / np.sqrt(sample_var + eps)
    out = gamma * x_normalized + beta
    running_mean = momentum * running_mean + (1 - momentum) * sample_mean
    running_var = momentum * running_var + (1 - momentum) * sample_var
    cache = (x_normalized, gamma, beta, sample_mean, sample_var, x, eps, running_mean, running_var)
    return out, cache


def bn_param_backward(dout, cache):
    x_normalized, gamma, beta, sample_mean, sample_var, x, eps, running_mean, running_var = cache
    N = x.shape[0]
    dx_normalized = dout * gamma
    x_mu = x - sample_mean
    sample_std_inv = 1.0 / np.sqrt(sample_var + eps)
    dsample_var = -0.5 * np.sum(dx_normalized * x_mu, axis=0, keepdims=True) * sample_std_inv ** 3
    dsample_mean = -1.0 * np.sum(dx_normalized * sample_std_inv, axis=0, keepdims=True) - 2.0 * dsample_var * np.mean(x_mu, axis=0, keepdims=True)
    dx1 = dx_normalized * sample_std_inv
    dx2 = 2.0 / N * dsample_var * x_mu
    dx3 = 1.0 / N * dsample_mean
    dx = dx1 + dx2 + dx3
    dgamma = np.sum(dout * x_normalized, axis=0)
    dbeta = np.sum(dout, axis=0)
    return dx, dgamma, dbeta


# examples are columns
def bn_columns_forward(Z, gamma, beta, eps=1e-8):
    m = Z.shape[1]
    mu = np.sum(Z, axis=1, keepdims=True) / m
    sigma2 = np.sum((Z - mu) ** 2, axis=1, keepdims=True) / m
    Z_norm = (Z - mu) / np.sqrt(sigma2 + eps)
    Z_tilde = gamma * Z_norm + beta
    return Z_tilde, (Z_norm, gamma, sigma2, eps)


def bn_columns_backward(dZ_tilde, cache):
    Z_norm, gamma, sigma2, eps = cache
    m = dZ_tilde.shape[1]
    dgamma = np.sum(dZ_tilde * Z_norm, axis=1, keepdims=True)
    dbeta = np.sum(dZ_tilde, axis=1, keepdims=True)
    dZ_norm = gamma * dZ_tilde
    dZ = 1 / (m * np.sqrt(sigma2 + eps)) * (m * dZ_norm - np.sum(dZ_norm, axis=1, keepdims=True) - Z_norm * np.sum(dZ_norm * Z_norm, axis=1, keepdims=True))
    return dZ, dgamma, dbeta


# one feature at a time
def bn_loop_forward(x, gamma, beta):
    eps = 1e-5
    y, x_hat = np.zeros_like(x), np.zeros_like(x)
    std = np.zeros(x.shape[1])
    for j in range(x.shape[1]):
        col = x[:, j]
        std[j] = np.sqrt(np.mean((col - np.mean(col)) ** 2) + eps)
        x_hat[:, j] = (col - np.mean(col)) / std[j]
        y[:, j] = gamma[j] * x_hat[:, j] + beta[j]
    return y, (x_hat, std, gamma)


def bn_loop_backward(dy, cache):
    x_hat, std, gamma = cache
    dx = np.zeros_like(x_hat)
    dgamma, dbeta = np.zeros_like(gamma), np.zeros_like(gamma)
    for j in range(x_hat.shape[1]):
        g = dy[:, j]
        h = x_hat[:, j]
        dgamma[j] = np.sum(g * h)
        dbeta[j] = np.sum(g)
        dx[:, j] = gamma[j] / std[j] * (g - np.mean(g) - h * np.mean(g * h))
    return dx, dgamma, dbeta


# reshaped to rows where an image comes in
class BatchNormalization:
    def __init__(self, gamma, beta):
        self.gamma, self.beta = gamma, beta
        self.input_shape = None

    def forward(self, x):
        self.input_shape = x.shape
        if x.ndim != 2:
            N, C, H, W = x.shape
            x = x.reshape(N, -1)
        return self.__forward(x).reshape(*self.input_shape)

    def __forward(self, x):
        mu = x.mean(axis=0)
        xc = x - mu
        var = np.mean(xc ** 2, axis=0)
        std = np.sqrt(var + 10e-7)
        self.batch_size = x.shape[0]
        self.xc = xc
        self.xn = xc / std
        self.std = std
        return self.gamma * self.xn + self.beta

    def backward(self, dout):
        if dout.ndim != 2:
            dout = dout.reshape(dout.shape[0], -1)
        return self.__backward(dout).reshape(*self.input_shape)

    def __backward(self, dout):
        dbeta = dout.sum(axis=0)
        dgamma = np.sum(self.xn * dout, axis=0)
        dxn = self.gamma * dout
        dxc = dxn / self.std
        dstd = -np.sum((dxn * self.xc) / (self.std * self.std), axis=0)
        dvar = 0.5 * dstd / self.std
        dxc += (2.0 / self.batch_size) * self.xc * dvar
        dmu = np.sum(dxc, axis=0)
        dx = dxc - dmu / self.batch_size
        self.dgamma = dgamma
        self.dbeta = dbeta
        return dx


# at test time the statistics are given
def bn_eval_forward(x, gamma, beta, running_mean, running_var, eps=1e-5):
    scale = gamma / np.sqrt(running_var + eps)
    return scale * (x - running_mean) + beta, (x, scale, running_mean, running_var, eps)


def bn_eval_backward(dout, cache):
    x, scale, running_mean, running_var, eps = cache
    xhat = (x - running_mean) / np.sqrt(running_var + eps)
    dgamma = (dout * xhat).sum(axis=0)
    dbeta = dout.sum(axis=0)
    dx = dout * scale
    return dx, dgamma, dbeta


# batch norm without gamma and beta, then ReLU
def bn_relu_forward(x):
    mean, std = x.mean(0), x.std(0)
    n = (x - mean) / (std + 1e-6)
    return np.maximum(n, 0), (x, mean, std, n)


def bn_relu_backward(dout, cache):
    x, mean, std, n = cache
    m = len(x)
    dn = np.where(n > 0, dout, 0)
    dstd = -np.sum(dn * (x - mean), 0) / (std + 1e-6) ** 2
    dxc = dn / (std + 1e-6) + dstd * (x - mean) / (m * std)
    return dxc - dxc.mean(0)


# layer norm of one's own
class LayerNormalization:
    def __init__(self, gamma, beta, eps=1e-6):
        self.gamma, self.beta, self.eps = gamma, beta, eps

    def forward(self, x):
        self.mu = np.mean(x, axis=1, keepdims=True)
        self.var = np.var(x, axis=1, keepdims=True)
        self.x_hat = (x - self.mu) / np.sqrt(self.var + self.eps)
        self.x = x
        return self.gamma * self.x_hat + self.beta

    def backward(self, dy):
        D = self.x.shape[1]
        self.dgamma = np.sum(dy * self.x_hat, axis=0)
        self.dbeta = np.sum(dy, axis=0)
        dx_hat = dy * self.gamma
        std_inv = 1 / np.sqrt(self.var + self.eps)
        dvar = np.sum(dx_hat * (self.x - self.mu) * -0.5 * std_inv ** 3, axis=1, keepdims=True)
        dmu = np.sum(-dx_hat * std_inv, axis=1, keepdims=True)
        dx = dx_hat * std_inv + dvar * 2 * (self.x - self.mu) / D + dmu / D
        return dx


# columns of a design matrix, standardised and then weighed
def standard_score_forward(X, w):
    mean = X.mean(axis=0)
    std = X.std(axis=0)
    Z = (X - mean) / std
    return Z @ w, (Z, std, w)


def standard_score_backward(ds, cache):
    Z, std, w = cache
    n = Z.shape[0]
    dw = Z.T @ ds
    dZ = np.outer(ds, w)
    dX = (dZ - dZ.sum(axis=0) / n - Z * (dZ * Z).sum(axis=0) / n) / std
    return dX, dw
