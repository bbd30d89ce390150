"""Right losses and small models with their gradients, as people write them from day to day."""

# ruff: noqa: RET504, RUF059 - as it is written

import numpy as np


def tempered_softmax_forward(z, T=2.5):
    z = z / T
    z = z - z.max(axis=-1, keepdims=True)
    e = np.exp(z)
    p = e / e.sum(axis=-1, keepdims=True)
    return p, (p, T)


def tempered_softmax_backward(dp, cache):
    p, T = cache
    inner = np.sum(dp * p, axis=-1, keepdims=True)
    dz = p * (dp - inner)
    return dz / T


def focal_forward(x, t, gamma=2.0, alpha=0.25):
    p = 1 / (1 + np.exp(-x))
    pt = np.where(t == 1, p, 1 - p)
    w = np.where(t == 1, alpha, 1 - alpha)
    loss = np.mean(-w * (1 - pt) ** gamma * np.log(pt))
    return loss, (t, p, pt, w, gamma)


def focal_backward(dloss, cache):
    t, p, pt, w, gamma = cache
    dpt = w * (gamma * (1 - pt) ** (gamma - 1) * np.log(pt) - (1 - pt) ** gamma / pt)
    dpt = dloss * dpt / t.size
    dp = np.where(t == 1, dpt, -dpt)
    dx = dp * p * (1 - p)
    return dx


def triplet_forward(anchor, positive, negative, margin=3.0):
    dpos = np.sum((anchor - positive) ** 2, axis=1)
    dneg = np.sum((anchor - negative) ** 2, axis=1)
    hinge = dpos - dneg + margin
    loss = np.maximum(hinge, 0).mean()
    return loss, (anchor, positive, negative, hinge)


def triplet_backward(dout, cache):
    anchor, positive, negative, hinge = cache
    n = anchor.shape[0]
    active = (hinge > 0).astype(float)[:, None] * dout / n
    da = 2 * active * (negative - positive)
    dp = -2 * active * (anchor - positive)
    dn = 2 * active * (anchor - negative)
    return da, dp, dn


def cosine_rows_forward(u, v, eps=1e-8):
    nu = np.sqrt((u * u).sum(axis=1, keepdims=True) + eps)
    nv = np.sqrt((v * v).sum(axis=1, keepdims=True) + eps)
    dot = (u * v).sum(axis=1, keepdims=True)
    sim = dot / (nu * nv)
    return sim[:, 0], (u, v, nu, nv, sim)


def cosine_rows_backward(dsim, cache):
    u, v, nu, nv, sim = cache
    g = dsim[:, None]
    du = g * (v / (nu * nv) - sim * u / nu**2)
    dv = g * (u / (nu * nv) - sim * v / nv**2)
    return du, dv


def huber_mean_forward(pred, target, delta=1.5):
    err = pred - target
    small = np.abs(err) <= delta
    loss = np.where(small, 0.5 * err**2, delta * (np.abs(err) - 0.5 * delta))
    return loss.mean(), (err, small, delta)


def huber_mean_backward(dout, cache):
    err, small, delta = cache
    derr = np.where(small, err, delta * np.sign(err))
    dpred = dout * derr / err.size
    return dpred, -dpred


class SmoothL1:
    def __init__(self, beta=0.75):
        self.beta = beta

    def forward(self, output, target):
        self.diff = output - target
        d = np.abs(self.diff)
        per = np.where(d < self.beta, 0.5 * d**2 / self.beta, d - 0.5 * self.beta)
        return per.sum() / output.shape[0]

    def backward(self, dloss=1.0):
        batch = self.diff.shape[0]
        inside = np.abs(self.diff) < self.beta
        grad = np.where(inside, self.diff / self.beta, np.sign(self.diff))
        return grad * dloss / batch


def kl_teacher_forward(logits, teacher):
    shifted = logits - logits.max(axis=1, keepdims=True)
    logq = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    kl = (teacher * (np.log(teacher) - logq)).sum(axis=1)
    return kl.mean(), (logq, teacher)


def kl_teacher_backward(dout, cache):
    logq, teacher = cache
    N = teacher.shape[0]
    total = teacher.sum(axis=1, keepdims=True)
    dlogits = total * np.exp(logq) - teacher
    return dout * dlogits / N


def vae_forward(mu, logvar, W, x, noise, beta=0.4):
    std = np.exp(0.5 * logvar)
    z = mu + noise * std
    recon = z @ W
    err = recon - x
    rec_loss = np.sum(err**2) / x.shape[0]
    kl = -0.5 * np.sum(1 + logvar - mu**2 - np.exp(logvar)) / x.shape[0]
    return rec_loss + beta * kl, (mu, logvar, W, noise, std, z, err, beta)


def vae_backward(dout, cache):
    mu, logvar, W, noise, std, z, err, beta = cache
    n = err.shape[0]
    drecon = 2 * err / n * dout
    dW = z.T @ drecon
    dz = drecon @ W.T
    dmu = dz + beta * mu / n * dout
    dlogvar = dz * noise * 0.5 * std
    dlogvar += 0.5 * beta * (np.exp(logvar) - 1) / n * dout
    return dmu, dlogvar, dW


