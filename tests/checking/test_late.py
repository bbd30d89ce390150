"""Where the code is too slow for a diagnosis, a line says so: nothing is left out in silence."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from gradproof.checking.judgement.raised import CodeError
from gradproof.checking.processes.remote_file import Budget
from gradproof.checking.processes.remote_pair import Diagnoser
from gradproof.slip_kinds import Kind


def asked(error: CodeError) -> tuple[dict[str, Any], list[tuple[str, float, float]]]:
    """What a diagnoser makes of an error, and what it asked for: seconds to wait, and the net."""
    calls: list[tuple[str, float, float]] = []

    def ask(what: str, seconds: float, match: int, until: float) -> Any:
        calls.append((what, seconds, until))
        raise error

    pair: Any = SimpleNamespace(
        file=SimpleNamespace(ask=ask, budget=Budget(60.0)), number=0, wrt=("x", "w")
    )
    return dict(Diagnoser(pair)()), calls


def test_code_that_does_not_end_has_a_line_in_both_languages() -> None:
    found, calls = asked(CodeError("does not end within 45 s", "TimeoutError"))
    assert calls == [("diagnose", 45.0, 30.0)]
    assert set(found) == {"x", "w"}
    said = found["x"]
    assert (said.kind, said.exact) == (Kind.INCONCLUSIVE, False)
    assert said.message.en == (
        "Which slip it is was not found: the code does not end within 45 s, and the search was "
        "stopped."
    )
    assert "45" in said.message.ko


@pytest.mark.parametrize(
    "error", [CodeError("no such row", "ValueError"), CodeError("no such row")]
)
def test_code_that_raises_at_other_inputs_has_a_line(error: CodeError) -> None:
    found = asked(error)[0]
    assert set(found) == {"x", "w"}
    assert "no such row" in found["x"].message.en
    assert "no such row" in found["x"].message.ko
