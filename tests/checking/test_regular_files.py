"""What has the name of a Python file and is none: pipes and devices are not waited for."""

import os
import sys
import threading

import pytest

from gradproof.checking import resumed
from gradproof.checking.source.file_text import read_source
from gradproof.checking.source.named_paths import files_of

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there are no such files")
NO_FILE = "cannot be read: it is no regular file"


@pytest.fixture
def folder(tmp_path):
    """A pipe, a device and a link to nothing beside a file, and a link to it."""
    os.mkfifo(tmp_path / "pipe.py")
    os.mkfifo(tmp_path / "pipe.ipynb")
    (tmp_path / "endless.py").symlink_to("/dev/zero")
    (tmp_path / "nothing.py").symlink_to(tmp_path / "gone")
    (tmp_path / "fine.py").write_text("import pipe, endless\nopen('pipe.py')\n")
    (tmp_path / "linked.py").symlink_to(tmp_path / "fine.py")
    return tmp_path


def within(seconds, work):
    """What a function returns, unless it waits."""
    found = []
    thread = threading.Thread(target=lambda: found.append(work()), daemon=True)
    thread.start()
    thread.join(seconds)
    assert found, "it waits"
    return found[0]


def test_pipes_and_devices_have_a_line_and_are_not_waited_for(folder):
    files, errors = files_of([str(folder)])
    assert not errors
    reasons = {path.name: within(10, lambda path=path: read_source(path)[1]) for path in files}
    assert reasons.pop("fine.py") == reasons.pop("linked.py") == ""
    assert "No such file" in reasons.pop("nothing.py")
    assert reasons == dict.fromkeys(["pipe.py", "pipe.ipynb", "endless.py"], NO_FILE)
    assert [each.reason for each in files_of([str(folder / "pipe.py")])[1]] == [NO_FILE]


def test_what_a_file_names_is_not_read_without_end(folder):
    assert within(10, lambda: resumed._key("", folder / "fine.py"))
    large = folder / "data.npy"
    with large.open("wb") as file:
        file.truncate(2**40)
    (folder / "fine.py").write_text("open('data.npy')\n")
    before = within(10, lambda: resumed._key("", folder / "fine.py"))
    os.utime(large, ns=(1, 1))
    assert within(10, lambda: resumed._key("", folder / "fine.py")) != before
