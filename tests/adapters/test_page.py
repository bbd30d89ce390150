"""The code of docs/adapters.md runs, in both languages, and prints what stands below it."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
PAGES = ("adapters.md", "adapters.ko.md")
_BLOCK = re.compile(r"```python\n(.*?)```\n\n((?:    [^\n]*\n)*)", re.S)
_NEEDED = ("torch", "jax", "numba")


def blocks(page: str) -> list[tuple[str, str]]:
    """Code with the indented lines below it."""
    return _BLOCK.findall((DOCS / page).read_text(encoding="utf-8"))


CASES = [(page, at, *block) for page in PAGES for at, block in enumerate(blocks(page))]


@pytest.mark.parametrize(
    ("page", "at", "code", "printed"), CASES, ids=[f"{page}-{at}" for page, at, *_ in CASES]
)
def test_the_code_prints_what_the_page_says(page: str, at: int, code: str, printed: str) -> None:
    for library in _NEEDED:
        if f"import {library}\n" in code and importlib.util.find_spec(library) is None:
            pytest.skip(f"{library} is not installed")
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(code, f"{page}:{at}", "exec"), {"__name__": "__main__"})
    assert printed.strip(), "every block shows what it prints"
    assert out.getvalue().splitlines() == [line[4:] for line in printed.rstrip().splitlines()]


def test_both_pages_have_the_same_code() -> None:
    english, korean = ([code for code, _ in blocks(page)] for page in PAGES)
    assert len(english) == len(korean) == 10
    without = [re.sub(r"#.*", "", code) for code in english]
    assert without == [re.sub(r"#.*", "", code) for code in korean]
