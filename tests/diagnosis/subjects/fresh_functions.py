# ruff: noqa
# fmt: off
"""Activations and losses as people write them, kept for the trial of the diagnosis. All are right."""
import numpy as np


def gelu_tanh_forward(x):
    c = np.sqrt(2 / np.pi)
    u = c * (x + 0.044715 * x ** 3)
    t = np.tanh(u)
    return 0.5 * x * (1 + t), (x, t, c)


def gelu_tanh_backward(dy, cache):
    x, t, c = cache
    du = c * (1 + 3 * 0.044715 * x ** 2)
    dt = (1 - t ** 2) * du
    dx = dy * (0.5 * (1 + t) + 0.5 * x * dt)
    return dx


def mish_forward(x):
    sp = np.log1p(np.exp(x))
    tsp = np.tanh(sp)
    return x * tsp, (x, tsp)


def mish_backward(dout, cache):
    x, tsp = cache
    sig = 1 / (1 + np.exp(-x))
    return dout * (tsp + x * (1 - tsp ** 2) * sig)


def silu_forward(x, beta=1.5):
    sig = 1.0 / (1.0 + np.exp(-beta * x))
    return x * sig, (x, sig, beta)


def silu_backward(dy, cache):
    x, sig, beta = cache
    dsig = sig * (1 - sig)
    dx = dy * (sig + beta * x * dsig)
    return dx


def softplus_beta_forward(x, beta=2.0):
    return np.log(1 + np.exp(beta * x)) / beta, (x, beta)


def softplus_beta_backward(dy, cache):
    x, beta = cache
    return dy / (1 + np.exp(-beta * x))


def selu_forward(x, alpha=1.673, scale=1.051):
    out = np.where(x > 0, scale * x, scale * alpha * (np.exp(x) - 1))
    return out, (x, alpha, scale)


def selu_backward(dout, cache):
    x, alpha, scale = cache
    grad = np.where(x > 0, scale, scale * alpha * np.exp(x))
    return dout * grad


def hard_tanh_forward(x):
    return np.clip(x, -1, 1), x


def hard_tanh_backward(dy, x):
    dx = dy.copy()
    dx[x < -1] = 0
    dx[x > 1] = 0
    return dx


def prelu_forward(x, a):
    return np.where(x > 0, x, a * x), (x, a)


def prelu_backward(dy, cache):
    x, a = cache
    pos = x > 0
    dx = dy * np.where(pos, 1, a)
    da = np.sum(dy * x * ~pos, axis=0)
    return dx, da


def log_softmax_rows_forward(x):
    z = x - x.max(axis=-1, keepdims=True)
    logp = z - np.log(np.exp(z).sum(axis=-1, keepdims=True))
    return logp, logp


def log_softmax_rows_backward(dy, logp):
    p = np.exp(logp)
    dx = dy - p * dy.sum(axis=-1, keepdims=True)
    return dx


def log_sigmoid_forward(x):
    return -np.log(1 + np.exp(-x)), x


def log_sigmoid_backward(dy, x):
    s = 1 / (1 + np.exp(-x))
    return dy * (1 - s)


def svm_forward(scores, y, margin=1.0):
    N = scores.shape[0]
    correct = scores[np.arange(N), y][:, None]
    margins = np.maximum(0, scores - correct + margin)
    margins[np.arange(N), y] = 0
    loss = margins.sum() / N
    return loss, (margins, y)


def svm_backward(dloss, cache):
    margins, y = cache
    N = margins.shape[0]
    dscores = (margins > 0).astype(float)
    count = dscores.sum(axis=1)
    dscores[np.arange(N), y] -= count
    dscores /= N
    return dscores * dloss


def svm_naive_forward(X, W, y, reg=0.1):
    N = X.shape[0]
    loss = 0.0
    for i in range(N):
        scores = X[i] @ W
        for j in range(W.shape[1]):
            if j != y[i]:
                loss += max(0, scores[j] - scores[y[i]] + 1)
    loss = loss / N + reg * np.sum(W * W)
    return loss, (X, W, y, reg)


def svm_naive_backward(dloss, cache):
    X, W, y, reg = cache
    N = X.shape[0]
    dW = np.zeros_like(W)
    for i in range(N):
        scores = X[i].dot(W)
        for j in range(W.shape[1]):
            if j == y[i]:
                continue
            if scores[j] - scores[y[i]] + 1 > 0:
                dW[:, j] += X[i]
                dW[:, y[i]] -= X[i]
    dW /= N
    dW += 2 * reg * W
    return dW * dloss


def l1_loss_forward(pred, target):
    diff = pred - target
    return np.abs(diff).mean(), diff


def l1_loss_backward(g, diff):
    dpred = np.sign(diff) / diff.size * g
    return dpred, -dpred


