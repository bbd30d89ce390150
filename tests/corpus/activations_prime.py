# ruff: noqa
# fmt: off
import numpy as np

def sigmoid(z):
    """The sigmoid function."""
    return 1.0/(1.0+np.exp(-z))

def sigmoid_prime(z):
    """Derivative of the sigmoid function."""
    return sigmoid(z)*(1-sigmoid(z))

def tanh(x):
    return (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x))

def tanh_derivative(x):
    return 1 - tanh(x) ** 2

def relu(x):
    return np.maximum(x, 0)

def d_relu(x):
    return np.where(x > 0, 1.0, 0.0)

def leaky_relu(x, alpha=0.01):
    return np.where(x > 0, x, alpha * x)

def leaky_relu_deriv(x, alpha=0.01):
    return np.where(x > 0, 1, alpha)

def elu(x, a=1.5):
    return np.where(x > 0, x, a * (np.exp(x) - 1))

def elu_grad(x, a=1.5):
    return np.where(x > 0, 1, a * np.exp(x))

def softplus(x):
    return np.log(1 + np.exp(x))

def dsoftplus(x):
    return 1 / (1 + np.exp(-x))

def swish(x):
    return x * sigmoid(x)

def swish_prime(x):
    return sigmoid(x) + x * sigmoid(x) * (1 - sigmoid(x))

def linear(x):
    return x

def linear_prime(x):
    return np.ones_like(x)

def square(x):
    return x ** 2

def grad_square(x):
    return 2 * x

def softsign(x):
    return x / (1 + np.abs(x))

def softsign_gradient(x):
    return 1 / (1 + np.abs(x)) ** 2

def gaussian(x):
    return np.exp(-x ** 2)

def gaussianPrime(x):
    return -2 * x * np.exp(-x ** 2)

def softmax(x):
    e = np.exp(x - x.max())
    return e / e.sum()

def softmax_prime(x):
    s = softmax(x)
    return np.diag(s) - np.outer(s, s)
