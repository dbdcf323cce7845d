"""Writes docs/openapi.json, what the HTTP interface is: `python scripts/openapi.py`."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from handlers.http.document import document_text

FILE = Path(__file__).resolve().parents[1] / "docs" / "openapi.json"


if __name__ == "__main__":
    FILE.write_text(document_text(), encoding="utf-8")
