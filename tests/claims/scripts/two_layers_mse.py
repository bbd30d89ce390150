import numpy as np

rng = np.random.default_rng(3)
data = rng.normal(size=(12, 4))
target = np.sin(data.sum(axis=1, keepdims=True))
V = 0.5 * rng.normal(size=(4, 6))
v0 = np.zeros(6)
U = 0.5 * rng.normal(size=(6, 1))
u0 = np.zeros(1)
for epoch in range(200):
    z = data @ V + v0
    h = np.tanh(z)
    out = h @ U + u0
    err = out - target
    loss = (err**2).mean()
    d_out = 2 * err / len(data)
    dU = h.T @ d_out
    du0 = d_out.sum(axis=0)
    dz = d_out @ U.T * (1 - h**2)
    dV = data.T @ dz
    dv0 = dz.sum(axis=0)
    U -= 0.05 * dU
    u0 -= 0.05 * du0
    V -= 0.05 * dV
    v0 -= 0.05 * dv0
    if epoch % 50 == 0:
        print(f"epoch {epoch}: {loss:.4f}")
