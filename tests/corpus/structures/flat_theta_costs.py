import numpy as np


def nn_cost_function(nn_params, input_size, hidden_size, num_labels, X, Y, lam):
    cut = hidden_size * (input_size + 1)
    Theta1 = nn_params[:cut].reshape(hidden_size, input_size + 1)
    Theta2 = nn_params[cut:].reshape(num_labels, hidden_size + 1)
    m = X.shape[0]
    a1 = np.hstack([np.ones((m, 1)), X])
    a2 = 1 / (1 + np.exp(-a1 @ Theta1.T))
    a2 = np.hstack([np.ones((m, 1)), a2])
    h = 1 / (1 + np.exp(-a2 @ Theta2.T))
    J = -np.sum(Y * np.log(h) + (1 - Y) * np.log(1 - h)) / m
    J += lam / (2 * m) * (np.sum(Theta1[:, 1:] ** 2) + np.sum(Theta2[:, 1:] ** 2))
    d3 = h - Y
    d2 = (d3 @ Theta2)[:, 1:] * a2[:, 1:] * (1 - a2[:, 1:])
    Theta1_grad = d2.T @ a1 / m
    Theta2_grad = d3.T @ a2 / m
    Theta1_grad[:, 1:] += lam / m * Theta1[:, 1:]
    Theta2_grad[:, 1:] += lam / m * Theta2[:, 1:]
    grad = np.concatenate([Theta1_grad.ravel(), Theta2_grad.ravel()])
    return J, grad


if __name__ == "__main__":
    rng = np.random.default_rng(0)
    theta = rng.normal(size=5 * 4 + 3 * 6) * 0.4
    X = rng.normal(size=(10, 3))
    Y = np.eye(3)[rng.integers(0, 3, 10)]
    J, grad = nn_cost_function(theta, 3, 5, 3, X, Y, 0.7)
    print(J, np.abs(grad).max())
