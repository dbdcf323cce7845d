"""A file of payments, read by the reader of its format."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from adapters.payment_files import csv_profile, json_lines, pacs
from adapters.payment_files.detection import HEAD_BYTES, PaymentFormat, detect
from adapters.payment_files.model import Setting
from adapters.payment_files.profile import CsvForm
from application.payment_orders import Order


def format_of(stream: BinaryIO) -> PaymentFormat:
    """The format by content; the stream stands at its beginning again. Raises Unreadable."""
    head = stream.read(HEAD_BYTES)
    stream.seek(0)
    return detect(head)


def read(
    stream: BinaryIO, setting: Setting, *, kind: PaymentFormat, form: CsvForm | None = None
) -> Iterator[Order]:
    """The orders of a file, in its order. Raises Unreadable; nothing before it counts then."""
    match kind:
        case "pacs":
            return pacs.read(stream, setting)
        case "json":
            return json_lines.read(stream, setting)
        case "csv":
            return csv_profile.read(stream, setting, form)
