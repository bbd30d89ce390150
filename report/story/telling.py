"""Run the experiments of every chapter, and gather the chapters."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from types import ModuleType

from gradproof.pages.outcomes import one_line
from report.cache import Cache
from report.prose import CHAPTERS as PROSE
from report.prose import Prose, read_prose
from report.story.chapters import (
    by_hand,
    depth,
    diagrams,
    gradients,
    layers,
    line,
    normal,
    start,
    training,
    xor,
)
from report.story.records import Drawn, StoryChapter
from report.story.scale import FULL, Scale
from report.story.tasks import Result, Start, begin

# In the order of the course.
CHAPTERS: tuple[ModuleType, ...] = (
    start, diagrams, line, xor, layers, by_hand, normal, depth, gradients, training,
)  # fmt: skip

Told = tuple[StoryChapter, ...]


@dataclass(frozen=True)
class Story:
    """The story, with what is kept of its experiments: None keeps nothing."""

    cache: Cache | None = None
    scale: Scale = FULL
    chapters: tuple[ModuleType, ...] = CHAPTERS
    folder: Path = PROSE

    def prose(self) -> Prose:
        """The chapters' words, with what the story computed in them."""
        values = {
            f"{module.__name__.rpartition('.')[2]}.{name}": value
            for module in self.chapters
            for name, value in getattr(module, "VALUES", {}).items()
        }
        return read_prose(values, self.folder)

    def begin(self, start: Start) -> Callable[[bool], Told]:
        """Start every experiment that is not kept; the answer, told whether quietly, waits."""
        plans = [(chapter, chapter.tasks(self.scale)) for chapter in self.chapters]
        tasks = [task for _, groups in plans for group in groups.values() for task in group]
        begun = begin(tasks, self.cache, start)

        def finish(quiet: bool) -> Told:
            results = iter(begun(quiet))
            return tuple(
                _chapter(
                    module, {name: list(islice(results, len(of))) for name, of in groups.items()}
                )
                for module, groups in plans
            )

        return finish


def _chapter(module: ModuleType, results: Mapping[str, Sequence[Result]]) -> StoryChapter:
    name = module.__name__.rpartition(".")[2]
    try:
        blocks = module.blocks(results)
    except Exception as raised:  # a chapter that breaks down says so, and the book goes on
        blocks = (Drawn(name, None, error=one_line(raised)),)
    return StoryChapter(name, module.FIGURES, blocks)