def mse_rows_forward(pred, target):
    r = pred - target
    return 0.5 * np.sum(r ** 2, axis=1).mean(), r


def mse_rows_backward(dloss, r):
    N = r.shape[0]
    dpred = dloss * r / N
    dtarget = -dpred
    return dpred, dtarget


def huber_mean_forward(y_pred, y_true, delta=0.7):
    e = y_pred - y_true
    a = np.abs(e)
    loss = np.where(a <= delta, 0.5 * e ** 2, delta * a - 0.5 * delta ** 2)
    return loss.mean(), (e, delta)


def huber_mean_backward(dloss, cache):
    e, delta = cache
    grad = np.clip(e, -delta, delta)
    return dloss * grad / e.size


def smooth_l1_forward(x, t, beta=0.5):
    d = x - t
    ad = np.abs(d)
    return np.sum(np.where(ad < beta, d * d / (2 * beta), ad - beta / 2)), (d, ad, beta)


def smooth_l1_backward(dl, cache):
    d, ad, beta = cache
    dx = np.sign(d)
    small = ad < beta
    dx[small] = d[small] / beta
    return dl * dx


def log_cosh_forward(p, t):
    e = p - t
    return np.mean(np.log(np.cosh(e))), e


def log_cosh_backward(dl, e):
    return dl * np.tanh(e) / e.size


def kl_forward(p, q):
    terms = p * (np.log(p) - np.log(q))
    return terms.sum(axis=1).mean(), (p, q)


def kl_backward(dloss, cache):
    p, q = cache
    n = p.shape[0]
    dp = (np.log(p) - np.log(q) + 1) / n
    dq = -p / q / n
    return dloss * dp, dloss * dq


def gaussian_kl_forward(mu, logvar):
    kl = -0.5 * np.sum(1 + logvar - mu ** 2 - np.exp(logvar), axis=1)
    return kl.mean(), (mu, logvar)


def gaussian_kl_backward(d, cache):
    mu, logvar = cache
    B = mu.shape[0]
    dmu = mu / B
    dlogvar = 0.5 * (np.exp(logvar) - 1) / B
    return d * dmu, d * dlogvar


def cosine_loss_forward(u, v):
    nu = np.linalg.norm(u, axis=1)
    nv = np.linalg.norm(v, axis=1)
    cos = np.sum(u * v, axis=1) / (nu * nv)
    return np.mean(1 - cos), (u, v, nu, nv, cos)


def cosine_loss_backward(dl, cache):
    u, v, nu, nv, cos = cache
    n = len(u)
    dcos = -dl / n
    du = dcos * (v / (nu * nv)[:, None] - cos[:, None] * u / nu[:, None] ** 2)
    dv = dcos * (u / (nu * nv)[:, None] - cos[:, None] * v / nv[:, None] ** 2)
    return du, dv


def bce_logits_forward(z, t):
    loss = np.maximum(z, 0) - z * t + np.log1p(np.exp(-np.abs(z)))
    return loss.mean(), (z, t)


def bce_logits_backward(dl, cache):
    z, t = cache
    p = 1 / (1 + np.exp(-z))
    dz = (p - t) / z.size
    return dl * dz


def triplet_forward(a, p, n, alpha=0.5):
    dp = np.sum((a - p) ** 2, axis=1)
    dn = np.sum((a - n) ** 2, axis=1)
    h = dp - dn + alpha
    return np.mean(np.maximum(h, 0)), (a, p, n, h)


def triplet_backward(dl, cache):
    a, p, n, h = cache
    on = (h > 0)[:, None] * dl / len(a)
    ga = 2 * (n - p) * on
    gp = -2 * (a - p) * on
    gn = 2 * (a - n) * on
    return ga, gp, gn


def pinball_forward(q, y, tau=0.3):
    e = y - q
    return np.mean(np.maximum(tau * e, (tau - 1) * e)), (e, tau)


def pinball_backward(dl, cache):
    e, tau = cache
    dq = np.where(e > 0, -tau, 1 - tau)
    return dl * dq / e.size


def smoothed_ce_forward(logits, y, s=0.1):
    n, k = logits.shape
    z = logits - logits.max(axis=1, keepdims=True)
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    target = np.full((n, k), s / k)
    target[np.arange(n), y] += 1 - s
    return -np.sum(target * np.log(p)) / n, (p, y, s)


def smoothed_ce_backward(dl, cache):
    p, y, s = cache
    n, k = p.shape
    d = p - s / k
    d[np.arange(n), y] -= 1 - s
    return d / n * dl


def ridge_forward(X, w, t, lam=0.2):
    err = X @ w - t
    return np.mean(err ** 2) + lam * np.sum(w ** 2), (X, w, err, lam)


def ridge_backward(dl, cache):
    X, w, err, lam = cache
    n = X.shape[0]
    dw = 2 * X.T @ err / n + 2 * lam * w
    return dw * dl
