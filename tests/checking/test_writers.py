"""What a report looks like: text in both languages, JSON, GitHub, JUnit, CSV."""

import csv
import io
import json
import re
from dataclasses import asdict, replace
from importlib.resources import files
from pathlib import Path
from string import Formatter
from xml.etree import ElementTree

import jsonschema
import pytest

from gradproof.checking.formats.command_words import WORDS
from gradproof.checking.formats.failures import value_text
from gradproof.checking.formats.github import commands
from gradproof.checking.formats.junit import junit, write_junit
from gradproof.checking.formats.korean_scopes import in_korean
from gradproof.checking.formats.phrasing import in_their_words
from gradproof.checking.formats.report_style import PLAIN, Style, wants_colour
from gradproof.checking.formats.short_scope import short
from gradproof.checking.formats.spreadsheet import spreadsheet
from gradproof.checking.formats.text_report import print_report
from gradproof.checking.records import Candidate, GradientResult, Report, plain_diagnosis
from gradproof.columns import text_width
from tests.checking.reports import CHECKED, HOLDS, OPEN, SLIP, WRONG, full

SCHEMA = json.loads(files("gradproof.checking").joinpath("schema.json").read_text("utf-8"))


def printed(style=PLAIN, quiet=False):
    out = io.StringIO()
    print_report(full(), out, quiet, style)
    return out.getvalue()


def test_text_has_a_line_each_then_what_was_not_judged_then_what_is_wrong():
    lines = printed().splitlines()
    assert lines[:2] == [
        "layers.py", "PROVED    relu_backward         dx  for all real x, dy (3, 4)",
    ]  # fmt: skip
    assert lines[2].split() == [
        "CHECKED", "max_backward", "[train]", "dx", *["4", "random", "inputs", "(3,", "4);"],
        *["error", "3e-13,", "bound", "2e-11"],
    ]  # fmt: skip
    at = lines.index("REFUTED   square_prime dx (한글/α, 100%.py:7)")
    assert lines[at + 3 : at + 5] == ["  x = [1, 0]", "  dx[0] is 3, but the derivative is 2"]
    assert "  line 9: the factor is 3, not 2" in lines
    assert "    true:  2*x" in lines
    left = [line for line in lines[:at] if line.startswith(("UNDECIDED", "UNMATCHED", "ERROR"))]
    assert left == [
        "UNDECIDED layers.py:21: df dx: y is not finite",
        "UNMATCHED layers.py: tanh_backward: its forward was not found (looked for tanh)",
        "ERROR     broken.py: does not parse: line 1: invalid syntax",
    ]
    end = " ".join(" ".join(lines[-2:]).split())
    assert "4 gradients: 1 PROVED, 1 CHECKED, 1 REFUTED, 1 UNDECIDED; 1 unmatched" in end
    assert end.endswith("Next: mend 한글/α, 100%.py:9, then check again")


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("verbose", [False, True])
def test_every_gradient_of_json_is_on_the_report(language, verbose):
    text = printed(Style(language, verbose=verbose))
    for each in full().as_json()["gradients"]:
        of_it = [line for line in text.splitlines() if each["backward"] in line]
        assert any(each["verdict"] in line and f"d{each['of']}" in line for line in of_it)


def test_gradients_of_one_function_stand_side_by_side():
    several = [replace(HOLDS, of=name) for name in ("x", "w", "lin.W")]
    out = io.StringIO()
    print_report(Report([*several, replace(HOLDS, of="b", scope="for all real b")]), out)
    assert out.getvalue().splitlines()[1:] == [
        "PROVED    relu_backward  dx, dw, d(lin.W)  for all real x, dy (3, 4)",
        "PROVED    relu_backward  db                for all real b",
        "", "4 gradients: 4 PROVED. Nothing to mend",
    ]  # fmt: skip


def test_all_fits_one_hundred_columns():
    name, reason = "a_rather_long_name_of_a_backward_function", "and " * 40 + "so on"
    long = [replace(each, backward=name, of=f"weight_{at}") for each in (HOLDS, CHECKED, OPEN)
            for at in range(9)]  # fmt: skip
    report = Report([replace(each, reason=reason) for each in long])
    out = io.StringIO()
    print_report(report, out)
    assert max(map(len, out.getvalue().splitlines())) <= 100
    assert all(f"dweight_{at}" in out.getvalue() for at in range(9))


