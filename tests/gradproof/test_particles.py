"""Korean particles after symbols and numbers, as their ends are read aloud."""

import pytest

from gradproof.particles import settled
from gradproof.text import Text


@pytest.mark.parametrize(
    ("open_", "said"),
    [("`dx`을(를)", "`dx`를"), ("`n`은(는)", "`n`은"), ("3(으)로", "3으로"),
     ("`r ** 2`이(가)", "`r ** 2`가"), ("`mean`을(를)", "`mean`을"), ("`scale`(으)로", "`scale`로"),
     ("축 0을(를)", "축 0을"),
     ("(3, 4)(이)에요", "(3, 4)예요"), ("`W.T`(이)라고", "`W.T`라고"), ("값은(는)", "값은")],
)  # fmt: skip
def test_particles_are_settled(open_: str, said: str) -> None:
    assert settled(open_) == said
    assert Text("", open_).within("ko") == said


def test_what_nobody_can_read_aloud_stays_open() -> None:
    assert settled("`dout`을(를)") == "`dout`을(를)"
    assert settled("없어요 (3행)") == "없어요 (3행)"
