"""Read the text of a Python file, or say in one line why it cannot be read."""

from __future__ import annotations

import ast
import codecs
import io
import tokenize
import warnings
from pathlib import Path

from gradproof.checking.source.ipynb import SUFFIX, code_of

_PYTHON_2 = ("print", "except", "leading zeros", "exec", "Multiple exception types")
EMPTY = "is empty"
_MOST_BYTES = 8 * 2**20


def read_source(path: Path) -> tuple[str, str]:
    """Return the text of a file and why there is none; one of the two is empty.

    Encodings are those of Python: what the first two lines say (PEP 263), or a byte order mark, or
    UTF-8. The text is known to parse.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        return "", f"cannot be read: {error.strerror or error}"
    if len(data) > _MOST_BYTES:
        return "", f"cannot be read: it is {len(data) / 2**20:.0f} MB long"
    if not data.strip():
        return "", EMPTY
    text, reason = code_of(data) if path.suffix == SUFFIX else _decoded(data)
    reason = reason or _fault(text)
    return ("", reason) if reason else (text, "")


def _decoded(data: bytes) -> tuple[str, str]:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "", "cannot be read: it is in UTF-16, which Python cannot run; save it as UTF-8"
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    except SyntaxError as error:
        return "", _not_utf8(data) or f"cannot be read: {error.msg}"
    try:
        return io.TextIOWrapper(io.BytesIO(data), encoding).read(), ""
    except UnicodeDecodeError:
        return "", _not_utf8(data) or f"cannot be read: it is not in {encoding}, as it says"
    except LookupError:
        return "", f"cannot be read: there is no encoding {encoding!r}"


def _not_utf8(data: bytes) -> str:
    """What to say of a file that names no encoding and is not in UTF-8."""
    lines = data.splitlines()[:2]
    if any(b"coding" in line for line in lines):
        return ""
    try:
        data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        hint = "save it as UTF-8" + ", or put # -*- coding: cp949 -*- into line 1" * _korean(data)
        return (
            f"cannot be read: line {line} is not in UTF-8, and no other encoding is named; {hint}"
        )
    return ""


def _korean(data: bytes) -> bool:
    try:
        text = data.decode("cp949")
    except UnicodeDecodeError:
        return False
    return any("가" <= c <= "힣" for c in text)


def _fault(text: str) -> str:
    """Why the text does not parse; "" if it does."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(text)
    except SyntaxError as error:
        where = f"line {error.lineno}: {error.msg}"
        if any(word in (error.msg or "") for word in _PYTHON_2):
            return f"does not parse, it seems to be Python 2 ({where})"
        return f"does not parse: {where}"
    except (ValueError, RecursionError, MemoryError) as error:
        return f"does not parse: {type(error).__name__}: {error}"
    return ""


__all__ = ["EMPTY", "read_source"]
