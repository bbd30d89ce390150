"""How large the experiments are: the book's size, and a tiny one that only shows that they run."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """How much of everything.

    seeds, starts: repetitions; paired: seeds where settings are compared; share: of the usual
    epochs; grid: net of a boundary plot; depths: numbers of hidden layers; activations: how many
    of them, None for all.
    """

    seeds: int = 5
    paired: int = 8
    starts: int = 20
    share: float = 1.0
    grid: int = 61
    depths: tuple[int, ...] = (0, 1, 2, 4, 8, 12)
    activations: int | None = None

    def epochs(self, usual: int) -> int:
        """So many epochs instead of the usual number."""
        return max(2, round(usual * self.share))


FULL = Scale()
TINY = Scale(seeds=2, paired=2, starts=2, share=0.0, grid=7, depths=(0, 2), activations=2)
