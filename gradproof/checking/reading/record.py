"""A reading as a record: as what a pair was taken, before anything in it was judged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from gradproof.text import Text


@dataclass(frozen=True)
class Input:
    """One argument or parameter.

    shape:  its axes as symbols, the same for the same length; sizes: the lengths that were taken;
    domain: "real", "between 0 and 1", "0 or 1", "whole numbers 0 to 3", or a value that stays.
    varies: whether new values are drawn for it, rather than kept.
    """

    name: str
    shape: tuple[str, ...]
    sizes: tuple[int, ...]
    dtype: str
    domain: str
    varies: bool


@dataclass(frozen=True)
class Reading:
    """As what one pair was read.

    inputs:     what it takes; settings: at which values of what has a default it is judged;
    output:     what is differentiated, by the author's name;
    gradients:  of what each of the judged values is the gradient, in order;
    convention: how backward is called and what its values are taken for;
    evidence:   what in the file said so; unjudged: what is not judged, with the reason.
    """

    file: str
    line: int
    backward: str
    forward: str
    inputs: tuple[Input, ...]
    settings: tuple[str, ...]
    output: str
    gradients: tuple[str, ...]
    convention: str
    evidence: tuple[str, ...]
    unjudged: tuple[str, ...]

    def as_plain(self) -> dict[str, Any]:
        """As data for JSON."""
        return asdict(self)

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Reading:
        """The reading that :meth:`as_plain` was made of."""
        inputs = tuple(
            Input(**{**each, "shape": tuple(each["shape"]), "sizes": tuple(each["sizes"])})
            for each in plain["inputs"]
        )
        lists = {k: tuple(v) for k, v in plain.items() if isinstance(v, list)}
        return cls(**{**plain, **lists, "inputs": inputs})

    def lines(self, language: str = "en") -> Iterator[str]:
        """What ``--explain-reading`` prints."""
        yield f"{self.file}:{self.line}: {self.backward}"
        for each in self.inputs:
            shape = f"({', '.join(each.shape)}{',' * (len(each.shape) == 1)})"
            sizes = ", ".join(f"{s} = {n}" for s, n in dict(zip(each.shape, each.sizes)).items())
            where = f" [{sizes}]" if sizes else ""
            said = f"{_word('input', language)} {each.name} {shape}{where} {each.dtype}"
            yield f"  {said}: {_spoken(each.domain, language)}"
        for name in ("settings", "output", "gradients", "convention", "evidence", "unjudged"):
            value = getattr(self, name)
            for part in (value,) if isinstance(value, str) else value:
                yield f"  {_word(name, language)} {_spoken(part, language)}"


_WORDS = {
    "input": Text("takes", "입력"), "settings": Text("judged for", "설정"),
    "output": Text("returns", "출력"), "gradients": Text("gradient of", "기울기의 대상"),
    "convention": Text("read as", "관례"), "evidence": Text("because", "근거"),
    "unjudged": Text("not judged:", "판정하지 않음:"),
}  # fmt: skip


_DOMAINS = {
    "real": "실수", "positive": "양수", "between 0 and 1": "0과 1 사이", "0 or 1": "0 또는 1",
}  # fmt: skip


def _spoken(text: str, language: str) -> str:
    """What a reading says, in the reader's language."""
    if language == "en":
        return text
    from gradproof.checking.formats.korean_scopes import in_korean

    return _DOMAINS.get(text) or in_korean(text)


def _word(name: str, language: str) -> str:
    return _WORDS[name].within(language)


__all__ = ["Input", "Reading"]
