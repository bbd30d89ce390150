# 밑바닥부터 만들어 보는 층들
import numpy as np


class 완전연결:
    def __init__(self, W, b):
        self.W = W
        self.b = b

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, dout):
        self.dW = self.x.T @ dout
        self.db = dout.sum(0)
        return dout @ self.W.T


class 스위시:
    def forward(self, x):
        self.x = x
        self.s = 1 / (1 + np.exp(-x))
        return x * self.s

    def backward(self, dout):
        # x*s 미분: s + x*s*(1-s)
        return dout * (self.s + self.x * self.s * (1 - self.s))


class LeakyReLU:
    def __init__(self, slope=0.01):
        self.slope = slope

    def forward(self, x):
        self.mask = x <= 0
        out = x.copy()
        out[self.mask] *= self.slope
        return out

    def backward(self, dout):
        dx = dout.copy()
        dx[self.mask] *= self.slope
        return dx


class 평균제곱오차:
    def forward(self, y, t):
        self.diff = y - t
        return 0.5 * np.sum(self.diff ** 2) / len(y)

    def backward(self, dout=1):
        return dout * self.diff / len(self.diff)


class Scale:
    """ y = gamma * x + beta (채널마다) """

    def __init__(self, gamma, beta):
        self.gamma, self.beta = gamma, beta

    def forward(self, x):
        self.x = x
        return self.gamma * x + self.beta

    def backward(self, dout):
        self.dgamma = np.sum(dout * self.x, axis=0)
        self.dbeta = np.sum(dout, axis=0)
        return dout * self.gamma