def info_nce_forward(q, k, tau=0.5):
    sim = q @ k.T / tau
    m = sim.max(axis=1, keepdims=True)
    lse = m[:, 0] + np.log(np.exp(sim - m).sum(axis=1))
    loss = np.mean(lse - np.diag(sim))
    return loss, (q, k, sim, lse, tau)


def info_nce_backward(dloss, cache):
    q, k, sim, lse, tau = cache
    N = len(q)
    soft = np.exp(sim - lse[:, None])
    dsim = (soft - np.eye(N)) / N
    dsim = dsim * dloss / tau
    dq = dsim @ k
    dk = dsim.T @ q
    return dq, dk


def gaussian_nll_forward(mean, log_sigma, y):
    sigma = np.exp(log_sigma)
    r = (y - mean) / sigma
    nll = log_sigma + 0.5 * r**2 + 0.5 * np.log(2 * np.pi)
    return nll.sum(), (r, sigma)


def gaussian_nll_backward(dnll, cache):
    r, sigma = cache
    dmean = -r / sigma
    dlog_sigma = 1 - r**2
    return dnll * dmean, dnll * dlog_sigma


def poisson_forward(w, b, X, counts, l2=0.3):
    rate = np.exp(X @ w + b)
    loss = np.mean(rate - counts * (X @ w + b)) + l2 * np.dot(w, w)
    return loss, (w, X, counts, rate, l2)


def poisson_backward(dloss, cache):
    w, X, counts, rate, l2 = cache
    m = len(counts)
    residual = rate - counts
    gw = X.T @ residual / m + 2 * l2 * w
    gb = residual.mean()
    return dloss * gw, dloss * gb


def logit_l2_forward(w, b, X, y, lam=0.7):
    m = y.shape[0]
    h = 1.0 / (1.0 + np.exp(-(X.dot(w) + b)))
    cost = -(y.dot(np.log(h)) + (1 - y).dot(np.log(1 - h))) / m
    cost = cost + lam / (2 * m) * np.sum(np.square(w))
    return cost, (w, X, y, h, lam)


def logit_l2_backward(dcost, cache):
    w, X, y, h, lam = cache
    m = y.shape[0]
    dw = X.T.dot(h - y) / m + lam / m * w
    db = np.sum(h - y) / m
    return dcost * dw, dcost * db


class SoftmaxRegression:
    def __init__(self, W, b):
        self.W, self.b = W, b
        self.reg = 0.2

    def forward(self, X, T):
        self.X, self.T = X, T
        scores = X @ self.W + self.b
        scores = scores - scores.max(axis=1, keepdims=True)
        probs = np.exp(scores)
        self.probs = probs / probs.sum(axis=1, keepdims=True)
        data = -np.sum(T * np.log(self.probs)) / X.shape[0]
        return data + self.reg * np.sum(self.W * self.W)

    def backward(self, dloss=1.0):
        n = self.X.shape[0]
        dscores = self.T.sum(axis=1, keepdims=True) * self.probs - self.T
        dscores = dscores / n * dloss
        self.dW = self.X.T @ dscores + 2 * self.reg * self.W * dloss
        self.db = np.sum(dscores, axis=0)
        return dscores @ self.W.T


def factorise_forward(P, Q, bu, bi, R, seen, lam=0.1):
    pred = P @ Q.T + bu[:, None] + bi[None, :]
    E = seen * (pred - R)
    loss = 0.5 * np.sum(E**2) + 0.5 * lam * (np.sum(P**2) + np.sum(Q**2))
    return loss, (P, Q, E, lam)


def factorise_backward(dloss, cache):
    P, Q, E, lam = cache
    dP = E @ Q + lam * P
    dQ = E.T @ P + lam * Q
    dbu = E.sum(axis=1)
    dbi = E.sum(axis=0)
    return dloss * dP, dloss * dQ, dloss * dbu, dloss * dbi


def weighted_lsq_forward(theta, A, b, s):
    r = A @ theta - b
    return 0.5 * r @ (s * r), (theta, A, s, r)


def weighted_lsq_backward(dout, cache):
    theta, A, s, r = cache
    return dout * (A.T @ (s * r))


def dice_forward(logit, mask, smooth=1.0):
    p = 1 / (1 + np.exp(-logit))
    inter = np.sum(p * mask)
    union = np.sum(p) + np.sum(mask)
    dice = (2 * inter + smooth) / (union + smooth)
    return 1 - dice, (p, mask, inter, union, smooth)


def dice_backward(dloss, cache):
    p, mask, inter, union, smooth = cache
    den = union + smooth
    ddice = 2 * mask / den - (2 * inter + smooth) / den**2
    dp = -dloss * ddice
    return dp * p * (1 - p)


def meta_step_forward(w, X, y, lr=0.1):
    n = X.shape[0]
    inner = X.T @ (X @ w - y) / n
    fast = w - lr * inner
    res = X @ fast - y
    return np.sum(res**2) / n, (X, res, lr)


def meta_step_backward(dloss, cache):
    X, res, lr = cache
    n = X.shape[0]
    dfast = 2 * X.T @ res / n * dloss
    dinner = -lr * dfast
    dw = dfast + X.T @ (X @ dinner) / n
    return dw
