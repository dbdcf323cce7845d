"""Our papers hold together: links lead somewhere, a word has one meaning, records are numbered."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.source import ROOT, project_files

LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")
RECORD = re.compile(r"\d{4}-[a-z0-9-]+\.md")
RECORD_PARTS = ("## Why", "## Decision", "## Consequences")
RECORD_LINES_MAX = 60


def dead_links(text: str, *, file: Path) -> Iterator[str]:
    """Relative links of a page that lead to no file."""
    for target in LINK.findall(text):
        if "://" not in target and not (file.parent / target).exists():
            yield f"{file.name}: {target} leads nowhere"


def repeated_words(glossary: str) -> list[str]:
    """Headwords (bold, in the first column of a table) that the glossary explains twice."""
    heads = re.findall(r"^\| (\*\*.*?) \|", glossary, re.MULTILINE)
    words = [word for head in heads for word in re.findall(r"\*\*([^*]+)\*\*", head)]
    return [word for word, count in Counter(map(str.lower, words)).items() if count > 1]


def _records() -> list[Path]:
    return sorted(file for file in (ROOT / "docs/decisions").glob("[0-9]*.md"))


def test_links_lead_somewhere():
    """Each relative link of each page leads to a file of the project."""
    pages = [file for file in project_files() if file.suffix == ".md"]
    found = [gone for page in pages for gone in dead_links(page.read_text("utf-8"), file=page)]
    assert found == []


def test_a_word_has_one_entry_in_the_glossary():
    """One word, one meaning: no headword stands twice."""
    glossary = (ROOT / "docs/glossary.md").read_text(encoding="utf-8")
    assert repeated_words(glossary) == []
    assert "| **residual** " in glossary


def test_decision_records_are_numbered_listed_and_short():
    """Records count from 0001 without a gap, stand in the index, say why, and fit on a page."""
    records = _records()
    index = (ROOT / "docs/decisions/README.md").read_text(encoding="utf-8")
    numbers = [f"{number:04}" for number in range(1, len(records) + 1)]
    assert [record.name[:4] for record in records] == numbers
    for record in records:
        text = record.read_text(encoding="utf-8")
        assert RECORD.fullmatch(record.name)
        assert f"({record.name})" in index, f"{record.name} is not in the index"
        assert [part for part in RECORD_PARTS if part not in text] == [], record.name
        assert text.count("\n") <= RECORD_LINES_MAX, record.name


def test_the_rules_see_a_dead_link_and_a_repeated_word():
    """A link to no file and a word explained twice are found; links to files and the web pass."""
    page = "[a](no-such.md) [b](README.md#part) [c](https://example.org/x)"
    file = ROOT / "docs/decisions/page.md"
    assert list(dead_links(page, file=file)) == ["page.md: no-such.md leads nowhere"]
    assert repeated_words("| **fact** | x |\n| **topic**, **Fact** | y |\n") == ["fact"]
