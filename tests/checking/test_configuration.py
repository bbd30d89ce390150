"""gradproof.toml and [tool.gradproof]: where they are looked for, what they may say."""

import pytest

from gradproof.checking import configuration
from gradproof.checking.options import UsageError, defaults
from gradproof.checking.source.declared import Declared
from gradproof.cli import main


def table(folder, text, name="gradproof.toml"):
    folder.mkdir(exist_ok=True, parents=True)
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_options_and_pairs(tmp_path):
    path = table(
        tmp_path,
        'timeout = 5\nonly = ["relu"]\nprove = false\n[[pair]]\nforward = "f"\nbackward = "g"\n',
    )
    found = configuration.find([], tmp_path)
    assert found.options == {"timeout": 5, "only": ("relu",), "prove": False}
    assert found.pairs == (Declared("f", "g", where=f"{path}: pair 1"),)
    assert found.path == path


def test_pyproject(tmp_path):
    table(tmp_path, "[project]\nname = 'a'\n[tool.gradproof]\nseed = 3\n", "pyproject.toml")
    assert configuration.find([], tmp_path).options == {"seed": 3}


def test_a_pyproject_without_the_table_is_passed_over(tmp_path):
    table(tmp_path, "seed = 4")
    inner = table(tmp_path / "inner", "[project]\nname = 'a'\n", "pyproject.toml").parent
    assert configuration.find([], inner).options == {"seed": 4}


def test_the_current_folder_counts_and_not_where_the_files_are(tmp_path):
    here, there = table(tmp_path / "here", "seed = 1"), table(tmp_path / "there", "seed = 2")
    (tmp_path / "there" / "layers.py").write_text("")
    for named in ("there", "there/layers.py"):
        found = configuration.find([str(tmp_path / named)], tmp_path / "here")
        assert (found.options, found.path) == ({"seed": 1}, here)
        assert found.passed_over == (there,)


def test_beside_a_file_in_the_current_folder_it_is_read(tmp_path):
    path = table(tmp_path, "seed = 1")
    (tmp_path / "layers.py").write_text("")
    found = configuration.find(["layers.py"], tmp_path)
    assert (found.path, found.passed_over) == (path, ())


def test_a_submission_does_not_decide_how_it_is_judged(tmp_path):
    above = table(tmp_path, "seed = 3")
    table(tmp_path / "all" / "one", "timeout = 0.001")
    (tmp_path / "all" / "one" / "deep").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "all", target_is_directory=True)
    for here, name in (("", "all"), ("all/one", "."), ("all/one", ".."), ("all/one/deep", ".."),
                       ("all/one", str(tmp_path / "link"))):  # fmt: skip
        found = configuration.find([name], tmp_path / here)
        assert (found.options, found.path) == ({"seed": 3}, above), (here, name)


def test_what_is_passed_over_is_not_parsed(tmp_path):
    path = table(tmp_path / "one", "timeout = ")
    other = table(tmp_path / "one", "[tool.gradproof]\n]", "pyproject.toml")
    table(tmp_path / "two", "[project]\n", "pyproject.toml")
    found = configuration.find(["one", "two"], tmp_path)
    assert found.passed_over == (path, other)


@pytest.mark.parametrize("name", ["../r.xml", "layers.py", "link.xml"])
def test_where_a_configuration_may_not_write(tmp_path, name):
    path = table(tmp_path / "project", "")
    (tmp_path / "project" / "layers.py").write_text("x = 1")
    (tmp_path / "marks").write_text("")
    (tmp_path / "project" / "link.xml").symlink_to(tmp_path / "marks")
    with pytest.raises(UsageError, match="is not written"):
        configuration.own_output(name, path)


def test_where_a_configuration_may_write(tmp_path):
    path = table(tmp_path, "")
    (tmp_path / "old.xml").write_text("<?xml version='1.0'?>\n<testsuites/>")
    for name in ("new.xml", "old.xml"):
        assert configuration.own_output(name, path) == (tmp_path / name).resolve()


def test_nothing_above_a_project_counts(tmp_path):
    table(tmp_path, "seed = 4")
    (tmp_path / "project" / ".git").mkdir(parents=True)
    assert configuration.find([], tmp_path / "project").options == {}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("timeout = -3", "gradproof.toml: timeout: expected a positive number of seconds, got -3"),
        ("timeout = '60'", "timeout: expected a positive number of seconds, got '60'"),
        ("timeout = true", "timeout: expected a positive number of seconds, got True"),
        ("seed = 1.5", "seed: expected a whole number from 0 up, got 1.5"),
        ("only = 'relu'", "only: expected a list of names, got 'relu'"),
        ("prove = 1", "prove: expected true or false, got 1"),
        ("tmeout = 3", "tmeout: no such option; did you mean timeout?"),
        ("xyz = 3", "xyz: no such option; there are only, exclude, seed,"),
        ("pair = 3", "pair: write each pair as a table of its own, [[pair]]"),
        ("timeout = ", "gradproof.toml: is no valid TOML: Invalid value (at end of document)"),
        ("\ud800", "is no valid TOML"),
    ],
)
def test_what_is_wrong_is_said(tmp_path, text, words):
    path = tmp_path / "gradproof.toml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(UsageError) as error:
        configuration.find([], tmp_path)
    assert words in str(error.value)


def test_a_named_file_must_have_the_table(tmp_path):
    with pytest.raises(UsageError, match="has no table"):
        configuration.read(table(tmp_path, "", "pyproject.toml"))


@pytest.mark.usefixtures("in_this_process")
def test_the_command_line_comes_first(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    table(tmp_path, 'format = "json"\nlang = "ko"\nonly = ["nothing"]\n')
    path = table(tmp_path, "def f(:", "broken.py")
    assert main(["check", str(path)]) == 2
    assert capsys.readouterr().out.startswith("{")
    assert main(["check", str(path), "--format", "text"]) == 2
    assert "문법 오류" in capsys.readouterr().out


def test_a_wrong_table_is_2_and_one_line(tmp_path, monkeypatch, capsys):
    table(tmp_path, "seed = -1")
    monkeypatch.chdir(tmp_path)
    assert main(["check", str(table(tmp_path, "", "layers.py"))]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_what_cannot_be_taken_is_no_default():
    assert all(option.fits(defaults()[option.name]) for option in configuration.BY_NAME.values()
               if option.default is not None)  # fmt: skip
