"""What the text of a pair promises, beside what was judged of it.

Which gradients a pair has is proposed by the process in which its file runs. The text says it as
well, where backward returns them by name; what is promised there and was not judged is no pass.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence

from gradproof.checking.records import Candidate, GradientResult, Unmatched
from gradproof.checking.source.argument_roles import role_of
from gradproof.checking.source.discover import returned_parts
from gradproof.checking.source.gradient_names import gradient_target
from gradproof.checking.source.syntax import Source

_NONE = "no way was found to call it"
_WITHOUT = ("labels", "index", "switch", "mode", "settings", "small", "context", "optimizer")


def missing(
    file: str, text: str, candidate: Candidate, results: Sequence[GradientResult | Unmatched]
) -> list[Unmatched]:
    """A line for what nobody has judged; none where all is there, or something is said already."""
    judged = {each.of for each in results if isinstance(each, GradientResult)}
    said = [each.name for each in results if isinstance(each, Unmatched)]
    if not results:
        return [Unmatched(file, candidate.title, _NONE)]
    promised = [name for name in promises(text, candidate) if name not in judged]
    if not promised or not judged or said:
        return []
    names = ", ".join(promised)
    reason = f"what it returns as the gradient of {names} was not judged"
    return [Unmatched(file, candidate.title, reason)]


def promises(text: str, candidate: Candidate) -> list[str]:
    """The arguments of forward whose gradients backward returns, by name or one for each."""
    if candidate.kind not in ("cache", "layer"):
        return []
    source = Source(text)
    known = source.parameters(candidate.owner, candidate.forward)
    node = source.node(candidate.owner, candidate.backward)
    parts = [] if node is None else returned_parts(node)
    one_each = len(parts) == len(known) > 1
    in_order: Sequence[str | None] = known if one_each else [None] * len(parts)
    found = [_target(part, known, place) for part, place in zip(parts, in_order)]
    wanted = [name for name in found if name is not None and role_of(name) not in _WITHOUT]
    return list(dict.fromkeys(wanted))


def _target(part: ast.expr, known: Sequence[str], place: str | None) -> str | None:
    """Whose gradient a part of what is returned is: None where the text does not say."""
    if isinstance(part, ast.Constant):  # None: of what has none
        return None
    name = part.id if isinstance(part, ast.Name) else ""
    return gradient_target(name, list(known)) if name else place


__all__ = ["missing", "promises"]
