"""Which scalar a step is judged by: the author's own loss, whole, and each parameter's own; what is
no multiple of its gradient does not pass by another one."""

from __future__ import annotations

from pathlib import Path

import pytest

from gradproof.checking.processes.isolate import Options, check_file
from gradproof.claims.claim_words import Claim, claims_of
from gradproof.claims.losses import is_loss_name
from gradproof.claims.script_reading import read_script

# Scripts as people write them; in each, {slots} stand for what is right or a slip.
LINE = """
import numpy as np
x = np.array([0.3, -1.2, 0.8, 1.9, -0.4, 0.1, -2.2]); t = 2 * x + 1
slope, shift = 0.0, 0.0
v_slope, v_shift = 0.0, 0.0
history = []
for k in range(40):
    miss = t - (slope * x + shift)
    cost = (miss ** 2).mean() + 0.03 * slope ** 2
    history.append(cost)
    g_slope = -2 * (x * miss).mean(){penalty}
    g_shift = -2 * miss.{over}()
    v_slope = 0.8 * v_slope - 0.1 * g_slope
    v_shift = 0.8 * v_shift - 0.1 * g_shift
    slope += v_slope
    shift += v_shift
print(history[-1])
"""
RIGHT_LINE = {"penalty": " + 2 * 0.03 * slope", "over": "mean"}
TWO_PLAYERS = """
import numpy as np
rng = np.random.default_rng(5)
p, q = 0.9, 0.2
r, s = 1.1, -0.3
def squash(z):
    return 1 / (1 + np.exp(-z))
for k in range(12):
    true, noise = rng.normal(2.0, 1.0, 11), rng.normal(size=11)
    made = r * noise + s
    on_true, on_made = squash(p * true + q), squash(p * made + q)
    critic_loss = -np.log(on_true).mean() - np.log(1 - on_made).mean()
    dp = ((on_true - 1) * true).mean() + (on_made * made).mean()
    dq = (on_true - 1).mean() + on_made.mean()
    p -= 0.07 * dp
    q -= 0.07 * dq
    made = r * noise + s
    on_made = squash(p * made + q)
    maker_loss = -np.log(on_made).mean()
    d_made = (on_made - 1) * p / 11
    r -= 0.07 * ({noise} * d_made).sum()
    s -= 0.07 * d_made.sum()
    print(critic_loss, maker_loss)
"""
CLIPPED = """
import numpy as np
rng = np.random.default_rng(2)
a, t = rng.normal(size=(13, 4)), rng.normal(size=13)
w, c, rate = rng.normal(size=4), 0.1, 0.3
for k in range(20):
    e = a @ w + c - t
    loss = (e * e).mean()
    gw = 2 * a.T @ e / 13
    gc = 2 * {gc}
    norm = np.sqrt((gw ** 2).sum() + gc ** 2)
    if norm > 0.2:
        gw, gc = gw * (0.2 / norm), gc * (0.2 / norm)
    w -= rate * {gw}
    c -= rate * gc
    print(loss)
"""
RIGHT_CLIPPED = {"gc": "e.mean()", "gw": "gw"}
ELEMENTS = """
import numpy as np
rng = np.random.default_rng(7)
stars = rng.integers(0, 6, size=(6, 5)).astype(float)
left, right = rng.random((6, 3)), rng.random((5, 3))
for k in range(3):
    for i in range(6):
        for j in range(5):
            if stars[i, j] > 0:
                gap = stars[i, j] - left[i] @ right[j]
                old = left[i].copy()
                left[i] += 0.01 * (2 * gap * right[j] {sign} 0.04 * left[i])
                right[j] += 0.01 * (2 * gap * {by} - 0.04 * right[j])
print(np.sum((stars - left @ right.T) ** 2))
"""
RIGHT_ELEMENTS = {"sign": "-", "by": "old"}
LOGISTIC = """
import numpy as np
rng = np.random.default_rng(4)
a = rng.normal(size=(30, 3)); y = (a[:, 0] > 0).astype(float)
w, b, lr = np.zeros(3), 0.0, 0.3
for k in range(20):
    p = 1 / (1 + np.exp(-({z})))
    loss = -np.mean(y * np.log(p) + (1 {one} y) * np.log(1 - p)) + 0.05 / {half} * np.sum(w ** 2)
    d = (p - y) {over} len(y)
    dw = a.T @ d + 0.05 * w
    db = d.sum()
    w {way} lr * dw
    b {b_way} lr * db
    print(loss)
"""
RIGHT_LOGISTIC = {
    "one": "-",
    "half": "2",
    "over": "/",
    "way": "-=",
    "b_way": "-=",
    "z": "a @ w + b",
}
SCRIPTS = {
    "line": (LINE, RIGHT_LINE), "two players": (TWO_PLAYERS, {"noise": "noise"}),
    "clipped": (CLIPPED, RIGHT_CLIPPED), "elements": (ELEMENTS, RIGHT_ELEMENTS),
    "logistic": (LOGISTIC, RIGHT_LOGISTIC),
}  # fmt: skip
# What is put into which script, and what is then said of which parameter.
SLIPS = [
    ("line", {"penalty": ""}, {"slope": "REFUTED", "shift": "CHECKED"}),
    ("line", {"penalty": " + 0.03 * slope"}, {"slope": "REFUTED", "shift": "CHECKED"}),
    ("line", {"over": "sum"}, {"slope": "CHECKED", "shift": "REFUTED"}),
    ("two players", {"noise": "(noise + 1)"}, {"p": "CHECKED", "r": "REFUTED", "s": "CHECKED"}),
    ("clipped", {"gc": "e.sum()"}, {"c": "REFUTED"}),
    ("clipped", {"gw": "gw ** 2"}, {"w": "UNDECIDED"}),
    ("clipped", {"gw": "0.001 / gw"}, {"w": "UNDECIDED"}),
    ("elements", {"sign": "+"}, {"left[i]": "REFUTED", "right[j]": "CHECKED"}),
    ("elements", {"by": "left[i]"}, {"left[i]": "CHECKED", "right[j]": "UNDECIDED"}),
    ("logistic", {"one": "+"}, {"w": "UNDECIDED", "b": "UNDECIDED"}),
    ("logistic", {"half": "3"}, {"w": "REFUTED", "b": "CHECKED"}),
    ("logistic", {"over": "*"}, {"w": "REFUTED", "b": "UNDECIDED"}),
    ("logistic", {"way": "+=", "b_way": "+="}, {"w": "UNDECIDED", "b": "UNDECIDED"}),
]


