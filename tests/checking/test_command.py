"""``gradproof check``: what it prints, and its exit status."""

import json
from pathlib import Path

import pytest

from gradproof.checking.records import FileError, Report
from gradproof.checking.source.named_paths import files_of
from gradproof.cli import main
from tests.checking.corpus import FOLDER

pytestmark = pytest.mark.sampled(8, of="file")

RIGHT = """
import numpy as np

def square(x):
    return x ** 2

def square_prime(x):
    return 2 * x
"""
WRONG = RIGHT.replace("2 * x", "3 * x")
LONELY = RIGHT + "\ndef relu_backward(dout, cache):\n    return dout\n"
FIELDS = {
    "file", "line", "forward", "backward", "of", "output", "contract", "mode", "verdict", "method",
    "scope", "max_error", "bound", "counterexample", "diagnosis", "seconds", "reason", "cell",
    "chance",
}  # fmt: skip


def test_right_is_0(file, capsys):
    assert main(["check", file(RIGHT)]) == 0
    out = capsys.readouterr().out
    assert "PROVED" in out
    assert "square_prime" in out
    assert "1 gradient: 1 PROVED" in out
    assert "\033" not in out


@pytest.mark.usefixtures("judged_here")
def test_wrong_is_1_with_a_counterexample(file, capsys):
    assert main(["check", file(WRONG)]) == 1
    out = capsys.readouterr().out
    assert "REFUTED" in out
    assert "but the derivative is" in out


@pytest.mark.usefixtures("in_this_process")
def test_unmatched_is_3(file, capsys):
    assert main(["check", file(LONELY)]) == 3
    assert "relu_forward" in capsys.readouterr().out


@pytest.mark.usefixtures("in_this_process")
def test_refuted_counts_more_than_unmatched(file, capsys):
    assert main(["check", file(WRONG), file(LONELY, "lonely.py")]) == 1


@pytest.mark.usefixtures("in_this_process")
def test_nothing_found_is_2_with_an_example(file, capsys):
    assert main(["check", file("x = 1\n")]) == 2
    out = capsys.readouterr().out
    assert "def relu_backward(dout, cache)" in out


def written(path, content=b""):
    path.write_bytes(content)
    return path


def unreadable(tmp_path):
    """A file that cannot be read, also where the tests run as root: a folder's loop of links."""
    path = tmp_path / "loop.py"
    path.symlink_to(path)
    return path


@pytest.mark.usefixtures("in_this_process")
@pytest.mark.parametrize(
    ("named", "words"),
    [
        (lambda tmp: tmp / "at all.py", "no such file, folder or module"),
        (lambda tmp: written(tmp / "layers.py").with_name("layer.py"), "did you mean"),
        (lambda tmp: "a_module.that_is_nowhere", "no such file, folder or module"),
        (lambda tmp: tmp, "a folder without Python files"),
        (lambda tmp: written(tmp / "b.py", b"\x7fELF\x00\xff\xfe"), "cannot be read"),
        (lambda tmp: written(tmp / "b.py", b"x = 1\x00"), "null byte"),
        (lambda tmp: written(tmp / "b.py", b"def f(:"), "does not parse: line 1"),
        (unreadable, "no such file, folder or module"),
    ],
)
def test_what_cannot_be_examined_is_2_and_one_line(tmp_path, capsys, named, words):
    assert main(["check", str(named(tmp_path))]) == 2
    told = capsys.readouterr()
    line, count = told.out.split("\n\n")
    assert line.startswith("ERROR     ")
    assert "\n" not in line.replace("\n          ", " ")
    assert words in " ".join(line.split())
    assert count.startswith("0 gradients; 1 not examined. Next: ")
    assert told.err == ""


def test_a_module_is_found_without_running_its_package(tmp_path, monkeypatch, capsys):
    package = tmp_path / "my_package"
    package.mkdir()
    written(package / "__init__.py", b"raise SystemExit(5)")
    written(package / "layers.py", WRONG.encode())
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("gradproof.checking.processes.judges.Judges.reports", _seen)
    assert main(["check", "my_package.layers"]) == 2
    assert str(Path("my_package", "layers.py")) in capsys.readouterr().out
    assert main(["check", "my_package", "--jobs", "1"]) == 2
    assert "__init__.py" in capsys.readouterr().out


