"""The wiring of read models in OpenSearch, as functions on AWS use it."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator
from datetime import date

import pytest

from adapters.opensearch.access import grant
from adapters.opensearch.calls import Calls
from adapters.opensearch_refusals import IndicesUnfit, SearchRefused
from adapters.system import FixedClock, SeededEntropy
from application.queries import Queries, Scope
from conciliar.searching import Search, open_search, set_up
from projections import daily_position, daily_total
from projections.document import amounts_of
from tests.projections.world import World, begun

TODAY = date(2026, 6, 1)
OPERATOR = Scope(tenant="bank", caller="ana", role="operator")


@pytest.fixture
def search(opensearch_url: str, new_space: Callable[[], str]) -> Generator[Search]:
    with open_search(opensearch_url, tenant=new_space()) as opened:
        yield opened
        opened.calls.ask("DELETE", f"{opened.space}-*")


def matched() -> World:
    """A small bank with two matches."""
    world = begun()
    payments, lines = list(world.payments), list(world.lines)
    world.match(lines[:1], payments[:1])
    world.match(lines[1:2], payments[1:2])
    return world


@pytest.mark.slow
def test_set_up_projected_and_asked(search: Search):
    """Indices are made once, facts are applied once, and lists answer as of the last one."""
    world = matched()
    assert [set_up(search), set_up(search)] == [True, False]
    first = search.projection(world.facts).catch_up()
    assert first.facts == first.position == len(world.facts.recorded)
    assert first.parked == 0
    assert search.projection(world.facts).catch_up().facts == 0
    queries = Queries(store=search.queries, tenant="bank", key=b"k" * 32)
    pairs = [("state", "reconciled")]
    page = queries.list(OPERATOR, "payments", pairs, today=TODAY, now_ms=0)
    assert [row["id"] for row in page.data] == ["pay:core:P0", "pay:core:P1"]
    assert page.position == first.position


@pytest.mark.slow
def test_sums_by_day_are_those_of_the_documents(search: Search):
    """Over all merchants or over some, a day's sums are those of the daily positions."""
    set_up(search)
    search.projection(matched().facts).catch_up()
    for merchants in (None, ["M1"], ["M1", "M2|x"]):
        sums: dict[str, dict[str, int]] = {}
        for key, document in search.views.all(daily_position.MODEL):
            day, currency, merchant = key.split("|", 2)
            if currency == "ARS" and (merchants is None or merchant in merchants):
                there = sums.setdefault(day, {})
                for name, amount in amounts_of(document).items():
                    there[name] = there.get(name, 0) + amount
        asked = search.positions.by_day(
            first="2026-01-01", last="2026-12-31", currency="ARS", merchants=merchants
        )
        assert {each.day: each.amounts for each in asked} == sums
    assert sums
    assert len(list(search.views.all(daily_total.MODEL))) > 0


@pytest.mark.slow
def test_what_was_never_set_up_is_refused_by_name(search: Search):
    """Neither the projector nor a question makes indices of its own."""
    with pytest.raises(IndicesUnfit):
        search.projection(begun().facts)
    with pytest.raises(IndicesUnfit):
        search.queries.position()


class Recorder(Calls):
    """Calls that go nowhere; every one is answered with the same status."""

    def __init__(self, status: int) -> None:
        super().__init__("http://nowhere", waiting=FixedClock(0), entropy=SeededEntropy("x"))
        self.status = status
        self.sent: list[tuple[str, str, bytes]] = []

    def once(self, method: str, path: str, content: bytes, kind: str) -> tuple[int, bytes]:
        self.sent.append((method, path, content))
        return self.status, b"{}"


def test_readers_are_confined_to_lists():
    """Who answers questions searches lists and sums, gets documents by name, reads none parked."""
    with Recorder(200) as calls:
        grant(calls, space="conciliar-b", reader="arn:r", writer="arn:w")
    said = {path: content.decode() for _, path, content in calls.sent}
    read = said["_plugins/_security/api/roles/conciliar-read"]
    assert "conciliar-*-payments" in read
    for hidden in ("parked", "write", "bulk"):
        assert hidden not in read
    allowed = json.loads(read)["index_permissions"]
    [named] = [one for one in allowed if "conciliar-*-documents" in one["index_patterns"]]
    assert named["allowed_actions"] == ["indices:data/read/get*"]
    mapping = said["_plugins/_security/api/rolesmapping/conciliar-read"]
    assert mapping == '{"backend_roles":["arn:r"]}'
    write = said["_plugins/_security/api/roles/conciliar-write"]
    assert '"conciliar-b-*"' in write
    assert "indices:admin/delete" not in write
    assert "indices:admin/create" not in write


def test_a_domain_without_access_control_is_refused():
    """Where roles are named and cannot be given, nothing is made."""
    with Recorder(400) as calls, pytest.raises(SearchRefused):
        set_up(Search(calls=calls, space="conciliar-b"), reader="arn:r", writer="arn:w")
    assert all(path.startswith("_plugins/_security") for _, path, _ in calls.sent)
