"""Saved weights: they come back as they were, and nothing else is taken for them."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from impl.network import MLP, WeightsError, load, load_network, save, train

NETWORK: dict[str, Any] = {"activation": ("maxout", "elu"), "batch_norm": (False, True)}


def trained(**options: Any) -> MLP:
    data = load("moons", n=40)
    network = MLP([2, 3, 4, 2], pieces=3, **{**NETWORK, **options})
    train(network, data.x_train, data.t_train, epochs=2, quiet=True)
    return network


@pytest.mark.parametrize("options", [{}, {"dtype": np.float32}, {"loss": "mean_squared_error"}])
def test_a_network_comes_back_bit_for_bit(options: dict[str, Any], tmp_path: Path) -> None:
    network = trained(**options)
    save(tmp_path / "w.npz", network)
    again = load_network(tmp_path / "w.npz")
    assert again.spec == network.spec
    assert again.dtype == network.dtype
    assert again.theta.tobytes() == network.theta.tobytes()
    x = load("moons", n=40).x_test
    assert again.forward(x)[0].tobytes() == network.forward(x)[0].tobytes()


def test_a_loaded_network_learns_on(tmp_path: Path) -> None:
    network = trained()
    save(tmp_path / "w.npz", network)
    again = load_network(tmp_path / "w.npz")
    data = load("moons", n=40)
    for each in (network, again):
        train(each, data.x_train, data.t_train, epochs=2, quiet=True)
    assert again.theta.tobytes() == network.theta.tobytes()


def test_the_name_is_kept_as_given(tmp_path: Path) -> None:
    save(tmp_path / "weights.data", trained())
    assert [each.name for each in tmp_path.iterdir()] == ["weights.data"]


class Payload:
    """What would run code if it were unpickled."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.marker),)


def test_nothing_in_a_file_is_executed(tmp_path: Path) -> None:
    marker, path = tmp_path / "executed", tmp_path / "w.npz"
    np.savez(path, spec=np.array([Payload(marker)], dtype=object))
    with pytest.raises(WeightsError, match=r"w\.npz: not a readable \.npz file"):
        load_network(path)
    assert not marker.exists()


def rewritten(change: Callable[[dict[str, Any]], Any]) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        save(path, trained())
        arrays = dict(np.load(path))
        change(arrays)
        np.savez(path, **arrays)

    return write


def respecified(**changes: Any) -> Callable[[Path], None]:
    def change(arrays: dict[str, Any]) -> None:
        spec = json.loads(str(arrays["spec"])) | changes
        arrays["spec"] = np.array(json.dumps(spec))

    return rewritten(change)


def cut_short(path: Path) -> None:
    save(path, trained())
    path.write_bytes(path.read_bytes()[:-200])


def flipped(path: Path) -> None:
    save(path, trained())
    raw = bytearray(path.read_bytes())
    at = raw.index(b"maxout1.W") + 200
    raw[at] ^= 0xFF
    path.write_bytes(raw)


def a_single_array(path: Path) -> None:
    with path.open("wb") as file:
        np.save(file, np.ones(3))


BAD: dict[str, tuple[Callable[[Path], Any], str]] = {
    "empty": (lambda p: p.write_bytes(b""), "not a readable"),
    "text": (lambda p: p.write_text("weights", encoding="utf-8"), "not a readable"),
    "cut short": (cut_short, "not a readable"),
    "a bit flipped": (flipped, "not a readable"),
    "one array": (a_single_array, "it holds a single array"),
    "no spec": (rewritten(lambda a: a.pop("spec")), "it has no spec"),
    "spec is not JSON": (
        rewritten(lambda a: a.update(spec=np.array("{"))),
        "its spec describes no network",
    ),
    "spec is deep": (
        rewritten(lambda a: a.update(spec=np.array("[" * 100_000))),
        "its spec describes no network",
    ),
    "spec is a list": (rewritten(lambda a: a.update(spec=np.array("[1]"))), "describes no network"),
    "unknown activation": (respecified(activation=["maxout", "mish"]), "none called 'mish'"),
    "unknown key": (respecified(layers=3), "describes no network"),
    "huge": (respecified(sizes=[2, 10**9, 10**9, 2]), "should be float32 or float64 of shape"),
    "other sizes": (respecified(sizes=[2, 3, 4, 3]), r"dense3\.W should .* of shape \(4, 3\)"),
    "a missing weight": (rewritten(lambda a: a.pop("dense2.W")), r"dense2\.W is missing"),
    "one too many": (
        rewritten(lambda a: a.update({"dense9.W": np.ones(2)})),
        r"dense9\.W belongs to no layer",
    ),
    "integers": (
        rewritten(lambda a: a.update({"maxout1.b": np.ones((3, 3), int)})),
        r"maxout1\.b should be float32 or float64 of shape \(3, 3\), but is int",
    ),
    "a negative variance": (
        rewritten(lambda a: a["batch_norm2.running_var"].fill(-1.0)),
        r"batch_norm2\.running_var has negative variances",
    ),
    "NaN": (
        rewritten(lambda a: a["dense3.b"].fill(np.nan)),
        r"dense3\.b has infinite or NaN entries",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_not_a_network_is_refused(name: str, tmp_path: Path) -> None:
    write, message = BAD[name]
    path = tmp_path / "w.npz"
    write(path)
    with pytest.raises(WeightsError, match=message) as raised:
        load_network(path)
    assert str(path) in str(raised.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load_network(tmp_path / "nowhere.npz")
