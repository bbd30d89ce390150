"""Namespaces by bwrap, where the kernel lets that program make them and not us.

Some systems allow new namespaces to programs that they know alone. Where the process of a file says
that it has none, and bwrap is installed, it is started again inside of that (bwrap(1)).
"""

from __future__ import annotations

import shutil
from pathlib import Path

from gradproof.checking.sandbox.linux_namespaces import DISK, HIDDEN, SOCKETS

GIVEN = ("pid", "net", "ipc", "mount")
"""What a process inside of it has."""

_wanted: list[bool] = []


def installed() -> str:
    """Where bwrap is; "" for nowhere."""
    return shutil.which("bwrap") or ""


def is_wanted() -> bool:
    """Whether processes are to be started in it."""
    return bool(_wanted)


def want() -> None:
    """From now on start processes in it."""
    _wanted.append(True)


def command(folder: str, home: str) -> list[str]:
    """What stands before the command of a process: its folder is a small disk, keys are out of
    sight, nothing else can be written to."""
    secrets = [*(Path(home, each) for each in HIDDEN), *map(Path, SOCKETS)]
    hidden: list[str] = []
    for each in secrets:
        if each.is_dir():
            hidden += ["--tmpfs", str(each)]
        elif each.exists():
            hidden += ["--ro-bind", "/dev/null", str(each)]
    return [
        installed(), "--die-with-parent", "--unshare-pid", "--unshare-net", "--unshare-ipc",
        "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", *hidden,
        "--size", str(DISK), "--tmpfs", folder, "--chdir", folder, "--",
    ]  # fmt: skip


__all__ = ["GIVEN", "command", "installed", "is_wanted", "want"]
