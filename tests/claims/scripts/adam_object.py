import numpy as np


class Adam:
    def __init__(self, rate=0.01, b1=0.9, b2=0.999):
        self.rate, self.b1, self.b2, self.turn = rate, b1, b2, 0
        self.first, self.second = {}, {}

    def update(self, params, grads):
        self.turn += 1
        for name in params:
            if name not in self.first:
                self.first[name] = np.zeros_like(params[name])
                self.second[name] = np.zeros_like(params[name])
            self.first[name] = self.b1 * self.first[name] + (1 - self.b1) * grads[name]
            self.second[name] = self.b2 * self.second[name] + (1 - self.b2) * grads[name] ** 2
            m = self.first[name] / (1 - self.b1**self.turn)
            v = self.second[name] / (1 - self.b2**self.turn)
            params[name] -= self.rate * m / (np.sqrt(v) + 1e-8)


gen = np.random.default_rng(0)
inputs, classes = gen.normal(size=(20, 4)), gen.integers(0, 3, 20)
params = {
    "W": gen.normal(size=(4, 8)) * 0.3, "b": np.zeros(8), "V": gen.normal(size=(8, 3)) * 0.3,
    "c": np.zeros(3),
}  # fmt: skip
adam = Adam()
for epoch in range(50):
    z = inputs @ params["W"] + params["b"]
    h = np.maximum(0, z)
    s = h @ params["V"] + params["c"]
    s = s - s.max(axis=1, keepdims=True)
    logp = s - np.log(np.exp(s).sum(axis=1, keepdims=True))
    loss = -logp[np.arange(20), classes].mean()
    ds = np.exp(logp)
    ds[np.arange(20), classes] -= 1
    ds /= 20
    dh = ds @ params["V"].T
    dh[z <= 0] = 0
    grads = {"W": inputs.T @ dh, "b": dh.sum(0), "V": h.T @ ds, "c": ds.sum(0)}
    adam.update(params, grads)
    if epoch % 10 == 0:
        print(epoch, loss)
