"""What gradproof says is what the golden file says, and a line that was altered is found.

A sample, chosen by a hash of the names; ``python -m tests.golden`` runs every case.
"""

from __future__ import annotations

import itertools
import json
import shutil
from pathlib import Path

import pytest

from tests.golden.__main__ import main, matching
from tests.golden.cases import FAMILIES, Case, cases, sampled
from tests.golden.lines import SAID, line_of, moved, numbered, of_cases, read
from tests.golden.running import Heard, listen, other_words

PARTLY = ("planted", "slips")  # of which a sample is written down so far: --new --update adds more
WRITTEN = {name for family in FAMILIES for name, _ in read(family)}
# By their names: to make the cases themselves takes seconds, too long for a list of tests.
SAMPLE = sampled([Case(*name.split("/", 1), run=list) for name in sorted(WRITTEN)], 1)
CHEAP = "variants/tanh (wrong) drop a minus: -x -> x"


@pytest.mark.parametrize("named", SAMPLE, ids=str)
def test_what_is_said_is_what_is_written_down(named: Case) -> None:
    (case,) = (each for each in cases(named.family) if str(each) == str(named))
    heard = Heard()
    listen([case], heard)
    written = of_cases(read(case.family), [str(case)])
    assert written
    assert "\n".join(moved(written, heard.lines)) == ""


def test_every_case_is_written_down_and_nothing_else() -> None:
    names = {str(case) for case in cases()}
    assert names >= WRITTEN
    assert {name for name in names - WRITTEN if not name.startswith(PARTLY)} == set()
    assert len(names - WRITTEN) < len(names) / 1.5


@pytest.mark.parametrize(
    ("field", "value"),
    [("verdict", "CHECKED"), ("scope", "for all real x"), ("kind", "wrong sign")],
)
def test_an_altered_line_is_found_and_put_right(
    field: str, value: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "said"
    shutil.copytree(SAID, folder)
    arguments = ["--only", CHEAP, "--quiet"]
    assert main(arguments, folder) == 0
    _alter(folder / "variants.jsonl", field, value)
    capsys.readouterr()
    assert main(arguments, folder) == 1
    assert f"  - {field:8} {value}\n" in capsys.readouterr().out
    assert main([*arguments, "--update"], folder) == 0
    text = (folder / "variants.jsonl").read_text("utf-8")
    assert text == (SAID / "variants.jsonl").read_text("utf-8")


def _alter(path: Path, field: str, value: str) -> None:
    rows = path.read_text("utf-8").splitlines()
    at = next(k for k, row in enumerate(rows) if json.loads(row)["case"] in CHEAP)
    rows[at] = json.dumps({**json.loads(rows[at]), field: value}, ensure_ascii=False)
    path.write_text("\n".join(rows) + "\n", "utf-8")


def test_a_line_that_came_or_went_is_one_row() -> None:
    line = line_of("PROVED", "for all real x", "", None)
    assert list(moved({("a/b", "x"): line}, {})) == [
        "x of a/b\n  - verdict PROVED, scope for all real x"
    ]
    assert list(moved({}, {("a/b", ""): line})) == ["a/b\n  + verdict PROVED, scope for all real x"]


def test_a_case_that_stands_twice_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "corpus.jsonl").write_text('{"case": "a", "verdict": "PROVED"}\n' * 2)
    with pytest.raises(ValueError, match=r"corpus\.jsonl:2: corpus/a stands there twice"):
        read("corpus", tmp_path)


def test_names_are_told_apart_and_patterns_choose_among_them() -> None:
    assert numbered(["a", "b", "a"]) == ["a", "b", "a #2"]
    every = cases("proofs")
    assert len({str(case) for case in every}) == len(every)
    assert {str(case) for case in matching(every, "proofs/conv?d*")} == {"proofs/conv2d images"}
    assert "proofs/max_pool" in {str(case) for case in matching(every, "proofs/max_*")}
    assert main(["--only", "no such case"]) == 2


def test_words_that_depend_on_the_load_are_found(capsys: pytest.CaptureFixture[str]) -> None:
    """A case that says something else each time is found; one that counts its work is not."""
    times = itertools.count()
    clocked = Case("proofs", "clocked", lambda: [("x", {}, f"found at turn {next(times)}")])
    assert other_words([clocked], 1) == [
        "x of proofs/clocked\n  - found at turn 0\n  + found at turn 1"
    ]
    assert main(["--beside", "1", "--only", CHEAP, "--quiet"]) == 0
    assert "1 cases alone and beside 1 busy processes: 0 differ" in capsys.readouterr().out


def test_an_error_of_the_library_is_pinned_as_one() -> None:
    def broken() -> list[object]:
        raise ZeroDivisionError("by zero")

    heard = Heard()
    listen([Case("proofs", "broken", broken)], heard)  # type: ignore[arg-type]
    assert heard.lines == {
        ("proofs/broken", ""): {
            "verdict": "RAISED",
            "reason": "ZeroDivisionError: by zero",
        }
    }
