"""Skill of players from who beat whom; each plays many times."""

import numpy as np

WON, LOST = np.array([0, 1, 0, 2, 0]), np.array([1, 2, 2, 3, 3])


def bt_loss(skill, winners=WON, losers=LOST, reg=0.1):
    d = skill[winners] - skill[losers]
    return np.sum(np.log(1 + np.exp(-d))) + reg * np.sum(skill**2)


def bt_loss_grad(skill, winners=WON, losers=LOST, reg=0.1):
    d = skill[winners] - skill[losers]
    p = 1 / (1 + np.exp(d))
    g = 2 * reg * skill
    np.add.at(g, winners, -p)
    np.add.at(g, losers, p)
    return g
