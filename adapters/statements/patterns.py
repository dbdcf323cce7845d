"""Regular expressions that a bank's analyst may write in a profile, held to bounded work.

Python's own engine knows no time limit, so what could cost it much is refused when the profile is
read: repeats without an upper bound, repeats of what repeats or chooses itself, references back,
and more combinations than `WAYS_MAX`. What is left is tried at a place in at most so many ways.
"""

from __future__ import annotations

import re

WAYS_MAX = 10_000
"""Ways in which a pattern may try to match at one place: the product of its choices."""

PATTERN_LENGTH_MAX = 200
"""Characters of a pattern."""

REPEATS_MAX = 200
"""The largest number of repeats that a pattern may ask for."""

_TOKEN = re.compile(
    r"(?P<set>\[\^?\]?(?:\\.|[^\]\\])*\])"
    r"|(?P<escape>\\.)"
    r"|(?P<count>\{[0-9]+(?:,[0-9]*)?\})"
    r"|(?P<open>\((?:\?(?:P<[a-z_]{1,32}>|:|=|!|<=|<!))?)"
    r"|(?P<plain>.)",
    re.DOTALL,
)


def bounded_pattern(text: str) -> re.Pattern[str]:
    """The compiled pattern. Raises ValueError, in words, for one whose work has no bound."""
    if len(text) > PATTERN_LENGTH_MAX:
        raise ValueError(f"a pattern has at most {PATTERN_LENGTH_MAX} characters")
    try:
        pattern = re.compile(text)
    except (re.error, RecursionError, OverflowError):
        raise ValueError("the pattern is no regular expression") from None
    _bound(text)
    return pattern


def _bound(text: str) -> None:
    ways = 1
    # For each open group: whether something inside it repeats variably, or chooses.
    varies = [False]
    closed: bool | None = None
    for token in _TOKEN.finditer(text):
        kind, sign = token.lastgroup, token[0]
        if kind == "open":
            varies.append(False)
            closed = None
        elif kind == "plain" and sign == ")":
            closed = varies.pop()
            varies[-1] = varies[-1] or closed
        elif kind == "plain" and sign == "|":
            ways *= 2
            varies[-1] = True
            closed = None
        elif kind == "count" or (kind == "plain" and sign in "*+?"):
            least, most = _repeats(sign)
            if closed and most > 1:
                raise ValueError("a group that repeats holds repeats or choices of its own")
            if most != least:
                ways *= most - least + 1
                varies[-1] = True
            closed = None
        else:
            _refuse_reference(kind, sign)
            closed = None
        if ways > WAYS_MAX:
            raise ValueError(f"the pattern could be tried in more than {WAYS_MAX} ways at a place")


def _repeats(sign: str) -> tuple[int, int]:
    if sign == "?":
        return 0, 1
    if sign in {"*", "+"} or sign.endswith(",}"):
        raise ValueError(
            f"'{sign}' repeats without end; write the most that may be, as in {{1,20}}"
        )
    least, _, most = sign[1:-1].partition(",")
    if int(most or least) > REPEATS_MAX:
        raise ValueError(f"a pattern repeats at most {REPEATS_MAX} times")
    return int(least), int(most or least)


def _refuse_reference(kind: str | None, sign: str) -> None:
    if kind == "escape" and sign[1].isdigit() and sign[1] != "0":
        raise ValueError("a pattern may not refer back to a group")
