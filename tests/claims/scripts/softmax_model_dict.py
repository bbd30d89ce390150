import numpy as np

np.random.seed(1)
X = np.random.randn(30, 2)
y = np.random.randint(0, 3, 30)
reg = 0.01
eps = 0.01


def total_loss(model):
    a = np.tanh(X.dot(model["W1"]) + model["b1"])
    s = np.exp(a.dot(model["W2"]) + model["b2"])
    p = s / s.sum(axis=1, keepdims=True)
    nll = -np.log(p[range(len(X)), y]).sum()
    nll += reg / 2 * (np.sum(model["W1"] ** 2) + np.sum(model["W2"] ** 2))
    return nll / len(X)


def fit(hidden, passes, show):
    W1 = np.random.randn(2, hidden) / np.sqrt(2)
    b1 = np.zeros((1, hidden))
    W2 = np.random.randn(hidden, 3) / np.sqrt(hidden)
    b2 = np.zeros((1, 3))
    for i in range(passes):
        a = np.tanh(X.dot(W1) + b1)
        s = np.exp(a.dot(W2) + b2)
        delta3 = s / np.sum(s, axis=1, keepdims=True)
        delta3[range(len(X)), y] -= 1
        dW2 = a.T.dot(delta3)
        db2 = delta3.sum(axis=0, keepdims=True)
        delta2 = delta3.dot(W2.T) * (1 - np.power(a, 2))
        dW1 = np.dot(X.T, delta2)
        db1 = np.sum(delta2, axis=0)
        dW2 += reg * W2
        dW1 += reg * W1
        W1 += -eps * dW1
        b1 += -eps * db1
        W2 += -eps * dW2
        b2 += -eps * db2
        model = {"W1": W1, "b1": b1, "W2": W2, "b2": b2}
        if i % 100 == 0:
            show("loss after", i, total_loss(model))
    return model


fit(4, 400, print)
