"""Reading several read models as of one position, while others keep them up."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from application.ports import VersionConflict, ViewStore

READS_MAX = 10
"""Times that something is read again because the read models moved meanwhile."""

Answer = TypeVar("Answer")


def at_one_position(views: ViewStore, read: Callable[[], Answer]) -> Answer:
    """What `read` answers, at a position that stood still meanwhile.

    Raises VersionConflict when the read models never stood still: facts come faster than they are
    read.
    """
    for _ in range(READS_MAX):
        position = views.position()
        answer = read()
        if views.position() == position:
            return answer
    raise VersionConflict(stream="views", expected_version=views.position())
