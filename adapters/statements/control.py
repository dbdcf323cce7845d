"""Control files: the SHA-256 of a data file and its name, as `sha256sum` writes them."""

from __future__ import annotations

import re
from pathlib import Path

CONTROL_BYTES_MAX = 1_024
"""A longer file is no control file."""

_CONTROL = re.compile(rb"\s*([0-9a-fA-F]{64})(?:[ \t]+\*?[^\r\n\x00]+)?\s*")


def announced_by(path: Path, *, size: int) -> str | None:
    """The hash (small hexadecimal) of the data file that a control file announces.

    None for any other file. Raises OSError.
    """
    if size > CONTROL_BYTES_MAX:
        return None
    read = _CONTROL.fullmatch(path.read_bytes()[:CONTROL_BYTES_MAX])
    return None if read is None else read[1].decode("ascii").lower()
