import numpy as np


def elbo_loss(mu, logvar, recon, x, beta=0.5):
    mse = 0.5 * np.sum((recon - x) ** 2)
    kl = -0.5 * np.sum(1 + logvar - mu**2 - np.exp(logvar))
    return (mse + beta * kl) / len(x)


def elbo_loss_backward(mu, logvar, recon, x, beta=0.5):
    n = len(x)
    dmu = beta * mu / n
    dlogvar = 0.5 * beta * (np.exp(logvar) - 1) / n
    drecon = (recon - x) / n
    return dmu, dlogvar, drecon
