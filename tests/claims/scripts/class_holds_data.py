import numpy as np


class Regressor:
    def __init__(self, x, y, units):
        self.x, self.y = x, y
        self.w1 = np.random.rand(x.shape[1], units)
        self.w2 = np.random.rand(units, y.shape[1])
        self.out = np.zeros(y.shape)

    def feedforward(self):
        self.hidden = self.act(self.x @ self.w1)
        self.out = self.act(self.hidden @ self.w2)

    @staticmethod
    def act(t):
        return 1 / (1 + np.exp(-t))

    def backprop(self):
        slope = 2 * (self.y - self.out) * self.out * (1 - self.out)
        d2 = self.hidden.T @ slope
        d1 = self.x.T @ (slope @ self.w2.T * self.hidden * (1 - self.hidden))
        self.w1 += d1
        self.w2 += d2


np.random.seed(2)
points = np.array([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]])
answers = np.array([[0], [1], [1], [0]])
net = Regressor(points, answers, 5)
for turn in range(500):
    net.feedforward()
    net.backprop()
print(net.out)
