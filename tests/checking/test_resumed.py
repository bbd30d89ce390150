"""A run that was ended goes on where it was; what has changed since is judged again."""

import pytest

from gradproof import cli
from gradproof.checking import run as runner
from gradproof.checking.processes.isolate import Options
from tests.checking.commands import RIGHT, WRONG

HELPED = RIGHT.replace("def square_forward", "import helper\n\n\ndef square_forward").replace(
    "dout * 2 * x", "dout * helper.TWO * x"
)


@pytest.fixture
def examined(monkeypatch, in_this_process):
    """The names of the files that are examined, as they come."""
    seen = []
    honest = runner.examine_file

    def note(path, options, shown=""):
        seen.append(path.name)
        return honest(path, options, shown)

    monkeypatch.setattr(runner, "examine_file", note)
    return seen


@pytest.mark.usefixtures("unexplained")
def test_only_what_has_changed_is_judged_again(tmp_path, examined):
    work, kept = tmp_path / "work", tmp_path / "kept.jsonl"
    work.mkdir()
    (work / "a.py").write_text(RIGHT)
    (work / "b.py").write_text(WRONG)
    (work / "c.py").write_text(HELPED)
    (work / "helper.py").write_text("TWO = 2\n")

    def run(**options):
        examined.clear()
        report = runner.run([str(work)], Options(prove=False, **options), jobs=1, resume=kept)
        return report, sorted(examined)

    first, judged = run()
    assert judged == ["a.py", "b.py", "c.py", "helper.py"]
    again, judged = run()
    assert judged == []
    assert again.as_plain() == first.as_plain()
    with kept.open("a") as file:
        file.write('{"key": "half a line')
    (work / "b.py").write_text(RIGHT)
    third, judged = run()
    assert judged == ["b.py"]
    assert [g.verdict for g in third.gradients] == ["CHECKED"] * 3
    (work / "helper.py").write_text("TWO = 3\n")
    _, judged = run()
    assert judged == ["c.py", "helper.py"]
    assert run(seed=1)[1] == ["a.py", "b.py", "c.py", "helper.py"]


def test_no_file_is_believed_that_stands_where_submissions_do(tmp_path, monkeypatch, capsys):
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "a.py").write_text(RIGHT)
    monkeypatch.chdir(tmp_path)
    assert cli.main(["check", "work", "--resume", "work/kept.jsonl"]) == 2
    assert "would be believed" in capsys.readouterr().err
    (tmp_path / "gradproof.toml").write_text('resume = "kept.jsonl"\n')
    assert cli.main(["check", "work"]) == 2
    assert "command line" in capsys.readouterr().err


def test_what_has_not_changed_is_known_until_it_is_asked_for_anew(tmp_path, examined, monkeypatch):
    from gradproof.checking.sandbox.linux_namespaces import ALL

    file, folder = tmp_path / "layers.py", tmp_path / "kept"
    file.write_text(HELPED + "\nTABLE = open('table.txt') if False else 'table.txt'\n")
    (tmp_path / "helper.py").write_text("TWO = 2\n")
    (tmp_path / "table.txt").write_text("1")
    isolation = list(ALL)
    honest = runner.examine_file

    def isolated(path, options, shown=""):
        report = honest(path, options, shown)
        report.isolation = isolation
        return report

    monkeypatch.setattr(runner, "examine_file", isolated)

    def run(fresh=False):
        examined.clear()
        return runner.run([str(file)], Options(prove=False), stored=folder, fresh=fresh)

    first = run()
    assert (len(examined), first.known) == (1, [])
    again = run()
    assert (examined, again.known) == ([], [str(file)])
    assert again.gradients == first.gradients
    assert "(--fresh judges anew)" in str(again)
    run(fresh=True)
    assert len(examined) == 1
    for name, text in (("table.txt", "2"), ("helper.py", "TWO = 3\n"), ("layers.py", HELPED)):
        (tmp_path / name).write_text(text)
        run()
        assert len(examined) == 1, name
    file.write_text(WRONG)
    isolation.pop()  # a file that could write anywhere might have written what is kept
    run()
    run()
    assert len(examined) == 1
    folder.chmod(0o777)
    isolation.append("x")
    run()
    assert len(examined) == 1


@pytest.mark.usefixtures("in_this_process", "unexplained")
def test_damage_in_place_is_an_error_where_it_is_asked_for(tmp_path, capsys):
    file = tmp_path / "layers.py"
    file.write_text("""import numpy as np
def relu_forward(x):
    return np.maximum(x, 0), x
def relu_backward(dout, x):
    dout[x <= 0] = 0
    return dout
""")
    assert cli.main(["check", str(file)]) == 0
    assert "WARNING   relu_backward: changes dout in place" in capsys.readouterr().out
    assert cli.main(["check", str(file), "--strict", "--quiet"]) == 1
    assert "ERROR     relu_backward: changes dout in place" in capsys.readouterr().out
    file.write_text(RIGHT)
    assert cli.main(["check", str(file), "--strict"]) == 0
