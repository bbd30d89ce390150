"""``gradproof explain``: the page about one's own file, which no file can make do anything."""

import re
import sys

import pytest

from gradproof import cli
from gradproof.pages.explained.marked_source import marked_lines
from gradproof.verdicts import Edit

pytestmark = pytest.mark.usefixtures("judged_here")

WRONG = """\
import numpy as np

def square(x):
    return x ** 2

def square_prime(x):
    return x / 2  # </script><b>

def cube(x):
    return x ** 3

def cube_prime(x):
    return 3 * x ** 2
"""


def page_of(tmp_path, monkeypatch, source, *options, name="mine.py"):
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).write_text(source, "utf-8")
    status = cli.main(["explain", name, "-o", "page.html", *options])
    return status, (tmp_path / "page.html").read_text("utf-8")


@pytest.mark.sampled(1)
@pytest.mark.parametrize(("language", "head"), [("en", "What is wrong"), ("ko", "틀린 것")])
def test_what_is_wrong_stands_first_and_is_marked_in_the_source(
    tmp_path, monkeypatch, language, head
):
    status, html = page_of(tmp_path, monkeypatch, WRONG, "--lang", language)
    assert status == 1
    assert f'<html lang="{language}">' in html
    assert html.index(head) < html.index("square_prime") < html.index('id="source"')
    struck = re.search(r'<tr id="line-7" class="marked">.*?</tr>', html)[0]
    assert '<del class="wrong">' in struck
    assert '<ins class="right">' in struck
    assert "</script><b>" not in html
    assert html.count('class="marked"') == 1  # what is right is not accused
    assert "+    return" in html  # the change as a diff
    assert "<script" not in html
    assert not re.search(r"(?:src|href)=.http", html)


def test_right_code_has_nothing_under_wrong(tmp_path, monkeypatch):
    status, html = page_of(
        tmp_path, monkeypatch, WRONG.replace("return x / 2  #", "return x * 2  #")
    )
    assert status == 0
    for absent in ('id="wrong"', '<del class="wrong">', 'class="marked"', 'id="fix"'):
        assert absent not in html
    assert html.count("PROVED") > 1


def test_a_file_that_cannot_be_examined_says_why(tmp_path, monkeypatch):
    status, html = page_of(tmp_path, monkeypatch, "def f(:\n", "--lang", "en")
    assert status == 2
    assert 'class="failure"' in html
    assert "def f(:" in re.sub(r"<[^>]+>", "", html)


@pytest.mark.parametrize("package", ["pygments", "jinja2"])
def test_a_package_that_is_missing_is_one_line(tmp_path, monkeypatch, capsys, package):
    """Before anything is judged: nobody waits for a page that cannot be written."""
    monkeypatch.setitem(sys.modules, package, None)
    (tmp_path / "mine.py").write_text(WRONG, "utf-8")
    assert cli.main(["explain", str(tmp_path / "mine.py")]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "pip install 'gradproof[report]'" in line


def test_mistakes_are_one_line(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert cli.main(["explain", "none.py", "--lang", "en"]) == 2
    assert capsys.readouterr().err == "gradproof explain: none.py is not a file\n"
    (tmp_path / "some.py").write_text("x = 1\n")
    assert cli.main(["explain", "some.py", "-o", "no/such/folder.html", "--lang", "en"]) == 2
    assert capsys.readouterr().err.startswith("gradproof explain: no/such/folder.html: ")


# --- marks in the source ----------------------------------------------------------------------


def plain(line):
    text = re.sub(r'<span class="unseen">.*?</span>', "", str(line.html))
    text = re.sub(r"<del[^>]*>", "[", text).replace("</del>", "]")
    text = re.sub(r"<ins[^>]*>", "{", text).replace("</ins>", "}")
    return re.sub(r"<[^>]+>", "", text)


@pytest.mark.parametrize(
    ("edits", "shown"),
    [
        ([(1, 4, 1, 9, "x + y")], ["y = [x - y]{x + y}", "z = 2"]),
        ([(1, 9, 1, 9, " * 2")], ["y = x - y{ * 2}", "z = 2"]),
        ([(1, 6, 2, 3, "")], ["y = x [- y]", "[z =] 2"]),
        ([(1, 4, 2, 5, "1")], ["y = [x - y]", "[z = 2]{1}"]),
        ([(1, 4, 1, 5, "a"), (1, 4, 1, 9, "b"), (2, 4, 2, 5, "3")],
         ["y = [x]{a} - y", "z = [2]{3}"]),
        ([(9, 0, 9, 1, "beyond")], ["y = x - y", "z = 2"]),
    ],
)  # fmt: skip
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_every_edit_stands_beside_what_it_replaces(edits, shown, end):
    lines = marked_lines(
        end.join(["y = x - y", "z = 2", ""]), [Edit("f.py", *edit) for edit in edits], "should be"
    )
    assert [plain(line) for line in lines] == shown
    assert [line.number for line in lines if line.marked] == [
        number for number, text in enumerate(shown, 1) if "[" in text or "{" in text
    ]
