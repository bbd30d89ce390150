"""The pytest plugin: ``--gradproof``, ``--gradproof-operations``, and the fixture ``gradproof``.

With ``--gradproof`` every Python file that is named, or lies in a folder that is named, is examined
as by ``gradproof check``, and each of its gradients is a test. Nothing that stands in a folder is
imported for that: neither ``conftest.py`` nor test modules, which are tests where they are named
themselves. With ``--gradproof-operations`` every operation of two files that is installed, or
stands in the current folder, is asked about as by ``gradproof operation check``, a test a witness.
Without them, and without the fixture, nothing is imported and nothing happens.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tempfile import TemporaryDirectory

    from gradproof.checking.processes.judges import Judges
    from gradproof.checking.records import GradientResult, Report

_SHARED = "gradproof_folder"  # the key under which xdist's workers are told where reports are
_FOLDER: pytest.StashKey[TemporaryDirectory[str]] = pytest.StashKey()
_LANGUAGE: pytest.StashKey[str] = pytest.StashKey()
_JUDGES: pytest.StashKey[Judges] = pytest.StashKey()
_CONFIGURATION: pytest.StashKey[str] = pytest.StashKey()
_NOT_RUN = (
    "gradproof: conftest.py is not run, nor are test modules in folders; name a test module itself"
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--gradproof``."""
    group = parser.getgroup("gradproof", "gradients written by hand")
    group.addoption(
        "--gradproof", action="store_true",
        help="examine the Python files that are named, and those in folders that are named, as "
        "`gradproof check` does; each gradient is a test. No conftest.py is run, nor any test "
        "module that is not named itself. Options are read from gradproof.toml or "
        "[tool.gradproof] in pyproject.toml",
    )  # fmt: skip
    group.addoption(
        "--gradproof-operations", action="store_true",
        help="test every operation of two files (derivations/NAME.py and impl/NAME.py) that an "
        "installed package offers or the current folder holds, as `gradproof operation check` does",
    )  # fmt: skip


