"""``gradproof.toml``, or ``[tool.gradproof]`` in ``pyproject.toml``: defaults of the options.

Read from the current folder, or the nearest folder above it that has one. A file that lies in a
folder that was named, or beside a file that was named elsewhere, is not read, but mentioned: a
submission does not decide how it is judged.
"""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from gradproof.checking.options import BY_NAME, UsageError
from gradproof.checking.source.declared import Declared, from_table
from gradproof.text import Text

OWN, SHARED = "gradproof.toml", "pyproject.toml"
_TABLE = "[tool.gradproof]"
_ENDS = (".git", ".hg")  # the top of somebody's project: nothing above it is meant for it


@dataclass(frozen=True)
class Configuration:
    """What a configuration file says: options by name, declared pairs, and where it stands.

    passed_over: files that were not read, because they belong to what is checked.
    """

    options: Mapping[str, Any] = field(default_factory=dict)
    pairs: tuple[Declared, ...] = ()
    path: Path | None = None
    passed_over: tuple[Path, ...] = ()


def find(names: Sequence[str], here: Path) -> Configuration:
    """The configuration for a check of ``names``. Raises UsageError."""
    named = [Path(os.path.realpath(here / name)) for name in names if (here / name).exists()]
    tops = [path for path in named if path.is_dir()]
    upwards = list(_upwards(Path(os.path.realpath(here))))
    passed_over: list[Path] = []
    for folder in dict.fromkeys([*tops, *(path.parent for path in named if path.is_file())]):
        if folder in tops or folder not in upwards:
            passed_over += [folder / name for name in (OWN, SHARED) if _is_meant(folder / name)]
    for folder in upwards:
        if not any(folder.is_relative_to(top) for top in tops):
            for path in (folder / OWN, folder / SHARED):
                table = _table(path) if path.is_file() else None
                if table is not None:
                    return replace(_validated(table, path), passed_over=tuple(passed_over))
    return Configuration(passed_over=tuple(passed_over))


def _is_meant(path: Path) -> bool:
    """Whether a file looks like a configuration of gradproof's; it is not parsed."""
    try:
        return path.is_file() and (path.name == OWN or "tool.gradproof" in path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError):
        return False


def own_output(name: str, path: Path) -> Path:
    """Where a configuration file at ``path`` may have a report written. Raises UsageError.

    Inside the folder in which it stands, and over nothing but an earlier report.
    """
    target = Path(os.path.realpath(path.parent / name))
    if not target.is_relative_to(Path(os.path.realpath(path.parent))):
        raise _no_output(path, name, "it lies outside the folder of this file",
                         "이 파일이 있는 폴더 밖이에요")  # fmt: skip
    if target.exists() and not _is_report(target):
        raise _no_output(path, name, "it exists and is no JUnit report",
                         "이미 있는 파일인데 JUnit 보고서가 아니에요")  # fmt: skip
    return target


def _is_report(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            head = file.read(200)
    except OSError:
        return False
    return not head or b"<testsuites" in head


def _no_output(path: Path, name: str, why: str, korean: str) -> UsageError:
    return UsageError(
        Text(
            f"{path}: junit: {name} is not written: {why}; --junit on the command line may name it",
            f"{path}: junit: {name}에 쓰지 않아요: {korean}. 명령줄의 --junit으로는 쓸 수 있어요",
        )
    )


def read(path: Path) -> Configuration:
    """The configuration in a file that was named itself. Raises UsageError."""
    table = _table(path)
    if table is None:
        raise UsageError(Text(f"{path}: has no table {_TABLE}", f"{path}: {_TABLE} 표가 없어요"))
    return _validated(table, path)


def _upwards(folder: Path) -> Iterator[Path]:
    for each in (folder, *folder.parents):
        yield each
        if any((each / end).exists() for end in _ENDS):
            return


def _table(path: Path) -> dict[str, Any] | None:
    """The table of a file; None where it has none. Raises UsageError."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise UsageError(
            Text(
                f"{path}: cannot be read: {error.strerror}",
                f"{path}: 읽을 수 없어요: {error.strerror}",
            )
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(
            Text(f"{path}: is no valid TOML: {error}", f"{path}: 올바른 TOML이 아니에요: {error}")
        ) from None
    tool = content.get("tool")
    table = tool.get("gradproof") if isinstance(tool, dict) else None
    if path.name != SHARED and table is None:
        return content
    if table is not None and not isinstance(table, dict):
        raise UsageError(
            Text(f"{path}: tool.gradproof: expected a table, got {table!r}",
                 f"{path}: tool.gradproof: 필요한 값은 표, 받은 값은 {table!r}")
        )  # fmt: skip
    return table


def _validated(table: Mapping[str, Any], path: Path) -> Configuration:
    options: dict[str, Any] = {}
    for key, value in table.items():
        if key == "pair":
            continue
        name = key.replace("_", "-")
        if name not in BY_NAME:
            raise UsageError(_unknown(f"{path}: {key}", key, [*BY_NAME, "pair"]))
        options[name] = BY_NAME[name].read(value, f"{path}: {key}")
    pairs = table.get("pair", [])
    if not isinstance(pairs, list) or not all(isinstance(each, dict) for each in pairs):
        raise UsageError(
            Text(f"{path}: pair: write each pair as a table of its own, [[{_pair(path)}]]",
                 f"{path}: pair: 쌍마다 표 하나를 [[{_pair(path)}]]로 쓰세요")
        )  # fmt: skip
    declared = tuple(
        from_table(each, f"{path}: pair {number}") for number, each in enumerate(pairs, 1)
    )
    return Configuration(options, declared, path)


def _pair(path: Path) -> str:
    return "tool.gradproof.pair" if path.name == SHARED else "pair"


def _unknown(where: str, name: str, known: Iterable[str]) -> Text:
    names = list(known)
    near = difflib.get_close_matches(name, names, 1)
    if near:
        return Text(
            f"{where}: no such option; did you mean {near[0]}?",
            f"{where}: 그런 옵션은 없어요. {near[0]} 아닌가요?",
        )
    listed = ", ".join(names)
    return Text(
        f"{where}: no such option; there are {listed}",
        f"{where}: 그런 옵션은 없어요. 쓸 수 있는 것: {listed}",
    )
