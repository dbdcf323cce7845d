"""Points in time as processors write them, as days in Argentina; and the zones that they name."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from adapters.statements.model import Unreadable
from adapters.statements.values import day_of_parts, quoted

ARGENTINE_OFFSET_MINUTES = -180
"""Argentine time, as minutes before or after UTC."""

_STAMP = re.compile(
    r"(?:([0-9]{4})[-/]([0-9]{1,2})[-/]([0-9]{1,2})|([0-9]{1,2})[-/.]([0-9]{1,2})[-/.]([0-9]{4}|[0-9]{2}))"
    r"(?:[T ]\s*([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:[.,][0-9]{1,9})?)?"
    r"\s*(Z|UTC|GMT|[+-][0-9]{2}:?[0-9]{2}|[+-][0-9]{2})?)?"
)


def argentine_day(text: str, *, place: str, offset_minutes: int | None) -> date:
    """The day in Argentina of a stamp: year first, or day first.

    A stamp without a time is its day. A time without an offset has the one given; if that is None,
    the day is as written. Raises Unreadable.
    """
    read = _STAMP.fullmatch(text)
    if read is None:
        raise Unreadable(place, f"date {quoted(text)} is not a date")
    year, month, day = (read[1], read[2], read[3]) if read[1] else (read[6], read[5], read[4])
    if len(year) == 2:
        year = "20" + year
    found = day_of_parts(int(year), int(month), int(day), place=place, name="date", text=text)
    if read[7] is None:
        return found
    hour, minute, second = int(read[7]), int(read[8]), int(read[9] or 0)
    if hour > 23 or minute > 59 or second > 59:
        raise Unreadable(place, f"date {quoted(text)} has a time that no day has")
    offset = offset_minutes if read[10] is None else _minutes(read[10])
    if offset is None:
        return found
    moment = datetime(found.year, found.month, found.day, hour, minute, second)  # noqa: DTZ001  (the offset is a number)
    return (moment + timedelta(minutes=ARGENTINE_OFFSET_MINUTES - offset)).date()


def _minutes(offset: str) -> int:
    if offset[0] not in "+-":
        return 0
    digits = offset[1:].replace(":", "").ljust(4, "0")
    minutes = int(digits[:2]) * 60 + int(digits[2:])
    return -minutes if offset[0] == "-" else minutes


_HOURS = """
UTC 0, GMT 0, WET 0, Z 0, BST 1, WEST 1, CET 1, IST 5.30, CEST 2, MET 1, MEST 2, EET 2, EEST 3,
MSK 3, TRT 3, GST 4, SAST 2, ART -3, BRT -3, BRST -2, UYT -3, CLT -4, CLST -3, PET -5, COT -5,
VET -4, EST -5, EDT -4, CST -6, CDT -5, MST -7, MDT -6, PST -8, PDT -7, AKST -9, AKDT -8, HST -10,
AST -4, ADT -3, SGT 8, HKT 8, MYT 8, PHT 8, AWST 8, WIB 7, ICT 7, JST 9, KST 9, ACST 9.30, AEST 10,
AEDT 11, NZST 12, NZDT 13,
AMERICA/ARGENTINA/BUENOS_AIRES -3, AMERICA/BUENOS_AIRES -3
"""
_OFFSETS = {
    name: (-1 if hours.startswith("-") else 1)
    * (int(hours.lstrip("-").partition(".")[0]) * 60 + int(hours.partition(".")[2] or 0))
    for name, hours in (pair.split() for pair in _HOURS.replace("\n", " ").split(","))
}
"""Minutes from UTC by the short names that reports print; each is taken as it is written."""


def zone_offset_minutes(zone: str, stamp: str, *, place: str) -> int:
    """Minutes from UTC of a zone by its name, short or of the tz database, at a local time.

    Raises Unreadable for a name that is not known.
    """
    found = _OFFSETS.get(zone.upper())
    if found is not None:
        return found
    written = re.fullmatch(r"(?:UTC|GMT)?([+-][0-9]{1,2}(?::?[0-9]{2})?)", zone.upper())
    if written is not None:
        return _minutes(written[1] if len(written[1]) > 2 else written[1][0] + "0" + written[1][1])
    if re.fullmatch(r"[A-Za-z_]+(?:/[A-Za-z_+-]+){1,2}", zone) is not None:
        try:
            local = datetime.fromisoformat(stamp.replace("/", "-")).replace(tzinfo=ZoneInfo(zone))
        except (ZoneInfoNotFoundError, ValueError, OSError):
            pass
        else:
            offset = local.utcoffset()
            if offset is not None:
                return offset // timedelta(minutes=1)
    raise Unreadable(place, f"time zone {quoted(zone)} is unknown")
