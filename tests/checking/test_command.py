"""``gradproof check``: what it prints, and its exit status."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from gradproof.cli import main
from tests.checking.corpus import FOLDER

RIGHT = """
import numpy as np

def square(x):
    return x ** 2

def square_prime(x):
    return 2 * x
"""
WRONG = RIGHT.replace("2 * x", "3 * x")
LONELY = RIGHT + "\ndef relu_backward(dout, cache):\n    return dout\n"
FIELDS = {
    "file", "line", "forward", "backward", "of", "output", "contract", "mode", "verdict", "method",
    "scope", "max_error", "bound", "counterexample", "diagnosis", "seconds", "reason",
}  # fmt: skip


@pytest.fixture
def file(tmp_path):
    def write(text, name="checked_file.py"):
        path = tmp_path / name
        path.write_text(text)
        return str(path)

    return write


def test_right_is_0(file, capsys):
    assert main(["check", file(RIGHT)]) == 0
    out = capsys.readouterr().out
    assert "PROVED" in out
    assert "square_prime" in out
    assert "1 gradient: 1 PROVED" in out
    assert "\033" not in out


def test_wrong_is_1_with_a_counterexample(file, capsys):
    assert main(["check", file(WRONG)]) == 1
    out = capsys.readouterr().out
    assert "REFUTED" in out
    assert "but the derivative is" in out


def test_unmatched_is_3(file, capsys):
    assert main(["check", file(LONELY)]) == 3
    assert "relu_forward" in capsys.readouterr().out


def test_refuted_counts_more_than_unmatched(file, capsys):
    assert main(["check", file(WRONG), file(LONELY, "lonely.py")]) == 1


def test_nothing_found_is_2_with_an_example(file, capsys):
    assert main(["check", file("x = 1\n")]) == 2
    out = capsys.readouterr().out
    assert "def relu_backward(dout, cache)" in out


def test_no_such_file_is_2(capsys):
    assert main(["check", "/nowhere/at all.py"]) == 2
    assert "no such file" in capsys.readouterr().out


@pytest.mark.parametrize("options", [[], ["check"], ["check", "f.py", "--timeout", "0"], ["other"]])
def test_usage_is_2(options, capsys):
    with pytest.raises(SystemExit) as stop:
        main(options)
    assert stop.value.code == 2


def test_json(file, capsys):
    assert main(["check", "--json", file(WRONG)]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["schema"] == 1
    assert set(found) == {"schema", "gradients", "unmatched", "errors"}
    (gradient,) = found["gradients"]
    assert set(gradient) == FIELDS
    assert gradient["line"] == 7
    assert gradient["of"] == "x"
    assert gradient["diagnosis"] is None
    assert set(gradient["counterexample"]) == {"inputs", "at", "got", "wanted"}


def test_only(capsys):
    path = str(FOLDER / "activations_prime.py")
    assert main(["check", path, "--only", "grad_square", "--only", "tanh", "--json"]) == 0
    names = [g["backward"] for g in json.loads(capsys.readouterr().out)["gradients"]]
    assert names == ["tanh_derivative", "grad_square"]
    assert main(["check", path, "--only", "nothing"]) == 2
    assert "tanh_derivative" in capsys.readouterr().out


def test_quiet_prints_what_does_not_hold(file, capsys):
    assert main(["check", "--quiet", file(RIGHT)]) == 0
    assert capsys.readouterr().out == ""


def test_no_prove(file, capsys):
    assert main(["check", "--no-prove", file(RIGHT)]) == 0
    assert "CHECKED" in capsys.readouterr().out


def test_folder(file, tmp_path, capsys):
    file(RIGHT)
    file("x = 1\n", "nothing.py")
    assert main(["check", str(tmp_path)]) == 0
    assert "nothing.py" not in capsys.readouterr().out


def test_folder_in_which_nothing_is_found(file, tmp_path, capsys):
    file("x = 1\n", "nothing.py")
    assert main(["check", str(tmp_path)]) == 2
    assert "no forward/backward pair was found" in capsys.readouterr().out


def test_a_named_file_in_which_nothing_is_found_is_an_error(file, capsys):
    assert main(["check", file(RIGHT), file("x = 1\n", "nothing.py")]) == 2


def test_help_imports_neither_numpy_nor_sympy():
    code = (
        "import sys\nfrom gradproof.cli import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        "print([m for m in ('numpy', 'sympy', 'tqdm') if m in sys.modules])"
    )
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
    )  # fmt: skip
    assert done.stdout.splitlines()[-1] == "[]"


def test_without_the_limits_of_posix_it_says_so(monkeypatch, capsys):
    monkeypatch.setattr("gradproof.cli.os.name", "nt")
    from gradproof.cli import main

    assert main(["check", "layers.py"]) == 2
    assert "only Linux and macOS" in capsys.readouterr().err
