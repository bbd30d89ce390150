import numpy as np

words = "we learn gradients by hand and then we prove gradients by machine".split()
vocabulary = sorted(set(words))
index = {w: k for k, w in enumerate(vocabulary)}
N, D = len(vocabulary), 4
np.random.seed(13)
inner = np.random.randn(N, D) * 0.4
outer = np.random.randn(D, N) * 0.4
for epoch in range(15):
    total = 0
    for k, word in enumerate(words):
        for near in words[max(0, k - 2) : k] + words[k + 1 : k + 3]:
            x = np.zeros(N)
            x[index[word]] = 1
            t = np.zeros(N)
            t[index[near]] = 1
            h = np.dot(inner.T, x)
            u = np.dot(outer.T, h)
            p = np.exp(u) / np.exp(u).sum()
            total -= np.log(p[index[near]])
            e = p - t
            d_outer = np.outer(h, e)
            d_inner = np.outer(x, np.dot(outer, e))
            inner = inner - 0.05 * d_inner
            outer = outer - 0.05 * d_outer
    print(epoch, total)
