"""What a demonstration shows besides the summary: whys, open items, books, and where to go on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import islice
from pathlib import Path

from rich.console import Group, RenderableType
from rich.constrain import Constrain
from rich.padding import Padding
from rich.text import Text
from rich.tree import Tree

from application.ageing import AgedItem
from application.ports import ViewStore
from application.reports import bank_reconciliation, open_items
from application.wording.explained import sentences
from conciliar.asking import explained
from conciliar.composition import Embedded
from conciliar.running import Run
from conciliar.settings import Language
from handlers.cli.books_shown import book
from handlers.cli.screen import READING_WIDTH, STYLES, text, title
from projections import matches, settlement_overview
from projections.matches import is_match
from projections.payment_status import MODEL as PAYMENTS
from projections.payment_status import is_payment_status
from projections.settlement_overview import is_settlement_overview

RULES_SHOWN_MAX = {"I": 3, "G": 2, "C": 2}
"""Rules of which a match is explained, by class of evidence."""

OPEN_SHOWN_MAX = 3
"""Reasons of which an open item is explained."""

SENTENCES_MAX = 3
NAME_WIDTH = 28
DIFFERENCES_SHOWN_MAX = 5


def demonstration_blocks(
    embedded: Embedded, done: Run, made: Sequence[Path], lang: Language
) -> Iterator[RenderableType]:
    """Everything that comes after the summary."""
    views = embedded.current_views()
    examples = _one_a_rule(views)
    if examples:
        yield title("Why", "one match of each rule")
        yield _explained(embedded, examples, lang)
    items = open_items(views, as_of=done.summary.as_of).items
    waiting = _one_a_reason(items)
    if waiting:
        yield title("Why not", "one open item of each reason")
        yield _explained(embedded, [each.item for each in waiting], lang)
    yield from _books(views, done)
    yield _where(done, made)
    yield _how(views, done, waiting)


# Explanations.


def _one_a_rule(views: ViewStore) -> list[str]:
    """The home line of the smallest match of each rule: the commonest rules of each class."""
    common = Counter[str]()
    smallest: dict[str, tuple[int, str]] = {}
    classes: dict[str, str] = {}
    for _, document in views.all(matches.MODEL):
        assert is_match(document)
        if document["state"] != "active":
            continue
        rule, classes[document["rule"]] = document["rule"], document["evidence"]
        size = len(document["settlements"]) + len(document["payments"])
        common[rule] += 1
        smallest[rule] = min(smallest.get(rule, (size, document["home"])), (size, document["home"]))
    found: list[str] = []
    for evidence, rules_max in RULES_SHOWN_MAX.items():
        rules = [rule for rule, _ in common.most_common() if classes[rule] == evidence]
        found += [smallest[rule][1] for rule in rules[:rules_max]]
    return found


def _one_a_reason(items: Sequence[AgedItem]) -> list[AgedItem]:
    found = {item.reason: item for item in items if item.needs_a_person and item.kind == "line"}
    return list(islice(found.values(), OPEN_SHOWN_MAX))


def _explained(embedded: Embedded, ids: Sequence[str], lang: Language) -> RenderableType:
    parts: list[RenderableType] = []
    for id_ in ids:
        _, found = explained(embedded, id_)
        first, *others = sentences(found, lang)
        details = " ".join(others[: SENTENCES_MAX - 1])
        parts.append(Text("• ", style="cyan").append(first, style="default"))
        parts.append(Padding(text(details, "quiet"), (0, 0, 1, 2)))
    return Constrain(Group(*parts), READING_WIDTH)


# Books.


def _books(views: ViewStore, done: Run) -> Iterator[RenderableType]:
    """The account with most to explain, on its busiest day."""
    accounts = [each for each in done.summary.books if each.differences]
    if not accounts:
        return
    busiest = max(accounts, key=lambda each: (len(each.differences), each.account))
    days = Counter[date]()
    for _, line in views.all(settlement_overview.MODEL):
        assert is_settlement_overview(line)
        if (line["account"], line["currency"]) == (busiest.account, busiest.currency):
            days[date.fromisoformat(line["booking_day"])] += 1
    day = max(days, key=lambda each: (days[each], each))
    found = bank_reconciliation(views, account=busiest.account, day=day, currency=busiest.currency)
    yield book(found, differences_max=DIFFERENCES_SHOWN_MAX)


# Where to look, how to go on.


def _where(done: Run, made: Sequence[Path]) -> RenderableType:
    tree = Tree(title("Where to look"), guide_style=STYLES["quiet"])
    top = tree.add(f"{done.out}/")
    data = top.add(_named("data/", "what the bank delivered; your own files look like these"))
    for name, meaning in (
        ("payments.jsonl", "what is expected"),
        ("settlements.jsonl", "what arrived: statement lines and payouts"),
        ("merchants.json", "the merchants' rates and terms"),
        ("calendar.json, fx.json", "business days, exchange rates"),
        ("truth.jsonl", "what belongs together: never read, good for checking"),
    ):
        data.add(_named(name, meaning, depth=1))
    top.add(_named("matches.jsonl", "every match, with its proof"))
    top.add(_named("exceptions.jsonl", "every open item, with its reason and candidates"))
    for page in made:
        top.add(_named(page.name, "the same as a page, for a browser"))
    top.add(_named("store/", "every fact, and the read models made of them"))
    return tree


def _named(name: str, meaning: str, *, depth: int = 0) -> Text:
    return Text(name.ljust(NAME_WIDTH - 4 * depth)).append(meaning, style=STYLES["quiet"])


def _how(views: ViewStore, done: Run, waiting: Sequence[AgedItem]) -> RenderableType:
    store = f" --store {done.out}"
    commands = [f"conciliar report{store}"]
    payment = next(iter(views.all(PAYMENTS)), None)
    if payment is not None and is_payment_status(payment[1]):
        commands.append(f"conciliar explain {payment[1]['payment_id']}{store}")
        commands.append(f"conciliar history {payment[1]['payment_id']}{store}")
    if waiting:
        reason = waiting[0].reason
        commands.append(f"conciliar report --open --reason {reason}{store}")
    commands.append("conciliar reconcile YOUR_FOLDER --out YOUR_RESULTS")
    lines = [Padding(text(each), (0, 0, 0, 2)) for each in commands]
    return Group(title("How to go on"), *lines)
