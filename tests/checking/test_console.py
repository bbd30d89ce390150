"""``gradproof`` in consoles of all kinds: languages, encodings, pipes, Ctrl-C, its start."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from gradproof.cli import main, run
from gradproof.text import system_language
from tests.checking.reports import full

pytestmark = pytest.mark.sampled(5, of="file")


@pytest.mark.usefixtures("in_this_process")
def test_korean_where_the_system_is(file, monkeypatch, capsys):
    monkeypatch.setenv("LC_ALL", "ko_KR.UTF-8")
    assert main(["check", file("x = 1")]) == 2
    assert "순전파와 역전파의 쌍을 찾지 못했어요" in " ".join(capsys.readouterr().out.split())
    assert main(["check", file("x = 1"), "--lang=en"]) == 2
    assert "no forward/backward pair was found" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["check", "--help"])
    assert "종료 상태" in capsys.readouterr().out
    for wrong, words in ([], "빠진 인수"), (["f", "--seed"], "--seed에는 값이 하나 필요해요"):
        with pytest.raises(SystemExit):
            main(["check", *wrong])
        assert words in capsys.readouterr().err


@pytest.mark.parametrize(
    ("variables", "language"),
    [
        ({"LANG": "ko_KR.UTF-8"}, "ko"),
        ({"LANG": "ko_KR.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LC_MESSAGES": "ko", "LANG": "en_GB"}, "ko"),
        ({"LANG": "kok_IN"}, "en"),
    ],
)
def test_language_of_the_system(variables, language):
    assert system_language(variables) == language


def test_language_of_windows(monkeypatch):
    monkeypatch.setattr("locale.getlocale", lambda: ("Korean_Korea", "949"))
    assert system_language({}) == "ko"


def command(*arguments, **environment):
    """Run the command as a person does."""
    root = Path(__file__).resolve().parents[2]
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, check=False, cwd=root,
        env={**os.environ, "PYTHONPATH": str(root), **environment},
    )  # fmt: skip


@pytest.mark.sampled(1)
@pytest.mark.parametrize("encoding", ["cp949", "cp1252", "ascii"])
def test_a_console_without_greek_letters_or_hangul(file, encoding):
    path = Path(file("def f(:", "σ_층.py"))
    done = command("-m", "gradproof", "check", str(path), "--lang", "ko",
                   PYTHONIOENCODING=encoding)  # fmt: skip
    assert done.returncode == 2
    assert done.stdout.startswith(b"ERROR")
    assert done.stderr == b""


def test_a_reader_that_leaves_early_is_no_error(tmp_path):
    code = (
        "import sys, os\nfrom gradproof import cli\n"
        "reading, writing = os.pipe()\nos.close(reading)\nos.dup2(writing, 1)\n"
        "sys.argv = ['gradproof', 'check', 'nowhere.py']\ncli.run()"
    )
    done = command("-c", code)
    assert (done.returncode, done.stderr) == (1, b"")


def test_what_was_found_before_ctrl_c_is_printed(file, monkeypatch, capsys):
    def interrupted(*_):
        yield 0, full()
        raise KeyboardInterrupt

    monkeypatch.setattr("gradproof.checking.processes.judges.Judges.reports", interrupted)
    with pytest.raises(KeyboardInterrupt):
        main(["check", file("", "a.py"), file("", "b.py")])
    assert "dx[0] is 3, but the derivative is 2" in capsys.readouterr().out


def test_ctrl_c_before_anything_is_judged_is_one_line(file, monkeypatch, capsys):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("gradproof.checking.processes.judges.Judges.reports", interrupted)
    monkeypatch.setattr("sys.argv", ["gradproof", "check", file("", "f.py")])
    with pytest.raises(SystemExit) as left:
        run()
    assert left.value.code == 130
    assert capsys.readouterr() == ("", "gradproof: stopped\n")


def test_help_imports_neither_numpy_nor_sympy():
    code = (
        "import sys\nfrom gradproof.cli import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        "print([m for m in ('numpy', 'sympy', 'tqdm') if m in sys.modules])"
    )
    assert command("-c", code).stdout.decode().splitlines()[-1] == "[]"