def _seen(_, files):
    for number, (path, _) in enumerate(files):
        yield number, Report(errors=[FileError(str(path), "seen")])


def test_folders_of_other_people_are_left_out(tmp_path):
    for name in ("a.py", ".hidden/b.py", "venv/c.py", "node_modules/d.py", "old/e.py", "f.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        written(tmp_path / name)
    written(tmp_path / "venv" / "pyvenv.cfg")
    found, errors = files_of([str(tmp_path)], exclude=["old/*"])
    assert [path.name for path in found] == ["a.py"]
    assert errors == []


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--seed", "-1"], "--seed: expected a whole number from 0 up, got -1"),
        (["--seed", "one"], "--seed: expected a whole number from 0 up, got 'one'"),
        (["--timeout", "0"], "--timeout: expected a positive number of seconds, got 0"),
        (["--timeout", "-5"], "--timeout: expected a positive number of seconds, got -5"),
        (["--timeout", "nan"], "--timeout: expected a positive number of seconds, got nan"),
        (["--memory", "-1"], "--memory: expected a positive whole number of megabytes, got -1"),
        (["--jobs", "0"], "--jobs: expected a whole number from 1 up, got 0"),
        (["--format", "xml"], "--format: expected one of text, json, github, csv, got 'xml'"),
        (["--lang", "fr"], "--lang: expected one of en, ko, got 'fr'"),
        (["--junit", "nowhere/at/all.xml"], "--junit nowhere/at/all.xml: cannot write there: No"),
        (["--config", "nowhere.toml"], "nowhere.toml: cannot be read: No such file"),
    ],
)
def test_wrong_options_are_2_and_one_line(file, capsys, options, words):
    assert main(["check", file(RIGHT), *options]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"gradproof check: {words}")
    assert len(err.splitlines()) == 1


def test_a_mistyped_option_is_asked_about(capsys):
    with pytest.raises(SystemExit):
        main(["check", "f.py", "--tmeout=5"])
    assert "did you mean --timeout?" in capsys.readouterr().err


def test_the_command_left_out_is_asked_about(file, capsys):
    with pytest.raises(SystemExit):
        main([file(RIGHT)])
    assert f"did you mean gradproof check {file(RIGHT)}?" in capsys.readouterr().err


def test_only_with_a_name_that_is_near(file, capsys):
    assert main(["check", file(RIGHT), "--only", "square_prim"]) == 2
    assert "--only: no pair is called square_prim; did you mean square_prime" in (
        capsys.readouterr().out
    )  # fmt: skip


@pytest.mark.parametrize("options", [[], ["check"], ["other"], ["check", "f.py", "--sed", "1"]])
def test_usage_is_2(options, capsys):
    with pytest.raises(SystemExit) as stop:
        main(options)
    assert stop.value.code == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


