"""The README's code runs, and prints what the README says it prints."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("name", ["README.md", "README.ko.md"])
def test_the_code_prints_what_is_printed(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    wrong = re.search(r"```python\n(.*?)```", text, re.DOTALL)
    assert wrong is not None
    right = wrong[1].replace("(1 - y)", "(1 - y**2)")
    assert right != wrong[1]
    for code in (wrong[1], right):
        assert _indented(_printed(code)) in text, _printed(code)


def test_both_languages_have_the_same_sections_and_tables() -> None:
    outlines = []
    for name in ("README.md", "README.ko.md"):
        text = (ROOT / name).read_text(encoding="utf-8")
        headings = [line.split()[0] for line in text.splitlines() if re.match(r"#+ ", line)]
        rows = sum(line.startswith("|") for line in text.splitlines())
        outlines.append((headings, rows))
    assert outlines[0] == outlines[1]


def _printed(code: str) -> str:
    with contextlib.redirect_stdout(io.StringIO()) as out:
        exec(code, {})
    return out.getvalue().rstrip("\n")


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())
