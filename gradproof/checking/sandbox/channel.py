"""The channel between the trusted side and the process of the file under check.

A message is a JSON object followed by the bytes of its arrays: eight bytes of lengths, the object,
the arrays one after the other, little-endian. Nothing is unpickled. Whoever reads checks every
length, dtype and shape before an array is made, and takes memory only for what has arrived.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

# As they are before a file runs, which may put others in the place of those of NumPy and json.
_as_array, _contiguous, _dumps = np.asarray, np.ascontiguousarray, json.dumps
Array = np.ndarray[Any, Any]
Message = tuple[dict[str, Any], list[Array]]

MOST_HEADER = 16 * 2**20
MOST_BYTES = 32 * 2**20
MOST_AXES = 32
# What arrays may be made of: truth values, integers, real and complex numbers.
DTYPES = {
    name: np.dtype(name)
    for name in (
        "|b1", "|i1", "<i2", "<i4", "<i8", "|u1", "<u2", "<u4", "<u8", "<f2", "<f4", "<f8",
        "<c8", "<c16",
    )
}  # fmt: skip
_LENGTHS = struct.Struct("<II")
_ARRAYS = "arrays"


class ChannelError(Exception):
    """What came is no message; the text says why."""


def encoded(header: Mapping[str, Any], arrays: Sequence[Any] = ()) -> bytes:
    """Return a message as bytes. Raises ChannelError for arrays of other dtypes or too large."""
    described, parts = [], []
    for each in arrays:
        array = _as_array(each)
        dtype = array.dtype.newbyteorder("<").str
        if dtype not in DTYPES:
            raise ChannelError(f"an array of dtype {array.dtype} cannot be sent")
        described.append([dtype, list(array.shape), _sort(each)])
        parts.append(_contiguous(array, DTYPES[dtype]).tobytes())
    body = b"".join(parts)
    text = _dumps({**header, _ARRAYS: described}, separators=(",", ":")).encode()
    if len(text) > MOST_HEADER or len(body) > MOST_BYTES:
        raise ChannelError(f"a message of {(len(text) + len(body)) / 2**20:.0f} MB is too long")
    return b"".join((_LENGTHS.pack(len(text), len(body)), text, body))


def _sort(value: Any) -> int:
    """0 for an array, 1 for a NumPy scalar, 2 for a Python number: code may tell them apart."""
    if isinstance(value, np.ndarray):
        return 0
    return 1 if isinstance(value, np.generic) else 2


def decoded(read: Callable[[int], bytes | bytearray]) -> Message:
    """Read one message; ``read(n)`` returns n bytes. Raises ChannelError for what is none."""
    text_length, length = _LENGTHS.unpack(read(_LENGTHS.size))
    if text_length > MOST_HEADER or length > MOST_BYTES:
        raise ChannelError("lengths that no message has")
    text = read(text_length)
    try:
        header = json.loads(bytes(text).decode("utf-8"))
    except (ValueError, RecursionError):
        raise ChannelError("bytes that are no JSON") from None
    if not isinstance(header, dict):
        raise ChannelError("JSON that is no object")
    described = header.pop(_ARRAYS, None)
    shapes = _described(described)
    if sum(dtype.itemsize * count for dtype, _, count, _ in shapes) != length:
        raise ChannelError("arrays of another size than was said")
    body = read(length)
    arrays, start = [], 0
    for dtype, shape, count, sort in shapes:
        part = bytes(body[start : start + dtype.itemsize * count])
        array = np.frombuffer(part, dtype).reshape(shape).copy()
        start += dtype.itemsize * count
        arrays.append(array if not sort else array[()] if sort == 1 else array.item())
    return header, arrays


def _described(value: Any) -> list[tuple[np.dtype, tuple[int, ...], int, int]]:
    if not isinstance(value, list):
        raise ChannelError("a message that does not list its arrays")
    out = []
    for each in value:
        if not isinstance(each, list) or len(each) != 3 or str(each[0]) not in DTYPES:
            raise ChannelError("an array of no known dtype")
        dtype, shape, sort = DTYPES[str(each[0])], each[1], each[2]
        fits = isinstance(shape, list) and len(shape) <= MOST_AXES
        if not fits or not all(type(n) is int and 0 <= n <= MOST_BYTES for n in shape):
            raise ChannelError("an array without a shape")
        if sort not in (0, 1, 2) or (sort and shape):
            raise ChannelError("a number with axes")
        out.append((dtype, tuple(shape), math.prod(shape), sort))
    return out


__all__ = ["DTYPES", "ChannelError", "Message", "decoded", "encoded"]
