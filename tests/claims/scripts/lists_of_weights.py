import random

import numpy as np


def squash(t):
    return 1.0 / (1.0 + np.exp(-t))


class Net:
    def __init__(self, widths):
        self.count = len(widths)
        self.shifts = [np.random.randn(n, 1) for n in widths[1:]]
        self.mats = [np.random.randn(n, k) for k, n in zip(widths[:-1], widths[1:])]

    def learn(self, examples, epochs, size, eta):
        for _ in range(epochs):
            random.shuffle(examples)
            for at in range(0, len(examples), size):
                self.step(examples[at : at + size], eta)

    def step(self, batch, eta):
        sum_b = [np.zeros(b.shape) for b in self.shifts]
        sum_w = [np.zeros(w.shape) for w in self.mats]
        for x, y in batch:
            db, dw = self.backprop(x, y)
            sum_b = [a + b for a, b in zip(sum_b, db)]
            sum_w = [a + b for a, b in zip(sum_w, dw)]
        self.mats = [w - eta / len(batch) * g for w, g in zip(self.mats, sum_w)]
        self.shifts = [b - eta / len(batch) * g for b, g in zip(self.shifts, sum_b)]

    def backprop(self, x, y):
        db, dw = [None] * (self.count - 1), [None] * (self.count - 1)
        a, acts, zs = x, [x], []
        for b, w in zip(self.shifts, self.mats):
            z = np.dot(w, a) + b
            a = squash(z)
            zs.append(z)
            acts.append(a)
        delta = (acts[-1] - y) * squash(zs[-1]) * (1 - squash(zs[-1]))
        db[-1] = delta
        dw[-1] = np.dot(delta, acts[-2].T)
        for k in range(2, self.count):
            s = squash(zs[-k])
            delta = np.dot(self.mats[-k + 1].T, delta) * s * (1 - s)
            db[-k] = delta
            dw[-k] = np.dot(delta, acts[-k - 1].T)
        return db, dw


if __name__ == "__main__":
    np.random.seed(5)
    pairs = [(np.random.rand(3, 1), np.random.rand(2, 1)) for _ in range(9)]
    net = Net([3, 5, 4, 2])
    net.learn(pairs, 20, 3, 0.5)
