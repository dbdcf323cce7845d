"""Numbers as people read them: grouped, aligned, with their currency."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from application.rates import Share
from domain.money import Money, format_money

LOCAL = timezone(timedelta(hours=-3))
"""Argentina's offset; it has no daylight saving time."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TENTHS_PER_PPM = 1_000


def count(number: int) -> str:
    """1,234,567."""
    return f"{number:,}"


def amount(minor: int, currency: str) -> str:
    """ARS 1,234.56."""
    return format_money(Money(minor, currency), language="en")


def percent(share: Share) -> str:
    """92.7 %, rounded half up; a dash where there is nothing to share."""
    if share.ppm is None:
        return "–"
    tenths = (share.ppm + TENTHS_PER_PPM // 2) // TENTHS_PER_PPM
    return f"{tenths // 10}.{tenths % 10} %"


def duration(ms: int) -> str:
    """0.8 s, 12.3 s, 2 min 05 s."""
    tenths = (ms + 50) // 100
    if tenths < 600:
        return f"{tenths // 10}.{tenths % 10} s"
    minutes, seconds = divmod(tenths // 10, 60)
    return f"{minutes} min {seconds:02} s"


def instant(ms: int) -> str:
    """2026-03-06 14:05:09, in Argentina."""
    moment = datetime.fromtimestamp(ms // 1_000, tz=LOCAL)
    return f"{moment:%Y-%m-%d %H:%M:%S}"


def instant_utc(ms: int) -> str:
    """2026-03-06T17:05:09.123Z, for machines."""
    moment = datetime.fromtimestamp(ms // 1_000, tz=UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{ms % 1_000:03}Z"


def size(octets: int) -> str:
    """512 B, 1.4 KiB, 60.2 MiB."""
    tenths, unit = octets * 10, "B"
    for larger in ("KiB", "MiB", "GiB", "TiB"):
        if tenths < 10_240:
            break
        tenths, unit = (tenths + 512) // 1_024, larger
    return f"{octets} B" if unit == "B" else f"{tenths // 10}.{tenths % 10} {unit}"


def words(name: str) -> str:
    """A machine's name in words: amount_break is "amount break"."""
    return name.replace("_", " ")
