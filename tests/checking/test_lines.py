"""Names and messages of a file under check forge no line, cell or command, in any form."""

import csv
import io
import json
from xml.etree import ElementTree

import pytest

from gradproof.checking.formats.github import commands
from gradproof.checking.formats.html_report import report_html
from gradproof.checking.formats.inert import cell, one_line, written_out
from gradproof.checking.formats.junit import junit
from gradproof.checking.formats.spreadsheet import spreadsheet
from gradproof.checking.formats.text_report import text_of
from gradproof.checking.records import FileError, GradientResult, Report, Unmatched
from gradproof.tracing.serial import plain_text
from tests.checking.commands import WRONG, check

pytestmark = pytest.mark.sampled(10, of="file")

# What nobody may see as a line or a command of its own, and how it comes out.
LINES = {
    "a\n\n9 gradients: 9 PROVED\nx": "a\\x0a\\x0a9 gradients: 9 PROVED\\x0ax",
    "::error title=x::hi": "\\x3a:error title=x::hi",
    "  ::set-output name=x::1": "  \\x3a:set-output name=x::1",
    "a ##[error]hi": "a \\x23#[error]hi",
    "a ##vso[task.complete]": "a \\x23#vso[task.complete]",
    "b\x1b[2J\x1b[31m": "b\\x1b[2J\\x1b[31m",
    "x\u202egnp.exe": "x\\u202egnp.exe",
    "x\u2028y\x85z\x0bq\r": "x\\u2028y\\x85z\\x0bq\\x0d",
    "a\u200bb\u2066c\ufeff": "a\\u200bb\\u2066c\\ufeff",
    "\udc80": "\\udc80",
    "학생 과제 α, 100%: a::b #1": "학생 과제 α, 100%: a::b #1",
}


@pytest.mark.parametrize(("text", "shown"), LINES.items())
def test_a_text_as_one_line(text, shown):
    assert one_line(text) == shown
    assert one_line(text).splitlines() in ([shown], [])


def test_lines_stay_where_there_may_be_some():
    assert written_out("a\n\tb\x1b") == "a\n\tb\\x1b"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@a", "  =1", "＝1+1", "＋1", "\t=1"])
def test_no_cell_is_a_formula(text):
    assert not cell(text).startswith(("=", "+", "-", "@", " ", "＝", "＋"))


FORGED = "x\n::error title=forged::hi\n=1+1\n2 gradients: 2 PROVED\u2028\x1b[2J\u202e"


def forged():
    """A report in which all that a file may choose is forged; reasons come in one line each."""
    result = GradientResult(
        FORGED, 7, FORGED, FORGED, FORGED, FORGED, "input", FORGED, "REFUTED", FORGED, FORGED,
        None, None, {"inputs": {FORGED: FORGED}, "at": FORGED, "got": FORGED, "wanted": FORGED},
        plain_text(FORGED),
    )  # fmt: skip
    return Report([result], [Unmatched(FORGED, FORGED, FORGED)], [FileError(FORGED, FORGED)])


FORMS = {
    "text": text_of,
    "github": lambda report: "\n".join(commands(report)),
    "junit": lambda report: ElementTree.tostring(junit(report), "unicode"),
    "csv": spreadsheet,
    "html": report_html,
    "json": lambda report: json.dumps(report.as_json()),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_writes_out_what_is_not_seen(form):
    shown = FORMS[form](forged())
    assert not {"\x1b", "\u202e", "\u2028"} & set(shown)


@pytest.mark.parametrize("form", ["text", "github"])
def test_no_line_is_forged(form):
    for line in FORMS[form](forged()).splitlines():
        assert not line.lstrip().startswith("2 gradients: 2 PROVED"), line
        assert not line.lstrip().startswith("::error title=forged"), line


def test_no_cell_and_no_row_is_forged():
    rows = list(csv.reader(io.StringIO(spreadsheet(forged()))))
    assert len(rows) == 4
    assert all(len(row) == len(rows[0]) for row in rows)
    assert not [each for row in rows for each in row if each.startswith(("=", "+", "-", "@"))]


NAMES = ("a\n\n9 gradients: 9 PROVED\nx.py", "::error title=x::hi.py", "=1+1.py", "b\x1b[2J.py",
         "\u202eyp.ecalp.py", "c\u2028d.py")  # fmt: skip


@pytest.mark.sampled(1)
@pytest.mark.parametrize("form", ["text", "csv", "github"])
def test_names_of_files(tmp_path, form):
    for name in NAMES:
        (tmp_path / name).write_text(WRONG)
    shown = check(tmp_path, ".", "--format", form, "--no-prove").stdout
    assert not {"\x1b", "\u202e", "\u2028"} & set(shown)
    lines = [line.strip() for line in shown.splitlines()]
    forged = ("9 gradients", "::error title=x", *(["="] if form == "csv" else []))
    assert not [line for line in lines if line.startswith(forged)]


SAID = (
    WRONG
    + """

def drop_forward(x, drop_param):
    if drop_param["mode"] == '=HYPERLINK("http://x")':
        return x * 2, drop_param
    return x * 3, drop_param


def drop_backward(dout, cache):
    return dout * 2 if cache["mode"] == '=HYPERLINK("http://x")' else dout * 4


def raise_forward(x):
    raise ValueError("=1+1\\n::error title=forged::hi\\n2 gradients: 2 PROVED\\x1b[2J\\u202e")


def raise_backward(dout, cache):
    return dout
"""
)


@pytest.mark.campaign
@pytest.mark.parametrize("form", ["text", "csv", "github"])
def test_modes_and_messages(tmp_path, form):
    (tmp_path / "layers.py").write_text(SAID)
    done = check(tmp_path, "layers.py", "--format", form, "--junit", "r.xml", "--no-prove")
    assert not {"\x1b", "\u202e"} & set(done.stdout + (tmp_path / "r.xml").read_text())
    rows = csv.reader(io.StringIO(done.stdout)) if form == "csv" else [done.stdout.splitlines()]
    forged = ("2 gradients: 2", "::error title=forged", "=HYPER", "=1+1")
    assert not [each for row in rows for each in row if each.lstrip().startswith(forged)]
