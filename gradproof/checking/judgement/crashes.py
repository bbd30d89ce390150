"""What an error that the author's code raises means: the line, and what was likely meant there."""

from __future__ import annotations

import ast
import difflib
import linecache
import re
import traceback
from pathlib import Path
from typing import Any

import numpy as np

from gradproof.home import ENGINE

MEANT = "did you mean"
_ENGINE = ENGINE.resolve()
_NUMPY = Path(np.__file__).resolve().parent
_PAIRWISE = {"max": "maximum", "amax": "maximum", "min": "minimum", "amin": "minimum"}
_LIKE = ("zeros", "ones", "empty", "full")


def told(error: BaseException) -> str:
    """The error as a reason: "TypeError: ... (line 3: out = np.max(0, x)); did you mean ...?"."""
    reason = f"{type(error).__name__}: {error}"
    frame = _authors_frame(error)
    if frame is None or frame.lineno is None:
        return reason
    code = linecache.getline(frame.filename, frame.lineno).strip()
    meant = _meant(error, code)
    where = f" (line {frame.lineno}: {code})" if code else f" (line {frame.lineno})"
    return reason + where + (f"; {MEANT} {meant}?" if meant else "")


def _authors_frame(error: BaseException) -> traceback.FrameSummary | None:
    """The innermost frame that is neither NumPy's nor the engine's."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        path = Path(frame.filename)
        known = path.exists() and not path.resolve().is_relative_to(_ENGINE)
        if known and not path.resolve().is_relative_to(_NUMPY):
            return frame
    return None


def _meant(error: BaseException, code: str) -> str:
    """What the author likely meant; "" where nothing is plain."""
    if isinstance(error, NameError):
        return _near(error)
    removed = (
        re.search(r"Use `([\w.]+)`", str(error)) if isinstance(error, AttributeError) else None
    )
    if removed:
        return removed[1]
    try:
        calls = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call)]
    except SyntaxError:  # one line of several
        return ""
    return next((found for call in calls if (found := _meant_call(error, call))), "")


def _meant_call(error: BaseException, call: ast.Call) -> str:
    match call:
        case ast.Call(ast.Attribute(ast.Name("np" | "numpy" as np_), name), [a, b]) if (
            name in _PAIRWISE and not _is_axis(b)
        ):
            return f"{np_}.{_PAIRWISE[name]}({ast.unparse(a)}, {ast.unparse(b)})"
        case ast.Call(ast.Attribute(ast.Name("np" | "numpy" as np_), name), [shape, *_]) if (
            name in _LIKE and isinstance(shape, ast.Name | ast.Attribute)
            and isinstance(error, TypeError)
        ):  # fmt: skip
            return f"{np_}.{name}_like({', '.join(map(ast.unparse, call.args))})"
    return ""


def _is_axis(node: ast.expr) -> bool:
    try:
        return isinstance(ast.literal_eval(node), int | tuple)
    except ValueError:
        return False


def _near(error: NameError) -> str:
    scope: dict[str, Any] = {}
    for frame, _ in traceback.walk_tb(error.__traceback__):
        scope = frame.f_globals | frame.f_locals
    near = difflib.get_close_matches(str(error.name), list(scope), n=1, cutoff=0.6)
    return near[0] if near else ""
