"""Pairs that are declared: in the source, or in the configuration file."""

import numpy as np
import pytest

import gradproof
from gradproof.checking.options import UsageError
from gradproof.checking.source.declared import Declared, from_table
from gradproof.checking.source.discover import discover
from gradproof.cli import main

SOFT = """
import numpy as np
import gradproof

def soft(x):
    return np.log1p(np.exp(x))
"""
SLOPE = "def slope(x):\n    return 1 / (1 + np.exp(-x))\n"
BLEND = """
def blend(a, table):
    if table.shape != (6, 2) or a.shape != (7, 6):
        raise ValueError("odd shapes")
    return a @ table

def pull(up, a, table):
    return up @ table.T, a.T @ up
"""


def found(text, *declared):
    return [(c.kind, c.owner, c.forward, c.backward) for c in discover(text, declared).candidates]


@pytest.mark.parametrize(
    "text",
    [
        SOFT + SLOPE + "gradproof.pair(soft, slope)",
        SOFT + "@gradproof.pair(soft)\n" + SLOPE,
        SOFT + SLOPE + "from gradproof import pair\npair(forward=soft, backward=slope)",
        SOFT + SLOPE + "gradproof.pair(soft, slope, kind='derivative', shapes={'x': (3,)})",
    ],
)
def test_in_the_source(text):
    assert found(text) == [("derivative", "", "soft", "slope")]


def test_methods():
    text = (
        "class Layer:\n    def run(self, x): return x\n    def pull(self, dout): return dout\n"
        "gradproof.pair(Layer.run, Layer.pull)"
    )
    assert found(text) == [("layer", "Layer", "run", "pull")]


@pytest.mark.parametrize(
    "statement",
    ["gradproof.pair(soft)", "gradproof.pair(soft, slope, kind=words)", "other(soft, slope)",
     "gradproof.pair(soft, slope, kind='none')"],
)  # fmt: skip
def test_what_is_no_declaration(statement):
    assert found(SOFT + SLOPE + statement) == []


def test_what_is_declared_counts_more_than_names():
    text = "def f(x): return x\ndef g(x): return x\ndef df(x): return 1\n"
    assert found(text) == [("derivative", "", "f", "df")]
    assert found(text, Declared("g", "df")) == [("derivative", "", "g", "df")]


def test_half_a_pair_is_unmatched_and_none_is_passed_over():
    half = discover(SOFT, [Declared("soft", "slope", where="gradproof.toml: pair 1")])
    reason = "declared (gradproof.toml: pair 1) with soft, but slope is not there"
    assert half.unmatched == {"slope": reason}
    assert discover("x = 1", [Declared("soft", "slope")]).unmatched == {}


def test_when_the_file_runs_nothing_happens():
    assert gradproof.pair(np.sin, np.cos) is np.cos
    assert gradproof.pair(np.sin)(np.cos) is np.cos


@pytest.mark.sampled(1)
@pytest.mark.parametrize("wrong", [False, True])
@pytest.mark.usefixtures("in_this_process")
def test_in_the_configuration_file(tmp_path, capsys, monkeypatch, wrong):
    monkeypatch.chdir(tmp_path)  # where it is read from: never from beside what is named
    text = BLEND.replace("up @ table.T", "up @ table.T * 2") if wrong else BLEND
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "layers.py").write_text(text)
    table = (
        '[[pair]]\nfile = "layers.py"\nforward = "blend"\nbackward = "pull"\n'
        'kind = "backward"\nshapes = {a = [7, 6], table = [6, 2]}\n'
    )
    (tmp_path / "gradproof.toml").write_text(table)
    assert main(["check", "code/layers.py"]) == int(wrong)
    out = capsys.readouterr().out
    summary = "2 gradients: 1 PROVED, 1 REFUTED" if wrong else "2 gradients: 2 PROVED"
    assert out.splitlines()[-1].startswith(f"{summary}. ")
    (tmp_path / "gradproof.toml").write_text(table.replace("layers.py", "other.py"))
    assert main(["check", "code/layers.py"]) == 2


def test_what_is_unmatched_can_be_told(tmp_path, capsys):
    (tmp_path / "layers.py").write_text("def relu_backward(dout, cache):\n    return dout\n")
    assert main(["check", str(tmp_path / "layers.py")]) == 3
    told = " ".join(capsys.readouterr().out.split())
    assert "Next: say what belongs together: gradproof.pair(forward, backward)" in told


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"forward": "f"}, "here: expected backward = the name of a function, got 'none'"),
        ({"forward": "f", "backward": 3}, "here: backward: expected a name, got 3"),
        ({"forward": "f", "backward": "g", "kind": "x"}, "kind: expected one of backward, deriv"),
        ({"forward": "f", "backward": "g", "shape": 1}, "here: shape: expected one of forward, "),
        ({"forward": "f", "backward": "g", "shapes": {"x": [0]}}, "shapes: expected sizes by name"),
    ],
)
def test_what_is_wrong_in_a_table_is_said(table, words):
    with pytest.raises(UsageError) as error:
        from_table(table, "here")
    assert words in str(error.value)
