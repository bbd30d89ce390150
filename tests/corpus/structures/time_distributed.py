import numpy as np


class Tanh:
    def forward(self, x):
        self.y = np.tanh(x)
        return self.y

    def backward(self, dy):
        return dy * (1 - self.y ** 2)


class Normalise:
    """Divides what another layer gives by a constant."""

    def __init__(self, inner_layer, scale):
        self.inner_layer = inner_layer
        self.scale = scale

    def forward(self, x):
        return self.inner_layer.forward(x) / self.scale

    def backward(self, dy):
        return self.inner_layer.backward(dy / self.scale)
