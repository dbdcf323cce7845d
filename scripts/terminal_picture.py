"""Draw what a terminal printed as SVG: scripts/terminal_picture.py TEXT SVG TITLE LINES."""

from __future__ import annotations

import io
import re
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

WIDTH = 112


def main() -> None:
    """Read the text with its colours, keep its first lines, write the picture."""
    text, picture, title, lines = sys.argv[1:]
    shown = Path(text).read_text("utf-8").splitlines()[: int(lines)]
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True)
    for line in shown:
        console.print(Text.from_ansi(line), no_wrap=True, crop=True)
    drawn = console.export_svg(title=title)
    # The fonts would be fetched from elsewhere; what the reader's machine has does as well.
    drawn = re.sub(r"@font-face \{.*?\}\s*", "", drawn, flags=re.DOTALL)
    Path(picture).write_text(drawn, "utf-8")


if __name__ == "__main__":
    main()