@pytest.mark.parametrize(
    ("scope", "limits"),
    [
        ("for all real x, dy of shape (3, 4), real w of shape (4,); exact",
         "for all real x, dy (3, 4), w (4,)"),
        ("for all real x of shape (3,), positive s; with alpha = 0.5; reading 0.5 as 1/2",
         "for all real x (3,), positive s; with alpha = 0.5"),
        ("for every batch size m: for all real x of shape (m, 4) where x > 0",
         "for all real x (m, 4) where x > 0; every batch size m"),
        ("for all real w; for y = [[1.0, 0.0, 1.0], [0.5, 0.25, 2.0]], n = 3",
         "for all real w; for n = 3; y fixed"),
        ("without the guard in line 6: exact; for all real x; with it, not x = 3 is 1",
         "without the guard in line 6; for all real x; with it, it is wrong"),
        ("for all real x; it is wrong for shape (3, 1); something new",
         "for all real x; it is wrong for shape (3, 1); something new"),
    ],
)  # fmt: skip
def test_what_limits_a_verdict_stays_on_its_line(scope, limits):
    assert "; ".join(short(scope).limits) == limits


def test_damage_and_conventions_are_lines_of_their_own():
    note = "dW taken as means over the batch: judged times m = 3, as for a loss per example"
    changed = replace(HOLDS, scope=f"{HOLDS.scope}; changes dy in place; {note}")
    for language, said in (("en", "changes dy in place"), ("ko", "dy의 값을 제자리에서 바꿔요")):
        out = io.StringIO()
        print_report(Report([changed]), out, style=Style(language))
        lines = out.getvalue().splitlines()
        assert f"WARNING   relu_backward: {said}" in lines
        assert any(line.startswith("NOTE      relu_backward dx: ") for line in lines)


def test_verbose_says_all_of_each_gradient():
    text = printed(Style(verbose=True))
    assert "  layers.py:4: relu_backward: d(out)/d(x) (0.1 s): for all real x, dy of shape" in text
    assert "[train] by its output" in text


def test_a_slip_that_spoils_several_gradients_is_told_once():
    wrong = [replace(WRONG, of=name, diagnosis=plain_diagnosis(SLIP)) for name in ("x", "w")]
    out = io.StringIO()
    print_report(replace(full(), gradients=wrong), out)
    assert out.getvalue().count("the factor is 3, not 2") == 1
    assert "  line 9: the same slip as above" in out.getvalue().splitlines()
    other = replace(wrong[1], diagnosis={**plain_diagnosis(SLIP), "fix": "3*x"})
    out = io.StringIO()
    print_report(replace(full(), gradients=[wrong[0], other]), out)
    assert out.getvalue().count("the factor is 3, not 2") == 2


def test_quiet_leaves_out_what_holds():
    assert "PROVED" not in printed(quiet=True)
    assert "REFUTED" in printed(quiet=True)


def test_nothing_is_coloured_but_where_it_is_asked_for():
    assert "\033" not in printed()
    assert "\033[31;1mREFUTED  \033[0m" in printed(Style(colour=True))


def test_control_characters_of_the_checked_code_do_not_reach_the_terminal():
    assert "\x1b" not in printed()
    assert "dx[0] differs\\x1b[31m & <b>" in printed()


def test_korean():
    text = printed(Style("ko"))
    assert "모든 실수 x, dy (3, 4)" in text
    assert "모양이 (3, 4)인 모든 실수 x, dy에 대해" in printed(Style("ko", verbose=True))
    assert "dx[0]: 3 (옳은 도함수는 2)" in text
    assert "9행: 계수는 3이 아니라 2입니다" in text
    assert "1번째 줄의 문법 오류" in text


@pytest.mark.parametrize(
    ("english", "korean"),
    [
        (
            "for every batch size m: for all real x of shape (m, 4), positive v where v > 0",
            "모든 배치 크기 m과, 모양이 (m, 4)인 모든 실수 x, 모든 양수 v에 대해(단, v > 0)",
        ),
        ("2 random inputs of shape (3, 4); no proof: why",
         "모양이 (3, 4)인 무작위 입력 2개; 증명하지 못함: why"),
        ("dW and db taken as means over the batch: judged times m = 3, as for a loss per example",
         "dW and db: 배치 평균으로 보고 m배(m = 3)하여 판정함"
         "(표본마다의 손실을 여기서 평균한 것으로 봄)"),
        ("backward changes dout in place", "backward가 dout의 값을 제자리에서 바꿈"),
        ("without the guard in line 6, 19: 4 random inputs of shape (3, 4); with it, not here",
         "6, 19번째 줄의 안전장치를 뺀 경우, 모양이 (3, 4)인 무작위 입력 4개; "
         "안전장치가 있으면 틀린 곳: here"),
        ("something else; for y = [1, 2]", "something else; y = [1, 2]일 때"),
    ],
)  # fmt: skip
def test_sentences_of_the_engine_in_korean(english, korean):
    assert in_korean(english) == korean


