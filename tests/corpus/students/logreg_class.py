import numpy as np


class LogisticRegression:
    def __init__(self, n_features, lr=0.1, l2=0.0):
        self.w = np.random.randn(n_features) * 0.01
        self.b = 0.0
        self.lr = lr
        self.l2 = l2

    def predict_proba(self, X):
        return 1 / (1 + np.exp(-(X @ self.w + self.b)))

    def loss(self, X, y):
        p = self.predict_proba(X)
        ce = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
        return ce + 0.5 * self.l2 * np.sum(self.w ** 2)

    def gradients(self, X, y):
        p = self.predict_proba(X)
        err = p - y
        dw = X.T @ err / len(y) + self.l2 * self.w
        db = np.mean(err)
        return dw, db

    def fit(self, X, y, epochs=100):
        for _ in range(epochs):
            dw, db = self.gradients(X, y)
            self.w -= self.lr * dw
            self.b -= self.lr * db
        return self
