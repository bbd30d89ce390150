"""Kinematic bicycle: one step of (px, py, heading, speed) and its Jacobian for a filter."""

import numpy as np


def step(s, u, dt=0.2, wheelbase=2.5):
    px, py, th, v = s
    acc, steer = u
    return np.array([
        px + dt * v * np.cos(th),
        py + dt * v * np.sin(th),
        th + dt * v / wheelbase * np.tan(steer),
        v + dt * acc,
    ])


def step_jacobian(s, u, dt=0.2, wheelbase=2.5):
    px, py, th, v = s
    acc, steer = u
    return np.array([
        [1, 0, -dt * v * np.sin(th), dt * np.cos(th)],
        [0, 1, dt * v * np.cos(th), dt * np.sin(th)],
        [0, 0, 1, dt / wheelbase * np.tan(steer)],
        [0, 0, 0, 1],
    ])
