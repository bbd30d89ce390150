# ruff: noqa
# fmt: off
import numpy as np


def softmax(x):
    e = np.exp(x - np.max(x))
    return e / np.sum(e)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def sigmoid_grad(s):
    return s * (1 - s)


def naive_softmax_loss_and_gradient(center_word_vec, outside_word_idx, outside_vectors, dataset):
    """
    Arguments:
    center_word_vec -- numpy ndarray of shape (d,)
    outside_word_idx -- integer, the index of the outside word
    outside_vectors -- matrix of shape (V, d)
    """
    probs = softmax(outside_vectors @ center_word_vec)
    loss = -np.log(probs[outside_word_idx])
    d = probs.copy()
    d[outside_word_idx] -= 1
    grad_center_vec = outside_vectors.T @ d
    grad_outside_vecs = np.outer(d, center_word_vec)
    return loss, grad_center_vec, grad_outside_vecs


class SkipGramLoss:
    def forward(self, scores, idx):
        p = np.exp(scores - scores.max(axis=1, keepdims=True))
        self.p = p / p.sum(axis=1, keepdims=True)
        self.idx = idx
        return -np.mean(np.log(self.p[np.arange(len(idx)), idx]))

    def backward(self):
        d = self.p.copy()
        d[np.arange(len(self.idx)), self.idx] -= 1
        return d / len(self.idx)
