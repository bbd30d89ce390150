# ruff: noqa
# fmt: off
import numpy as np

g, L = 9.81, 0.7


def pendulum(state, u, dt):
    theta, omega = state
    return np.array([theta + dt * omega, omega + dt * (-g / L * np.sin(theta) + u)])


def pendulum_jacobian(state, u, dt):
    theta, omega = state
    return np.array([[1.0, dt], [-dt * g / L * np.cos(theta), 1.0]])


def polar(state):
    px, py = state[0], state[1]
    return np.array([np.sqrt(px ** 2 + py ** 2), np.arctan2(py, px)])


def polar_jacobian(state):
    px, py = state[0], state[1]
    r2 = px ** 2 + py ** 2
    r = np.sqrt(r2)
    return np.array([[px / r, py / r], [-py / r2, px / r2]])
