"""Notebooks: their code cells are checked, and results are placed in them."""

import json

import pytest

from gradproof.checking.source.ipynb import code_of
from gradproof.cli import main

CELLS = [
    ("markdown", "# relu"),
    ("code", ["%matplotlib inline\n", "import numpy as np\n", "!pip install something\n"]),
    ("code", "def relu(x):\n    return np.maximum(x, 0)\n"),
    ("code", "%%bash\nthis is no Python (\n"),
    (
        "code",
        "np.maximum?\n\nif True:\n    %timeit relu(np.ones(3))\ndef relu_prime(x):\n    return 1",
    ),
    ("code", ""),
    ("code", "raise RuntimeError('no data set here')"),
]


def notebook(path, cells=CELLS):
    body = [{"cell_type": kind, "source": source} for kind, source in cells]
    path.write_text(json.dumps({"nbformat": 4, "cells": body}), encoding="utf-8")
    return str(path)


@pytest.mark.usefixtures("in_this_process")
def test_a_notebook_in_a_folder(tmp_path, capsys):
    notebook(tmp_path / "hw.ipynb")
    assert main(["check", str(tmp_path), "--json"]) == 1
    (found,) = json.loads(capsys.readouterr().out)["gradients"]
    assert (found["backward"], found["verdict"]) == ("relu_prime", "REFUTED")
    assert (found["cell"], found["line"]) == (4, 5)
    assert main(["check", str(tmp_path)]) == 1
    assert f"relu_prime dx ({tmp_path / 'hw.ipynb'}, cell 4:5)" in capsys.readouterr().out


def test_as_many_lines_as_before():
    text, reason = code_of(json.dumps(
        {"cells": [{"cell_type": "code", "source": "x = 1\n%pwd\n  # what?\ny = 2"}]}
    ).encode())  # fmt: skip
    assert (text.splitlines()[3], reason) == ("y = 2", "")


@pytest.mark.usefixtures("in_this_process")
@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b"{", "is no notebook that can be read"),
        (b"[1]", "is no notebook that can be read"),
        (b'{"worksheets": []}', "is no notebook that can be read"),
        (b'{"cells": []}', "no forward/backward pair was found"),
        (b'{"cells": [{"cell_type": "code", "source": "x = 1"}, '
         b'{"cell_type": "code", "source": "x =\\ny ="}]}', "code cell 2, line 1: invalid syntax"),
    ],
)  # fmt: skip
def test_what_cannot_be_read(tmp_path, capsys, data, words):
    (tmp_path / "hw.ipynb").write_bytes(data)
    assert main(["check", str(tmp_path / "hw.ipynb")]) == 2
    assert words in " ".join(capsys.readouterr().out.split())