def pytest_collection_modifyitems(
    session: pytest.Session, config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Add the tests of operations, which stand in no test module."""
    if config.getoption("--gradproof-operations"):
        from gradproof.commands.operation_tests import operation_items

        items += operation_items(session)


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Run no conftest.py of what is examined: as ``--noconftest`` does."""
    known = early_config.known_args_namespace
    if getattr(known, "gradproof", False):
        known.noconftest = True


def pytest_report_header(config: pytest.Config) -> list[str]:
    """Say what is not run, and where options come from."""
    if not config.getoption("--gradproof"):
        return []
    path = config.stash[_CONFIGURATION]
    return [_NOT_RUN, *([f"gradproof: options from {path}"] if path else [])]


@pytest.fixture(scope="session")
def gradproof() -> ModuleType:
    """The package: gradproof.assert_proved(...), gradproof.assert_gradient(...)."""
    import gradproof as package

    return package


@pytest.hookimpl(optionalhook=True)  # pytest 8 and newer
def pytest_collect_directory(path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Take a package for a folder: pytest would run its ``__init__.py``."""
    if not parent.config.getoption("--gradproof") or not (path / "__init__.py").is_file():
        return None
    return pytest.Dir.from_parent(parent, path=path)


@pytest.hookimpl(hookwrapper=True)  # the older kind of wrapper, which every pytest 7 knows
def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> Any:
    """Collect the gradients of a file in place of its tests, unless it is a test module that was
    named itself."""
    outcome = yield
    if not parent.config.getoption("--gradproof"):
        return
    is_test = _is_test_module(file_path, parent.config)
    if is_test and parent.session.isinitpath(file_path):
        return
    others = [each for each in outcome.get_result() if not isinstance(each, pytest.Module)]
    if _to_be_examined(file_path, parent.config):
        others.append(CheckedFile.from_parent(parent, path=file_path))
    outcome.force_result(others)


def _to_be_examined(path: Path, config: pytest.Config) -> bool:
    special = ("conftest.py", "setup.py")
    return (
        path.suffix in (".py", ".ipynb")
        and path.name not in special
        and not _is_test_module(path, config)
    )


def _is_test_module(path: Path, config: pytest.Config) -> bool:
    return any(path.match(pattern) for pattern in config.getini("python_files"))


class CheckedFile(pytest.File):
    """A file whose gradients are tests."""

    def collect(self) -> Iterator[pytest.Item]:
        """Examine the file: an item per gradient, and per name that could not be matched."""
        from gradproof.checking.formats.inert import one_line
        from gradproof.checking.processes.isolate import is_empty

        report = _report(self.path, self.config)
        for error in report.errors:
            if not is_empty(error) or self.session.isinitpath(self.path):
                raise self.CollectError(one_line(f"gradproof: {error.file}: {error.reason}"))
        names: dict[str, int] = {}
        for result in report.gradients:
            name = _name(result)
            names[name] = names.get(name, 0) + 1
            name += f"#{names[name]}" if names[name] > 1 else ""
            yield Gradient.from_parent(self, name=name, result=result)
        for each in report.unmatched:
            reason = one_line(f"{each.file}: UNMATCHED {each.name}: {each.reason}")
            yield Unjudged.from_parent(self, name=each.name, reason=reason)


def _name(result: GradientResult) -> str:
    """The part of the node id after the file: batchnorm_backward[gamma-train]."""
    from gradproof.checking.formats.inert import one_line

    parts = [result.of, *([result.mode] if result.mode else [])]
    return one_line(f"{result.backward}[{'-'.join(parts)}]")


class NotHoldingError(Exception):
    """Says what is wrong with a gradient; shown without a traceback."""


class _Item(pytest.Item):
    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], *args: Any) -> Any:
        """The message alone, where it is a verdict's."""
        if isinstance(excinfo.value, NotHoldingError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, *args)


class Gradient(_Item):
    """One gradient: passes where it is PROVED or CHECKED."""

    def __init__(self, *, result: GradientResult, **options: Any) -> None:
        super().__init__(**options)
        self.result = result
        self.user_properties.append(("verdict", result.verdict))

    def runtest(self) -> None:
        """Fail with the message of ``gradproof check`` unless the verdict holds."""
        from gradproof.checking.formats.failures import detail_of, failure_lines

        language = self.config.stash[_LANGUAGE]
        if not self.result.holds:
            raise NotHoldingError("\n".join(failure_lines(self.result, language)))
        shown = f"{self.result.verdict} {detail_of(self.result, language)}"
        self.add_report_section("call", "gradproof", shown)

    def reportinfo(self) -> tuple[os.PathLike[str] | str, int | None, str]:
        """Where backward is defined, and what the gradient is."""
        return self.path, self.result.line - 1, f"{self.result.verdict} {self.result.what}"


class Unjudged(_Item):
    """A name that looks like a gradient but could not be called: never a pass."""

    def __init__(self, *, reason: str, **options: Any) -> None:
        super().__init__(**options)
        self.reason = reason

    def runtest(self) -> None:
        """Fail with the reason."""
        raise NotHoldingError(self.reason)

    def reportinfo(self) -> tuple[os.PathLike[str] | str, int | None, str]:
        """The file, and the name."""
        return self.path, None, f"UNMATCHED {self.name}"


def pytest_configure(config: pytest.Config) -> None:
    """Read the configuration file, so that what is wrong in it is said at once."""
    if not config.getoption("--gradproof"):
        return
    from gradproof.checking import configuration
    from gradproof.checking.options import UsageError
    from gradproof.checking.processes.judges import Judges
    from gradproof.checking.run import options_of
    from gradproof.text import system_language

    here = config.invocation_params.dir
    named = [str(each).partition("::")[0] for each in config.invocation_params.args]
    _refuse_foreign_settings(config, [here / each for each in named if (here / each).is_dir()])
    try:
        table = configuration.find(named, here)
    except UsageError as error:
        raise pytest.UsageError(f"gradproof: {error}") from None
    judges = Judges(1, options_of(table.options, table.pairs))
    config.add_cleanup(lambda: judges.__exit__())
    config.stash[_JUDGES] = judges
    config.stash[_CONFIGURATION] = str(table.path or "")
    config.stash[_LANGUAGE] = table.options.get("lang") or system_language()


def _refuse_foreign_settings(config: pytest.Config, folders: Sequence[Path]) -> None:
    """Let no pytest.ini below what is named decide what is collected. Raises UsageError."""
    here, path = config.invocation_params.dir.resolve(), config.inipath
    if path is None or here.is_relative_to(path.resolve().parent):
        return
    if any(path.resolve().is_relative_to(folder.resolve()) for folder in folders):
        raise pytest.UsageError(
            f"gradproof: pytest takes its settings from {path}, which belongs to what is checked; "
            f"name a file of your own: -c {os.devnull}"
        )


def _shown(path: Path, config: pytest.Config) -> str:
    try:
        return os.path.relpath(path, config.invocation_params.dir)
    except ValueError:  # on another drive
        return str(path)


def _report(path: Path, config: pytest.Config) -> Report:
    """What ``gradproof check`` finds in a file; under xdist one worker examines it for all."""
    judges, shown = config.stash[_JUDGES], _shown(path, config)
    folder = getattr(config, "workerinput", {}).get(_SHARED)
    if folder is None:
        return judges.one(path, shown)
    from gradproof.checking.processes.shared_reports import checked_once

    return checked_once(path, judges, shown, Path(folder))


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker of pytest-xdist where all of them share their reports."""
    config = node.config
    if not config.getoption("--gradproof"):
        return
    if _FOLDER not in config.stash:
        import tempfile

        config.stash[_FOLDER] = tempfile.TemporaryDirectory(prefix="gradproof-")
        config.add_cleanup(config.stash[_FOLDER].cleanup)
    node.workerinput[_SHARED] = config.stash[_FOLDER].name
