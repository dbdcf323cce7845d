"""Rows of payments, read as a profile says; nothing is guessed but the separator of a plain file.

The header is the first line that holds every column that the profile names. A row with another
number of fields, a broken quote or an unusable field refuses the file.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from typing import BinaryIO, Final, get_args

from adapters.data_folder.faults import Unusable
from adapters.payment_files.model import Said, Setting, registered, unreadable, with_zone
from adapters.payment_files.profile import PLAIN, CsvForm
from adapters.statements.model import Unreadable
from adapters.statements.values import quoted
from application.payees import Payee
from application.payment_orders import Order
from domain.payment import Method

LINE_BYTES_MAX: Final = 1 << 16
"""Bytes of a line."""

HEADER_LINES_MAX: Final = 50
"""Lines among which the header is looked for."""

FIELD_LINES_MAX: Final = 100
"""Lines that one quoted field may go over."""

BOM: Final = "\ufeff"

_METHODS: Final[dict[str, Method]] = {each: each for each in get_args(Method)}
REQUIRED: Final = ("payment_id", "amount", "currency", "created_at")


def read(stream: BinaryIO, setting: Setting, form: CsvForm | None) -> Iterator[Order]:
    """The orders of all rows, in file order. Raises Unreadable."""
    rows = _Rows(stream, form or _plain(stream))
    for number, row in rows:
        place = f"line {number}"
        try:
            said = _said(row, rows.form, setting)
            body = registered(said, source=setting.source)
        except Unusable as fault:
            raise unreadable(fault, place) from None
        yield Order(
            place=place,
            command_id=setting.command_id(f"line-{number}"),
            source=setting.source,
            body=body,
            stands_alone=False,
            oddities=tuple(said.oddities),
        )
    if not rows.count:
        raise Unreadable("file", "no rows")


def _plain(stream: BinaryIO) -> CsvForm:
    """Our own names, with the separator that the header uses."""
    first = stream.readline(LINE_BYTES_MAX).decode("utf-8", "replace")
    stream.seek(0)
    counts = {sign: first.count(sign) for sign in (",", ";", "\t", "|")}
    best = max(counts, key=lambda sign: counts[sign])
    present = {name.strip().strip('"') for name in first.strip().lstrip(BOM).split(best)}
    columns = {name: title for name, title in PLAIN.columns.items() if title in present}
    return PLAIN.model_copy(update={"delimiter": best, "columns": columns})


class _Rows:
    """Rows by column, with the line on which each begins."""

    def __init__(self, stream: BinaryIO, form: CsvForm) -> None:
        self.form = form
        self.count = 0
        self._stream = stream
        self._line = 0
        self._encoding = "cp1252" if form.encoding == "windows-1252" else "utf-8"

    def __iter__(self) -> Iterator[tuple[int, dict[str, str]]]:
        reader = csv.reader(self._lines(), delimiter=self.form.delimiter, strict=True)
        try:
            titles = self._titles(reader)
            begins = self._line + 1
            for row in reader:
                number, begins = begins, self._line + 1
                if not any(map(str.strip, row)):
                    continue
                if len(row) != len(titles):
                    reason = f"{len(row)} fields, the header has {len(titles)}"
                    raise Unreadable(f"line {number}", reason)
                self.count += 1
                yield number, dict(zip(titles, row, strict=True))
        except csv.Error as error:
            raise Unreadable(f"line {self._line}", f"no CSV: {error}") from None

    def _lines(self) -> Iterator[str]:
        while line := self._stream.readline(LINE_BYTES_MAX + 1):
            self._line += 1
            place = f"line {self._line}"
            if len(line) > LINE_BYTES_MAX:
                raise Unreadable(place, f"longer than {LINE_BYTES_MAX} bytes")
            if b"\0" in line:
                raise Unreadable(place, "control-character: a NUL")
            try:
                text = line.decode(self._encoding)
            except UnicodeDecodeError:
                raise Unreadable(place, f"encoding: not {self.form.encoding}") from None
            yield text.removeprefix(BOM) if self._line == 1 else text

    def _titles(self, reader: Iterator[list[str]]) -> list[str]:
        wanted = set(self.form.columns.values())
        for row in reader:
            titles = [title.strip() for title in row]
            if wanted and wanted <= set(titles):
                self._check_titles(titles)
                return titles
            if self._line >= HEADER_LINES_MAX:
                break
        missing = ", ".join(sorted(wanted)) or "payment_id, merchant_id, amount, currency, …"
        raise Unreadable("line 1", f"no header with the columns {missing}")

    def _check_titles(self, titles: list[str]) -> None:
        place = f"line {self._line}"
        for title in self.form.columns.values():
            if titles.count(title) > 1:
                raise Unreadable(place, f"the column {title} stands twice")
        others = [each for each in titles if each not in self.form.columns.values()]
        if others and self.form.others == "refuse":
            raise Unreadable(place, f"unknown-field: {len(others)} columns have no known name")
        told = {*self.form.columns, *self.form.constants}
        for name in REQUIRED:
            if name not in told:
                raise Unreadable(place, f"{name}: missing (no column and no constant)")


def _said(row: Mapping[str, str], form: CsvForm, setting: Setting) -> Said:
    """What a row says of its payment. Raises Unusable."""
    values: dict[str, str] = {**form.constants}
    for name, title in form.columns.items():
        if row[title].strip():
            values[name] = row[title].strip()
    payee = _payee(values, setting)
    amount, expected = values.get("amount"), values.get("expected_value_date")
    return Said(
        payment_id=values.get("payment_id"),
        merchant_id=payee.merchant_id,
        method=payee.method,
        amount=None if amount is None else _decimal(amount, form),
        currency=values.get("currency"),
        created_at=_instant(values, form, setting.zone),
        expected_value_date=None if expected is None else _day(expected, form),
        reference=values.get("reference"),
        end_to_end_id=values.get("end_to_end_id"),
        payer_name=values.get("payer_name"),
        payer_account=values.get("payer_account"),
        payer_tax_id=values.get("payer_tax_id"),
    )


def _payee(values: Mapping[str, str], setting: Setting) -> Payee:
    said = values.get("method")
    method = _METHODS.get(said) if said is not None else None
    if said is not None and method is None:
        raise Unusable("method: method-unknown")
    if "merchant_id" in values:
        if method is None:
            raise Unusable("method: missing")
        return Payee(values["merchant_id"], method)
    found = setting.payee(values.get("creditor_account"), values.get("creditor_tax_id"))
    if isinstance(found, str):
        raise Unusable(f"merchant_id: {found}")
    return Payee(found.merchant_id, method or found.method)


# Values in the profile's way of writing, brought to ours.

_TIME = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9])?")
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T")


def _decimal(text: str, form: CsvForm) -> str:
    """The amount with a point and without separators of thousands. Raises Unusable."""
    point, group = re.escape(form.decimal), re.escape(form.thousands)
    grouped = rf"[0-9]{{1,3}}(?:{group}[0-9]{{3}})+|" if group else ""
    if re.fullmatch(rf"[+-]?(?:{grouped}[0-9]+)(?:{point}[0-9]+)?", text) is None:
        raise Unusable(f"amount: amount-pattern ({quoted(text)})")
    plain = text.replace(form.thousands, "") if form.thousands else text
    return plain.replace(form.decimal, ".")


def _instant(values: Mapping[str, str], form: CsvForm, zone: str) -> str | None:
    """The instant with its zone; a day without a time is its first moment."""
    text = values.get("created_at")
    if text is None:
        return None
    if _INSTANT.match(text):
        return with_zone(text, zone)
    day, _, time = text.partition(" ")
    time = values.get("created_time", time.strip())
    if time and _TIME.fullmatch(time) is None:
        raise Unusable("created_at: time")
    return f"{_day(day, form)}T{time or '00:00:00'}{zone}"


def _day(text: str, form: CsvForm) -> str:
    """The day as YYYY-MM-DD; whether the calendar has it is asked later. Raises Unusable."""
    if (pattern := _DAYS.get(form.day)) is None:
        pattern = _DAYS[form.day] = re.compile(_day_pattern(form.day))
    read = pattern.fullmatch(text)
    if read is None:
        raise Unusable(f"date: not {form.day}")
    year = read["year"] if len(read["year"]) == 4 else f"20{read['year']}"
    return f"{year}-{read['month']}-{read['day']}"


_DAYS: Final[dict[str, re.Pattern[str]]] = {}


def _day_pattern(form: str) -> str:
    names = {"YYYY": ("year", 4), "YY": ("year", 2), "MM": ("month", 2), "DD": ("day", 2)}
    made = ""
    for piece in re.findall(r"YYYY|YY|MM|DD|[-/. ]", form):
        name, digits = names.get(piece, ("", 0))
        made += f"(?P<{name}>[0-9]{{{digits}}})" if name else re.escape(piece)
    return made
