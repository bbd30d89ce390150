"""Results kept by content: found again, not found after a change, never believed when damaged."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from report.cache import Cache, key_of, plain, sources_of

RESULT = {"losses": [0.1 + 0.2, 1e-300, float("nan")], "name": "한글"}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "experiment.py"
    path.write_text("x = 1\n", encoding="utf-8")
    return path


def key(source: Path, **changes: object) -> str:
    given = {
        "name": "experiment",
        "parameters": {"seed": 0},
        "sources": [source],
        "versions": {"NumPy": "2"},
    }
    return key_of(**{**given, **changes})  # type: ignore[arg-type]


def test_a_kept_result_comes_back_bit_for_bit(tmp_path: Path, source: Path) -> None:
    cache = Cache(tmp_path / "made" / "here")
    assert cache.load(key(source)) is None
    assert cache.store(key(source), RESULT)
    found = cache.load(key(source))
    assert found["losses"][:2] == RESULT["losses"][:2]
    assert found["losses"][2] != found["losses"][2]
    assert found["name"] == "한글"


def test_the_key_changes_with_whatever_the_result_depends_on(source: Path) -> None:
    before = key(source)
    assert key(source) == before
    assert key(source, parameters={"seed": 1}) != before
    assert key(source, versions={"NumPy": "2.1"}) != before
    assert key(source, name="another") != before
    source.write_text("x = 2\n", encoding="utf-8")
    assert key(source) != before


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text.replace("0.3000000000000000", "0.4000000000000000"),
        lambda text: text[: len(text) // 2],
        lambda text: "",
        lambda text: "[]",
        lambda text: '{"key": 1}',
        lambda text: text.replace('"digest": "', '"digest": "0'),
    ],
    ids=["a number", "cut short", "empty", "a list", "no result", "the digest"],
)
def test_a_damaged_entry_is_not_believed(tmp_path: Path, source: Path, damage: object) -> None:
    cache = Cache(tmp_path)
    cache.store(key(source), RESULT)
    path = tmp_path / f"{key(source)}.json"
    text = path.read_text(encoding="utf-8")
    changed = damage(text)  # type: ignore[operator]
    assert changed != text
    path.write_text(changed, encoding="utf-8")
    assert cache.load(key(source)) is None


def test_an_entry_under_another_name_is_not_believed(tmp_path: Path, source: Path) -> None:
    cache = Cache(tmp_path)
    cache.store("one", RESULT)
    (tmp_path / "one.json").rename(tmp_path / "two.json")
    assert cache.load("two") is None
    # Nor with the key in it changed: the digest is of both.
    entry = json.loads((tmp_path / "two.json").read_text(encoding="utf-8"))
    (tmp_path / "two.json").write_text(json.dumps({**entry, "key": "two"}), encoding="utf-8")
    assert cache.load("two") is None


def test_a_fresh_cache_believes_nothing_and_keeps_the_new(tmp_path: Path) -> None:
    Cache(tmp_path).store("one", 1)
    fresh = Cache(tmp_path, fresh=True)
    assert fresh.load("one") is None
    assert fresh.store("one", 2)
    assert Cache(tmp_path).load("one") == 2


def test_a_folder_that_cannot_be_written_keeps_nothing_and_breaks_nothing(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way", encoding="utf-8")
    assert not Cache(blocked).store("one", 1)
    assert Cache(blocked).load("one") is None


def test_no_part_of_an_entry_is_left_beside_it(tmp_path: Path) -> None:
    Cache(tmp_path).store("one", 1)
    assert [path.name for path in tmp_path.iterdir()] == ["one.json"]


def test_only_plain_data_can_be_kept() -> None:
    assert plain({"pair": (1, 2.5)}) == {"pair": [1, 2.5]}
    with pytest.raises(TypeError):
        plain({"array": object()})


def test_sources_are_the_file_and_what_it_imports_however_deep(tmp_path: Path) -> None:
    files = {
        "top.py": "from package import inner\nimport outside_of_this_folder\n",
        "package/__init__.py": "",
        "package/inner.py": "def f():\n    from package.deep import x\n",
        "package/deep.py": "import top\nx = 1\n",
        "package/unused.py": "",
    }
    (tmp_path / "package").mkdir()
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    found = {
        path.relative_to(tmp_path).as_posix() for path in sources_of(tmp_path / "top.py", tmp_path)
    }
    assert found == set(files) - {"package/unused.py"}
