"""The letters that the modes of batch normalisation share, as Ioffe & Szegedy write them."""

import sympy as sp

from gradproof.operation.derivation import Parameter

m = sp.Symbol("m", integer=True, positive=True)  # values of one feature in the mini-batch
i = sp.Symbol("i", integer=True, positive=True)
j = sp.Symbol("j", integer=True, positive=True)

x = sp.IndexedBase("x", real=True)
x_hat = sp.IndexedBase(r"\hat{x}", real=True)
y = sp.IndexedBase("y", real=True)
mu = sp.Symbol(r"\mu_{B}", real=True)
var = sp.Symbol(r"\sigma_{B}^{2}", nonnegative=True)
gamma = sp.Symbol(r"\gamma", real=True)
beta = sp.Symbol(r"\beta", real=True)
eps = sp.Symbol(r"\epsilon", positive=True)

# Gradients are named as in code: dx_hat stands for dl/dx_hat, the loss l being a single number.
dy = sp.IndexedBase("dy", real=True)
dx = sp.IndexedBase("dx", real=True)
dx_hat = sp.IndexedBase(r"d\hat{x}", real=True)
dvar = sp.Symbol(r"d\sigma_{B}^{2}", real=True)
dmu = sp.Symbol(r"d\mu_{B}", real=True)
dgamma = sp.Symbol(r"d\gamma", real=True)
dbeta = sp.Symbol(r"d\beta", real=True)

running_mean = sp.Symbol(r"\bar{\mu}", real=True)
running_var = sp.Symbol(r"\bar{\sigma}^{2}", positive=True)

EPS = Parameter("eps", eps, 1e-5, tried=(1e-5, 1e-3, 0.1, 1.0))


def over_batch(term: sp.Expr) -> sp.Sum:
    """The sum of ``term``, written with index j, over the mini-batch."""
    return sp.Sum(term, (j, 1, m))
