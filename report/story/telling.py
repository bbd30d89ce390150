"""Run the experiments of every chapter, and gather the chapters."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from types import ModuleType

from gradproof.pages.outcomes import one_line
from report.cache import Cache
from report.story.chapters import depth, gradients, layers, line, training, xor
from report.story.records import Drawn, StoryChapter
from report.story.scale import FULL, Scale
from report.story.tasks import Result, Start, begin

# In the order of the course.
CHAPTERS: tuple[ModuleType, ...] = (line, xor, layers, depth, gradients, training)

Told = tuple[StoryChapter, ...]


@dataclass(frozen=True)
class Story:
    """The story, with what is kept of its experiments: None keeps nothing."""

    cache: Cache | None = None
    scale: Scale = FULL
    chapters: tuple[ModuleType, ...] = CHAPTERS

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
    return StoryChapter(name, module.TITLE, module.INTRO, module.FIGURES, blocks)
