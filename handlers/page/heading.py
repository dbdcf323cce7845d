"""The top of the page: what it is, what came of it in a sentence, and the figures."""

from __future__ import annotations

from collections.abc import Iterator

from application.rates import Share
from handlers.page.content import Content, value_open
from handlers.page.markup import Markup, tag
from handlers.page.words import Voice


def heading(found: Content, say: Voice, *, title: str) -> Markup:
    """Title, days, and the sentence."""
    day = say.numbers.date
    period = say("period", first=day(found.first), last=day(found.as_of), as_of=day(found.as_of))
    return tag(
        "header",
        tag("p", "conciliar", class_="brand"),
        tag("h1", title),
        tag("p", period, class_="note"),
        tag("p", *_verdict(found, say), class_="verdict"),
    )


def _verdict(found: Content, say: Voice) -> Iterator[str]:
    every, count = found.summary.auto_of_all, say.numbers.count
    yield say(
        "verdict",
        matched=count(every.part),
        lines=count(every.whole),
        exceptions=count(exceptions(found)),
    )
    if not found.summary.books:
        yield say("verdict_no_books")
    elif found.summary.books_close:
        yield tag("span", say("verdict_closes"), class_="good")
    else:
        gaps = sum(not one.closes for one in found.summary.books)
        yield tag(
            "span",
            say("verdict_open", count=count(gaps), whole=count(len(found.summary.books))),
            class_="bad",
        )


def exceptions(found: Content) -> int:
    """Items that somebody has to look at."""
    return sum(one.needs_a_person for one in found.items)


def figures(found: Content, say: Voice) -> Markup:
    """The figures at first glance: four shares, then counts and values."""
    return tag(
        "section",
        tag("h2", say("figures"), class_="unseen"),
        tag("dl", _shares(found, say), class_="figures shares"),
        tag("dl", _counts(found, say), class_="figures"),
    )


def _shares(found: Content, say: Voice) -> Iterator[Markup]:
    of = found.summary
    for name, share in (
        ("matchable", of.auto_of_matchable),
        ("all", of.auto_of_all),
        ("reconciled", of.payments_reconciled),
        ("person", of.needs_a_person),
    ):
        text = "person_note" if name == "person" else "of"
        note = say(text, part=say.numbers.count(share.part), whole=say.numbers.count(share.whole))
        meter = _meter(share, kind="open" if name == "person" else "matched")
        yield _figure(say(name), say.numbers.percent(share), note, meter)


def _meter(share: Share, *, kind: str) -> Markup:
    """A thin bar; the number beside it says the same, so it is not read out."""
    width = (share.ppm or 0) // 1_000
    return tag(
        "svg",
        tag("rect", x=0, y=0, width=1_000, height=6, class_="track"),
        tag("rect", x=0, y=0, width=width, height=6, class_=kind),
        view_box="0 0 1000 6",
        preserveAspectRatio="none",
        aria_hidden="true",
        class_="meter",
    )


def _counts(found: Content, say: Voice) -> Iterator[Markup]:
    count, rates = say.numbers.count, found.summary.rates
    standing = sum(one.matches - one.released for one in rates)
    payments = sum(one.payments.count for one in rates)
    yield _figure(say("payments"), count(payments), say("payments_note"))
    yield _figure(say("lines"), count(found.summary.auto_of_all.whole), say("lines_note"))
    matched = count(found.summary.auto_of_all.part)
    yield _figure(say("matched"), matched, say("matched_note", count=count(standing)))
    yield _figure(say("exceptions"), count(exceptions(found)), say("exceptions_note"))
    for name, kind in (("open_lines", "line"), ("open_payments", "payment")):
        yield _values(say(name), kind, found, say)


def _values(name: str, kind: str, found: Content, say: Voice) -> Markup:
    values = value_open(found, kind)
    amounts = {c: f"{c} {say.numbers.short(value.minor, c)}" for c, value in values}
    main = amounts.pop(found.currency, None)
    items = say.items(sum(value.count for _, value in values))
    return _figure(name, main or say("nothing"), " · ".join((items, *amounts.values())))


def _figure(name: str, value: str, note: str, *more: Markup) -> Markup:
    return tag(
        "div",
        tag("dt", name),
        tag("dd", value, class_="value"),
        *(tag("dd", each) for each in more),
        tag("dd", note, class_="note"),
    )