def test_a_terminal_line_goes_on_where_it_ends():
    out = io.StringIO()
    print_report(Report([replace(HOLDS, backward="한글_backward")]), out, style=Style(width=50))
    assert max(map(text_width, out.getvalue().splitlines())) <= 50


@pytest.mark.parametrize(
    ("variables", "terminal", "wanted"),
    [
        ({}, True, True),
        ({}, False, False),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, True, False),
        ({"FORCE_COLOR": "1"}, False, True),
        ({"TERM": "dumb"}, True, False),
    ],
)
def test_who_wants_colour(monkeypatch, variables, terminal, wanted):
    for name in ("NO_COLOR", "FORCE_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    stream = io.StringIO()
    monkeypatch.setattr(stream, "isatty", lambda: terminal, raising=False)
    assert wants_colour(stream) is wanted


def test_json_has_the_documented_form():
    report = json.loads(json.dumps(full().as_json()))
    jsonschema.validate(report, SCHEMA)
    assert report["gradients"][2]["diagnosis"] == {
        "kind": "wrong factor", "message": "the factor is 3, not 2", "line": 9,
        "equation": SLIP.equation, "fix": SLIP.fix, "confirmation": SLIP.confirmation.en,
    }  # fmt: skip
    assert full().as_json("ko")["gradients"][2]["diagnosis"]["message"].startswith("계수는")


@pytest.mark.parametrize(
    "change",
    [{"verdict": "PASSED"}, {"contract": None}, {"line": 0}, {"diagnosis": {"kind": "a"}}],
)
def test_another_form_is_found_out(change):
    report = full().as_json()
    report["gradients"][0] |= change
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(report, SCHEMA)


def test_the_schema_names_every_key():
    wanted = SCHEMA["$defs"]["gradient"]
    # What is said in Korean stands in its place in the report, not beside it.
    kept = set(asdict(HOLDS)) - {"korean"}
    assert set(wanted["required"]) == set(wanted["properties"]) == kept


@pytest.mark.parametrize("name", ["json-schema.md", "json-schema.ko.md"])
def test_every_key_is_documented(name):
    text = (Path(__file__).parents[2] / "docs" / name).read_text(encoding="utf-8")
    listed = set(re.findall(r"`(\w+)`", text))
    for kind in SCHEMA["$defs"].values():
        assert set(kind["properties"]) <= listed


def test_a_diagnosis_survives_the_way_between_processes():
    slip = replace(SLIP, others=(replace(SLIP, kind="sign"),), term="3")
    sent = json.loads(json.dumps(plain_diagnosis(slip)))
    assert GradientResult(**{**asdict(HOLDS), "diagnosis": sent}).slip == slip


def test_github():
    wrong, undecided, unmatched, error, summary = commands(full())
    assert wrong.startswith(
        "::error file=한글/α%2C 100%25.py,line=9,title=REFUTED square_prime%3A d(square())/d(x)::"
    )
    assert "x = [1, 0]%0Adx[0] is 3" in wrong
    assert "\n" not in wrong
    assert undecided.startswith(
        "::warning file=layers.py,line=21,title=UNDECIDED df%3A d(y)/d(x)::"
    )
    assert unmatched.startswith("::warning file=layers.py,title=UNMATCHED tanh_backward::its for")
    assert error == "::error file=broken.py,title=gradproof::does not parse: line 1: invalid syntax"
    assert not summary.startswith("::")


def test_github_says_nothing_of_what_holds():
    assert list(commands(Report([HOLDS, CHECKED]))) == ["2 gradients: 1 PROVED, 1 CHECKED"]


# The elements of Jenkins' junit-10.xsd that occur, their attributes and those they must have.
SHAPE = {
    "testsuites": ({"name", "time", "tests", "failures", "errors", "disabled"}, set()),
    "testsuite": (
        {"name", "tests", "failures", "errors", "time", "disabled", "skipped", "timestamp",
         "hostname", "id", "package"},
        {"name", "tests"},
    ),
    "testcase": ({"name", "assertions", "time", "classname", "status"}, {"name"}),
    "failure": ({"type", "message"}, set()),
    "error": ({"type", "message"}, set()),
    "system-out": (set(), set()),
}  # fmt: skip
CHILDREN = {
    "testsuites": {"testsuite"},
    "testsuite": {"testcase"},
    "testcase": {"failure", "error", "system-out"},
}


def test_junit(tmp_path):
    write_junit(full(), tmp_path / "report.xml")
    root = ElementTree.parse(tmp_path / "report.xml").getroot()
    for each in root.iter():
        allowed, needed = SHAPE[each.tag]
        assert needed <= set(each.attrib) <= allowed
        assert {child.tag for child in each} <= CHILDREN.get(each.tag, set())
    assert [suite.get("name") for suite in root] == ["layers.py", "한글/α, 100%.py", "broken.py"]
    counts = {key: root.get(key) for key in ("tests", "failures", "errors")}
    assert counts == {"tests": "6", "failures": "1", "errors": "3"}
    failure = root.find(".//failure")
    assert failure.get("type") == "REFUTED"
    assert "dx[0] is 3" in failure.text


def test_junit_writes_out_what_xml_cannot_hold():
    bad = replace(WRONG, reason="null \x00, escape \x1b, lone \ud800, \uffff")
    text = ElementTree.tostring(junit(Report([bad])), encoding="unicode")
    ElementTree.fromstring(text)
    assert "null \\x00, escape \\x1b, lone \\ud800, \\uffff" in text


def test_csv():
    rows = list(csv.DictReader(io.StringIO(spreadsheet(full()))))
    assert [row["verdict"] for row in rows] == [
        "PROVED", "CHECKED", "REFUTED", "UNDECIDED", "UNMATCHED", "ERROR",
    ]  # fmt: skip
    assert rows[2]["slip"] == "the factor is 3, not 2"


def test_csv_holds_no_formulas():
    rows = list(csv.DictReader(io.StringIO(spreadsheet(Report([replace(WRONG, reason="=1+1")])))))
    assert rows[0]["detail"] == "'=1+1"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ([1, 0], "x = [1, 0]"),
        (0.5, "x = 0.5"),
        ("relu", "x = relu"),
        ([[0, 0, 0, 0], [0, 2, 0, 0]], "x = zeros of shape (2, 4), x[1, 1] = 2"),
        ([0] * 7, "x = zeros of shape (7,)"),
        ([[1, 2, 3, 4], [0, 0, 0, 0]], "x = [[1, 2, 3, 4], [0, 0, 0, 0]]"),
        ([[0, 0, 0], [0, 0, 0, 0]], "x = [[0, 0, 0], [0, 0, 0, 0]]"),
        ([["a"] * 8], "x = [['a', 'a', 'a', 'a', 'a', 'a', 'a', 'a']]"),
    ],
)
def test_values_of_counterexamples(value, shown):
    assert value_text("x", value) == shown


