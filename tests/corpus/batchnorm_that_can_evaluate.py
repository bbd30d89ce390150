# ruff: noqa
# fmt: off
import numpy as np

class BatchNorm1d:
    def __init__(self, num_features, momentum=0.9, eps=1e-5):
        self.gamma = np.ones(num_features)
        self.beta = np.zeros(num_features)
        self.momentum, self.eps = momentum, eps
        self.running_mean = np.zeros(num_features)
        self.running_var = np.ones(num_features)

    def forward(self, x, training=True):
        self.training = training
        if training:
            self.mu = x.mean(axis=0)
            self.var = x.var(axis=0)
            self.running_mean = self.momentum * self.running_mean + (1 - self.momentum) * self.mu
            self.running_var = self.momentum * self.running_var + (1 - self.momentum) * self.var
        else:
            self.mu, self.var = self.running_mean, self.running_var
        self.x_hat = (x - self.mu) / np.sqrt(self.var + self.eps)
        return self.gamma * self.x_hat + self.beta

    def backward(self, dout):
        self.dgamma = (dout * self.x_hat).sum(axis=0)
        self.dbeta = dout.sum(axis=0)
        dxh = dout * self.gamma
        inv = 1 / np.sqrt(self.var + self.eps)
        if not self.training:
            return dxh * inv
        m = dout.shape[0]
        return inv / m * (m * dxh - dxh.sum(axis=0) - self.x_hat * (dxh * self.x_hat).sum(axis=0))
