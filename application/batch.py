"""What one run is given: payments and lines with their places, and the reference data for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from domain.errors import Refusal
from domain.fees import Schedule
from domain.fx import DayRate
from domain.merchant import MerchantRegistered
from domain.payment import PaymentRegistered
from domain.settlement import SettlementRecorded

WARNINGS_MAX = 1_000
"""Warnings that a batch carries; what comes after them is only counted."""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that was read whole: its name as given, and the SHA-256 (hex) of its bytes."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MerchantRow:
    """A merchant with its schedules, as delivered."""

    registered: MerchantRegistered
    schedules: tuple[Schedule, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarTable:
    """Days as delivered; the table covers its first to its last business day."""

    holidays: tuple[date, ...]
    business_days: tuple[date, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RateTable:
    """Rates of a pair such as USDARS: integers scaled by `scale`, by day."""

    pair: str
    scale: int
    rates: tuple[DayRate, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class InputWarning:
    """Something in a file that was accepted and that people should look at; it holds no value.

    `place` is "line N" or a JSON path, `kind` a machine name such as "cuit-check-digit".
    """

    file: str
    place: str
    field: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Everything a run is given. Rows stand with their line number, from 1.

    `warnings` are the first WARNINGS_MAX of `warnings_total`.
    """

    payments_file: SourceFile
    payments: Sequence[tuple[int, PaymentRegistered]]
    lines_file: SourceFile
    lines: Sequence[tuple[int, SettlementRecorded]]
    merchants_file: SourceFile
    merchants: Sequence[MerchantRow]
    calendar_file: SourceFile
    calendar: CalendarTable
    fx_file: SourceFile
    fx: RateTable
    warnings: tuple[InputWarning, ...] = ()
    warnings_total: int = 0


@dataclass(unsafe_hash=True, kw_only=True)
class InputRefused(Refusal):
    """A file that cannot be accepted, with the place and the reason; nothing of it is recorded."""

    file: str
    place: str
    reason: str
