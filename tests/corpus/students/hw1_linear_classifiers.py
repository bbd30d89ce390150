import numpy as np

# 과제 1: 선형 분류기. X: (N, D), W: (D, C), y: (N,)


def softmax_loss(W, X, y, reg):
    N = X.shape[0]
    scores = X.dot(W)
    scores -= scores.max(axis=1, keepdims=True)   # 오버플로 방지
    p = np.exp(scores)
    p /= p.sum(axis=1, keepdims=True)
    loss = -np.log(p[np.arange(N), y]).mean() + reg * np.sum(W * W)

    dscores = p.copy()
    dscores[np.arange(N), y] -= 1
    dW = X.T.dot(dscores) / N + 2 * reg * W
    return loss, dW


def svm_loss_loops(W, X, y, reg):
    dW = np.zeros(W.shape)
    num_classes = W.shape[1]
    num_train = X.shape[0]
    loss = 0.0
    for i in range(num_train):
        s = X[i].dot(W)
        for j in range(num_classes):
            if j == y[i]:
                continue
            margin = s[j] - s[y[i]] + 1
            if margin > 0:
                loss += margin
                dW[:, j] += X[i]
                dW[:, y[i]] -= X[i]
    loss = loss / num_train + 0.5 * reg * np.sum(W * W)
    dW = dW / num_train + reg * W
    return loss, dW


def linear_regression_loss(w, b, X, t):
    """평균 제곱 오차"""
    e = X @ w + b - t
    loss = np.mean(e ** 2)
    dw = 2 * X.T @ e / len(t)
    db = 2 * e.mean()
    return loss, dw, db
