"""What every QueryStore promises. An adapter's test subclasses this and opens an empty one."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from application.ports import ViewStore
from application.projecting import Projector
from application.queries import Listing, Queries, QueryStore, Scope
from application.query_conditions import Within
from application.query_fields import FIELDS, OPERATORS
from application.query_language import parse_query
from application.query_refusals import CursorExpired, CursorInvalid, QueryRefusal
from domain.payment import PaymentRegistered
from projections.listed import MODELS
from projections.resources import Resource
from tests.projections.memory_facts import HOUR_MS
from tests.projections.world import MERCHANTS, Order, World, begun, lived, obey, orders
from tests.queries.model import all_rows, chosen, holds

TODAY = date(2026, 6, 1)
NOW_MS = 1_780_000_000_000
KEY = b"k" * 32
PASS_HOURS = 4
"""The order by which recorded time goes on."""
OPERATOR = Scope(tenant="bank", caller="ana", role="operator")
PARTNER = Scope(tenant="bank", caller="shop", role="partner", merchants=frozenset(MERCHANTS[:1]))
RESOURCES: tuple[Resource, ...] = tuple(MODELS)
SORTS = [
    (resource, sign + name)
    for resource in RESOURCES
    for name, each in FIELDS[resource].items()
    if each.sorted
    for sign in ("", "-")
]

Pairs = list[tuple[str, str]]


@dataclass
class Opened:
    """A store that follows a world."""

    store: QueryStore
    views: ViewStore

    @property
    def queries(self) -> Queries:
        return Queries(store=self.store, tenant="bank", key=KEY)

    def follow(self, world: World) -> None:
        """Bring everything up to what happened."""
        Projector(facts=world.facts, views=self.views).catch_up()

    def page(self, scope: Scope, resource: Resource, pairs: Pairs, now_ms: int = NOW_MS) -> Listing:
        return self.queries.list(scope, resource, pairs, today=TODAY, now_ms=now_ms)

    def ids(self, scope: Scope, resource: Resource, **asked: str) -> list[str]:
        """The ids of a first page."""
        page = self.page(scope, resource, list(asked.items()))
        return [str(row["id"]) for row in page.data]


TEXTS = (
    st.sampled_from(
        ["P1", "pay:core:P1", "FA3589C690C6", "transfre", "transfer", "core", "-core", "M1", "m2x"]
    )
    | st.sampled_from(
        ["missing", "2026-03-03", "ARS", "100", "0", "date:2026-03-03", "state:expected", "true"]
    )
    | st.sampled_from(
        ["expected", "ambiguous", "I", '"core-p1"', "set:bank:017:2856344207377634584363:E2"]
    )
)


@st.composite
def asked(draw: st.DrawFn) -> tuple[Resource, Pairs]:
    """A resource, and parameters that mostly make sense for it."""
    resource = draw(st.sampled_from(RESOURCES))
    fields = {n: f for n, f in FIELDS[resource].items() if OPERATORS[f.kind]}
    pairs: dict[str, str] = {}
    for name in draw(st.lists(st.sampled_from(sorted(fields)), max_size=2, unique=True)):
        op = draw(st.sampled_from(OPERATORS[fields[name].kind]))
        text = draw(TEXTS | st.text(max_size=5))
        pairs[name if op == "eq" else f"{name}.{op}"] = text
    if draw(st.booleans()):
        pairs["q"] = " ".join(draw(st.lists(TEXTS, min_size=1, max_size=3)))
    if draw(st.booleans()):
        pairs["currency"] = "ARS"
    names = draw(st.lists(st.sampled_from([s for r, s in SORTS if r == resource]), max_size=2))
    if names:
        pairs["sort"] = ",".join(names)
    pairs["limit"] = str(draw(st.integers(1, 4)))
    return resource, list(pairs.items())


Law = Callable[..., None]


def law(**strategies: st.SearchStrategy[Any]) -> Callable[[Law], Law]:
    """A test of each subclass for drawn arguments, as often as the subclass can pay for."""

    def kept(test: Law) -> Law:
        _STRATEGIES[test.__name__] = strategies
        return test

    return kept


_STRATEGIES: dict[str, dict[str, st.SearchStrategy[Any]]] = {}


class QueryStoreContract:
    """The laws of lists."""

    EXAMPLES: ClassVar[int | None] = None
    """Of each law, where it shall not be as many as everywhere."""

    def __init_subclass__(cls) -> None:
        for name, strategies in _STRATEGIES.items():
            test = given(**strategies)(getattr(QueryStoreContract, name))
            if cls.EXAMPLES is not None:
                phases = set(Phase) - {Phase.shrink, Phase.explain}  # each try is dear
                test = settings(max_examples=cls.EXAMPLES, phases=phases)(test)
            setattr(cls, name, pytest.mark.slow(test))

    @abstractmethod
    def opened(self) -> AbstractContextManager[Opened]:
        """A store, empty."""
        raise NotImplementedError

    @law(history=orders, sort=st.sampled_from(SORTS), limit=st.integers(1, 5), more=orders)
    def test_law_pages_joined_are_the_list_of_then(
        self, history: list[Order], sort: tuple[Resource, str], limit: int, more: list[Order]
    ):
        """Page by page it is the list that stood at first, whatever arrives between the pages."""
        world, (resource, name) = lived(history), sort
        pairs = [("sort", name), ("limit", str(limit))]
        query = parse_query(resource, pairs, partner=False)
        with self.opened() as opened:
            opened.follow(world)
            rows = all_rows(opened.views, resource)
            # All on one day: for longer than that no past is kept.
            arriving, found = (order for order in more if order[0] != PASS_HOURS), list[str]()
            page = opened.page(OPERATOR, resource, pairs)
            while True:
                found += [str(row["id"]) for row in page.data]
                if page.next is None:
                    break
                assert len(page.data) == limit
                for order in [each for each, _ in zip(arriving, range(4), strict=False)]:
                    obey(world, *order)
                opened.follow(world)
                page = opened.page(OPERATOR, resource, [("cursor", page.next)])
            assert found == chosen(rows, resource, query.condition, query.sort)

    @law(history=orders, asked=asked(), partner=st.booleans())
    def test_law_a_query_chooses_what_the_model_chooses(
        self, history: list[Order], asked: tuple[Resource, Pairs], partner: bool
    ):
        """Filters, search, order and total are those of looking at every row; or it is refused."""
        resource, pairs = asked
        scope = PARTNER if partner else OPERATOR
        with self.opened() as opened:
            opened.follow(lived(history))
            try:
                page = opened.page(scope, resource, pairs)
            except QueryRefusal:
                return
            query = parse_query(resource, pairs, partner=partner)
            rows = all_rows(opened.views, resource)
            if resource == "exceptions":
                rows = [r for r in rows if str(r.body["break_day"] or "") < TODAY.isoformat()]
            if partner:
                own = Within(merchants=scope.merchants)
                rows = [r for r in rows if holds(r, resource, own)]
            expected = chosen(rows, resource, query.condition, query.sort)
            assert [row["id"] for row in page.data] == expected[: query.limit]
            assert page.total == len(expected)

    @law(history=orders, asked=asked())
    def test_law_no_partner_sees_a_row_of_another(
        self, history: list[Order], asked: tuple[Resource, Pairs]
    ):
        """Whatever a partner asks, each row of each page concerns the partner's merchants alone."""
        world, (resource, pairs) = lived(history), asked
        with self.opened() as opened:
            opened.follow(world)
            seen: list[dict[str, Any]] = []
            try:
                page = opened.page(PARTNER, resource, pairs)
            except QueryRefusal:
                return
            while True:
                seen += map(dict, page.data)
                if page.next is None:
                    break
                page = opened.page(PARTNER, resource, [("cursor", page.next)])
            for row in seen:
                assert concerned(world, row) == set(MERCHANTS[:1]), row
                hidden = {name for name, each in FIELDS[resource].items() if not each.partner}
                assert hidden.isdisjoint(row)
                for one in row.get("candidates", {}).get("shown", ()):
                    assert one["merchant_id"] == MERCHANTS[0]
            for resource in RESOURCES:
                for row in all_rows(opened.views, resource):
                    if set(row.merchants) != set(MERCHANTS[:1]):
                        with pytest.raises(QueryRefusal):
                            opened.queries.item(PARTNER, resource, row.id, today=TODAY)

    @law(history=orders, more=orders)
    def test_law_lists_that_follow_are_lists_made_anew(
        self, history: list[Order], more: list[Order]
    ):
        """Kept up fact by fact or made from all documents at once, lists show the same."""
        world = lived(history)
        with self.opened() as kept, self.opened() as anew:
            kept.follow(world)
            for order in more:
                obey(world, *order)
                kept.follow(world)
            anew.follow(world)
            for resource in RESOURCES:
                pairs = [("limit", "500")]
                pages = [each.page(OPERATOR, resource, pairs).data for each in (kept, anew)]
                assert pages[0] == pages[1]

    def test_a_cursor_outlives_a_rebuild_to_where_it_stands(self):
        """Made again from the facts to the same position, a list goes on; the past is let go of."""
        world = begun()
        with self.opened() as opened:
            opened.follow(world)
            old = opened.page(OPERATOR, "payments", [("limit", "2")])
            world.register(70, 5)
            opened.follow(world)
            new = opened.page(OPERATOR, "payments", [("limit", "2")])
            Projector(facts=world.facts, views=opened.views).rebuild()
            assert old.next is not None
            assert new.next is not None
            rest = opened.page(OPERATOR, "payments", [("cursor", new.next)])
            assert [row["id"] for row in rest.data] == ["pay:core:P2", "pay:core:P3"]
            with pytest.raises(CursorExpired):
                opened.page(OPERATOR, "payments", [("cursor", old.next)])

    def test_the_past_is_kept_as_long_as_a_cursor_lives(self):
        """23 hours after it was superseded a state is still read; after 25 it is refused."""
        world = begun()
        with self.opened() as opened:
            opened.follow(world)
            first = opened.page(OPERATOR, "payments", [("limit", "2")])
            assert first.next is not None
            world.cancel("pay:core:P2")
            opened.follow(world)
            world.pass_hours(23)
            world.register(70, 5)
            opened.follow(world)
            rest = opened.page(OPERATOR, "payments", [("cursor", first.next)])
            assert [row["state"] for row in rest.data] == ["expected", "expected"]
            world.pass_hours(2)
            world.register(71, 5)
            opened.follow(world)
            with pytest.raises(CursorExpired):
                opened.page(OPERATOR, "payments", [("cursor", first.next)])

    def test_a_cursor_ends_after_a_day(self):
        """A list that nobody went on with is refused after a day, though nothing was recorded."""
        with self.opened() as opened:
            opened.follow(begun())
            first = opened.page(OPERATOR, "payments", [("limit", "2")])
            assert first.next is not None
            for hours, is_good in ((23, True), (24, False)):
                later = NOW_MS + hours * HOUR_MS
                if is_good:
                    opened.page(OPERATOR, "payments", [("cursor", first.next)], later)
                else:
                    with pytest.raises(CursorExpired):
                        opened.page(OPERATOR, "payments", [("cursor", first.next)], later)

    def test_a_cursor_is_its_callers_own(self):
        """Another caller, tenant or resource cannot use it; a partner's grant of today judges."""
        with self.opened() as opened:
            opened.follow(begun())
            first = opened.page(PARTNER, "payments", [("limit", "1")])
            assert first.next is not None
            pairs = [("cursor", first.next)]
            other = Scope(tenant="bank", caller="b", role="partner", merchants=PARTNER.merchants)
            elsewhere = Scope(tenant="other", caller="shop", role="partner")
            wrong: list[tuple[Scope, Resource]] = [
                (other, "payments"),
                (elsewhere, "payments"),
                (PARTNER, "matches"),
            ]
            for scope, resource in wrong:
                with pytest.raises(CursorInvalid):
                    opened.page(scope, resource, pairs)
            revoked = Scope(tenant="bank", caller="shop", role="partner")
            assert opened.page(revoked, "payments", pairs).data == ()

    def test_another_tenant_sees_nothing(self):
        """Whoever comes with another tenant's token finds every list empty."""
        with self.opened() as opened:
            opened.follow(begun())
            stranger = Scope(tenant="other", caller="x", role="auditor")
            assert [opened.ids(stranger, resource) for resource in RESOURCES] == [[]] * 5

    def test_words_ids_and_slips_find(self):
        """Whole ids, their words, phrases, exclusions, days, amounts, and one slip in a word."""
        with self.opened() as opened:
            opened.follow(begun())
            every = [f"pay:core:P{number}" for number in range(5)]

            def found(q: str, **more: str) -> list[str]:
                return opened.ids(OPERATOR, "payments", q=q, **more)

            assert found("pay:core:P1") == found("PAY-CORE-P1") == found('"core p1"') == every[1:2]
            assert found("p1") == every[1:2]
            assert found("fa3589c690c6") == found("tránsfer") == found("trasnfer") == every
            assert found("trnasfers") == found("core1") == found('"p1 core"') == []
            assert found("core -p1 -p2") == [every[0], *every[3:]]
            assert found("date:2026-03-03..2026-03-03 state:expected") == every[::2]
            assert found("amount:0.50..0.80", currency="ARS") == [every[0], every[4]]


def concerned(world: World, row: dict[str, Any]) -> set[str]:
    """The merchants of a row, by the facts."""
    owners = {
        one.stream: one.fact.merchant_id
        for one in world.facts.recorded
        if isinstance(one.fact, PaymentRegistered)
    }
    id_ = str(row["id"]).removeprefix("exc:")
    if id_ in owners:
        return {owners[id_]}
    allocated: list[Any] = [
        one.fact
        for one in world.facts.recorded
        if getattr(one.fact, "match_id", None) == id_ and hasattr(one.fact, "payments")
    ]
    if row["object"] == "settlement":
        allocated = [match for match in world.matches.values() if id_ in match.settlements]
    return {owners[payment] for fact in allocated for payment in fact.payments}
