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
    ("이라", "라"),
    ("이어야", "여야"),
)
_BOTH = {"은(는)": "은", "이(가)": "이", "을(를)": "을", "과(와)": "과", "와(과)": "과",
         "(으)로": "으로", "(이)라": "이라", "(이)에요": "이에요",
         "(이)어야": "이어야"}  # fmt: skip
_OPEN = re.compile("|".join(map(re.escape, _BOTH)))
_DIGITS = dict(zip("0123456789", "영일이삼사오육칠팔구"))
_SIGNS = {"%": "트", "β": "타", "γ": "마", "μ": "뮤", "σ": "마", "ε": "론", "η": "타", "α": "파",
          "ℓ": "엘"}  # fmt: skip
_LETTERS = {
    "l": "엘",
    "m": "엠",
    "n": "엔",
    "r": "알",
}  # the others end in a vowel
# How a longer word in Latin letters ends when read as a word: mean 민, scale 스케일, rate 레이트.
_CLOSED = re.compile(r"(m|n|l|ng|me|ne|le)$")
_VOWEL = re.compile(r"([aiouysxzfhvdj]|[dtscvzg]e)$")


def with_particle(word: str, particle: str) -> str:
    """``word`` with the form of ``particle`` that fits it; "" is no particle.

    >>> with_particle("0.36", "으로"), with_particle("-1/2", "을"), with_particle("x̂", "이")
    ('0.36으로', '-1/2을', 'x̂이')
    """
    return word + _form(particle, _final(word) or "")


def settled(text: str) -> str:
    """A Korean text whose open particles are settled: `을(를)` stays after a word in Latin letters
    whose reading is anyone's guess.

    >>> settled("`dx`을(를) 3(으)로 나눠요. `mean`은(는) 맞아요.")
    '`dx`를 3으로 나눠요. `mean`은 맞아요.'
    """
    if "(" not in text:
        return text

    def chosen(found: re.Match[str]) -> str:
        final = _final(text[: found.start()])
        return found[0] if final is None else _form(_BOTH[found[0]], final)

    return _OPEN.sub(chosen, text)


def _form(particle: str, final: str) -> str:
    pair = next((each for each in _PAIRS if particle in each), None)
    if pair is None:
        return particle
    closed = final not in ("", "ㄹ") if pair[0] == "으로" else final != ""
    return pair[0 if closed else 1]


def _final(word: str) -> str | None:
    """The consonant in which the reading ends; "" if it is a vowel, None where nobody knows."""
    word = word[-80:]
    if "\u0302" in word[-2:]:
        return "ㅅ"  # x̂ is read 엑스 햇
    fraction = re.fullmatch(r".*?(\d+)/\d+", word, re.DOTALL)
    if fraction:  # 1/2 is read 이분의 일
        word = fraction[1]
    letters = [letter for letter in word if letter.isalnum() or letter in _SIGNS]
    if not letters:
        return ""
    last = letters[-1]
    if last == "0":
        return "ㅇ"  # 영, 십
    if last.isascii() and last.isalpha():
        return _of_latin(re.findall(r"[A-Za-z]+", word)[-1])
    last = _DIGITS.get(last, _SIGNS.get(last, last))
    parts = unicodedata.normalize("NFD", last)
    if len(parts) < 3 or not "\uac00" <= last <= "\ud7a3":
        return ""
    return "ㄹ" if parts[2] == "\u11af" else "ㅇ"


def _of_latin(word: str) -> str | None:
    """The end of a word in Latin letters: spelled out where it is short or in capitals."""
    if len(word) <= 2 or word[-1].isupper() or word[-2].isupper():
        last = unicodedata.normalize("NFD", _LETTERS.get(word[-1].lower(), "이"))
        return "" if len(last) < 3 else "ㄹ" if last[2] == "\u11af" else "ㅇ"
    word = word.lower()
    if closed := _CLOSED.search(word):
        return "ㄹ" if closed[0].startswith("l") else "ㅇ"
    return "" if _VOWEL.search(word) else None


__all__ = ["settled", "with_particle"]
