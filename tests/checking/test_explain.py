"""--explain-reading: as what each pair was read, in text and in JSON."""

import json
from importlib.resources import files

import pytest
from jsonschema import Draft202012Validator

from gradproof.checking.reading.record import Reading
from gradproof.cli import main

pytestmark = [
    pytest.mark.usefixtures("in_this_process"),
    pytest.mark.sampled(1, of="file"),
]

TEXT = """
import numpy as np
def elu(x, alpha=1.0, axis=-1):
    return np.where(x > 0, x, alpha * (np.exp(x) - 1))
def elu_derivative(x, alpha=1.0):
    return np.where(x > 0, 1.0, alpha * np.exp(x))
"""


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "activations.py"
    file.write_text(TEXT, encoding="utf-8")
    return str(file)


def test_readings_in_json(path, capsys):
    assert main(["check", "--explain-reading", "--no-prove", "--json", path]) == 0
    report = json.loads(capsys.readouterr().out)
    schema = json.loads(files("gradproof.checking").joinpath("schema.json").read_text("utf-8"))
    Draft202012Validator(schema).validate(report)
    (reading,) = report["readings"]
    assert reading["backward"] == "elu_derivative"
    assert reading["inputs"][0]["name"] == "x"
    assert reading["inputs"][0]["shape"] == ["N", "D"]
    assert reading["gradients"] == ["x"]
    assert "with alpha = 0.35" in reading["evidence"]
    assert reading["settings"] == ["axis = 0"]
    assert Reading.from_plain(reading).as_plain() == Reading.from_plain(reading).as_plain()


@pytest.mark.sampled(1)
@pytest.mark.parametrize(
    ("language", "words"), [("en", ("takes x (N, D)", "judged for axis = 0")),
                            ("ko", ("입력 x (N, D)", "설정 axis = 0"))],
)  # fmt: skip
def test_readings_in_text(path, capsys, language, words):
    assert main(["check", "--explain-reading", "--no-prove", "--lang", language, path]) == 0
    out = capsys.readouterr().out
    assert all(word in out for word in words)


def test_no_readings_where_they_are_not_asked_for(path, capsys):
    assert main(["check", "--no-prove", "--json", path]) == 0
    assert "readings" not in json.loads(capsys.readouterr().out)
