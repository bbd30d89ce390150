"""What a sensor sees of a landmark: distance and direction."""

import numpy as np


def h(state, mark):
    dx, dy = mark[0] - state[0], mark[1] - state[1]
    r = np.sqrt(dx**2 + dy**2)
    return np.array([r, np.arctan2(dy, dx) - state[2]])


def H_jacobian(state, mark):
    dx, dy = mark[0] - state[0], mark[1] - state[1]
    q = dx**2 + dy**2
    r = np.sqrt(q)
    return np.array([[-dx / r, -dy / r, 0], [dy / q, -dx / q, -1]])
