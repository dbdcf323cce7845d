"""Argentina's holidays: what holds where no calendar was declared."""

from __future__ import annotations

from datetime import date

from adapters.holidays_ar import ArgentineHolidays
from conciliar.composition import holidays

DAYS_2026 = {
    "New Year": date(2026, 1, 1),
    "a bridge day": date(2026, 3, 23),
    "Good Friday": date(2026, 4, 3),
    "the bankers' day": date(2026, 11, 6),
    "one that was moved": date(2026, 11, 23),
}


def test_public_bridge_and_bank_holidays_are_known():
    """Each kind of day on which banks are closed, for 2026."""
    known = holidays()
    assert [name for name, day in DAYS_2026.items() if day not in known] == []
    assert date(2026, 3, 6) not in known


def test_years_are_enough_for_any_store():
    """A wide span, so that no store outlives it unseen."""
    assert {2010, 2026, 2045} <= {day.year for day in ArgentineHolidays().days}
