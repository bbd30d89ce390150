"""Discounted sums of rewards from each step on."""

import numpy as np


def returns_forward(rewards, gamma=0.9):
    G = np.zeros_like(rewards)
    run = 0.0
    for t in reversed(range(len(rewards))):
        run = rewards[t] + gamma * run
        G[t] = run
    return G, gamma


def returns_backward(dG, gamma):
    drewards = np.zeros_like(dG)
    run = 0.0
    for t in range(len(dG)):
        run = dG[t] + gamma * run
        drewards[t] = run
    return drewards
