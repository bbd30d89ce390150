"""Shared by the tests of checking: English whatever the system speaks, and a file to check."""

import pytest


@pytest.fixture(autouse=True)
def english(monkeypatch):
    """Messages in English, also where the system is set to Korean."""
    monkeypatch.setenv("LC_ALL", "C")


@pytest.fixture
def file(tmp_path):
    """Write a file and return its path."""

    def write(text, name="checked_file.py"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return str(path)

    return write
