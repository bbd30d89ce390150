"""Whether a change uses only names that its place in the source knows."""

from __future__ import annotations

import ast

from gradproof.diagnosis.quantities.forward_only_names import foreign_names
from gradproof.diagnosis.search.repair import Repair
from gradproof.diagnosis.source.source_positions import known_at, parsed
from gradproof.diagnosis.tape.author_words import Naming


def out_of_scope(naming: Naming, repair: Repair) -> bool:
    """Whether a change brings in a variable that the function it is made in does not have.

    What a helper lacks is most often missing where the helper is called. A number of forward is
    written as such.
    """
    site = naming.tape.ops[repair.index].site
    if site is None:
        return False
    words = repair.words(naming)
    brought = _names(words.new) - _names(words.old) - {"np", "self"} - foreign_names(naming)
    known = known_at(naming, site.file, site.line)
    return bool(brought and known) and not brought <= known


def _names(text: str) -> set[str]:
    node = parsed(text)
    return set() if node is None else {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
