"""What a file says, as text that does nothing: it makes no line, no colour, no command, no formula.

Names of files, functions and modes, messages and quoted lines come from whoever wrote the file.
Every form of a report passes them through here.
"""

from __future__ import annotations

import re

# Control characters; all that ends a line somewhere; what turns the direction of writing round or
# is not seen at all; and what is no character, which neither files nor XML can hold.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f]"
)
_BREAKS = re.compile("[\t\n]")
# Build servers take these in any printed line for commands: the first where the line begins.
_COMMAND = re.compile(r"^(\s*):(?=:)|#(?=#\w*\[)")
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")


def written_out(text: str) -> str:
    """The text with what is not seen written as ``\\x1b`` or ``\\u202e``; lines and tabs stay."""
    return _UNSEEN.sub(_escaped, text)


def one_line(text: str) -> str:
    """The same in one line, which also is no command of a build server's."""
    return _COMMAND.sub(_no_command, _BREAKS.sub(_escaped, written_out(text)))


def cell(text: str) -> str:
    """The same in one cell of a spreadsheet, which does not take it for a formula."""
    line = one_line(text)
    return f"'{line}" if line.lstrip(" ").startswith(_FORMULA) else line


def _no_command(found: re.Match[str]) -> str:
    return f"{found[1]}\\x3a" if found[1] is not None else "\\x23"


def _escaped(found: re.Match[str]) -> str:
    point = ord(found[0])
    if point < 0x100:
        return f"\\x{point:02x}"
    return f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}"


__all__ = ["cell", "one_line", "written_out"]
