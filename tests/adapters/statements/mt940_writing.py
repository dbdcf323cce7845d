"""Writes MT940 and MT942 messages for tests; what `mt940.read` yields of them is what was given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from domain.money import Money, format_decimal

LINE_LENGTH = 65


@dataclass(frozen=True, kw_only=True)
class WrittenLine:
    """A statement line: `minor` is signed as the account moves, whether or not it is a reversal."""

    minor: int
    value_date: date
    booking_date: date
    reversal: bool = False
    customer: str = "NONREF"
    bank: str | None = None
    text: str | None = None


def written(
    lines: Sequence[WrittenLine],
    *,
    currency: str = "EUR",
    opening: int = 0,
    account: str = "DE02120300000000202051",
    reference: str = "STARTUMS",
    number: str = "7/1",
    end: str = "\r\n",
) -> bytes:
    """A MT940 that closes, with the fields of each line in standard order."""
    day = f"{lines[-1].booking_date:%y%m%d}" if lines else "260102"
    closing = opening + sum(line.minor for line in lines)
    parts = [f":20:{reference}", f":25:{account}", f":28C:{number}"]
    parts.append(f":60F:{_balance(opening, day, currency)}")
    for line in lines:
        parts += _line(line, currency)
    parts += [f":62F:{_balance(closing, day, currency)}", "-", ""]
    return end.join(parts).encode()


def _line(line: WrittenLine, currency: str) -> list[str]:
    mark = "C" if (line.minor >= 0) != line.reversal else "D"
    mark = f"R{mark}" if line.reversal else mark
    bank = "" if line.bank is None else f"//{line.bank}"
    head = f":61:{line.value_date:%y%m%d}{line.booking_date:%m%d}{mark}"
    head += f"{_amount(line.minor, currency)}NTRF{line.customer}{bank}"
    text = "" if line.text is None else f":86:{line.text}"
    return [head, *(text[at : at + LINE_LENGTH] for at in range(0, len(text), LINE_LENGTH))]


def _balance(minor: int, day: str, currency: str) -> str:
    return f"{'D' if minor < 0 else 'C'}{day}{currency}{_amount(minor, currency)}"


def _amount(minor: int, currency: str) -> str:
    text = format_decimal(Money(abs(minor), currency)).replace(".", ",")
    return text if "," in text else f"{text},"
