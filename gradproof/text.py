"""Text for readers, in English and in Korean: the two are equals."""

from __future__ import annotations

from typing import NamedTuple

LANGUAGES = ("en", "ko")


class Text(NamedTuple):
    """One piece of text in every language the book is printed in."""

    en: str
    ko: str

    def __str__(self) -> str:
        return self.en

    def within(self, language: str) -> str:
        """Return the text in ``language`` ("en" or "ko"); LookupError for any other."""
        if language not in LANGUAGES:
            raise LookupError(f"language: expected one of {', '.join(LANGUAGES)}, got {language!r}")
        return str(getattr(self, language))
