"""The channel: what goes in comes out, and whatever else arrives is refused."""

import json
import random
import struct

import numpy as np
import pytest

from gradproof.checking.judgement.raised import raised
from gradproof.checking.sandbox.channel import ChannelError, decoded, encoded


def reader(data):
    """read(n) of these bytes; EOFError beyond them, as a closed channel."""
    left = bytearray(data)

    def read(count):
        if count > len(left):
            raise EOFError
        part = bytes(left[:count])
        del left[:count]
        return part

    return read


VALUES = [
    np.arange(6.0).reshape(2, 3), np.arange(6.0).reshape(2, 3).T, np.float32([1, np.nan, -0.0]),
    np.array(3.5), np.float64(3.5), 3.5, 7, True, np.int64(7), np.array([True, False]),
    np.zeros((0, 4)), np.array([1 + 2j]), np.arange(3, dtype=">f8"), np.float16([0.5, np.inf]),
]  # fmt: skip


def test_arrays_and_numbers_come_back_as_they_went():
    header, found = decoded(reader(encoded({"id": 5, "text": "기울기"}, VALUES)))
    assert header == {"id": 5, "text": "기울기"}
    for value, back in zip(VALUES, found, strict=True):
        assert type(back) is type(value)
        assert np.shape(back) == np.shape(value)
        assert np.asarray(back).tobytes() == np.ascontiguousarray(value).astype(
            np.asarray(value).dtype.newbyteorder("<")).tobytes()  # fmt: skip


def test_what_came_can_be_written_to():
    _, (array,) = decoded(reader(encoded({}, [np.ones(3)])))
    array[0] = 2.0
    assert array.tolist() == [2.0, 1.0, 1.0]


@pytest.mark.parametrize(
    "value", [np.array([object()]), np.array(["a"]), np.array([1], "m8[s]"), np.longdouble(1)]
)
def test_other_dtypes_are_not_sent(value):
    with pytest.raises(ChannelError, match="dtype"):
        encoded({}, [value])


def message(text, body=b""):
    data = text if isinstance(text, bytes) else json.dumps(text).encode()
    return struct.pack("<II", len(data), len(body)) + data + body


@pytest.mark.parametrize(
    "data",
    [
        struct.pack("<II", 2**32 - 1, 0),
        struct.pack("<II", 2, 2**32 - 1) + b"{}",
        message(b"\xff\xfe"),
        message(b"[" * 100_000),
        message(b"1" * 5_000),
        message([]),
        message({}),
        message({"arrays": 3}),
        message({"arrays": [["|O8", [1], 0]]}, bytes(8)),
        message({"arrays": [["<f8", [2], 0]]}, bytes(8)),
        message({"arrays": [["<f8", [-1], 0]]}, bytes(8)),
        message({"arrays": [["<f8", [2**31, 2**31, 2**31], 0]]}, bytes(8)),
        message({"arrays": [["<f8", [True], 0]]}, bytes(8)),
        message({"arrays": [["<f8", [1.0], 0]]}, bytes(8)),
        message({"arrays": [["<f8", [1], 1]]}, bytes(8)),
        message({"arrays": [["<f8", [1] * 40, 0]]}, bytes(8)),
        message({"arrays": [["<f8", [], 0, 0]]}, bytes(8)),
        message({"arrays": [[["<f8"], [], 0]]}, bytes(8)),
    ],
)
def test_what_is_no_message_is_refused(data):
    with pytest.raises(ChannelError):
        decoded(reader(data))


def test_no_bytes_make_anything_but_a_message_or_a_refusal():
    rng = random.Random(5)
    good = encoded({"id": 1, "run": 0, "changed": []}, [np.ones((2, 2)), 3.0])
    for _ in range(2000):
        data = bytearray(good)
        for _ in range(rng.randrange(1, 4)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        try:
            header, arrays = decoded(reader(data))
        except (ChannelError, EOFError):
            continue
        assert isinstance(header, dict)
        assert all(np.asarray(a).dtype.kind in "biufc" for a in arrays)


def test_errors_are_of_a_known_kind_and_carry_their_name():
    error = raised(
        ["ShapeError", "ValueError", "Exception", "BaseException", "object"], "bad\x1b[0m"
    )
    assert isinstance(error, ValueError)
    assert f"{type(error).__name__}: {error}" == "ShapeError: bad [0m"


@pytest.mark.parametrize("kinds", [["MemoryError"], ["RecursionError", "RuntimeError"], ["Gone"],
                                   ["KeyboardInterrupt"], ["no name"], [], None, 3])  # fmt: skip
def test_no_error_is_taken_for_one_of_this_side(kinds):
    error = raised(kinds, None)
    assert isinstance(error, Exception)
    assert not isinstance(error, (MemoryError, RecursionError, OSError))
