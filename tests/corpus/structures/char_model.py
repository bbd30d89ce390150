import numpy as np

text = "to be or not to be that is the question"
letters = sorted(set(text))
V, H = len(letters), 7
index = {c: i for i, c in enumerate(letters)}

rng = np.random.RandomState(3)
U = rng.randn(H, V) * 0.05
W = rng.randn(H, H) * 0.05
O = rng.randn(V, H) * 0.05
bias_h = np.zeros((H, 1))
bias_o = np.zeros((V, 1))


def loss_and_grads(inputs, targets, h_start):
    x, h, p = {}, {-1: h_start}, {}
    loss = 0.0
    for t in range(len(inputs)):
        x[t] = np.zeros((V, 1))
        x[t][inputs[t]] = 1.0
        h[t] = np.tanh(U @ x[t] + W @ h[t - 1] + bias_h)
        s = O @ h[t] + bias_o
        e = np.exp(s - s.max())
        p[t] = e / e.sum()
        loss -= np.log(p[t][targets[t], 0])
    dU, dW, dO = np.zeros_like(U), np.zeros_like(W), np.zeros_like(O)
    dbias_h, dbias_o = np.zeros_like(bias_h), np.zeros_like(bias_o)
    dh_next = np.zeros_like(h_start)
    for t in reversed(range(len(inputs))):
        ds = p[t].copy()
        ds[targets[t]] -= 1
        dO += ds @ h[t].T
        dbias_o += ds
        dh = O.T @ ds + dh_next
        da = dh * (1 - h[t] ** 2)
        dU += da @ x[t].T
        dW += da @ h[t - 1].T
        dbias_h += da
        dh_next = W.T @ da
    return loss, dU, dW, dO, dbias_h, dbias_o, h[len(inputs) - 1]


if __name__ == "__main__":
    h = np.zeros((H, 1))
    for start in range(0, 24, 6):
        ins = [index[c] for c in text[start:start + 6]]
        outs = [index[c] for c in text[start + 1:start + 7]]
        loss, dU, dW, dO, dbh, dbo, h = loss_and_grads(ins, outs, h)
        for param, grad in zip((U, W, O, bias_h, bias_o), (dU, dW, dO, dbh, dbo)):
            param -= 0.1 * np.clip(grad, -5, 5)
    print(loss)
