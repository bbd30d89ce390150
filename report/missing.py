"""What the chapters of a book ask for and do not get."""

from __future__ import annotations

from collections.abc import Sequence

from gradproof.pages import Page
from report.prose import Prose
from report.story.records import StoryChapter

# What a pull of each kind takes of the story.
STORY_KINDS = {
    "fig": ("drawn", "stepped", "html"), "claim": ("claim",), "say": ("say",), "code": ("code",),
    "proof": ("proof", "beside"),
}  # fmt: skip


def problems_of(
    prose: Prose | None, story: Sequence[StoryChapter], pages: Sequence[Page]
) -> list[str]:
    """What the chapters ask for and do not get, and what was made and stands in none of them."""
    if prose is None:
        return []
    made = {name: block for chapter in story for name, block in chapter.parts.items()}
    figures = {name for chapter in story for name in chapter.figures}
    found: list[str] = []
    for language, chapters in prose.chapters.items():
        pulled: list[str] = []
        groups: set[str] = set()
        for chapter in chapters:
            found += chapter.problems
            for pull in chapter.pulls:
                place = f"chapter {chapter.name}.{language}"
                if pull.kind in STORY_KINDS:
                    pulled.append(pull.name)
                    block = made.get(pull.name)
                    if block is None or block.kind not in STORY_KINDS[pull.kind]:
                        found.append(f"{place}: {pull}: there is none")
                elif pull.kind == "ops":
                    groups.add(pull.name)
        found += [f"{language}: {name}: stands twice" for name in sorted(set(pulled))
                  if pulled.count(name) > 1]  # fmt: skip
        inside = {each.name for name in pulled if name in made and made[name].kind == "beside"
                  for each in (*made[name].left, *made[name].right)}  # type: ignore[union-attr]  # fmt: skip
        found += [f"{language}: figure {name}: stands in no chapter"
                  for name in sorted(figures - set(pulled) - inside)]  # fmt: skip
        found += [f"{language}: operation {page.name}: no chapter has {{ops "
                  f"{page.derivation.chapter}}}" for page in pages
                  if str(page.derivation.chapter) not in groups]  # fmt: skip
    return found


__all__ = ["STORY_KINDS", "problems_of"]
