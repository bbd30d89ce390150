"""The particle that fits a Korean word, a number or a symbol, by how its end is read aloud."""

from __future__ import annotations

import re
import unicodedata

# (after a consonant, after a vowel); ㄹ counts as a vowel for 으로.
_PAIRS = (
    ("은", "는"),
    ("이", "가"),
    ("을", "를"),
    ("과", "와"),
    ("으로", "로"),
    ("이에요", "예요"),
)
_DIGITS = dict(zip("0123456789", "영일이삼사오육칠팔구"))
_SIGNS = {"%": "트", "x": "스", "y": "이", "w": "유", "b": "비", "m": "엠", "n": "엔", "h": "치",
          "X": "스", "Y": "이", "W": "유", "β": "타", "γ": "마", "μ": "뮤", "σ": "마", "ε": "론",
          "η": "타", "α": "파", "ℓ": "엘", "L": "엘", "R": "알", "N": "엔", "M": "엠"}  # fmt: skip


def with_particle(word: str, particle: str) -> str:
    """``word`` with the form of ``particle`` that fits it; "" is no particle.

    >>> with_particle("0.36", "으로"), with_particle("-1/2", "을"), with_particle("x̂", "이")
    ('0.36으로', '-1/2을', 'x̂이')
    """
    pair = next((each for each in _PAIRS if particle in each), None)
    if pair is None:
        return word + particle
    final = _final(word)
    closed = final not in ("", "ㄹ") if pair[0] == "으로" else final != ""
    return word + pair[0 if closed else 1]


def _final(word: str) -> str:
    """The consonant in which the reading ends; "" where it ends in a vowel."""
    if "\u0302" in word[-2:]:
        return "ㅅ"  # x̂ is read 엑스 햇
    fraction = re.fullmatch(r".*?(\d+)/\d+", word)
    if fraction:  # 1/2 is read 이분의 일
        word = fraction[1]
    letters = [letter for letter in word if letter.isalnum() or letter in _SIGNS]
    if not letters:
        return ""
    last = letters[-1]
    if last == "0":
        return "ㅇ"  # 영, 십
    last = _DIGITS.get(last, _SIGNS.get(last, last))
    parts = unicodedata.normalize("NFD", last)
    if len(parts) < 3 or not "\uac00" <= last <= "\ud7a3":
        return ""
    return "ㄹ" if parts[2] == "\u11af" else "ㅇ"


__all__ = ["with_particle"]
