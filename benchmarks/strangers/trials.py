"""One case: a kind, its inputs, their precision and the mode of the check, all from two numbers."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from benchmarks.strangers.draws import PROFILES, SCALES, Draw
from benchmarks.strangers.kinds import Array, Kind, kind_of

MODES = ("auto", "auto", "full", "sketch", "directional", "jvp", "jacobian")
# (dtype of the inputs, precision of the arithmetic inside).
MANNERS, SHARES = ("", "over dy", "on an object"), (0.88, 0.06, 0.06)
PRECISIONS = (
    *(("float64", ""),) * 6, *(("float32", ""),) * 2, ("float16", ""),
    ("float64", "float32"), ("float64", "float16"),
    ("float32", "bfloat16"), ("float64", "bfloat16"),
)  # fmt: skip
SIZES = ((0.5, 1, 8), (0.4, 8, 60), (0.08, 60, 600), (0.015, 600, 6_000), (0.005, 6_000, 200_000))
# Functions that are not elementwise are dear in some modes.
DEAR = {"auto": 3_000, "full": 300, "sketch": 3_000, "directional": 20_000}
# Draws until forward has a finite value.
_TRIES = 8


@dataclass(frozen=True)
class Trial:
    """What is checked, and how."""

    seed: int
    turn: int
    kind: Kind
    inputs: tuple[Array, ...]
    extra: dict[str, Any]
    dtype: str
    inside: str
    mode: str
    profile: str
    scale: float
    finite: bool
    manner: str = ""

    def __str__(self) -> str:
        shapes = " ".join(str(each.shape) for each in self.inputs)
        inside = f" ({self.inside} inside)" if self.inside else ""
        manner = f", {self.manner}" if self.manner else ""
        return (
            f"{self.kind.name}, {self.dtype}{inside} {shapes}, {self.profile} {self.scale:.0e}, "
            f"{self.mode}{manner}"
        )

    @property
    def name(self) -> str:
        """What the case is repeated by."""
        return f"{self.seed}:{self.turn}:{self.kind.name}"

    @property
    def check_seed(self) -> int:
        """The seed that the check is given."""
        return 1000 * self.seed + self.turn

    @property
    def eps(self) -> float:
        """Of the arithmetic of the rule."""
        return EPS[self.inside or self.dtype]

    def forward(self, *inputs: Any) -> Any:
        """y, of the dtype of the inputs."""
        if not self.inside:
            return self.kind.forward(*inputs, **self.extra)
        narrow = NARROW[self.inside]
        y = self.kind.forward(*(narrow(x) for x in inputs), **self.extra)
        return np.asarray(narrow(y), self.dtype)

    def backward(self, dy: Any, *inputs: Any) -> tuple[Array, ...]:
        """The gradients by the rule."""
        if not self.inside:
            return tuple(self.kind.backward(dy, *inputs, **self.extra))
        narrow = NARROW[self.inside]
        found = self.kind.backward(narrow(dy), *(narrow(x) for x in inputs), **self.extra)
        return tuple(np.asarray(narrow(each), self.dtype) for each in found)

    def jvp(self, inputs: Any, tangents: Any) -> Any:
        """The tangent of y by the rule."""
        assert self.kind.jvp is not None
        return self.kind.jvp(inputs, tangents, **self.extra)


def _bfloat16(x: Any) -> Array:
    """float32 with 8 bits of significand, rounded to nearest even."""
    bits = np.ascontiguousarray(x, np.float32).view(np.uint32)
    even = (bits >> 16) & 1
    rounded = (bits + np.uint32(0x7FFF) + even) & np.uint32(0xFFFF0000)
    return rounded.view(np.float32).reshape(np.shape(x))


NARROW: dict[str, Callable[[Any], Array]] = {
    "float32": lambda x: np.asarray(x, np.float32),
    "float16": lambda x: np.asarray(x, np.float16),
    "bfloat16": _bfloat16,
}
EPS = {
    "float64": 2.0**-52, "float32": 2.0**-23, "float16": 2.0**-10, "bfloat16": 2.0**-7,
}  # fmt: skip


def stream(seed: int, turn: int, name: str, purpose: int = 0) -> np.random.Generator:
    """Random numbers of one case of one kind, whichever other kinds there are."""
    return np.random.default_rng([seed, turn, zlib.crc32(name.encode()), purpose])


def trial(seed: int, turn: int, name: str) -> Trial:
    """Case ``turn`` of a kind."""
    kind = kind_of(name)
    rng = stream(seed, turn, name)
    mode = MODES[int(rng.integers(len(MODES)))]
    if mode == "jvp" and kind.jvp is None:
        mode = "full"
    dtype, inside = PRECISIONS[int(rng.integers(len(PRECISIONS)))]
    if (inside and not kind.narrow) or mode in ("jvp", "jacobian"):
        dtype, inside = "float64", ""
    count = _count(rng, kind, mode)
    for _ in range(_TRIES):
        profile = PROFILES[int(rng.integers(len(PROFILES)))]
        scale = float(rng.choice(SCALES))
        if "float16" in (dtype, inside):
            scale = float(np.clip(scale, 1e-3, 1e2))
        with np.errstate(all="ignore"):
            inputs, extra = kind.draw(Draw(rng, profile, scale, count, kind.kinks))
            wanted = tuple(_as(x, dtype, inside) for x in inputs)
            found = Trial(
                seed, turn, kind, wanted, extra, dtype, inside, mode, profile, scale, True,
                _manner(rng, wanted, mode),
            )  # fmt: skip
            if _finite(found):
                return found
    return replace(found, finite=False)


def _manner(rng: np.random.Generator, inputs: tuple[Array, ...], mode: str) -> str:
    """How a right rule is written, where that is possible: over dy, or with state on an object."""
    if mode in ("jvp", "jacobian") or sum(x.size for x in inputs) > 20_000:
        return ""
    return str(rng.choice(MANNERS, p=SHARES))


def _as(x: Array, dtype: str, inside: str) -> Array:
    """Inputs that the arithmetic inside can hold, so that it starts at the point given."""
    x = NARROW[inside](x) if inside else x
    return np.array(x, dtype)


def _finite(case: Trial) -> bool:
    try:
        y = case.forward(*(x.copy() for x in case.inputs))
    except (ValueError, ArithmeticError, TypeError, np.linalg.LinAlgError):
        return False  # TypeError: linear algebra has no float16
    parts = y if isinstance(y, (tuple, list)) else (y,)
    return all(bool(np.isfinite(np.asarray(part, float)).all()) for part in parts)


def _count(rng: np.random.Generator, kind: Kind, mode: str) -> int:
    shares = np.array([share for share, _, _ in SIZES])
    _, low, high = SIZES[int(rng.choice(len(SIZES), p=shares))]
    count = int(np.exp(rng.uniform(np.log(low), np.log(high))))
    if mode in ("jvp", "jacobian"):
        return min(count, 24)
    return count if kind.most > 200 else min(count, DEAR[mode])
