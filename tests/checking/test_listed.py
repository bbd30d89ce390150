"""What cannot be matched is listed: unknown names are planted in every file of the corpus."""

import re

import pytest

from gradproof.checking.source.discover import discover
from tests.checking.corpus import FOLDER

FILES = sorted(FOLDER.rglob("*.py"))
PLANTED = """

def oddly_named_derivative(q):
    return 2 * q


class OddlyNamed:
    def ahead(self, q):
        self.q = q
        return q ** 2

    def backword(self, dy):
        return 2 * self.q * dy
"""


@pytest.mark.sampled(20)
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_planted_names_are_listed(path):
    before = discover(path.read_text())
    after = discover(path.read_text() + PLANTED)
    assert set(after.unmatched) - set(before.unmatched) == {
        "oddly_named_derivative", "OddlyNamed.backword",
    }  # fmt: skip
    assert [each.title for each in after.candidates] == [each.title for each in before.candidates]


@pytest.mark.sampled(20)
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_backward_whose_forward_has_another_name_is_listed(path):
    text = path.read_text()
    for each in discover(text).candidates:
        if each.kind in ("flag", "loss") or each.forward.startswith("__"):
            continue
        renamed = re.sub(rf"\bdef {re.escape(each.forward)}\(", "def wxyz(", text)
        found = discover(renamed)
        titles = {one.title for one in found.candidates} | set(found.unmatched)
        if each.kind == "engine":  # the operation has another name itself
            assert each.owner in {title.partition(".")[0] for title in titles}, each.title
        else:
            assert each.title in titles, each.title
