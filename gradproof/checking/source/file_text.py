"""Read the text of a Python file, or say in one line why it cannot be read."""

from __future__ import annotations

import ast
import codecs
import io
import os
import stat
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
        data = regular_bytes(path)
    except OSError as error:
        return "", f"cannot be read: {error.strerror or error}"
    if not data.strip():
        return "", EMPTY
    text, reason = code_of(data) if path.suffix == SUFFIX else _decoded(data)
    reason = reason or _fault(text)
    return ("", reason) if reason else (text, "")


def regular_bytes(path: Path, most: int = _MOST_BYTES) -> bytes:
    """What is in a file. Raises OSError where it has more bytes, or where it is no regular file: a
    pipe may keep whoever reads it waiting, a device gives bytes without end."""
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with open(handle, "rb") as file:
        about = os.fstat(handle)
        if not stat.S_ISREG(about.st_mode):
            raise OSError("it is no regular file")
        data = file.read(most + 1)
    if len(data) > most:
        raise OSError(f"it is {about.st_size / 2**20:.0f} MB long")
    return data


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
        where = f"line {error.lineno}: {error.msg}" if error.lineno else f"{error.msg}"
        if any(word in (error.msg or "") for word in _PYTHON_2):
            return f"does not parse, it seems to be Python 2 ({where})"
        return f"does not parse: {where}"
    except (ValueError, RecursionError, MemoryError) as error:
        return f"does not parse: {type(error).__name__}: {error}"
    return ""


__all__ = ["EMPTY", "read_source", "regular_bytes"]
