import numpy as np


class Recurrent:
    """A plain recurrent layer over a list of column vectors."""

    def __init__(self, vocab_size, hidden_size):
        self.hidden_size = hidden_size
        self.U = np.random.randn(hidden_size, vocab_size) * 0.1
        self.W = np.random.randn(hidden_size, hidden_size) * 0.1
        self.b = np.zeros((hidden_size, 1))

    def forward(self, inputs):
        self.inputs = inputs
        self.hs = [np.zeros((self.hidden_size, 1))]
        for x in inputs:
            self.hs.append(np.tanh(self.U @ x + self.W @ self.hs[-1] + self.b))
        return np.array(self.hs[1:])

    def backward(self, d_hs):
        self.d_U = np.zeros_like(self.U)
        self.d_W = np.zeros_like(self.W)
        self.d_b = np.zeros_like(self.b)
        d_h = np.zeros_like(self.hs[0])
        d_inputs = []
        for t in reversed(range(len(self.inputs))):
            d_h = d_h + d_hs[t]
            d_a = d_h * (1 - self.hs[t + 1] ** 2)
            self.d_U += d_a @ self.inputs[t].T
            self.d_W += d_a @ self.hs[t].T
            self.d_b += d_a
            d_inputs.insert(0, self.U.T @ d_a)
            d_h = self.W.T @ d_a
        return np.array(d_inputs)
