import numpy as np


def info_nce(queries, keys, tau=0.2):
    sims = queries @ keys.T / tau
    e = np.exp(sims - sims.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    n = len(queries)
    loss = -np.mean(np.log(p[np.arange(n), np.arange(n)]))
    return loss, (queries, keys, p, tau)


def info_nce_backward(dloss, cache):
    queries, keys, p, tau = cache
    n = len(queries)
    ds = dloss * (p - np.eye(n)) / n
    ds /= tau
    dqueries = ds @ keys
    dkeys = ds.T @ queries
    return dqueries, dkeys
