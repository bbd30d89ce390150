"""In which language a person is spoken to: as asked for, else as their system is set."""

from __future__ import annotations

import locale
import os
from collections.abc import Mapping


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
