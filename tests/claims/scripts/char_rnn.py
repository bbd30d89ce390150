import numpy as np

text = "hello gradient"
chars = sorted(set(text))
at = {c: k for k, c in enumerate(chars)}
V, H, T = len(chars), 6, 5
np.random.seed(7)
Wx = np.random.randn(H, V) * 0.3
Wh = np.random.randn(H, H) * 0.3
Wy = np.random.randn(V, H) * 0.3
bh, by = np.zeros((H, 1)), np.zeros((V, 1))


def loss_and_grads(inputs, targets, h_before):
    xs, hs, ps = {}, {-1: np.copy(h_before)}, {}
    loss = 0
    for t in range(len(inputs)):
        xs[t] = np.zeros((V, 1))
        xs[t][inputs[t]] = 1
        hs[t] = np.tanh(Wx @ xs[t] + Wh @ hs[t - 1] + bh)
        e = np.exp(Wy @ hs[t] + by)
        ps[t] = e / np.sum(e)
        loss += -np.log(ps[t][targets[t], 0])
    gx, gh, gy = np.zeros_like(Wx), np.zeros_like(Wh), np.zeros_like(Wy)
    gbh, gby = np.zeros_like(bh), np.zeros_like(by)
    from_later = np.zeros_like(h_before)
    for t in reversed(range(len(inputs))):
        dy = np.copy(ps[t])
        dy[targets[t]] -= 1
        gy += dy @ hs[t].T
        gby += dy
        dh = Wy.T @ dy + from_later
        draw = (1 - hs[t] * hs[t]) * dh
        gbh += draw
        gx += draw @ xs[t].T
        gh += draw @ hs[t - 1].T
        from_later = Wh.T @ draw
    return loss, [gx, gh, gy, gbh, gby], hs[len(inputs) - 1]


params = [Wx, Wh, Wy, bh, by]
memory = [np.zeros_like(p) for p in params]
pos, h = 0, np.zeros((H, 1))
for n in range(60):
    if pos + T + 1 >= len(text):
        pos, h = 0, np.zeros((H, 1))
    inputs = [at[c] for c in text[pos : pos + T]]
    targets = [at[c] for c in text[pos + 1 : pos + T + 1]]
    loss, grads, h = loss_and_grads(inputs, targets, h)
    if n % 20 == 0:
        print(n, loss)
    for param, grad, mem in zip(params, grads, memory):
        mem += grad * grad
        param += -0.1 * grad / np.sqrt(mem + 1e-8)
    pos += T
