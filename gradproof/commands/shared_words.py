"""What the commands beside ``gradproof check`` say alike."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence

from gradproof.text import Text

SEED = Text("seed of everything that is drawn (default: 0)", "모든 난수의 시드(기본값: 0)")
LANG = Text("language: en or ko (default: the system's)", "언어: en 또는 ko(기본값: 시스템의 언어)")
WROTE = Text("The page is in {path}", "페이지를 {path}에 썼어요")
MISSING = Text(
    "the page needs packages that are not installed: pip install 'gradproof[report]'",
    "페이지에 필요한 패키지가 설치되어 있지 않아요: pip install 'gradproof[report]'",
)


def packages_are_there(names: Sequence[str]) -> bool:
    """Whether packages that a page needs once all is judged are installed: they are asked for
    before, so that nobody waits for a page that cannot be written.

    >>> packages_are_there(["json", "math"]), packages_are_there(["json", "no_such_package"])
    (True, False)
    """
    return all(importlib.util.find_spec(name) is not None for name in names)
