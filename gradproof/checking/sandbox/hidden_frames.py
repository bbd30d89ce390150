"""What code under check may not ask Python about: who calls it, and which objects there are.

An audit hook, which cannot be taken away again. Libraries look at frames for good reasons (a
namedtuple for its module, a log for the line), and are let; a file is not, directly or through the
functions that hand out frames.
"""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Callable
from types import FrameType
from typing import Any

from gradproof.home import ENGINE

_ASKING = ("sys._getframe", "sys._current_frames", "sys._current_exceptions", "gc.get_objects",
           "gc.get_referrers", "gc.get_referents", "code.__new__")  # fmt: skip
_FOLLOWING = ("sys.settrace", "sys.setprofile", "sys.monitoring.register_callback")
_FRAMES = ("tb_frame", "gi_frame", "cr_frame", "ag_frame")
_HANDING_OUT = ("currentframe", "<lambda>", "walk_tb", "walk_stack", "getinnerframes",
                "getouterframes", "stack", "trace", "getframeinfo")  # fmt: skip
_WORDS = "gradproof check lets a file ask neither who calls it nor which objects there are"


def hook() -> Callable[[str, tuple[Any, ...]], None]:
    """The hook, which raises PermissionError where a file asks."""
    ours = str(ENGINE) + os.sep
    paths = sysconfig.get_paths()
    folders = {paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    folders |= {os.path.dirname(os.path.dirname(vars(sys.modules["numpy"])["__file__"]))}
    known = (ours, *(os.path.abspath(folder) + os.sep for folder in folders), "<frozen")
    current, basename, busy = sys._getframe, os.path.basename, [False]

    def is_known(frame: FrameType | None) -> bool:
        return frame is None or frame.f_code.co_filename.startswith(known)

    def asked_by(frame: FrameType | None) -> FrameType | None:
        while frame is not None and is_known(frame) and frame.f_code.co_name in _HANDING_OUT:
            name = basename(frame.f_code.co_filename)
            if name not in ("inspect.py", "traceback.py", "__init__.py"):
                break
            frame = frame.f_back
        return frame

    def look(event: str, arguments: tuple[Any, ...]) -> None:
        if event in _ASKING or (event == "object.__getattr__" and arguments[1] in _FRAMES):
            following = False
        elif event in _FOLLOWING:
            following = True
        elif event == "compile" and str(arguments[1]).startswith(known):
            following = False
        else:
            return
        if busy[0]:
            return
        busy[0] = True
        try:
            frame = asked_by(current(1))
            allowed = is_known(frame)
            if following:
                allowed = frame is not None and frame.f_code.co_filename.startswith(ours)
        finally:
            busy[0] = False
        if not allowed:
            raise PermissionError(_WORDS)

    return look


__all__ = ["hook"]
