"""The page, from top to bottom; and writing it whole or not at all."""

from __future__ import annotations

import os
from datetime import date
from importlib import resources
from pathlib import Path
from shlex import quote

from application.ports import ViewStore
from application.results import Suggested
from application.wording.phrases import Language
from domain.rule_set import CORE_NAME, CORE_VERSION
from handlers.page.books import books
from handlers.page.content import Content, content
from handlers.page.heading import figures, heading
from handlers.page.markup import Child, Markup, document, joined, stylesheet, tag
from handlers.page.plots import plots
from handlers.page.svg import Plot
from handlers.page.tables import by_reason, figures_of, largest
from handlers.page.words import Voice, voice

COMMANDS = (
    ("explain", "conciliar explain ID"),
    ("open", "conciliar report --open"),
    ("books", "conciliar report --books --account ACCOUNT"),
    ("history", "conciliar history ID"),
    ("verify", "conciliar store verify"),
)
"""Where a reader goes on, by the name of the words that say what for."""


def write_page(
    path: Path,
    *,
    views: ViewStore,
    as_of: date,
    title: str | None = None,
    lang: Language = "en",
    store: Path | None = None,
    suggested: Suggested | None = None,
) -> None:
    """Write the page as of a day to `path`, in place of what was there, making its folder.

    Without a `title` it is called a reconciliation report, in its language.
    `store` is named in the commands that the page proposes; `suggested` is shown beside open items.
    Whoever reads `path` sees the old page or the new one. Raises OSError when it cannot be written,
    VersionConflict when the read models never stood still.
    """
    found = content(views, as_of=as_of, suggested=suggested)
    write_text(path, page_of(found, title=title, lang=lang, store=store))


def write_text(path: Path, text: str) -> None:
    """Write a page in place of what was there, making its folder. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.new")
    try:
        with draft.open("w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def page_of(
    found: Content, *, title: str | None = None, lang: Language = "en", store: Path | None = None
) -> str:
    """The text of the page: one file that needs nothing else. Equal content gives equal text."""
    say = voice(lang)
    title = title or say("title")
    return document(
        lang=lang, head=head_of(title), body=_body(found, say, title=title, store=store)
    )


def head_of(title: str) -> Markup:
    """What each of our pages begins with."""
    return tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name_="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name_="color-scheme", content="light dark"),
        tag("title", f"{title} · conciliar"),
        stylesheet(css()),
    )


def css() -> str:
    """The stylesheet, for the page and for plots that stand alone."""
    return resources.files("handlers.page").joinpath("style.css").read_text(encoding="utf-8")


def _body(found: Content, say: Voice, *, title: str, store: Path | None) -> Markup:
    return tag(
        "body",
        heading(found, say, title=title),
        tag(
            "main",
            figures(found, say),
            tag("div", (_figure(plot, found, say) for plot in plots(found, say)), class_="plots"),
            _section(say("reasons"), say("reasons_note"), by_reason(found, say)),
            _section(say("largest"), None, largest(found, say)),
            _section(say("books"), say("books_note"), books(found, say)),
            _section(say("go_on"), None, _commands(say, store)),
        ),
        _foot(found, say),
    )


def _figure(plot: Plot, found: Content, say: Voice) -> Markup:
    return tag(
        "section",
        tag("h2", plot.heading),
        tag("p", plot.note, class_="note"),
        tag(
            "div", plot.drawing, class_="scroll", tabindex=0, role="group", aria_label=plot.heading
        ),
        figures_of(plot.name, found, say),
        class_=f"card {plot.name}",
    )


def _section(name: str, note: str | None, *children: Child) -> Markup:
    about = () if note is None else (tag("p", note, class_="note"),)
    return tag("section", tag("h2", name), about, joined(children), class_="card")


def _commands(say: Voice, store: Path | None) -> Markup:
    where = "" if store is None else f" --store {quote(str(store))}"
    return tag(
        "dl",
        (
            tag("div", tag("dt", tag("code", command + where)), tag("dd", say(f"cmd.{name}")))
            for name, command in COMMANDS
        ),
        class_="commands",
    )


def _foot(found: Content, say: Voice) -> Markup:
    stands = say(
        "foot",
        as_of=say.numbers.date(found.as_of),
        position=say.numbers.count(found.summary.position),
        rules=f"{CORE_NAME}@{CORE_VERSION}",
    )
    return tag("footer", tag("p", stands), tag("p", say("foot_private")))
