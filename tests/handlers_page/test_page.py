"""The page: whole, harmless, readable by everybody, and true to the reports."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from application.reports import summary
from application.results import SuggestionRow
from handlers.page import page_of, write_page
from handlers.page.content import content
from tests.handlers_page.world import AS_OF, busy_world, shown
from tests.projections.memory_views import MemoryViews
from tests.projections.test_documents import views_of
from tests.projections.world import World

SVG = "{http://www.w3.org/2000/svg}"


def parsed(text: str) -> ElementTree.Element:
    """The page as a tree; what is not well formed is refused."""
    return ElementTree.fromstring(text.removeprefix("<!doctype html>"))


def said(element: ElementTree.Element) -> str:
    return " ".join("".join(element.itertext()).split())


@pytest.mark.parametrize("lang", ["en", "es"])
def test_a_page_is_one_file_that_loads_and_runs_nothing(lang: str):
    """It is well formed, has no script, no handler of events, and leads nowhere outside."""
    text = page_of(shown(busy_world()), lang="es" if lang == "es" else "en")
    tree = parsed(text)
    assert tree.get("lang") == lang
    names = {element.tag.removeprefix(SVG) for element in tree.iter()}
    assert names.isdisjoint({"script", "link", "img", "iframe", "object", "image", "a", "use"})
    assert not [key for element in tree.iter() for key in element.attrib if key.startswith("on")]
    assert set(re.findall(r"https?://[^\"')\s]+", text)) == {"http://www.w3.org/2000/svg"}
    assert "url(" not in text
    assert "@import" not in text


def test_what_sources_wrote_is_text():
    """Names that would be markup are shown as they are."""
    world = busy_world()
    world.match([world.deliver(20, 9)], [world.register(20, 9)], rule="<script>alert(1)</script>@1")
    world.leave_open(world.deliver(22, 8), reason="</table><img src=x>")
    text = page_of(shown(world), title="<b>A & B</b>")
    assert "<script" not in text
    assert "<img" not in text
    assert "&lt;b&gt;A &amp; B&lt;/b&gt;" in text
    parsed(text)


def test_every_plot_can_be_read_out():
    """Each has a title and a description of its own, and a table of its figures."""
    tree = parsed(page_of(shown(busy_world())))
    plots = [one for one in tree.iter(f"{SVG}svg") if one.get("role") == "img"]
    assert len(plots) == 4
    ids = [element.get("id") for element in tree.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    for plot in plots:
        names = (plot.get("aria-labelledby") or "").split()
        title, description = plot[0], plot[1]
        assert [title.get("id"), description.get("id")] == names
        assert said(title)
        assert said(description)
    assert len([one for one in tree.iter("details") if one.find(".//table") is not None]) == 4


def test_tables_say_what_their_cells_are():
    """Each has a caption, columns and rows have headers, and no row is short of cells."""
    tables = list(parsed(page_of(shown(busy_world()))).iter("table"))
    assert tables
    for table in tables:
        caption, head = table.find("caption"), table.findall("thead/tr/th")
        assert caption is not None
        assert said(caption)
        assert {one.get("scope") for one in head} == {"col"}
        for row in table.findall("tbody/tr") + table.findall("tfoot/tr"):
            assert row[0].get("scope") == "row"
            assert len(row) == len(head)


def test_the_figures_are_those_of_the_summary():
    """Counts and values stand on the page as the reports say them."""
    views = views_of(busy_world())
    found = summary(views, as_of=AS_OF)
    text = said(parsed(page_of(content(views, as_of=AS_OF))))
    part, whole = found.auto_of_matchable.part, found.auto_of_matchable.whole
    assert f"{part} of {whole}" in text
    assert f"{found.needs_a_person.part} of {found.needs_a_person.whole} items" in text
    assert "12,345.67" in text
    assert f"store position {found.position}" in text
    assert "The books close" in text


def test_the_largest_open_items_show_their_likeliest_suggestion():
    """The payment with how likely it is, and how many more go with it."""
    found = shown(busy_world())
    item = next(one for one in found.items if one.minor == 1_234_567)
    row = SuggestionRow(
        settlement="S10",
        payments=("P77", "P78"),
        payments_total=2,
        rule="likeness@1",
        score_permille=412,
        difference=0,
        reasons=("amount",),
        lacks=(),
        contradictions=(),
    )
    for total, expected in ((1, "P77 · 41.2 %"), (2, "P77 and 1 more · 41.2 %")):
        suggested = {item.item: (replace(row, payments_total=total),)}
        assert expected in said(parsed(page_of(replace(found, suggested=suggested))))


def test_books_that_do_not_close_are_said_so_first():
    """A residual is shown with its account, and the sentence at the top changes."""
    found = shown(busy_world())
    whole = max(found.summary.books, key=lambda one: len(one.differences))
    broken = replace(whole, differences=())
    books = tuple(broken if one is whole else one for one in found.summary.books)
    doctored = replace(found, summary=replace(found.summary, books=books))
    text = said(parsed(page_of(doctored)))
    assert "The books do not close: a residual in 1 of 3 statements." in text
    assert "✗ does not close" in text
    assert f"{broken.residual_minor // 100:,}.{broken.residual_minor % 100:02}" in text


def test_an_empty_store_has_a_page():
    """Nothing is divided by nothing."""
    text = said(parsed(page_of(shown(World()))))
    assert "No line has arrived yet." in text
    assert "Nothing is open." in text


def test_equal_read_models_give_equal_bytes(tmp_path: Path):
    """Written again, the page is the same, and no draft is left beside it."""
    path, views = tmp_path / "new" / "report.html", views_of(busy_world())
    write_page(path, views=views, as_of=AS_OF, lang="es")
    first = path.read_bytes()
    write_page(path, views=views, as_of=AS_OF, lang="es")
    assert path.read_bytes() == first
    assert [file.name for file in path.parent.iterdir()] == ["report.html"]


def test_a_page_that_cannot_be_finished_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Whoever reads it sees a whole page."""
    path = tmp_path / "report.html"
    path.write_text("old", encoding="utf-8")

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_page(path, views=MemoryViews(), as_of=AS_OF)
    assert path.read_text(encoding="utf-8") == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["report.html"]
