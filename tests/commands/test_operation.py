"""``gradproof operation``: two files in a folder are written, found, checked and printed."""

import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from gradproof import cli
from gradproof.commands import operation_tests
from gradproof.operation import installed
from gradproof.operation.scaffold import write_operation

RIGHT, WRONG = "return 2 * (dy * cache.x)", "return dy * cache.x"


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package in the current folder, with the operation that the template is."""
    folder = tmp_path / "ours_brand_new"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    write_operation("brand_new", folder, plain=True)
    monkeypatch.chdir(folder)
    monkeypatch.syspath_prepend(tmp_path)
    kept = set(sys.modules)
    yield folder
    for name in set(sys.modules) - kept:
        if name.startswith(folder.name):
            del sys.modules[name]


def offer(monkeypatch, *values):
    entries = [EntryPoint("ours", value, installed.GROUP) for value in values]
    monkeypatch.setattr(installed, "entry_points", lambda group: entries)


def plant(folder):
    code = folder / "impl" / "brand_new.py"
    assert RIGHT in code.read_text()
    code.write_text(code.read_text().replace(RIGHT, WRONG))


def test_what_is_written_holds_and_has_a_page(package, capsys):
    assert cli.main(["operation", "check", "brand_new", "--quiet", "--lang", "en"]) == 0
    told = capsys.readouterr().out
    assert "brand_new" in told
    assert told.endswith("Every verdict holds.\n")
    assert cli.main(["operation", "page", "brand_new", "--quiet", "--lang", "ko"]) == 0
    page = (package / "brand_new.html").read_text("utf-8")
    assert '<html lang="ko">' in page
    assert "http" not in page.replace("http://www.w3.org", "")  # it asks for nothing
    assert "PROVED" in page


@pytest.mark.parametrize("language", ["en", "ko"])
def test_a_wrong_backward_is_refuted_with_numbers(package, capsys, language):
    plant(package)
    assert cli.main(["operation", "check", "--quiet", "--lang", language]) == 1
    told = capsys.readouterr().out
    assert "dx[0, 0] is 1, but the derivative is 2" in told
    assert ("NOT every verdict holds." in told) is (language == "en")


def test_pytest_has_a_test_for_each_witness(package):
    session = pytest.Session.__new__(pytest.Session)  # a parent in name only
    made = []

    class Item:
        @staticmethod
        def from_parent(_, **options):
            made.append(options)
            return options

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(operation_tests, "OperationItem", Item)
        list(operation_tests.operation_items(session))
    assert [each["nodeid"] for each in made][:2] == [
        "gradproof-operations::brand_new[calculus]", "gradproof-operations::brand_new[paper]"
    ]  # fmt: skip


def test_pytest_fails_for_a_wrong_backward(package):
    plant(package)
    operation = installed.operations_in(package)["brand_new"]
    item = operation_tests.OperationItem.__new__(operation_tests.OperationItem)
    item.operation = operation
    for item.witness in operation_tests.WITNESSES:
        if item.witness.name in ("calculus", "paper"):  # which do not see the code
            item.runtest()
        else:
            with pytest.raises(operation_tests.DoesNotHoldError, match="brand_new"):
                item.runtest()


def test_an_installed_package_offers_its_operations_once(package, monkeypatch):
    offer(monkeypatch, package.name)
    assert list(installed.installed_operations()) == ["brand_new"]
    assert list(installed.operations_around()) == ["brand_new"]  # which the current folder is too
    assert list(installed.operations_around(package)) == ["brand_new"]


def test_two_packages_with_one_name_are_an_error(package, monkeypatch):
    other = package.parent / "theirs_brand_new"
    other.mkdir()
    (other / "__init__.py").write_text("")
    write_operation("brand_new", other, plain=True)
    offer(monkeypatch, package.name, other.name)
    with pytest.raises(LookupError, match=r"two operations are called 'brand_new': ours_brand_new"):
        installed.installed_operations()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["check", "brand_knew"], "no operation called 'brand_knew'; there are: brand_new"),
        (["check", "--folder", "impl"], "expected folders derivations and impl; there is no der"),
        (["new", "brand_new"], "is there already"),
        (["new", "Brand"], "expected a name such as rms_norm"),
    ],
)
def test_mistakes_are_one_line(package, capsys, arguments, said):
    assert cli.main(["operation", *arguments, "--lang", "en"]) == 2
    told = capsys.readouterr().err
    assert said in told
    assert told.count("\n") == 1


def test_where_nothing_is_found_it_says_what_to_do(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for step in ("list", "check"):
        assert cli.main(["operation", step, "--lang", "en"]) == 2
        assert "`gradproof operation new NAME` writes a first one" in capsys.readouterr().err
    assert cli.main(["operation", "new", "mish", "--lang", "en"]) == 0
    assert "then run gradproof operation check mish" in capsys.readouterr().out
    assert {path.name for path in (tmp_path / "impl").iterdir()} == {"__init__.py", "mish.py"}


def test_an_entry_point_that_leads_nowhere_is_named(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    offer(monkeypatch, "no_such_package_of_ours")
    expected = 'the entry point ours = "no_such_package_of_ours": cannot import'
    with pytest.raises(LookupError, match=expected):
        installed.installed_operations()


def test_a_folder_is_not_taken_for_another_of_its_name(tmp_path, monkeypatch):
    """Without an __init__.py its folders are called derivations and impl, as those of the clone."""
    write_operation("brand_new", tmp_path, plain=True)
    import derivations
    import impl

    assert derivations.__name__ in sys.modules
    assert impl.__name__ in sys.modules
    with pytest.raises(LookupError, match=r"make .* a package by an __init__"):
        installed.operations_in(Path(tmp_path))
