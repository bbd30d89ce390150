"""``python -m impl.network``: what it prints, writes and refuses."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from impl.network import MLP, load, load_network, save
from impl.network.__main__ import main

QUICK = ["--points", "60", "--hidden", "6,5", "--epochs", "2", "--quiet"]


def run(capsys: pytest.CaptureFixture[str], *arguments: Any) -> tuple[int, str, str]:
    """Status, standard output and standard error."""
    try:
        status = main([str(each) for each in arguments])
    except SystemExit as stop:
        status = int(stop.code or 0)
    out, err = capsys.readouterr()
    assert "Traceback" not in err
    return status, out, err


@pytest.mark.campaign
def test_the_course_example(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    weights, plot = tmp_path / "w.npz", tmp_path / "boundary.svg"
    status, out, err = run(
        capsys, "--data", "digits", "--hidden", "64,64", "--activation", "elu", "--batch-norm",
        "--epochs", 20, "--save", weights, "--plot", plot, "--quiet",
    )  # fmt: skip
    assert (status, err) == (0, "")
    assert "network: 64 - 64 elu batch norm - 64 elu batch norm - 10, 9098 parameters" in out
    assert "trained: 20 epochs" in out
    assert float(out.split("test: accuracy ")[1].split(",")[0]) >= 0.97
    assert load_network(weights).spec.hidden == (64, 64)
    assert ElementTree.parse(plot).getroot().tag.endswith("svg")

    tested = run(capsys, "--data", "digits", "--load", weights)
    assert tested[1].splitlines()[2:] == out.splitlines()[3:5]


@pytest.mark.parametrize(
    "arguments",
    [
        ["--data", "and", "--batch-norm", "--epochs", "3"],
        ["--data", "or", "--hidden", "none", "--epochs", "3"],
        ["--data", "cloud", "--noise", "0.3", *QUICK],
        ["--data", "xor", "--activation", "maxout,elu", "--pieces", "3", *QUICK],
        ["--data", "circles", "--optimizer", "momentum", "--lr", "0.01", *QUICK],
        ["--data", "spirals", "--loss", "mean_squared_error", "--init", "glorot", *QUICK],
        ["--seed", "5", "--batch-size", "7", "--patience", "1", *QUICK],
    ],
)
def test_every_option_is_taken(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = run(capsys, *arguments, "--quiet")
    assert (status, err) == (0, "")
    assert "test: accuracy" in out


def test_the_same_seed_writes_the_same_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("a", "b"):
        run(capsys, *QUICK, "--save", tmp_path / f"{name}.npz", "--plot", tmp_path / f"{name}.svg")
    first, again = (load_network(tmp_path / f"{name}.npz") for name in ("a", "b"))
    assert first.theta.tobytes() == again.theta.tobytes()
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


@pytest.mark.sampled(1)
@pytest.mark.parametrize("suffix", ["PNG", "pdf"])
def test_plots_in_other_formats(
    suffix: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, _, err = run(capsys, *QUICK, "--plot", tmp_path / f"b.{suffix}")
    assert (status, err) == (0, "")
    assert (tmp_path / f"b.{suffix}").stat().st_size > 1000


REFUSED: dict[str, tuple[list[str], str]] = {
    "data": (["--data", "mnist"], "argument --data: invalid choice: 'mnist'"),
    "hidden": (
        ["--hidden", "64,x"],
        "--hidden: expected units of each hidden layer, such as 64,64",
    ),
    "hidden 0": (["--hidden", "64,0"], "or none; got '64,0'"),
    "hidden huge": (["--hidden", "1000000"], "got '1000000'"),
    "activation": (["--activation", "mish"], "--activation: none called 'mish'; there are: elu"),
    "two of three": (["--activation", "elu,relu", "--hidden", "4"], "one for each of 1 hidden"),
    "epochs": (["--epochs", "many"], "--epochs: expected a whole number from 0 to"),
    "no epochs": (["--epochs", "0"], "--epochs: 0 only with --load"),
    "batch size": (["--batch-size", "-4"], "--batch-size: expected a whole number from 1 to"),
    "batch norm": (["--batch-size", "1", "--batch-norm"], "batch norm needs batches of at least 2"),
    "lr": (["--lr", "nan"], "--lr: expected a number from 1e-12 to 1e+06, got 'nan'"),
    "lr 0": (["--lr", "0"], "got '0'"),
    "optimizer": (["--optimizer", "lbfgs"], "--optimizer: invalid choice"),
    "loss": (["--loss", "hinge"], "--loss: invalid choice"),
    "seed": (["--seed", "-1"], "--seed: expected a whole number from 0 to"),
    "noise": (["--data", "digits", "--noise", "1"], "--noise: digits is as it is; only for cloud"),
    "points": (["--points", "3"], "--points: expected a whole number from 10 to"),
    "save suffix": (["--save", "w.txt"], "--save: expected a name that ends in .npz, got 'w.txt'"),
    "save folder": (["--save", "no/where/w.npz"], "--save: there is no folder"),
    "plot suffix": (
        ["--plot", "b.bmp"],
        "--plot: expected a name that ends in .svg or .png or .pdf",
    ),
    "load and say": (["--load", "w.npz", "--hidden", "4"], "--hidden: not with --load; the file"),
    "unknown": (["--deeper"], "unrecognized arguments: --deeper"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_wrong_arguments_are_refused_before_training(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments, message = REFUSED[name]
    status, out, err = run(capsys, *arguments)
    assert (status, out) == (2, "")
    assert message in err


def test_a_folder_is_no_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "w.npz").mkdir()
    status, _, err = run(capsys, "--save", tmp_path / "w.npz")
    assert status == 2
    assert "is a folder; name a file in it" in err
    status, _, err = run(capsys, "--load", tmp_path / "w.npz")
    assert status == 1
    assert "w.npz: " in err


def test_files_that_cannot_be_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, _, err = run(capsys, "--load", tmp_path / "nowhere.npz")
    assert status == 1
    assert "nowhere.npz: No such file" in err
    (tmp_path / "w.npz").write_text("no weights", encoding="utf-8")
    status, _, err = run(capsys, "--load", tmp_path / "w.npz")
    assert status == 1
    assert "w.npz: not a readable .npz file of weights" in err


def test_a_network_for_other_data(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save(tmp_path / "w.npz", MLP([3, 2]))
    status, _, err = run(capsys, "--load", tmp_path / "w.npz", "--data", "moons")
    assert status == 1
    assert "a network of 3 inputs and 2 outputs, but moons has 2 features and 2 classes" in err


def test_what_goes_wrong_while_training(capsys: pytest.CaptureFixture[str]) -> None:
    wild = ["--activation", "linear", "--optimizer", "sgd", "--lr", "1e6", "--quiet"]
    status, _, err = run(capsys, *wild)
    assert status == 1
    assert "error: the loss is" in err
    status, _, err = run(capsys, "--data", "cloud", "--noise", "2")
    assert status == 1
    assert "margin: 2 leaves no room" in err


def test_an_interrupt_saves_the_best_weights(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    right, calls = MLP.step, []

    def step(self: MLP, x: Any, t: Any) -> Any:
        calls.append(1)
        if len(calls) == 8:
            raise KeyboardInterrupt
        return right(self, x, t)

    monkeypatch.setattr(MLP, "step", step)
    path = tmp_path / "w.npz"
    status, out, _ = run(capsys, *QUICK[:-3], "--batch-size", 16, "--epochs", 50, "--save", path)
    assert status == 130
    assert "trained: 2 epochs; stopped: interrupted" in out
    assert np.isfinite(load_network(path).theta).all()


def test_an_interrupt_elsewhere(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*rest: Any, **options: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr("impl.network.__main__.load", interrupted)
    status, _, err = run(capsys)
    assert (status, err) == (130, "impl.network: stopped\n")


@pytest.mark.parametrize(("package", "data"), [("matplotlib", "moons"), ("sklearn", "digits")])
def test_what_is_not_installed_is_named(
    package: str,
    data: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in [package, f"{package}.datasets", f"{package}.figure"]:
        monkeypatch.setitem(sys.modules, name, None)
    options = ["--data", data, "--epochs", 1, "--quiet", "--plot", tmp_path / "b.svg"]
    status, _, err = run(capsys, *options)
    assert status == 1
    assert "not installed; pip install" in err


def test_the_plane_of_many_features_is_that_of_the_largest_spread() -> None:
    from impl.network.plotting import plane

    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 5)) * [0.1, 9, 0.1, 4, 0.1] + 3
    centre, directions = plane(x)
    np.testing.assert_allclose(centre, x.mean(axis=0))
    np.testing.assert_allclose(abs(directions), np.eye(5)[[1, 3]], atol=0.1)
    assert np.array_equal(plane(x[:, :2])[1], np.eye(2))


def test_as_a_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "impl.network", "--load", "nowhere.npz"],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr == "error: nowhere.npz: No such file or directory\n"


def test_help_names_every_data_set(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "--help")
    assert status == 0
    assert load("xor").name in out
    assert "--batch-norm" in out
