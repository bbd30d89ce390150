"""What README and docs/ say is true: code prints what they print, in both languages."""

from __future__ import annotations

import contextlib
import io
import re
import runpy
import sys
from pathlib import Path

import pytest

from gradproof.checking.options import BY_NAME
from gradproof.cli import main

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parent.parent
PAGES = ("README", *(f"docs/{p.stem}" for p in sorted((ROOT / "docs").glob("*.md"))
                     if not p.stem.endswith(".ko")))  # fmt: skip
TEXTS = [f"{page}{ending}" for page in PAGES for ending in (".md", ".ko.md")]


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def codes(text: str) -> list[str]:
    return re.findall(r"```python\n(.*?)```", text, re.DOTALL)


# --- examples ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "language"), [("README.md", "en"), ("README.ko.md", "ko")])
def test_checking_a_file_prints_what_is_printed(
    name: str,
    language: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    """In English as a person has it; in Korean the same is judged, in this process."""
    text = read(name)
    if language == "ko":
        request.getfixturevalue("judged_here")
    (tmp_path / "layers.py").write_text(codes(text)[0], encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    with contextlib.redirect_stdout(io.StringIO()) as out:
        assert main(["check", "layers.py", "--lang", language]) == 1
    printed = re.sub(r"\(\d+\.\d( s|초)\)", r"(0.1\1)", out.getvalue()).rstrip("\n")
    printed = re.sub(r"\n(not isolated here by|이 시스템에서 쓸 수 없는 격리).*", "", printed)
    assert _indented(printed) in text, printed


@pytest.mark.usefixtures("judged_here")
def test_the_tests_of_a_class_pass_and_fail_as_they_should(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "layers", raising=False)  # of another test that ran here
    layers, own = codes(read("README.md"))
    assert codes(read("README.ko.md")) == [layers, own]
    pytester.makepyfile(layers=layers, test_layers=own)
    pytester.syspathinsert()
    pytester.runpytest_inprocess("-p", "no:xdist").assert_outcomes(passed=1)
    found = pytester.runpytest_inprocess("--gradproof", "layers.py", "-p", "no:xdist")
    found.assert_outcomes(passed=1, failed=1)


@pytest.mark.parametrize(
    ("name", "language"), [("docs/prove.md", "en_US.UTF-8"), ("docs/prove.ko.md", "ko_KR.UTF-8")]
)
def test_the_code_prints_what_is_printed(
    name: str, language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", language)
    text = read(name)
    (wrong,) = codes(text)
    right = wrong.replace("(1 - y)", "(1 - y**2)")
    assert right != wrong
    for at, code in enumerate((wrong, right)):
        printed = _printed(code, tmp_path / f"example{at}.py")
        assert _indented(printed) in text, printed


@pytest.mark.parametrize("name", ["docs/how-a-proof.md", "docs/how-a-proof.ko.md"])
def test_the_example_of_a_proof_prints_what_is_printed(name: str, tmp_path: Path) -> None:
    text = read(name)
    (code,) = codes(text)
    assert _indented(_printed(code, tmp_path / "example.py")) in text
    files = re.findall(r"`((?:tracing|proof)/[\w/]+(?:\.py)?)/?`", text)
    assert len(files) > 8
    assert [each for each in files if not (ROOT / "gradproof" / each).exists()] == []


def _printed(code: str, file: Path) -> str:
    file.write_text(code, encoding="utf-8")
    with contextlib.redirect_stdout(io.StringIO()) as out:
        runpy.run_path(str(file))
    return out.getvalue().rstrip("\n")


def _indented(text: str) -> str:
    return "\n".join(f"    {line}".rstrip() for line in text.splitlines())


# --- both languages, and what the pages point to ------------------------------------------------


@pytest.mark.parametrize("page", PAGES)
def test_both_languages_have_the_same_sections_tables_and_commands(page: str) -> None:
    outlines = []
    for ending in (".md", ".ko.md"):
        lines = read(f"{page}{ending}").splitlines()
        headings = [line.split()[0] for line in lines if re.match(r"#+ ", line)]
        rows = sum(line.startswith("|") for line in lines)
        commands = [re.sub(r" *#.*", "", line) for line in lines if re.match(r"    [a-z.]", line)]
        typed = [each for each in commands if not re.search("[가-힣]", each)]
        outlines.append((headings, rows, [each for each in typed if _is_command(each)]))
    assert outlines[0] == outlines[1]


def _is_command(line: str) -> bool:
    return re.match(r"    (make|python|py|gradproof|pytest|\.)\b|    \.", line) is not None


@pytest.mark.parametrize("name", TEXTS)
def test_what_is_linked_is_there(name: str) -> None:
    folder = (ROOT / name).parent
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", read(name)):
        if "://" not in target:
            assert (folder / target).exists(), target


@pytest.mark.parametrize("name", TEXTS)
def test_korean_readers_are_spoken_to_in_one_way(name: str) -> None:
    """해요체 throughout; what commands print stands in its own words."""
    prose = [line for line in read(name).splitlines() if not line.startswith("    ")]
    formal = [line for line in prose if re.search("(니다|십시오)", line)]
    assert not formal


@pytest.mark.parametrize("name", TEXTS)
def test_options_of_the_check_exist(name: str) -> None:
    known = {*(f"--{option}" for option in BY_NAME), "--no-prove", "--json", "--config", "--help"}
    for line in read(name).splitlines():
        if "gradproof check" in line:
            assert set(re.findall(r"(?<!\S)`?(--[\w-]+)", line)) <= known | {"--gradproof"}


@pytest.mark.parametrize("name", ["docs/check.md", "docs/check.ko.md"])
def test_every_option_of_the_check_is_described(name: str) -> None:
    text = read(name)
    described = {"prove": "--no-prove", "config": "gradproof.toml"}
    for option in BY_NAME:
        assert described.get(option, f"--{option}") in text, option


# --- figures -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["README.md", "README.ko.md"])
def test_the_python_that_is_needed_is_the_one_that_is_asked_for(name: str) -> None:
    (version,) = re.findall(r'requires-python = ">=([\d.]+)"', read("pyproject.toml"))
    assert f"Python {version}" in read(name)


@pytest.mark.parametrize("name", ["docs/book.md", "docs/book.ko.md"])
def test_the_book_s_witnesses_are_all_told(name: str) -> None:
    from gradproof.witnesses import WITNESSES

    language = "ko" if name.endswith(".ko.md") else "en"
    first = [line.split("|")[1].strip() for line in read(name).splitlines() if line[:2] == "| "]
    told = [each for each in first if each in {w.title.within(language) for w in WITNESSES}]
    assert told == [witness.title.within(language) for witness in WITNESSES]


@pytest.mark.parametrize("name", ["docs/network.md", "docs/network.ko.md"])
def test_the_figures_of_the_network_are_those_of_the_network(name: str) -> None:
    from impl.network import MLP, load

    data = load("digits")
    network = MLP([data.features, 64, 64, data.classes], "elu", batch_norm=True)
    text = read(name)
    assert (
        f"digits: {len(data.t_train)} examples to train on, {len(data.t_test)} to test with; "
        f"{data.features} features, {data.classes} classes"
    ) in text
    assert f", {network.theta.size} parameters" in text


def test_the_figures_of_the_campaigns_are_those_of_the_campaigns() -> None:
    from tests.proof.campaign import trials

    told = read("CONTRIBUTING.md")
    found = re.search(r"more than (\d+) changes that should .* wrong and (\d+) that should", told)
    assert found is not None
    for kind, least in zip(("wrong", "right"), map(int, found.groups())):
        assert least < len(trials(kind)) < 1.5 * least, f"{len(trials(kind))} {kind} variants"
