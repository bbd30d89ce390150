"""Run the experiments of every chapter, and gather the chapters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from types import ModuleType

from gradproof.pages.outcomes import one_line
from report.cache import Cache
from report.story.chapters import depth, gradients, layers, line, xor
from report.story.records import Drawn, StoryChapter
from report.story.scale import FULL, Scale
from report.story.tasks import Result, Start, results_of, start_here

# In the order of the course.
CHAPTERS: tuple[ModuleType, ...] = (line, xor, layers, depth, gradients)


def tell(
    cache: Cache | None = None,
    start: Start = start_here,
    scale: Scale = FULL,
    quiet: bool = True,
) -> tuple[StoryChapter, ...]:
    """Every chapter, from cached results and from experiments that are run now."""
    plans = [(chapter, chapter.tasks(scale)) for chapter in CHAPTERS]
    tasks = [task for _, groups in plans for group in groups.values() for task in group]
    results = iter(results_of(tasks, cache, start, quiet))
    return tuple(
        _chapter(
            module, {name: list(islice(results, len(group))) for name, group in groups.items()}
        )
        for module, groups in plans
    )


def _chapter(module: ModuleType, results: Mapping[str, Sequence[Result]]) -> StoryChapter:
    name = module.__name__.rpartition(".")[2].replace("_", "-")
    try:
        blocks = module.blocks(results)
    except Exception as raised:  # a chapter that breaks down says so, and the book goes on
        blocks = (Drawn(name, None, error=one_line(raised)),)
    return StoryChapter(name, module.TITLE, module.INTRO, module.FIGURES, blocks)
