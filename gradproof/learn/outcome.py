"""What came of judging one answer."""

from __future__ import annotations

from dataclasses import dataclass

from gradproof.checking.formats.report_style import broken

_WIDTH = 96


@dataclass(frozen=True)
class Outcome:
    """Whether an answer holds, and the lines for the learner.

    state: "pass", "wrong", "open" (not written yet, or not readable) or "undecided", which is none
    of the others and never a pass.
    """

    state: str
    lines: tuple[str, ...]
    slips: tuple[str, ...] = ()  # the kinds of slip that were found

    @property
    def passed(self) -> bool:
        """Whether the answer holds."""
        return self.state == "pass"


def fitting(line: str) -> list[str]:
    """A line of a report in lines that fit; code and what is marked under it stay as they are."""
    return [line] if line.startswith("  ") else broken(line, _WIDTH)


__all__ = ["Outcome", "fitting"]
