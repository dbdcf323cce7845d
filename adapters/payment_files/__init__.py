"""Files about payments: each format a reader that yields orders (application/payment_orders.py).

model.py        what all readers are given, and a payment made of what a bank's file says
profile.py      the YAML file that says whom accounts belong to and what a CSV's columns are
detection.py    which format a file has, by its content
pacs.py         pacs.008, pacs.002, pacs.004, in parts that messages.py streams
json_lines.py   commands: json_text.py reads strictly, fields.py field by field
csv_profile.py  rows by a profile
"""

from __future__ import annotations

from adapters.payment_files.detection import FORMATS, PaymentFormat
from adapters.payment_files.json_lines import read_kept, sha256_of
from adapters.payment_files.model import Setting, instant_ms
from adapters.payment_files.profile import Profile, read_profile
from adapters.payment_files.reading import format_of, read

__all__ = [
    "FORMATS",
    "PaymentFormat",
    "Profile",
    "Setting",
    "format_of",
    "instant_ms",
    "read",
    "read_kept",
    "read_profile",
    "sha256_of",
]