@pytest.mark.usefixtures("in_this_process")
def test_json(file, capsys):
    assert main(["check", "--json", file(WRONG)]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["schema"] == 1
    assert set(found) == {
        "schema", "gradients", "unmatched", "errors", "configuration", "isolation",
    }  # fmt: skip
    (gradient,) = found["gradients"]
    assert set(gradient) == FIELDS
    assert gradient["line"] == 7
    assert gradient["of"] == "x"
    assert gradient["diagnosis"]["kind"] == "wrong factor"
    assert gradient["diagnosis"]["line"] == 8
    assert set(gradient["counterexample"]) == {"inputs", "at", "got", "wanted"}


@pytest.mark.usefixtures("in_this_process")
def test_only(capsys):
    path = str(FOLDER / "activations_prime.py")
    assert main(["check", path, "--only", "grad_square", "--only", "tanh", "--json"]) == 0
    names = [g["backward"] for g in json.loads(capsys.readouterr().out)["gradients"]]
    assert names == ["tanh_derivative", "grad_square"]
    assert main(["check", path, "--only", "nothing"]) == 2
    assert "tanh_derivative" in capsys.readouterr().out


@pytest.mark.usefixtures("in_this_process")
def test_quiet_prints_what_does_not_hold(file, capsys):
    assert main(["check", "--quiet", file(RIGHT)]) == 0
    assert capsys.readouterr().out == ""


@pytest.mark.usefixtures("in_this_process")
def test_no_prove(file, capsys):
    assert main(["check", "--no-prove", file(RIGHT)]) == 0
    assert "CHECKED" in capsys.readouterr().out


LOSSY = RIGHT.replace("x ** 2", "1 / (1 + np.exp(-x))").replace(
    "return 2 * x", "s = square(x)\n    return s * (1 - s)"
)


@pytest.mark.usefixtures("in_this_process")
def test_arithmetic_is_looked_at_where_it_is_asked_for(file, capsys):
    path = file(LOSSY)
    assert main(["check", "--arithmetic", "--json", path]) == 0
    (found,) = json.loads(capsys.readouterr().out)["gradients"]
    assert found["verdict"] == "PROVED"
    assert found["diagnosis"]["kind"] == "right formula, lost digits"
    assert "x = 40" in found["diagnosis"]["message"]
    assert main(["check", "--json", path]) == 0
    assert json.loads(capsys.readouterr().out)["gradients"][0]["diagnosis"] is None


@pytest.mark.usefixtures("in_this_process")
def test_folder(file, tmp_path, capsys):
    file(RIGHT)
    file("x = 1\n", "nothing.py")
    assert main(["check", str(tmp_path)]) == 0
    assert "nothing.py" not in capsys.readouterr().out


@pytest.mark.usefixtures("in_this_process")
def test_of_several_folders_one_in_which_nothing_is_found(file, tmp_path, capsys):
    for name, text in (("alice", RIGHT), ("bob", "x = 1\n")):
        (tmp_path / name).mkdir()
        file(text, f"{name}/layers.py")
        file("", f"{name}/__init__.py")
    assert (
        main(["check", str(tmp_path / "alice"), str(tmp_path / "bob"), "--no-prove", "--jobs", "1"])
        == 2
    )
    out = capsys.readouterr().out
    told = " ".join(out.split())
    assert out.count("ERROR     ") == 1
    assert f"ERROR {tmp_path / 'bob'}: no forward/backward pair was found" in told
    assert "1 gradient: 1 CHECKED; files without pairs: 3; 1 not examined. Next:" in told


@pytest.mark.usefixtures("in_this_process")
def test_folder_in_which_nothing_is_found(file, tmp_path, capsys):
    file("x = 1\n", "nothing.py")
    assert main(["check", str(tmp_path)]) == 2
    assert "no forward/backward pair was found" in " ".join(capsys.readouterr().out.split())


@pytest.mark.usefixtures("in_this_process")
def test_a_named_file_in_which_nothing_is_found_is_an_error(file, capsys):
    assert main(["check", file(RIGHT), file("x = 1\n", "nothing.py")]) == 2


def test_files_side_by_side_come_in_order(file, capsys):
    paths = [file(WRONG, f"{name}.py") for name in "ba"]
    assert main(["check", *paths, "--jobs", "2", "--no-prove", "--junit", file("", "r.xml")]) == 1
    lines = capsys.readouterr().out.splitlines()
    heads = [line for line in lines if line.startswith("REFUTED ")]
    assert heads == [f"REFUTED   square_prime dx ({path}:7)" for path in paths]
    assert "2 gradients: 2 REFUTED. Next: mend" in lines[-1] + lines[-2]
    assert Path(file("", "other.xml")).with_name("r.xml").read_text().count("<failure") == 2


@pytest.mark.parametrize("option", [["--json"], ["--format", "csv"], ["--format", "github"]])
def test_what_programs_read_is_nothing_but_that(file, capsys, option):
    assert main(["check", file("x = 1"), *option, "--lang", "ko"]) == 2
    out = capsys.readouterr().out
    assert out.startswith(("{", "file,line", "::error file="))
    assert "ERROR     " not in out


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_fault_of_our_own_costs_one_file(file, monkeypatch, capsys, jobs):
    """A path with a null character stands for whatever nobody thought of."""
    monkeypatch.setattr(
        "gradproof.checking.run.files_of", lambda *_: ([Path("a\0b"), Path(fine)], [])
    )
    fine = file("def f(:")
    assert main(["check", fine, "--jobs", jobs]) == 2
    first, *others = capsys.readouterr().out.splitlines()
    assert first.startswith("ERROR     a\\x00b: gradproof failed, please report it: ValueError")
    assert "does not parse" in " ".join(" ".join(others).split())