def said(tmp_path: Path, script: str, **slip: str) -> dict[str, Claim]:
    text, right = SCRIPTS[script]
    path = tmp_path / "train.py"
    path.write_text(text.format(**{**right, **slip}))
    return {each.target: each for each in claims_of(read_script(path, path.read_text()))}


@pytest.mark.parametrize("script", SCRIPTS)
def test_right_scripts_pass_whole(script: str, tmp_path: Path) -> None:
    found = said(tmp_path, script)
    assert {each.status.value for each in found.values()} == {"CHECKED"}


@pytest.mark.sampled(6)
@pytest.mark.parametrize(("script", "slip", "expected"), SLIPS, ids=lambda each: str(each)[:40])
def test_slips_do_not_pass_by_another_loss(
    script: str, slip: dict[str, str], expected: dict[str, str], tmp_path: Path
) -> None:
    found = said(tmp_path, script, **slip)
    assert {name: found[name].status.value for name in expected} == expected
    assert all(each.said.ko for each in found.values())


def test_the_generator_has_a_loss_of_its_own(tmp_path: Path) -> None:
    found = said(tmp_path, "two players")
    assert "critic_loss" in found["p"].loss.en
    assert "maker_loss" in found["r"].loss.en


def test_steps_that_no_loss_depends_on_are_listed(tmp_path: Path) -> None:
    path = tmp_path / "train.py"
    for slip, why in ({"z": "a @ w"}, "no loss"), ({"b_way": "="}, "takes the place of b"):
        path.write_text(LOGISTIC.format(**{**RIGHT_LOGISTIC, **slip}))
        report = check_file(path, Options())
        assert report.status == 3
        assert any(why in each.reason for each in report.unmatched)
    path.write_text(LOGISTIC.format(**RIGHT_LOGISTIC))
    assert check_file(path, Options()).status == 0


def test_names_of_losses() -> None:
    assert all(map(is_loss_name, ("loss", "J", "self.total_cost", "bce", "손실", "L_train")))
    assert not any(map(is_loss_name, ("dloss", "grad_cost", "dL_dw", "accuracy", "label", "job")))
