"""Argentina's public and bank holidays, by the `holidays` package.

They hold for days that no calendar was declared for; a declared calendar and a bank's override are
above them, since decrees come late.
"""

from __future__ import annotations

from datetime import date
from functools import cached_property

FIRST_YEAR, LAST_YEAR = 2000, 2050
"""Years that are known: wide, so that no store outlives them unseen."""


class ArgentineHolidays:
    """The days on which Argentine banks are closed by holiday, in the years said above.

    Weekends are left out unless a holiday falls on one. Source: the package's categories "public"
    (national holidays and bridge days) and "bank" (Bankers' Day and the like).
    """

    def __contains__(self, day: object) -> bool:
        return day in self.days

    @cached_property
    def days(self) -> frozenset[date]:
        """All of them. Importing the package takes half a second: only who asks pays for it."""
        from holidays.countries.argentina import Argentina

        years = range(FIRST_YEAR, LAST_YEAR + 1)
        return frozenset(Argentina(years=years, categories=("public", "bank")))
