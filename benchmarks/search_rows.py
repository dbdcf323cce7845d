"""Payments for the search benchmark: rows as the projector writes them, made without facts.

The same number gives the same row, so what a question should find can be worked out again.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import msgspec

from adapters.opensearch.indices import FOR_EVER
from adapters.opensearch.writing import row_source
from projections.listed import Listed, amount

DAYS, MERCHANTS = 500, 400
FIRST_DAY = date(2025, 1, 1)
STATES = ("reconciled",) * 90 + ("expected",) * 7 + ("partly_allocated",) * 2 + ("cancelled",)
RAILS = ("TRF_PUSH", "PCT", "CARD_CREDIT", "DEBIN")
_FIRST = ("alva", "bena", "caste", "dome", "este", "fonta", "gutie", "herna", "iba", "jara")
_FIRST += ("lope", "marti", "nava", "orte", "para", "quiro", "rami", "sala", "torre", "zapa")
FAMILY = tuple(
    first + last
    for first in _FIRST
    for last in ("rez", "nez", "llo", "ndez", "rano", "dor", "guez", "mora", "vedra", "lieri")
)
"""Words of references, letters alone, so that slips in them are found."""

_encode = msgspec.json.Encoder().encode


def day(number: int) -> str:
    """A day of the benchmark, from 0 on."""
    return _DAYS[number]


@dataclass(frozen=True, slots=True)
class Made:
    """One payment as the questions need it."""

    number: int
    day: int
    merchant: str
    minor: int
    state: str
    rail: str
    words: tuple[str, str]

    @property
    def reference(self) -> str:
        """What people know it by."""
        return f"{self.words[0].upper()} {self.words[1].upper()} {self.number:08}"

    @property
    def value_date(self) -> str:
        """The day on which it should arrive."""
        return _DAYS[self.day + 1]


_DAYS = [(FIRST_DAY + timedelta(days=n)).isoformat() for n in range(DAYS + 20)]


def made(number: int) -> Made:
    """The payment of this number."""
    draw = random.Random(number * 7919)
    small = int(MERCHANTS * draw.random() ** 2)  # a few have most
    return Made(
        number=number,
        day=int(DAYS * draw.random()),
        merchant=f"M{small:04}",
        minor=int(10 ** (3 + 5 * draw.random())),
        state=STATES[int(len(STATES) * draw.random())],
        rail=RAILS[int(len(RAILS) * draw.random())],
        words=(
            FAMILY[int(len(FAMILY) * draw.random())],
            FAMILY[int(len(FAMILY) * draw.random())],
        ),
    )


def listed(each: Made) -> Listed:
    """Its row."""
    id_ = f"pay:core:{each.number:010}"
    is_open = each.state in {"expected", "partly_allocated"}
    shown = amount(each.minor, "ARS")
    none, at = amount(0, "ARS"), f"{_DAYS[each.day]}T15:00:00.000Z"
    body: dict[str, Any] = {
        "object": "payment",
        "id": id_,
        "version": 2,
        "state": each.state,
        "payment_id": f"{each.number:010}",
        "source": "core",
        "merchant_id": each.merchant,
        "rail": each.rail,
        "currency": "ARS",
        "amount": shown,
        "allocated": none if is_open else shown,
        "open": shown if is_open else none,
        "returned": none,
        "reference": each.reference,
        "end_to_end_id": f"E2E{each.number * 2654435761 % 2**40:012X}",
        "initiated_at": at,
        "initiated_on": _DAYS[each.day],
        "value_date": each.value_date,
        "break_day": _DAYS[each.day + 13],
        "match_ids": [f"mat:set:bank:017:{each.number}:1"],
        "settlement_ids": [f"set:bank:017:{each.number}"],
        "reserved_by": None,
        "cancelled_on": _DAYS[each.day] if each.state == "cancelled" else None,
        "cancelled_because": None,
        "recorded_at": at,
        "changed_at": at,
        "position": "1",
    }
    return Listed(id=id_, body=body, merchants=(each.merchant,))


def source(each: Made) -> bytes:
    """Its row as OpenSearch keeps it: what `row_source` makes, without folding known words anew."""
    row = listed(each)
    number, digits = f"{each.number:010}", f"{each.number:08}"
    family, other = each.words
    merchant, rail = each.merchant.lower(), each.rail.lower()
    rail_words = rail.split("_")
    runs = [f"pay core {number}", f"paycore{number}", number, "core", merchant]
    runs += [rail] if len(rail_words) == 1 else [" ".join(rail_words), "".join(rail_words)]
    runs += [f"{family} {other} {digits}", f"{family}{other}{digits}"]
    runs.append(str(row.body["end_to_end_id"]).lower())
    words = {"core", family, other, *(word for word in rail_words if len(word) > 3)}
    if len(rail_words) > 1 or len(rail) > 3:
        words.add("".join(rail_words))
    return _encode(
        {
            "since": 1,
            "until": FOR_EVER,
            "merchants": row.merchants,
            "merchants_total": 1,
            "words": runs,
            "slips": sorted(words),
            "body": row.body,
        }
    )


def checked(count: int) -> None:
    """Raises AssertionError unless the short way makes what the projector would write."""
    for number in range(count):
        each = made(number)
        assert source(each) == _encode(row_source("payments", listed(each), since=1)), each


class Days:
    """Sums by day, counted while payments are made."""

    def __init__(self) -> None:
        self._sums: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)

    def add(self, each: Made) -> None:
        """Count a payment on its day, for its merchant and for all."""
        state = {"reconciled": "settled", "cancelled": "cancelled"}.get(each.state, "open")
        for merchant in (each.merchant, ""):
            sums = self._sums[each.value_date, merchant]
            for name in ("expected", state):
                sums[f"{name}_count"] += 1
                sums[f"{name}_minor"] += each.minor

    def documents(self) -> Iterator[tuple[str, str, dict[str, object]]]:
        """Model, key and document of each total."""
        for (day, merchant), sums in self._sums.items():
            document: dict[str, object] = {"amounts": dict(sums)}
            if merchant:
                yield "daily_position", f"{day}|ARS|{merchant}", document
            else:
                yield "daily_total", f"{day}|ARS", document
