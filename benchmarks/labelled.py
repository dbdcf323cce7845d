"""The labelled data, where they lie beside the clone."""

from __future__ import annotations

from pathlib import Path
from typing import Final

LABELLED: Final = Path(__file__).resolve().parents[1].parent / "shared" / "data" / "labelled"
