# ruff: noqa
# fmt: off
import math
import numpy as np

DT = 0.1


def motion_model(x, u):
    F = np.array([[1.0, 0, 0, 0], [0, 1.0, 0, 0], [0, 0, 1.0, 0], [0, 0, 0, 0]])
    B = np.array([[DT * math.cos(x[2, 0]), 0], [DT * math.sin(x[2, 0]), 0], [0.0, DT], [1.0, 0.0]])
    return F @ x + B @ u


def jacob_motion(x, u):
    yaw = x[2, 0]
    v = u[0, 0]
    return np.array([
        [1.0, 0.0, -DT * v * math.sin(yaw), 0.0],
        [0.0, 1.0, DT * v * math.cos(yaw), 0.0],
        [0.0, 0.0, 1.0, 0.0],
        [0.0, 0.0, 0.0, 0.0]])


def observation_model(x):
    return np.array([[1, 0, 0, 0], [0, 1, 0, 0]]) @ x


def jacob_observation():
    return np.array([[1, 0, 0, 0], [0, 1, 0, 0]])


if __name__ == "__main__":
    x, u = np.zeros((4, 1)), np.array([[1.0], [0.1]])
    for _ in range(5):
        x = motion_model(x, u)
    print(jacob_motion(x, u), observation_model(x), jacob_observation())
