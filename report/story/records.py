"""What a chapter of the story is made of. A template prints it; nothing here computes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from markupsafe import Markup

from gradproof.pages.outcomes import one_line
from gradproof.pages.page import Line
from gradproof.pages.stepped.stepper import Stepper
from gradproof.text import Text
from gradproof.verdicts import Verdict
from report.story.tasks import Result

Cell = Text | str


@dataclass(frozen=True)
class Key:
    """What one line, dot or area of a drawing stands for; ``number`` is that of its colour."""

    number: int
    text: Cell
    kind: str = "line"


@dataclass(frozen=True)
class Panel:
    """One drawing, with its heading."""

    svg: Markup
    title: Cell = ""


@dataclass(frozen=True)
class Table:
    """Figures behind a drawing: a row's first cell says what it is about."""

    head: tuple[Cell, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True)
class Figure:
    """Drawings with what was run for them and what is seen, in words made from their data."""

    panels: tuple[Panel, ...]
    ran: Text
    seen: tuple[Text, ...]
    keys: tuple[Key, ...] = ()
    columns: int = 1
    table: Table | None = None


@dataclass(frozen=True)
class Say:
    """A sentence that depends on what was found."""

    name: str
    text: Text
    kind: ClassVar[str] = "say"


@dataclass(frozen=True)
class Drawn:
    """A figure in its place; or the packages it lacks, or the line that says why it broke."""

    name: str
    figure: Figure | None
    missing: tuple[str, ...] = ()
    error: str = ""
    kind: ClassVar[str] = "drawn"


@dataclass(frozen=True)
class Proof:
    """A proof line by line, each with its mark."""

    name: str
    title: Text
    lines: tuple[Line, ...]
    kind: ClassVar[str] = "proof"


@dataclass(frozen=True)
class Claim:
    """A sentence and the verdict on it."""

    name: str
    text: Text
    verdict: Verdict
    kind: ClassVar[str] = "claim"


@dataclass(frozen=True)
class Code:
    """A listing, and under it what it printed."""

    name: str
    source: Markup
    place: str
    printed: str = ""
    kind: ClassVar[str] = "code"


@dataclass(frozen=True)
class Stepped:
    """A picture to step through."""

    name: str
    stepper: Stepper
    kind: ClassVar[str] = "stepped"


@dataclass(frozen=True)
class Html:
    """A figure that is written as it stands in the page."""

    name: str
    html: Markup
    kind: ClassVar[str] = "html"


@dataclass(frozen=True)
class Beside:
    """Blocks that stand side by side where there is room."""

    name: str
    left: tuple[Block, ...]
    right: tuple[Block, ...]
    kind: ClassVar[str] = "beside"


Block = Say | Drawn | Proof | Claim | Code | Beside | Stepped | Html


@dataclass(frozen=True)
class StoryChapter:
    """What is computed for one chapter: ``figures`` names every figure that has to be there."""

    name: str
    figures: tuple[str, ...]
    blocks: tuple[Block, ...]

    def problems(self) -> list[str]:
        """What does not hold or could not be made, a line each."""
        blocks = list(_flat(self.blocks))
        drawn = {block.name: block for block in blocks if isinstance(block, Drawn)}
        made = {block.name for block in blocks if isinstance(block, Drawn | Stepped | Html)}
        absent = [name for name in self.figures if name not in made]
        lines = [f"figure {name}: was not made" for name in absent]
        lines += [f"figure {each.name}: {each.error}" for each in drawn.values() if each.error]
        for block in blocks:
            if isinstance(block, Claim) and not block.verdict.holds:
                lines.append(
                    f"{block.verdict.claim}: {block.verdict.status}: {block.verdict.reason}"
                )
            if isinstance(block, Proof):
                lines += [line.mark.detail for line in block.lines if not line.mark.holds]
        return [f"{self.name}, {line}" for line in lines]

    @property
    def parts(self) -> dict[str, Block]:
        """Every block by its name, those that stand side by side as well."""
        return {block.name: block for block in (*self.blocks, *_flat(self.blocks))}

    @property
    def claims(self) -> tuple[Claim, ...]:
        """Every claim of the chapter."""
        return tuple(block for block in _flat(self.blocks) if isinstance(block, Claim))


def drawn(name: str, results: Sequence[Result], make: Callable[[], Figure]) -> Drawn:
    """Make a figure from results; what is missing or breaks is said in its place."""
    missing = tuple(sorted({package for each in results for package in each.missing}))
    if missing:
        return Drawn(name, None, missing=missing)
    error = next((each.error for each in results if each.error), "")
    if error:
        return Drawn(name, None, error=error)
    try:
        return Drawn(name, make())
    except Exception as raised:  # the book goes on, and says so here and on the board
        return Drawn(name, None, error=one_line(raised))


def _flat(blocks: Sequence[Block]) -> list[Block]:
    found: list[Block] = []
    for block in blocks:
        found += _flat((*block.left, *block.right)) if isinstance(block, Beside) else [block]
    return found
