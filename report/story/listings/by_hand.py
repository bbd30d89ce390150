import numpy as np

x, t = np.array([1.0, 2.0]), 1.0
W1, b1 = np.array([[0.5, -1.0], [0.25, 0.25]]), np.array([0.0, 0.0])
w2, b2 = np.array([0.5, 1.0]), 0.0

# forward
z = x @ W1 + b1
h = np.maximum(z, 0)
y = h @ w2 + b2
print("z =", z, " h =", h, " y =", y, " loss =", (y - t) ** 2)

# backward: from the loss to the input
dy = 2 * (y - t)
dw2, db2 = dy * h, dy
dh = dy * w2
dz = dh * (z > 0)
dW1, db1 = np.outer(x, dz), dz
print("dy =", dy, " dw2 =", dw2, " dz =", dz)
print("dW1 =", dW1.tolist())

# one step against the gradient
eta = 0.1
W1, b1 = W1 - eta * dW1, b1 - eta * db1
w2, b2 = w2 - eta * dw2, b2 - eta * db2
y = np.maximum(x @ W1 + b1, 0) @ w2 + b2
print("loss after one step =", round((y - t) ** 2, 6))
