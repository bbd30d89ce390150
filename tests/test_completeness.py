"""An operation is two files. One without its partner, or with a part missing, does not load."""

from __future__ import annotations

import ast
import sys
from collections.abc import Collection
from pathlib import Path
from types import ModuleType

import pytest

import derivations
import impl
from derivations.new.__main__ import main
from gradproof.operation.operations import Operation, load_operations, operation_names
from gradproof.operation.scaffold import ScaffoldError, write_operation
from gradproof.witnesses import WITNESSES
from tests.catalogue import OPERATIONS

ROOT = Path(__file__).parent.parent

# What loops over operations: a list of them in one of these would have to be kept by hand.
LOOPING = ("gradproof/**/*.py", "report/*.py", "impl/_*.py", "tests/*.py", "tests/impl/*.py",
           "tests/pages/*.py", "tests/report/*.py")  # fmt: skip
# Where nothing loops: slips that are planted, each in one file; the activations that a page of the
# book has in JavaScript, computed once more.
BY_NAME = {"tests/test_failing.py", "tests/report/test_browser.py"}
A_TABLE = 4  # so many names of operations in one list, tuple, set or dictionary


def tables_of(tree: ast.AST, names: Collection[str]) -> list[int]:
    """The lines of literals that name so many operations that they are a table of them."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, (ast.List, ast.Tuple, ast.Set, ast.Dict)):
            words = {
                each.value
                for each in ast.walk(node)
                if isinstance(each, ast.Constant) and isinstance(each.value, str)
            }
            if len(words & set(names)) >= A_TABLE:
                found.append(node.lineno)
    return found


def test_no_table_names_operations() -> None:
    for pattern in LOOPING:
        for path in sorted(ROOT.glob(pattern)):
            name = path.relative_to(ROOT).as_posix()
            lines = tables_of(ast.parse(path.read_text("utf-8")), OPERATIONS)
            assert not lines or name in BY_NAME, f"{name}:{lines[0]} lists operations by hand"


def test_a_table_that_names_operations_is_found() -> None:
    names = sorted(OPERATIONS)[:A_TABLE]
    for form in (
        f"X = {names}",
        f"X = {{**{dict.fromkeys(names, 1)}}}",
        f"f({[(n, 1) for n in names]})",
    ):
        assert tables_of(ast.parse(form), OPERATIONS)
    assert not tables_of(ast.parse(f"X = {names[1:]}"), OPERATIONS)


def test_the_template_holds_as_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The two files of ``python -m derivations.new`` are an operation, and name none twice."""
    derivation, code = write_operation("brand_new", tmp_path)
    with pytest.raises(ScaffoldError, match="is there already"):
        write_operation("brand_new", tmp_path)
    for name in ("Swish", "_swish", "my op", "lambda"):
        with pytest.raises(ScaffoldError, match="expected a name such as rms_norm"):
            write_operation(name, tmp_path)
    operation = _operation_in(tmp_path, monkeypatch)
    for witness in WITNESSES:
        verdict = witness.run(operation, 0)
        assert verdict.holds, f"{witness.name}: {verdict}"
    assert "Question" in derivation.read_text("utf-8")
    assert "Question" in code.read_text("utf-8")


def test_the_command_says_what_it_wrote(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["brand_new"], tmp_path) == 0
    assert "brand_new" in capsys.readouterr().out
    assert main(["brand_new"], tmp_path) == 2
    assert main([], tmp_path) == 2


def _operation_in(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Operation:
    packages = []
    for room in ("derivations", "impl"):
        package = ModuleType(f"{room}_new")
        package.__path__ = [str(folder / room)]
        monkeypatch.setitem(sys.modules, package.__name__, package)
        packages.append(package)
    return load_operations(*packages)["brand_new"]


def test_both_rooms_hold_the_same_names() -> None:
    assert operation_names(derivations) == operation_names(impl)


@pytest.mark.parametrize(("present", "absent"), [("derived", "written"), ("written", "derived")])
def test_a_file_without_its_partner_is_a_lookup_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, present: str, absent: str
) -> None:
    packages = {}
    for name in ("derived", "written"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("")
        packages[name] = _package(tmp_path / name)
    (tmp_path / present / "swish.py").write_text("")
    with pytest.raises(LookupError, match=f"swish.*has no partner; write {absent}/swish.py"):
        load_operations(packages["derived"], packages["written"])


def test_a_derivation_file_without_a_derivation_is_a_lookup_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("derived_empty", "written_empty"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("")
        (tmp_path / name / "swish.py").write_text("")
    packages = [_package(tmp_path / name) for name in ("derived_empty", "written_empty")]
    with pytest.raises(LookupError, match=r"derived_empty/swish.py: expected DERIVATION"):
        load_operations(*packages)


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(LookupError, match=r"no operation called 'sigmoyd'; there are: "):
        load_operations(derivations, impl, only=["sigmoyd"])


def test_only_loads_what_was_asked_for() -> None:
    loaded = load_operations(derivations, impl, only=["elu", "relu"])
    assert list(loaded) == ["relu", "elu"], "in the order of the book"


def _package(folder: Path) -> ModuleType:
    package = ModuleType(folder.name)
    package.__path__ = [str(folder)]
    sys.modules.setdefault(folder.name, package)
    return package
