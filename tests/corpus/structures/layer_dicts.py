import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def forward(params, x):
    h = sigmoid(x @ params["layer1"]["W"] + params["layer1"]["b"])
    return h @ params["layer2"]["W"] + params["layer2"]["b"]


def loss(params, x, y):
    return 0.5 * np.sum((forward(params, x) - y) ** 2)


def gradients(params, x, y):
    h = sigmoid(x @ params["layer1"]["W"] + params["layer1"]["b"])
    d = h @ params["layer2"]["W"] + params["layer2"]["b"] - y
    dh = (d @ params["layer2"]["W"].T) * h * (1 - h)
    return {
        "layer1": {"W": x.T @ dh, "b": dh.sum(axis=0)},
        "layer2": {"W": h.T @ d, "b": d.sum(axis=0)},
    }


if __name__ == "__main__":
    rng = np.random.default_rng(0)
    params = {
        "layer1": {"W": rng.normal(size=(3, 4)), "b": np.zeros(4)},
        "layer2": {"W": rng.normal(size=(4, 2)), "b": np.zeros(2)},
    }
    x, y = rng.normal(size=(5, 3)), rng.normal(size=(5, 2))
    for _ in range(10):
        g = gradients(params, x, y)
        for layer in params:
            for key in params[layer]:
                params[layer][key] -= 0.01 * g[layer][key]
    print(loss(params, x, y))
