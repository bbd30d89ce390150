"""What the commands beside ``gradproof check`` say alike."""

from __future__ import annotations

from gradproof.text import Text

SEED = Text("seed of everything that is drawn (default: 0)", "모든 난수의 시드(기본값: 0)")
LANG = Text("language: en or ko (default: the system's)", "언어: en 또는 ko(기본값: 시스템의 언어)")
WROTE = Text("The page is in {path}", "페이지를 {path}에 썼어요")
MISSING = Text(
    "the page needs packages that are not installed: pip install 'gradproof[report]'",
    "페이지에 필요한 패키지가 설치되어 있지 않아요: pip install 'gradproof[report]'",
)
