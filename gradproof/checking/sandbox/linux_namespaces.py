"""What Linux offers to keep a process apart: namespaces, and to end it with whoever started it.

See namespaces(7), user_namespaces(7), pid_namespaces(7), mount_namespaces(7), prctl(2). Nothing
here imports anything large: it runs in processes that are to be small.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

ALL = ("landlock", "seccomp", "capabilities", "pid", "net", "ipc", "mount")
"""All that can be in force; what of it is, a report says."""

_DEATH_SIGNAL, _SUBREAPER = 1, 36
_NEW_MOUNT, _NEW_IPC, _NEW_USER = 0x00020000, 0x08000000, 0x10000000
_NEW_PID, _NEW_NET = 0x20000000, 0x40000000
_PRIVATE, _RECURSIVE, _BIND, _READ_ONLY = 1 << 18, 1 << 14, 1 << 12, 1
_QUIET = 2 | 4 | 8  # nosuid, nodev, noexec
# Below the home: where keys and tokens are kept. Elsewhere: where services listen.
HIDDEN = (".ssh", ".gnupg", ".aws", ".azure", ".config/gcloud", ".config/gh", ".docker", ".kube",
            ".netrc", ".git-credentials", ".pypirc", ".npmrc", ".password-store", ".mozilla",
            ".config/google-chrome", ".local/share/keyrings", ".bash_history")  # fmt: skip
SOCKETS = ("/var/run/docker.sock", "/run/docker.sock", "/run/podman", "/run/containerd",
            f"/run/user/{os.getuid() if hasattr(os, 'getuid') else 0}")  # fmt: skip
_PAUSE = 0.5  # seconds between two looks for the parent
DISK = 256 * 2**20
_DISK = f"size={DISK},nr_inodes=20000,mode=700"


def _libc() -> Any:
    return ctypes.CDLL(None, use_errno=True)


def die_with_parent() -> None:
    """End this process with the one that has started it, however that ends: by the kernel on Linux,
    soon after on other POSIX systems, where a thread looks for it.
    """
    if sys.platform.startswith("linux"):
        _libc().prctl(_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
    elif os.name == "posix":
        threading.Thread(target=_watch, args=(os.getppid(),), daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_PAUSE)
    os._exit(1)


def adopt() -> bool:
    """Be the parent of all that processes started by this one leave behind."""
    return int(_libc().prctl(_SUBREAPER, 1, 0, 0, 0)) == 0


def unshare() -> tuple[str, ...]:
    """Begin namespaces of one's own: which, () where the kernel allows none.

    Root needs no user namespace; where it may not (in a container), or for anybody else, one is
    made in which the user stays who they are. Processes started after this are in the new
    namespace of processes, the first one as its init.
    """
    if not sys.platform.startswith("linux"):
        return ()
    wanted = _NEW_PID | _NEW_NET | _NEW_IPC | _NEW_MOUNT
    libc = _libc()
    if _is_root() and libc.unshare(wanted) == 0:
        return ("pid", "net", "ipc", "mount")
    user, group = os.geteuid(), os.getegid()
    if libc.unshare(wanted | _NEW_USER):
        return ()
    maps = (
        ("setgroups", "deny"),
        ("uid_map", f"{user} {user} 1"),
        ("gid_map", f"{group} {group} 1"),
    )
    for name, text in maps:
        with contextlib.suppress(OSError):  # it is then nobody's process
            Path("/proc/self", name).write_text(text, "ascii")
    return ("pid", "net", "ipc", "mount")


def _is_root() -> bool:
    return os.geteuid() == 0


def furnish(folder: str, home: str) -> bool:
    """In a mount namespace: a small disk for the folder, no secrets, own processes in /proc.

    Returns whether the folder is such a disk. What it held is put there again.
    """
    libc = _libc()

    def mount(source: str, target: str, kind: str, flags: int, data: str = "") -> bool:
        given = (each.encode() or None for each in (source, target, kind))
        return int(libc.mount(*given, ctypes.c_ulong(flags), data.encode() or None)) == 0

    if not mount("none", "/", "", _RECURSIVE | _PRIVATE):
        return False
    mount("proc", "/proc", "proc", _QUIET)
    for secret in (*(Path(home, each) for each in HIDDEN), *map(Path, SOCKETS)):
        if Path(folder).is_relative_to(secret):
            continue
        with contextlib.suppress(OSError):
            if secret.is_dir():
                mount("none", str(secret), "tmpfs", _QUIET | _READ_ONLY, "size=4096,mode=500")
            elif secret.exists():
                mount(os.devnull, str(secret), "", _BIND)
    held = {path.name: path.read_bytes() for path in Path(folder).iterdir() if path.is_file()}
    if not mount("none", folder, "tmpfs", _QUIET, _DISK):
        return False
    os.chdir(folder)
    for name, content in held.items():
        Path(folder, name).write_bytes(content)
    return True


def drop_capabilities() -> bool:
    """Give up what root may beyond others, but for reading; for the children as well.

    Whether that worked, so that neither this process nor one that it starts can have more.
    """
    libc, read = _libc(), 2  # CAP_DAC_READ_SEARCH
    keep = 1 << read if _is_root() else 0
    for capability in range(64):
        if capability != read and libc.prctl(24, capability, 0, 0, 0):  # PR_CAPBSET_DROP
            break
    libc.prctl(47, 4, 0, 0, 0)  # PR_CAP_AMBIENT, all cleared
    libc.prctl(38, 1, 0, 0, 0)  # PR_SET_NO_NEW_PRIVS
    number = {"x86_64": 126, "aarch64": 91}.get(os.uname().machine)
    if number is None:
        return False
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    data = (ctypes.c_uint32 * 6)(keep, keep, 0, 0, 0, 0)
    return int(libc.syscall(ctypes.c_long(number), header, data)) == 0


__all__ = [
    "ALL", "DISK", "HIDDEN", "SOCKETS", "adopt", "die_with_parent", "drop_capabilities", "furnish",
    "unshare",
]  # fmt: skip
