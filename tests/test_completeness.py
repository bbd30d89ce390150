"""An operation is two files. One without its partner, or with a part missing, does not load."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest

import derivations
import impl
from gradproof.operations import load_operations, operation_names
from tests.catalogue import OPERATIONS

COURSE = {
    *("perceptron_step", "perceptron_sign", "perceptron_linear"),
    *("sigmoid", "tanh", "relu", "leaky_relu", "elu", "maxout", "dense", "batch_norm"),
    *("softmax", "softmax_cross_entropy", "binary_cross_entropy", "mean_squared_error"),
}


def test_the_whole_course_is_there() -> None:
    assert set(OPERATIONS) >= COURSE


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
    with pytest.raises(LookupError, match=r"no operation called 'sigmoyd'; there are: batch_norm"):
        load_operations(derivations, impl, only=["sigmoyd"])


def test_only_loads_what_was_asked_for() -> None:
    loaded = load_operations(derivations, impl, only=["elu", "relu"])
    assert list(loaded) == ["relu", "elu"], "in the order of the book"


def _package(folder: Path) -> ModuleType:
    package = ModuleType(folder.name)
    package.__path__ = [str(folder)]
    sys.modules.setdefault(folder.name, package)
    return package
