"""File names as text.

A file name is bytes without a slash, and need not be UTF-8; an entity and a
parameter are UTF-8. So a byte that belongs to no character is written %XX, and
a percent sign %25: nothing is lost, two files never look the same, and what an
observation names an action can be given. All else stays as it is, newlines and
escape sequences included: whoever shows it to a person has to escape it.
"""

from __future__ import annotations

import codecs
import os
import re

_ESCAPE = re.compile(rb"%(..)?", re.DOTALL)
_HEX = re.compile(rb"[0-9A-F]{2}")

# The longest file name of the usual file systems, in bytes.
MAX_BYTES = 255


def _percent(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    wrong = error.object[error.start : error.end]
    return "".join(f"%{byte:02X}" for byte in wrong), error.end


codecs.register_error("spool.percent", _percent)


def to_text(name: str) -> str:
    """The text for a name as the os module returns it."""
    return os.fsencode(name).replace(b"%", b"%25").decode("utf-8", "spool.percent")


def to_name(text: str) -> str:
    """The name for a text, as the os module takes it.

    Raises ValueError, with what is wrong for a person, if no file can be meant.
    """

    def unescape(match: re.Match[bytes]) -> bytes:
        digits = match.group(1) or b""
        if not _HEX.fullmatch(digits):
            raise ValueError("a percent sign must be followed by two of 0-9 and A-F; itself it is written %25")
        return bytes.fromhex(digits.decode("ascii"))

    raw = _ESCAPE.sub(unescape, text.encode("utf-8"))
    if not raw or len(raw) > MAX_BYTES or b"/" in raw or b"\0" in raw:
        raise ValueError(f"must be the name of a file: 1 to {MAX_BYTES} bytes, no slash, no NUL")
    if raw.startswith(b"."):
        raise ValueError("begins with a dot: such a file is still being written")
    name = os.fsdecode(raw)
    if to_text(name) != text:
        raise ValueError("escapes what needs no escape: write the name as observations do")
    return name