PAIR = "def f(x):\n    return x\ndef f_backward({}, cache):\n    return {}\n"


@pytest.mark.parametrize(
    ("upstream", "kind", "named"),
    [("dout", "cache", "dout"), ("dy", "cache", "dy"), ("z", "cache", "dy"),
     ("dout", "derivative", "dy")],
)  # fmt: skip
def test_the_upstream_gradient_has_its_authors_name(upstream, kind, named):
    example = {"inputs": {"x": 1, "dy": 2}, "at": "dx", "got": "1", "wanted": "2"}
    result = replace(HOLDS, scope="for all real x, dy", reason="dy!", counterexample=example)
    text = PAIR.format(upstream, upstream)
    found = in_their_words(result, Candidate(kind, "f", "f_backward", 3), text)
    assert found.scope == f"for all real x, {named}"
    assert found.reason == f"{named}!"
    assert list(found.counterexample["inputs"]) == ["x", named]
    taken = replace(result, counterexample={**example, "inputs": {"dy": 2, upstream: 3}})
    assert in_their_words(taken, Candidate(kind, "f", "f_backward", 3), text) == taken


@pytest.mark.parametrize("name", sorted(WORDS))
def test_both_languages_say_the_same_things(name):
    fields = [{part[1] for part in Formatter().parse(t)} - {None} for t in WORDS[name]]
    assert fields[0] == fields[1]
