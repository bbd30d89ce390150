import numpy as np


def predict(params, inputs):
    for W, b in params:
        outputs = inputs @ W + b
        inputs = np.tanh(outputs)
    return outputs


def mse_loss(params, inputs, targets):
    return np.mean((predict(params, inputs) - targets) ** 2)


def mse_loss_grad(params, inputs, targets):
    activations, a = [inputs], inputs
    for W, b in params:
        z = a @ W + b
        a = np.tanh(z)
        activations.append(a)
    delta = 2 * (z - targets) / z.size
    grads = []
    for layer in range(len(params) - 1, -1, -1):
        W, b = params[layer]
        grads.insert(0, (activations[layer].T @ delta, delta.sum(axis=0)))
        if layer:
            delta = (delta @ W.T) * (1 - activations[layer] ** 2)
    return grads


rng = np.random.default_rng(1)
sizes = [3, 5, 2]
params = [(rng.normal(size=(m, n)), rng.normal(size=n)) for m, n in zip(sizes[:-1], sizes[1:])]
print(mse_loss(params, rng.normal(size=(7, 3)), rng.normal(size=(7, 2))))
print(mse_loss_grad(params, rng.normal(size=(7, 3)), rng.normal(size=(7, 2)))[0][1])
