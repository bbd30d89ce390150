"""REINFORCE with an entropy bonus, linear softmax policy."""

import numpy as np


def policy_loss(theta, states, actions, returns, beta=0.05):
    logits = states @ theta
    logits = logits - logits.max(axis=1, keepdims=True)
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    logp = np.log(p)
    n = states.shape[0]
    entropy = -np.sum(p * logp, axis=1)
    loss = -np.mean(returns * logp[np.arange(n), actions]) - beta * np.mean(entropy)
    onehot = np.zeros_like(p)
    onehot[np.arange(n), actions] = 1
    dlogits = returns[:, None] * (p - onehot)
    dlogits += beta * p * (logp + entropy[:, None])
    dtheta = states.T @ dlogits / n
    return loss, dtheta
