"""System calls that a file under check has no use for: a filter, in the kernel's small language.

See seccomp(2) and https://docs.kernel.org/userspace-api/seccomp_filter.html. The filter refuses
(``EPERM``) what Landlock does not reach: changes of modes, owners, times and attributes; sockets;
memory, semaphores and queues that outlive a process; limits and priorities of other processes;
namespaces, mounts, tracing, keys and the clock. Everything else is as it was.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
import sys

_MACHINES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
# By name: the number on x86-64 and on AArch64; None where there is none.
_REFUSED: dict[str, tuple[int | None, int | None]] = {
    "chmod": (90, None), "fchmod": (91, 52), "fchmodat": (268, 53), "fchmodat2": (452, 452),
    "chown": (92, None), "fchown": (93, 55), "lchown": (94, None), "fchownat": (260, 54),
    "setxattr": (188, 5), "lsetxattr": (189, 6), "fsetxattr": (190, 7), "setxattrat": (463, 463),
    "removexattr": (197, 14), "lremovexattr": (198, 15), "fremovexattr": (199, 16),
    "removexattrat": (466, 466), "file_setattr": (469, 469),
    "utime": (132, None), "utimes": (235, None), "futimesat": (261, None), "utimensat": (280, 88),
    "socket": (41, 198), "io_uring_setup": (425, 425), "io_uring_enter": (426, 426),
    "shmget": (29, 194), "shmat": (30, 196), "shmctl": (31, 195), "semget": (64, 190),
    "semctl": (66, 191), "msgget": (68, 186), "msgctl": (71, 187), "mq_open": (240, 180),
    "memfd_create": (319, 279), "memfd_secret": (447, 447),
    "sched_setattr": (314, 274), "ioprio_set": (251, 30), "migrate_pages": (256, 238),
    "move_pages": (279, 239),
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "process_madvise": (440, 440), "kcmp": (312, 272), "pidfd_getfd": (438, 438),
    "unshare": (272, 97), "setns": (308, 268), "mount": (165, 40), "umount2": (166, 39),
    "pivot_root": (155, 41), "chroot": (161, 51), "open_tree": (428, 428),
    "move_mount": (429, 429), "fsopen": (430, 430), "fsmount": (432, 432),
    "mount_setattr": (442, 442), "open_by_handle_at": (304, 265), "swapon": (167, 224),
    "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282),
    "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219),
    "clock_settime": (227, 112), "settimeofday": (164, 170), "adjtimex": (159, 171),
    "clock_adjtime": (305, 266), "reboot": (169, 142), "sethostname": (170, 161),
    "setdomainname": (171, 162), "acct": (163, 89), "quotactl": (179, 60),
    "init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106),
    "kexec_load": (246, 104), "syslog": (103, 116), "vhangup": (153, 58),
    "fanotify_init": (300, 262), "lookup_dcookie": (212, 18),
}  # fmt: skip
# Calls about a process: only about the one that calls (0). By name: numbers, and which argument
# says which process; of setpriority the first says that it is one process and not several.
_OWN_ONLY: dict[str, tuple[int, int, tuple[int, ...]]] = {
    "prlimit64": (302, 261, (0,)), "setpriority": (141, 140, (0, 1)),
    "sched_setparam": (142, 118, (0,)), "sched_setscheduler": (144, 119, (0,)),
    "sched_setaffinity": (203, 122, (0,)),
}  # fmt: skip
_IOCTL, _SET_FLAGS = (16, 29), (0x40086602, 0x40046602, 0x401C5820)  # attributes of a file
_CLONE, _CLONE3 = (56, 220), (435, 435)
_NEW_NAMESPACES = 0x7E020080
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000
_LOAD, _EQUAL, _ANY_BIT, _AT_LEAST, _RETURN = 0x20, 0x15, 0x45, 0x35, 0x06
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16
_X32 = 0x40000000  # numbers from here up are another way to call the same, on x86-64
_SET, _ALL_THREADS = 1, 1
_SECCOMP = (317, 277)


def program(machine: str) -> bytes:
    """The filter for a machine. Raises KeyError for one that is not known."""
    architecture, at = _MACHINES[machine]
    refuse = _instruction(_RETURN, 0, 0, _REFUSE | errno.EPERM)
    code = [
        _instruction(_LOAD, 0, 0, _ARCHITECTURE), _instruction(_EQUAL, 1, 0, architecture), refuse,
        _instruction(_LOAD, 0, 0, _NUMBER), _instruction(_AT_LEAST, 0, 1, _X32), refuse,
    ]  # fmt: skip
    for number in (numbers[at] for numbers in _REFUSED.values()):
        if number is not None:
            code += [_instruction(_EQUAL, 0, 1, number), refuse]
    for here, there, arguments in _OWN_ONLY.values():
        tests = [_refused_unless_zero(argument, refuse) for argument in arguments]
        code += _where((here, there)[at], [each for test in tests for each in test])
    flags = [_instruction(_EQUAL, 0, 1, value) for value in _SET_FLAGS]
    code += _where(_IOCTL[at], [_instruction(_LOAD, 0, 0, _ARGUMENTS + 8),
                                *(each for flag in flags for each in (flag, refuse))])  # fmt: skip
    code += [
        _instruction(_EQUAL, 0, 1, _CLONE3[at]),  # its flags cannot be seen: glibc then uses clone
        _instruction(_RETURN, 0, 0, _REFUSE | errno.ENOSYS),
        _instruction(_EQUAL, 0, 3, _CLONE[at]), _instruction(_LOAD, 0, 0, _ARGUMENTS),
        _instruction(_ANY_BIT, 0, 1, _NEW_NAMESPACES), refuse,
        _instruction(_RETURN, 0, 0, _ALLOW),
    ]  # fmt: skip
    return b"".join(code)


def _where(number: int, tests: list[bytes]) -> list[bytes]:
    """Tests of a call's arguments, which are passed over for any other call."""
    again = _instruction(_LOAD, 0, 0, _NUMBER)
    return [_instruction(_EQUAL, 0, len(tests) + 1, number), *tests, again]


def _refused_unless_zero(argument: int, refuse: bytes) -> list[bytes]:
    load = _instruction(_LOAD, 0, 0, _ARGUMENTS + 8 * argument)
    return [load, _instruction(_EQUAL, 1, 0, 0), refuse]


def _instruction(code: int, then: int, otherwise: int, value: int) -> bytes:
    return struct.pack("=HBBI", code, then, otherwise, value)


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.c_char_p))


def install() -> None:
    """Put the filter in force for this process and all that it starts. Raises OSError."""
    machine = os.uname().machine
    if not sys.platform.startswith("linux") or machine not in _MACHINES or sys.maxsize < 2**32:
        raise OSError(errno.ENOSYS, "no filter for this system")
    code = program(machine)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(38, 1, 0, 0, 0):  # PR_SET_NO_NEW_PRIVS
        raise OSError(ctypes.get_errno(), "no_new_privs")
    number = ctypes.c_long(_SECCOMP[_MACHINES[machine][1]])
    given = _Program(len(code) // 8, code)
    if libc.syscall(number, ctypes.c_uint(_SET), ctypes.c_uint(_ALL_THREADS), ctypes.byref(given)):
        raise OSError(ctypes.get_errno(), "seccomp")


__all__ = ["install", "program"]
