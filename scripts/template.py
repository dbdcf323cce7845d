"""Joins the parts of `deploy/template/` into `template.yaml`, section by section, by name.

    python scripts/template.py            writes template.yaml
    python scripts/template.py --check    fails where it is not what the parts say

Text is joined, not values: comments and CloudFormation's short tags stay as they were written.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PARTS = ROOT / "deploy" / "template"
TEMPLATE = ROOT / "template.yaml"
HEAD = "# Written by scripts/template.py: change deploy/template/, then `make template`.\n"
SECTION = re.compile(r"^([A-Z]\w*):(.*)\n", re.MULTILINE)


def joined(parts: list[Path]) -> str:
    """The whole template; a section of one line may stand in one part only."""
    sections: dict[str, str] = {}
    for part in parts:
        pieces = SECTION.split(part.read_text(encoding="utf-8"))
        for name, rest, body in zip(pieces[1::3], pieces[2::3], pieces[3::3], strict=True):
            if rest and name in sections:
                raise SystemExit(f"{part.name}: {name} stands in another part already")
            sections.setdefault(name, f"{name}:{rest}\n")
            sections[name] += f"  # {part.stem}\n{body.rstrip()}\n" if not rest else body
    return HEAD + "\n".join(text.rstrip() + "\n" for text in sections.values())


def main(arguments: list[str]) -> int:
    """Write the template, or compare it."""
    text = joined(sorted(PARTS.glob("*.yaml")))
    if arguments == ["--check"]:
        if TEMPLATE.read_text(encoding="utf-8") == text:
            return 0
        sys.stderr.write("template.yaml is not what deploy/template/ says: run 'make template'\n")
        return 1
    TEMPLATE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
