"""The README's code runs, and prints what the README says it prints."""

from __future__ import annotations

import contextlib
import io
import re
import runpy
from pathlib import Path

import pytest

from gradproof.cli import main

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize(
    ("name", "language"), [("README.md", "en_US.UTF-8"), ("README.ko.md", "ko_KR.UTF-8")]
)
def test_the_code_prints_what_is_printed(
    name: str, language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", language)
    text = (ROOT / name).read_text(encoding="utf-8")
    _, wrong = _codes(text)
    right = wrong.replace("(1 - y)", "(1 - y**2)")
    assert right != wrong
    for at, code in enumerate((wrong, right)):
        printed = _printed(code, tmp_path / f"example{at}.py")
        assert _indented(printed) in text, printed


@pytest.mark.parametrize(("name", "language"), [("README.md", "en"), ("README.ko.md", "ko")])
def test_checking_a_file_prints_what_is_printed(
    name: str, language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    code, _ = _codes(text)
    (tmp_path / "layers.py").write_text(code, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    with contextlib.redirect_stdout(io.StringIO()) as out:
        assert main(["check", "layers.py", "--lang", language]) == 1
    printed = re.sub(r"\(\d+\.\d( s|초)\)", r"(0.1\1)", out.getvalue()).rstrip("\n")
    assert _indented(printed) in text, printed


def _codes(text: str) -> list[str]:
    return re.findall(r"```python\n(.*?)```", text, re.DOTALL)


def test_both_languages_have_the_same_sections_and_tables() -> None:
    outlines = []
    for name in ("README.md", "README.ko.md"):
        text = (ROOT / name).read_text(encoding="utf-8")
        headings = [line.split()[0] for line in text.splitlines() if re.match(r"#+ ", line)]
        rows = sum(line.startswith("|") for line in text.splitlines())
        outlines.append((headings, rows))
    assert outlines[0] == outlines[1]


def _printed(code: str, file: Path) -> str:
    file.write_text(code, encoding="utf-8")
    with contextlib.redirect_stdout(io.StringIO()) as out:
        runpy.run_path(str(file))
    return out.getvalue().rstrip("\n")


def _indented(text: str) -> str:
    return "\n".join(f"    {line}".rstrip() for line in text.splitlines())
