"""When to stop looking, in processor seconds."""

from __future__ import annotations

import time

_PAUSE = 0.01  # seconds between two looks at the processor's clock, which are slow on some systems


class Deadline:
    """A moment of processor time; calling it says whether that has passed."""

    def __init__(self, end: float) -> None:
        self.end = end
        self._next, self._over = 0.0, False

    def __call__(self) -> bool:
        """Whether time is up."""
        now = time.perf_counter()
        if now >= self._next:
            self._next, self._over = now + _PAUSE, time.process_time() > self.end
        return self._over
