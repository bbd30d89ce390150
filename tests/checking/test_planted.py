"""What stands beside a submission decides nothing: neither modules nor configuration files."""

import json
import subprocess
import sys

import pytest

from tests.checking.commands import COMMAND, RIGHT, WRONG, check, environment

pytestmark = pytest.mark.sampled(1, of="file")

# Replaces the class in which verdicts are written down as soon as that is loaded, and is else the
# module of the standard library whose name it bears.
FORGER = """import builtins, importlib.util, os, sys
place = os.path.join(os.path.dirname(os.__file__), "{name}.py")
if os.path.exists(place):
    spec = importlib.util.spec_from_file_location("{name}", place)
    sys.modules["{name}"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules["{name}"])
real_import = builtins.__import__
def forging(name, *rest, **more):
    module = real_import(name, *rest, **more)
    records = sys.modules.get("gradproof.checking.records")
    if hasattr(records, "GradientResult") and not hasattr(records, "forged"):
        records.forged = True
        init = records.GradientResult.__init__
        def lie(self, *given, **named):
            init(self, *given, **named)
            object.__setattr__(self, "verdict", "PROVED")
        records.GradientResult.__init__ = lie
    return module
builtins.__import__ = forging
"""
# Leaves a trace of every run, and goes on as if it were not there.
TELLTALE = """import os
with open({trace!r}, "a") as trace:
    trace.write(__name__ + "\\n")
raise ImportError("a planted module")
"""


def planted(folder, *names, text=WRONG, count=4):
    """A folder of submissions, more than three, so that judges would work side by side."""
    for k in range(count):
        (folder / f"submission{k}.py").write_text(text)
    for name in names:
        (folder / f"{name}.py").write_text(FORGER.format(name=name))


@pytest.mark.sampled(1)
@pytest.mark.parametrize("name", ["signal", "struct", "pickle", "multiprocessing"])
def test_a_module_beside_submissions_forges_no_verdict(tmp_path, name):
    planted(tmp_path, name)
    done = check(tmp_path, ".", "--jobs", "2", "--json", "--no-prove")
    report = json.loads(done.stdout)
    assert {g["verdict"] for g in report["gradients"]} == {"REFUTED"}
    assert len(report["gradients"]) == 4
    assert done.returncode == 1


def test_an_honest_module_of_a_known_name_ends_nothing(tmp_path):
    planted(tmp_path, text=RIGHT)
    (tmp_path / "types.py").write_text("Vector = list\n")
    done = check(tmp_path, ".", "--jobs", "2", "--json")
    report = json.loads(done.stdout)
    assert [g["verdict"] for g in report["gradients"]] == ["PROVED"] * 4, done.stderr
    assert report["errors"] == []


def test_no_module_that_the_judge_imports_can_be_planted(tmp_path):
    """Every name that a judge has loaded by its end, as a file beside submissions."""
    code = (
        "import json, sys; from pathlib import Path\n"
        "import gradproof.checking.processes.isolate as i\n"
        "i.check_file(Path(sys.argv[1]), i.Options(arithmetic=True))\n"
        "print(json.dumps(sorted({n.partition('.')[0] for n in sys.modules})))"
    )
    (tmp_path / "wrong.py").write_text(WRONG)
    listed = subprocess.run(
        [sys.executable, "-P", "-c", code, str(tmp_path / "wrong.py")], capture_output=True,
        check=True, env=environment(), cwd=tmp_path,
    )  # fmt: skip
    loaded = json.loads(listed.stdout.splitlines()[-1])
    names = [name for name in loaded if name not in ("__main__", "numpy")]
    folder = tmp_path / "submissions"
    folder.mkdir()
    planted(folder)
    trace = tmp_path / "trace.txt"
    for name in names:
        (folder / f"{name}.py").write_text(TELLTALE.format(trace=str(trace)))
    arguments = [f"submission{k}.py" for k in range(4)]
    done = check(folder, *arguments, "--jobs", "2", "--json")
    assert not trace.exists(), trace.read_text()
    assert [g["verdict"] for g in json.loads(done.stdout)["gradients"]] == ["REFUTED"] * 4
    assert len(names) > 100


def test_a_module_in_the_current_folder_is_not_run_by_python_m_either(tmp_path):
    """``python -m gradproof`` puts the current folder first; it imports nothing from there."""
    planted(tmp_path, "tqdm", "argparse", "difflib", "shutil")
    done = subprocess.run(
        [sys.executable, "-m", "gradproof", *COMMAND[-1:], ".", "--json", "--jobs", "2"],
        cwd=tmp_path, env=environment(), check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert {g["verdict"] for g in json.loads(done.stdout)["gradients"]} == {"REFUTED"}


# --- configuration ------------------------------------------------------------------------------

HIDING = 'only = ["other_backward"]\nquiet = true\n'
TWO = WRONG + "\n\ndef other_forward(x):\n    return x, x\n"
TWO += "\n\ndef other_backward(dout, x):\n    return dout\n"
PLACES = ("gradproof.toml", "pyproject.toml")


def submission(folder, table=HIDING, name="gradproof.toml"):
    (folder / "alice").mkdir()
    (folder / "alice" / "layers.py").write_text(TWO)
    head = "[tool.gradproof]\n" if name == "pyproject.toml" else ""
    (folder / "alice" / name).write_text(head + table)


@pytest.mark.sampled(1, each="name")
@pytest.mark.parametrize("name", PLACES)
@pytest.mark.parametrize("named", ["alice", "alice/layers.py"])
def test_a_configuration_beside_what_is_named_is_not_read(tmp_path, name, named):
    submission(tmp_path, name=name)
    done = check(tmp_path, named)
    assert done.returncode == 1
    assert "REFUTED   square_backward dx" in done.stdout


def test_a_configuration_in_the_current_folder_is_not_read_where_that_is_named(tmp_path):
    submission(tmp_path)
    done = check(tmp_path / "alice", ".")
    assert done.returncode == 1
    assert "--config" in done.stderr  # it is said, and how to have it read


def test_a_configuration_overwrites_nothing(tmp_path):
    victim = tmp_path / "marks.txt"
    for name, table in (("outside", f'junit = "{victim}"'), ("beside", 'junit = "../marks.txt"'),
                        ("another", 'junit = "layers.py"')):  # fmt: skip
        victim.write_text("marks")
        folder = tmp_path / name
        folder.mkdir()
        (folder / "layers.py").write_text(RIGHT)
        (folder / "gradproof.toml").write_text(table)
        done = check(folder, "layers.py")
        assert victim.read_text() == "marks"
        assert (folder / "layers.py").read_text() == RIGHT
        assert done.returncode == 2
        assert "junit" in done.stderr


def test_which_configuration_was_read_is_said(tmp_path):
    (tmp_path / "alice").mkdir()
    (tmp_path / "alice" / "layers.py").write_text(RIGHT)
    (tmp_path / "gradproof.toml").write_text("prove = false\n")
    done = check(tmp_path, "alice")
    assert "1 CHECKED" in done.stdout
    assert "gradproof.toml" in done.stdout
    found = json.loads(check(tmp_path, "alice", "--json").stdout)
    assert found["configuration"] == str(tmp_path / "gradproof.toml")
