import numpy as np


class SoftmaxLayer:
    def prop(self, z):
        e = np.exp(z - z.max(axis=1, keepdims=True))
        self.out = e / e.sum(axis=1, keepdims=True)
        return self.out

    def backprop(self, upstream):
        inner = (upstream * self.out).sum(axis=1, keepdims=True)
        return self.out * (upstream - inner)


class LogSoftmaxLayer:
    def prop(self, z):
        self.z = z - z.max(axis=1, keepdims=True)
        return self.z - np.log(np.exp(self.z).sum(axis=1, keepdims=True))

    def backprop(self, upstream):
        p = np.exp(self.z) / np.exp(self.z).sum(axis=1, keepdims=True)
        return upstream - p * upstream.sum(axis=1, keepdims=True)
