"""The fix as a diff and as a copy, in the author's own text; and the slip told by degrees."""

import subprocess
from pathlib import Path

import pytest

from gradproof.cli import main

FILE = """import numpy as np


def norm_forward(x, gamma, eps=1e-5):
    xc = x - x.mean(axis=0)
    inv = (np.mean(xc ** 2, axis=0) + eps) ** -0.5
    return gamma * xc * inv, (xc, inv, gamma)


def norm_backward(dout, cache):
    xc, inv, gamma = cache
    m = len(xc)
    dgamma, dxhat = (dout * xc * inv).sum(0), dout * gamma
    dvar = (dxhat * xc).sum(0) * -0.5 * inv ** 3
    dx = (dxhat * inv          # straight through
          + dvar * xc / m)
    return dx - dx.mean(axis=0), dgamma


def last_forward(x, w):
    return x @ w, (x, w)


def last_backward(dout, cache):
    x, w = cache; dx = 3 * dout @ w.T  # one line, two statements
    return dx, x.T @ dout
"""  # the 2 of `2 * xc / m` is left out, and there is a 3 too many

pytestmark = [
    pytest.mark.usefixtures("in_this_process"),
    pytest.mark.sampled(1, of="file"),
]


@pytest.fixture(params=["\n", "\r\n"], ids=["LF", "CRLF"])
def repository(request, tmp_path, monkeypatch):
    """A repository with the file in a folder of it, without a newline at its end."""
    subprocess.run(["git", "init", "-q", "."], cwd=tmp_path, check=True)
    inside = tmp_path / "hand in"
    inside.mkdir()
    text = FILE.rstrip("\n").replace("\n", request.param)
    (inside / "layers.py").write_bytes(text.encode())
    monkeypatch.chdir(inside)
    return inside


def test_the_diff_is_taken_by_git_and_changes_no_other_letter(repository, capsys):
    before = (repository / "layers.py").read_bytes()
    assert main(["check", "--diff", "layers.py"]) == 1
    made = capsys.readouterr().out
    assert (repository / "layers.py").read_bytes() == before
    (repository / "fix.diff").write_bytes(made.encode())
    subprocess.run(["git", "apply", "fix.diff"], cwd=repository, check=True)
    after = (repository / "layers.py").read_bytes()
    lines, mended = before.split(b"\n"), after.split(b"\n")
    changed = [at for at, (old, new) in enumerate(zip(lines, mended, strict=True)) if old != new]
    assert changed == [15, 24]
    assert mended[24].startswith(b"    x, w = cache; dx = dout @ w.T  # one line")
    assert mended[15].startswith(b"          + dvar * (2 * xc) / m)")
    assert main(["check", "layers.py"]) == 0


def test_a_copy_is_written_beside_the_file_and_never_over_anything(repository, capsys):
    before = (repository / "layers.py").read_bytes()
    assert main(["check", "--fix", "--quiet", "layers.py"]) == 1
    assert "layers.fixed.py: layers.py with 2 changes" in capsys.readouterr().out
    copy = repository / "layers.fixed.py"
    assert (repository / "layers.py").read_bytes() == before
    assert main(["check", "layers.fixed.py"]) == 0
    copy.write_text("mine")
    assert main(["check", "--fix", "--quiet", "layers.py"]) == 1
    assert "not written over" in capsys.readouterr().out
    assert copy.read_text() == "mine"


@pytest.mark.parametrize("level", [1, 2, 3])
def test_a_hint_tells_no_more_than_was_asked(level, tmp_path, capsys):
    path = Path(tmp_path / "layers.py")
    path.write_text(FILE)
    assert main(["check", "--hint", str(level), str(path), "--lang", "en"]) == 1
    out = capsys.readouterr().out
    assert "hint: look at line 16" in out
    assert ("a constant factor is wrong" in out) is (level > 1)
    assert ("hint: it is about `" in out) is (level > 2)
    assert "2 * xc" not in out
    assert "true:" not in out


def test_what_has_no_diff_says_so_and_json_has_none(tmp_path, capsys):
    path = tmp_path / "layers.py"
    forward = "import numpy as np\n\n\ndef f(x):\n    return np.sin(x) * np.exp(-x) + x**3\n\n\n"
    backward = "def f_prime(x):\n    return np.cosh(x) ** x + 3.7 * np.sin(5 * x)\n"
    path.write_text(forward + backward)
    assert main(["check", "--diff", str(path)]) == 1
    out = capsys.readouterr().out
    assert out.startswith("# ")
    assert "no change of the file is known" in out
    assert "@@" not in out
    assert main(["check", "--diff", "--json", str(path)]) == 2
    assert "only with --format text" in capsys.readouterr().err


def test_a_gradient_in_a_dictionary_is_told_by_its_statement(tmp_path, capsys):
    """The product with dy, by which it is judged, stands nowhere in the file."""
    path = tmp_path / "planes.py"
    path.write_text("""import numpy as np


def propagate(w, X, Y):
    \"\"\"w (d, 1), X (d, n), Y (1, n)\"\"\"
    A = 1 / (1 + np.exp(-w.T @ X))
    cost = -np.mean(Y * np.log(A) + (1 - Y) * np.log(1 - A))
    dw = X * (A - Y) / X.shape[1]
    grads = {"dw": dw}
    return grads, cost
""")
    assert main(["check", str(path)]) == 1
    said = capsys.readouterr().out
    assert "yours: dw = X * (A - Y) / X.shape[1]" in said
    assert "dw: dy" not in said
