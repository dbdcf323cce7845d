"""Argentina's public and bank holidays, by the `holidays` package.

They hold for days that no calendar was declared for; a declared calendar and a bank's override are
above them, since decrees come late.
"""

from __future__ import annotations

from datetime import date

FIRST_YEAR, LAST_YEAR = 2000, 2050
"""Years that are asked for by default: wide, so that no store outlives them unseen."""


def argentine_holidays(
    *, first_year: int = FIRST_YEAR, last_year: int = LAST_YEAR
) -> frozenset[date]:
    """The days of these years, both included, on which Argentine banks are closed by holiday.

    Weekends are left out unless a holiday falls on one. Source: the package's categories "public"
    (national holidays and bridge days) and "bank" (Bankers' Day and the like).
    """
    # It takes half a second to import: only whoever needs the days pays for it.
    from holidays.countries.argentina import Argentina

    years = range(first_year, last_year + 1)
    return frozenset(Argentina(years=years, categories=("public", "bank")))
