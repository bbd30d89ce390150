"""Layers around layers, lists and dictionaries of weights, weights of the module; students' files.

By numbers: each right gradient holds, and each slip makes exactly those wrong that it is said to.
The default run takes a sample; ``python -m tests.checking.test_structures`` takes all.
"""

from __future__ import annotations

if __name__ == "__main__":
    from gradproof.console import quiet_interrupt

    quiet_interrupt("tests.checking.test_structures")

import io
import tempfile
import tomllib
from collections import Counter
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradproof.checking.conventions.match import differences
from gradproof.checking.processes.evaluator import Evaluator
from gradproof.checking.source.discover import discover
from tests.checking.corpus import FOLDER, HOLDS, examined, label

pytestmark = pytest.mark.sampled(4, of="file")

FOLDERS = [FOLDER / "structures", FOLDER / "students"]
PATHS = {path.stem: path for folder in FOLDERS for path in folder.glob("*.py")}
RIGHT: dict[str, list[str]] = {}
SLIPS: list[dict[str, Any]] = []
for each in FOLDERS:
    RIGHT |= tomllib.loads((each / "expected.toml").read_text())["right"]
    SLIPS += tomllib.loads((each / "planted.toml").read_text())["planted"]


def faults_of(name: str) -> list[str]:
    """What is not as it should be in a file that is right."""
    with redirect_stdout(io.StringIO()):
        messages = examined(PATHS[name], prove=False)
    values = [each["value"] for each in messages]
    faults = [f"{each}" for each in values if each.get("verdict") not in HOLDS]
    found = Counter(label(each) for each in values if "verdict" in each)
    return faults + [f"{found} rather than {RIGHT[name]}"] * (found != Counter(RIGHT[name]))


def wrong_in(path: Path, pair: str) -> set[str]:
    """The gradients of a pair that differ from central differences, as the pair is read."""
    text = path.read_text()
    evaluator = Evaluator(path, 60.0)
    with redirect_stdout(io.StringIO()):
        evaluator.load(text)
        (candidate,) = (each for each in discover(text).candidates if each.title == pair)
        found = evaluator.matches(candidate)
        return {name for match in found for name, both in differences(match).items()
                if not _alike(*both)}  # fmt: skip


def _alike(got: Any, wanted: Any) -> bool:
    return got.shape == wanted.shape and np.allclose(got, wanted, rtol=1e-4, atol=1e-5)


def wrong_with(slip: dict[str, Any], folder: Path) -> set[str]:
    """The same with a slip planted."""
    text = PATHS[slip["file"]].read_text()
    at = text.index(slip.get("after", ""))
    assert slip["old"] in text[at:]
    path = folder / f"{slip['file']}.py"
    path.write_text(text[:at] + text[at:].replace(slip["old"], slip["new"], 1))
    return wrong_in(path, slip["pair"])


def test_every_file_is_listed() -> None:
    assert set(PATHS) == set(RIGHT)


@pytest.mark.parametrize("name", sorted(RIGHT)[::4])
def test_right_gradients_hold(name: str) -> None:
    assert faults_of(name) == []


@pytest.mark.sampled(1)
@pytest.mark.parametrize("slip", SLIPS[::5], ids=lambda each: f"{each['file']}-{each['pair']}")
def test_slips_make_wrong_what_they_are_said_to(slip: dict[str, Any], tmp_path: Path) -> None:
    ours = {of.replace("[", "_").rstrip("]") for of in slip["of"]}  # matches name them so
    assert wrong_with(slip, tmp_path) == ours


def _all() -> None:
    for name in sorted(RIGHT):
        print(name, faults_of(name) or "holds", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        for slip in SLIPS:
            found = wrong_with(slip, Path(folder))
            print(slip["file"], slip["pair"], "as said" if found == set(slip["of"]) else found)


if __name__ == "__main__":
    from gradproof.console import run_command

    run_command(_all, "tests.checking.test_structures")
