"""No partner sees another's row, and no tenant another's, whatever is asked over HTTP."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from application.query_fields import FIELDS
from handlers.http.routes import operations
from projections.listed import Listed
from projections.resources import NAMES, Resource
from tests.http.edges import EDGES, Edge, Got, ServerEdge, bank
from tests.projections.world import MERCHANTS, Order, begun, lived, orders
from tests.queries.contract import Pairs, asked, concerned
from tests.queries.model import all_rows

PARTNERS = {"acme": set(MERCHANTS[:1]), "other": set(MERCHANTS[1:])}
RESOURCES: tuple[Resource, ...] = tuple(NAMES)


def pages(edge: Edge, address: str, token: str, limit: int = 60) -> list[Got]:
    """Every page from an address on."""
    found = [edge.ask(address, token=token)]
    path = address.partition("?")[0]
    while found[-1].status == 200 and found[-1].json["next"] and len(found) < limit:
        if path == "/v1/changes":
            if not found[-1].json["more"]:
                break
            found.append(edge.ask(f"{path}?after={quote(found[-1].json['next'])}", token=token))
        else:
            found.append(edge.ask(f"{path}?cursor={found[-1].json['next']}", token=token))
    return found


@pytest.mark.slow
@settings(max_examples=12)  # each asks for every row, twice
@given(history=orders, question=asked(), edge=st.sampled_from(EDGES))
def test_law_a_partner_sees_rows_of_its_own_alone(
    history: list[Order], question: tuple[Resource, Pairs], edge: type[Edge]
):
    """Lists with any filter, search and order, their pages, changes, and items by id."""
    resource, pairs = question
    world = lived(history)
    with bank(world) as small:
        way = edge(small)
        every: dict[Resource, list[Listed]] = {
            each: all_rows(small.views, each) for each in RESOURCES
        }
        for partner, own in PARTNERS.items():
            token = small.token("partner", partner=partner, sub=partner)
            found = pages(way, f"/v1/{resource}?{urlencode(pairs)}", token)
            found += pages(way, "/v1/changes?after=0&limit=3", token)
            seen: list[dict[str, Any]] = [
                row for got in found if got.status == 200 for row in got.json["data"]
            ]
            for row in seen:
                assert concerned(world, row) == own, row
                kind: Resource = next(r for r, name in NAMES.items() if name == row["object"])
                assert {n for n in row if not FIELDS[kind][n].partner} == set()
            for each, rows in every.items():
                for row in rows:
                    got = way.ask(f"/v1/{each}/{quote(row.id, safe='')}", token=token)
                    assert (got.status == 200) == (set(row.merchants) == own), row


@pytest.mark.parametrize("edge", EDGES)
def test_what_is_foreign_looks_like_what_is_not_there(edge: type[Edge]):
    """The answer about another's payment is that about none, but for the address it repeats."""
    with bank() as small:
        way, token = edge(small), small.token("partner")
        foreign, absent = (
            way.ask(f"/v1/payments/{id_}", token=token) for id_ in ("pay:core:P1", "pay:core:P9")
        )
        assert foreign.status == absent.status == 404
        same = foreign.body.replace("P1", "P9")
        assert same == absent.body


def test_a_cursor_of_another_is_refused():
    """Another partner, another role and another resource cannot go on with it."""
    with bank(begun()) as small:
        edge = ServerEdge(small)
        first = edge.ask("/v1/payments?limit=1", token=small.token("partner"))
        cursor = f"/v1/payments?cursor={first.json['next']}"
        others = [
            small.token("partner", partner="other", sub="other"),
            small.token("operator"),
        ]
        for token in others:
            assert edge.ask(cursor, token=token).slug == "cursor-invalid"
        changed = first.json["next"][:-2] + "AA"
        own = small.token("partner")
        assert edge.ask(f"/v1/payments?cursor={changed}", token=own).slug == "cursor-invalid"
        moved = cursor.replace("payments", "matches")
        assert edge.ask(moved, token=own).slug == "cursor-invalid"


def test_what_is_withdrawn_is_closed_at_once():
    """Also for a list that was begun before: the grant of now judges, not that of the cursor."""
    with bank(begun()) as small:
        edge, token = ServerEdge(small), small.token("partner")
        first = edge.ask("/v1/payments?limit=1", token=token)
        small.grants.held = {}
        rest = edge.ask(f"/v1/payments?cursor={first.json['next']}", token=token)
        assert (rest.status, rest.json["data"]) == (200, [])
        assert edge.ask("/v1/me", token=token).json["merchants"] == []


def test_a_partner_reads_neither_facts_nor_reasons():
    """A scope that its role cannot hold counts for nothing."""
    with bank(begun()) as small:
        small.recollection = _Nothing()
        edge = ServerEdge(small)
        token = small.token("partner", scope="audit:read payments:read")
        for operation in operations():
            if operation.recalled and operation.resource == "payments":
                address = operation.path.replace("{id}", "pay:core:P0")
                assert edge.ask(address, token=token).slug == "scope-missing"


class _Nothing:
    """Recollections that nobody may come to."""

    def facts(self, id_: str) -> dict[str, object]:
        raise AssertionError(id_)

    def explanation(self, id_: str) -> dict[str, object]:
        raise AssertionError(id_)
