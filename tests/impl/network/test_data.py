"""The data sets: their shapes, their seeds, and that they are what their names say."""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np
import pytest

from impl.network import data
from impl.network.data import MADE, NAMES, gate, load


@pytest.mark.sampled(3)
@pytest.mark.parametrize("name", NAMES)
def test_what_every_set_promises(name: str) -> None:
    found = load(name, seed=1)
    for x, t in ((found.x_train, found.t_train), (found.x_test, found.t_test)):
        assert x.shape == (len(t), found.features)
        assert np.isfinite(x).all()
        assert set(np.unique(t)) == set(range(found.classes))
        assert t.dtype.kind == "i"


@pytest.mark.parametrize("name", MADE)
def test_one_fifth_is_for_the_test_and_a_seed_decides(name: str) -> None:
    first, again, other = (load(name, n=50, seed=seed) for seed in (3, 3, 4))
    assert (len(first.t_train), len(first.t_test)) == (40, 10)
    assert first.x_train.tobytes() == again.x_train.tobytes() != other.x_train.tobytes()
    rows = {row.tobytes() for row in first.x_train}
    assert not any(row.tobytes() in rows for row in first.x_test)


@pytest.mark.parametrize("name", MADE)
def test_without_noise_the_label_is_what_the_formula_says(name: str) -> None:
    rng = np.random.default_rng(0)
    x, t = MADE[name](300, rng, *() if name == "cloud" else (0.0,))
    if name == "cloud":
        # The widest margin found separates, so a line does.
        from impl.network import novikoff

        assert novikoff(x, t).margin > 0
    elif name == "xor":
        assert set(map(tuple, x)) == {(0, 0), (0, 1), (1, 0), (1, 1)}
        assert np.array_equal(t, x[:, 0] != x[:, 1])
    elif name == "moons":
        centre = np.where(t[:, None] == 0, [0, 0], [1, 0.5])
        np.testing.assert_allclose(np.linalg.norm(x - centre, axis=1), 1)
        assert ((x[:, 1] >= centre[:, 1]) == (t == 0)).all()
    elif name == "circles":
        np.testing.assert_allclose(np.linalg.norm(x, axis=1), np.where(t == 1, 0.5, 1))
    else:
        radius = np.linalg.norm(x, axis=1)
        turned = (np.arctan2(x[:, 1], x[:, 0]) - 3 * np.pi * radius) % (2 * np.pi)
        np.testing.assert_allclose(np.cos(turned), np.where(t == 0, 1, -1))


def test_gates() -> None:
    x, t = gate("and")
    assert [int(a and b) for a, b in x] == t.tolist()
    x, t = gate("or")
    assert [int(a or b) for a, b in x] == t.tolist()
    x, t = gate("xor")
    assert [int(a != b) for a, b in x] == t.tolist()


def test_some_can_be_set_aside() -> None:
    whole = load("moons", n=50)
    rest, (x, t) = whole.held_out(0.25)
    assert np.array_equal(np.concatenate([rest.x_train, x]), whole.x_train)
    assert len(t) == 10
    assert np.array_equal(rest.x_test, whole.x_test)


def test_the_digits_are_scaled() -> None:
    found = load("digits")
    assert len(found.t_train) + len(found.t_test) == 1797
    assert (found.x_train.min(), found.x_train.max()) == (0, 1)


def test_without_scikit_learn_the_message_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = builtins.__import__

    def refuse(name: str, *rest: Any) -> Any:
        if name.startswith("sklearn"):
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(ModuleNotFoundError, match="pip install scikit-learn"):
        load("digits")


def test_what_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="data: none called 'mnist'; there are: cloud, xor, moons"):
        load("mnist")
    with pytest.raises(ValueError, match="gate: none called 'nor'; there are: and, or, xor"):
        gate("nor")
    with pytest.raises(ValueError, match="margin: 3 leaves no room"):
        data.cloud(10, np.random.default_rng(0), 3)
