"""A rod that loses heat: explicit steps in time, and back through them."""

import numpy as np


def heat_forward(u0, source, steps=4, r=0.2):
    us = [u0]
    for t in range(steps):
        u = us[-1]
        lap = np.roll(u, 1) - 2 * u + np.roll(u, -1)
        us.append(u + r * lap + 0.1 * source * u**2)
    return us[-1], (us, source, r)


def heat_backward(dlast, cache):
    us, source, r = cache
    du = dlast
    dsource = np.zeros_like(source)
    for t in reversed(range(len(us) - 1)):
        u = us[t]
        dsource += 0.1 * du * u**2
        lap = np.roll(du, 1) - 2 * du + np.roll(du, -1)
        du = du + r * lap + 0.2 * du * source * u
    return du, dsource
