"""Text for readers, in English and in Korean: the two are equals."""

from __future__ import annotations

import locale
import os
from collections.abc import Mapping
from typing import NamedTuple

from gradproof.particles import settled

LANGUAGES = ("en", "ko")


class Text(NamedTuple):
    """One piece of text in every language the book is printed in."""

    en: str
    ko: str

    def __str__(self) -> str:
        return self.en

    def within(self, language: str) -> str:
        """Return the text in ``language`` ("en" or "ko"); LookupError for any other.

        Korean particles that fit either way, `을(를)`, are settled by what stands before them.
        """
        if language not in LANGUAGES:
            raise LookupError(f"language: expected one of {', '.join(LANGUAGES)}, got {language!r}")
        return settled(self.ko) if language == "ko" else self.en


def system_language(environment: Mapping[str, str] | None = None) -> str:
    """Return "ko" where the system is set to Korean, else "en".

    Order as in POSIX: LC_ALL, LC_MESSAGES, LANG; where none is set (Windows), the locale.
    """
    known = os.environ if environment is None else environment
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if known.get(name):
            return _language(known[name])
    return _language(locale.getlocale()[0] or "")


def _language(name: str) -> str:
    """The language of a locale's name: ko_KR.UTF-8, or Korean_Korea.949 on Windows."""
    return (
        "ko" if name.lower().startswith(("ko_", "ko-", "ko.", "korean")) or name == "ko" else "en"
    )
