"""What is asked and what is answered, the same on both edges."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from application.query_refusals import QueryRefusal
from application.rate_limits import Rate
from conciliar.refusals import WORDS
from handlers.http import shapes
from handlers.http.problems import KINDS, problem_of
from handlers.http.routes import operations
from projections.resources import NAMES
from tests.http.edges import EDGES, NOW_S, Bank, Edge, LambdaEdge, ServerEdge, bank

RESOURCES = tuple(NAMES)


@pytest.fixture(scope="module")
def small() -> Iterator[Bank]:
    with bank() as made:
        yield made


@pytest.fixture(scope="module", params=EDGES, ids=lambda edge: edge.name)
def edge(request: pytest.FixtureRequest, small: Bank) -> Edge:
    return request.param(small)


@pytest.fixture(scope="module")
def both(small: Bank) -> tuple[Edge, Edge]:
    return LambdaEdge(small), ServerEdge(small)


P1 = "/v1/payments/" + quote("pay:core:P1", safe="")
CORPUS = [
    "/v1/payments",
    "/v1/payments?limit=2&sort=-amount",
    "/v1/payments?q=transfer&fields=amount,state",
    "/v1/payments?state=expected&currency=ARS&amount.gte=10",
    "/v1/payments?limit=0",
    "/v1/payments?amuont.gte=1",
    "/v1/payments?limit=2&limit=3",
    "/v1/payments?q=%22open",
    "/v1/payments?cursor=forged",
    "/v1/payments?cursor=forged&limit=3",
    "/v1/payments?known_at=position:1",
    "/v1/payments?known_at=position:999999",
    "/v1/payments?known_at=yesterday",
    "/v1/payments?at_least=1",
    "/v1/payments?at_least=-1",
    "/v1/payments?amount.gte=5",
    "/v1/payments?id=%FF",
    "/v1/payments?id=a%00b",
    P1,
    f"{P1}?fields=amount",
    f"{P1}?limit=3",
    "/v1/payments/pay:core:P1",
    "/v1/payments/no%2Fsuch%20id%25",
    "/v1/payments/%E2%82%AC",
    "/v1/payments/",
    "/v1/settlements?sort=-booking_date",
    "/v1/matches",
    "/v1/exceptions",
    "/v1/statements",
    "/v1/changes?after=0&limit=3",
    "/v1/changes",
    "/v1/changes?after=0&types=payment,nothing",
    "/v1/me",
    "/v1/health",
    "/v1/problems/not-found",
    "/v1/problems/no-such",
    "/v1/openapi.json",
    "/v1/nothing",
    "/",
    "/v1//payments",
    "/v1/payments/x/y/z",
]


@pytest.mark.parametrize("address", CORPUS)
def test_both_edges_answer_the_same_bytes(both: tuple[Edge, Edge], address: str):
    """Status, headers and body are those of the other edge, for each kind of caller."""
    for role in ("operator", "partner", "auditor"):
        token = both[0].bank.token(role)
        first, second = (edge.ask(address, token=token) for edge in both)
        assert first == second
    assert both[0].ask(address, token="") == both[1].ask(address, token="")


def test_a_list_is_an_envelope(edge: Edge):
    """Data, where to go on, as of which position, and how many there are."""
    got = edge.ask("/v1/payments?limit=2")
    assert got.status == 200
    body = got.json
    assert [row["id"] for row in body["data"]] == ["pay:core:P0", "pay:core:P1"]
    assert body["meta"] == {"total": 5, "total_is": "exact"}
    assert got.headers["conciliar-as-of"] == f"bank@{body['as_of']['position']}"
    assert got.headers["cache-control"] == "private, no-cache"
    assert got.headers["link"] == f'</v1/payments?cursor={body["next"]}>; rel="next"'


def test_amounts_are_text(edge: Edge):
    """Minor units are a text with currency and exponent beside it, never a number."""
    amount = edge.ask(P1).json["amount"]
    assert isinstance(amount["minor"], str)
    assert (amount["minor"].isdecimal(), amount["exponent"]) == (True, 2)


@pytest.mark.parametrize("resource", RESOURCES)
def test_pages_joined_are_the_list(edge: Edge, resource: str):
    """Page by page, a list is what it is at once."""
    whole = edge.ask(f"/v1/{resource}?limit=500").ids
    found: list[str] = []
    got = edge.ask(f"/v1/{resource}?limit=1")
    while True:
        found += got.ids
        if got.json["next"] is None:
            break
        got = edge.ask(f"/v1/{resource}?cursor={got.json['next']}")
    assert found == whole


@pytest.mark.parametrize("resource", RESOURCES)
def test_rows_and_pages_have_their_shape(edge: Edge, resource: Any):
    """What is answered is what the document says, to partners too."""
    for role in ("operator", "partner"):
        token = edge.bank.token(role)
        page = edge.ask(f"/v1/{resource}", token=token)
        shapes.PAGES[resource].model_validate_json(page.body)
        for id_ in page.ids:
            got = edge.ask(f"/v1/{resource}/{quote(id_, safe='')}", token=token)
            shapes.ROWS[resource].model_validate_json(got.body)
            assert got.json["object"] == NAMES[resource]
    shapes.Changes.model_validate_json(edge.ask("/v1/changes?after=0").body)
    shapes.Me.model_validate_json(edge.ask("/v1/me").body)


def test_fields_are_those_that_were_asked_for(edge: Edge):
    """`fields` leaves out what was not named, but never which thing it is."""
    rows = edge.ask("/v1/payments?fields=state,amount&limit=1").json["data"]
    assert set(rows[0]) == {"object", "id", "state", "amount"}
    assert set(edge.ask(f"{P1}?fields=state").json) == {"object", "id", "state"}
    assert edge.ask("/v1/payments?fields=secret").slug == "invalid-request"


def test_an_item_is_found_under_its_encoded_id(edge: Edge):
    """An id is percent-encoded in an address, or where nothing demands it, not."""
    assert edge.ask(P1).json["id"] == edge.ask("/v1/payments/pay:core:P1").json["id"]


@pytest.mark.parametrize("address", ["/v1/payments", P1, "/v1/openapi.json"])
def test_what_is_known_is_not_sent_again(edge: Edge, address: str):
    """With the tag of an answer, the same answer is 304 and empty; with another it is whole."""
    first = edge.ask(address)
    tag = first.headers["etag"]
    for known in (tag, f'"other", {tag}', "*", f"W/{tag.removeprefix('W/')}"):
        again = edge.ask(address, headers={"if-none-match": known})
        assert (again.status, again.body, again.headers["etag"]) == (304, "", tag)
    other = edge.ask(address, headers={"if-none-match": '"other"'})
    assert (other.status, other.body) == (200, first.body)


@pytest.mark.parametrize(
    "address, slug, status",
    [
        ("/v1/payments?amuont=1", "unknown-parameter", 422),
        ("/v1/payments?id=1&id=2", "unknown-parameter", 422),
        ("/v1/payments?value_date=yesterday", "invalid-request", 422),
        ("/v1/payments?amount=1", "invalid-request", 422),
        ("/v1/payments?id.prefix=a", "query-too-broad", 422),
        ("/v1/payments?known_at=position:99999999", "date-in-future", 422),
        ("/v1/payments?known_at=position:1", "state-not-kept", 410),
        ("/v1/payments?known_at=2026-03-06", "invalid-request", 422),
        ("/v1/payments?cursor=x", "cursor-invalid", 400),
        ("/v1/payments?cursor=x&limit=1", "cursor-with-parameters", 400),
        ("/v1/payments?cursor=x&at_least=1", "cursor-with-parameters", 400),
        ("/v1/payments/none", "not-found", 404),
        ("/v1/nothing", "not-found", 404),
        ("/v1/changes", "invalid-request", 422),
        ("/v1/changes?after=x", "invalid-request", 422),
        ("/v1/changes?after=0&limit=501", "invalid-request", 422),
        ("/v1/me?x=1", "unknown-parameter", 422),
        ("/v1/payments?q=" + "x" * 17_000, "address-too-long", 414),
    ],
)
def test_refusals_are_problems(edge: Edge, address: str, slug: str, status: int):
    """Each refusal has its type and status, names its trace, and says no more of itself."""
    got = edge.ask(address)
    assert (got.slug, got.status) == (slug, status)
    assert got.json["trace_id"]
    assert edge.ask(got.json["type"], token="").status == 200


def test_the_nearest_parameter_is_named(edge: Edge):
    """A misspelt filter is refused with the name that may have been meant."""
    error = edge.ask("/v1/payments?amuont.gte=1").json["errors"][0]
    assert error == {"parameter": "amuont.gte", "code": "unknown", "nearest": "amount.gte"}


def test_a_wrong_method_is_told_the_right_one(edge: Edge):
    """405 with Allow where the address is known, 404 where it is not."""
    for method in ("POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"):
        got = edge.ask("/v1/payments", method=method)
        assert (got.status, got.headers["allow"]) == (405, "GET")
        assert edge.ask("/v1/nothing", method=method).status == 404


@pytest.mark.parametrize(
    "accept, status",
    [
        ("application/json", 200),
        ("*/*", 200),
        ("text/html, application/*;q=0.5", 200),
        ("text/html", 406),
        ("application/json;q=0", 406),
        ("application/xml", 406),
    ],
)
def test_other_forms_are_not_acceptable(edge: Edge, accept: str, status: int):
    """Whoever takes no JSON is told so."""
    assert edge.ask("/v1/payments", headers={"accept": accept}).status == status


def test_without_a_token_nothing_is_read(edge: Edge):
    """Every address that is not public asks for a token, and says of what kind."""
    for operation in operations():
        address = operation.path.replace("{id}", "x").replace("{type}", "not-found")
        got = edge.ask(address, token="")
        if operation.public:
            assert got.status == 200, operation
        elif not operation.recalled:
            assert (got.slug, got.headers["www-authenticate"]) == ("token-missing", "Bearer")


@pytest.mark.parametrize(
    "token, reason",
    [
        ({"life_s": -60}, "expired"),
        ({"iss": "https://elsewhere.example"}, "issuer"),
        ({"aud": "another"}, "audience"),
        ({"role": "root"}, "claims"),
        ({"tenant": None}, "claims"),
        ({"iat": NOW_S + 3_600}, "not-yet-valid"),
    ],
)
def test_a_token_that_is_no_proof_is_refused(edge: Edge, token: dict[str, Any], reason: str):
    """The answer says what was wrong with it."""
    got = edge.ask("/v1/payments", token=edge.bank.token(**token))
    assert (got.slug, got.json["reason"]) == ("token-invalid", reason)


def test_a_token_reads_what_its_scopes_say(edge: Edge):
    """Without the scope of a resource it is refused, with it it is read."""
    for resource in RESOURCES:
        token = edge.bank.token(scope=f"{resource}:read")
        for other in RESOURCES:
            got = edge.ask(f"/v1/{other}", token=token)
            assert got.status == 200 if other == resource else got.slug == "scope-missing"
    payments = edge.bank.token(scope="payments:read")
    kinds = {row["object"] for row in edge.ask("/v1/changes?after=0", token=payments).json["data"]}
    assert kinds == {"payment"}
    assert edge.ask("/v1/changes?after=0&types=match", token=payments).slug == "scope-missing"


def test_whoever_asks_too_often_waits(small: Bank):
    """After the burst, 429 says how long; other callers are not held up."""
    with bank(
        rates={
            "read": Rate(per_second=1, burst=2),
            "search": Rate(per_second=1, burst=1),
            "changes": Rate(per_second=1, burst=1),
        }
    ) as slow:
        for edge in (LambdaEdge(slow), ServerEdge(slow)):
            first, second, third = (edge.ask("/v1/payments") for _ in range(3))
            assert [first.status, second.status, third.slug] == [200, 200, "rate-limited"]
            assert first.headers["ratelimit-policy"] == '"read";q=2;w=2'
            assert (first.headers["ratelimit"], second.headers["ratelimit"]) == (
                '"read";r=1',
                '"read";r=0',
            )
            assert third.headers["retry-after"] == "1"
            assert edge.ask("/v1/payments?q=p1").status == 200
            assert edge.ask("/v1/payments", token=slow.token("auditor")).status == 200
    del small


def test_changes_lead_to_the_present(edge: Edge):
    """Asked on from where the last answer ended, every thing comes once, in order."""
    seen: list[dict[str, Any]] = []
    mark, more = "0", True
    while more:
        got = edge.ask(f"/v1/changes?after={quote(mark)}&limit=2").json
        seen += got["data"]
        mark, more = got["next"], got["more"]
    everything = {
        id_
        for resource in ("payments", "settlements", "matches", "statements")
        for id_ in edge.ask(f"/v1/{resource}?limit=500").ids
    }
    assert sorted(row["id"] for row in seen) == sorted(everything)
    positions = [int(row["position"]) for row in seen]
    assert positions == sorted(positions)
    rest = edge.ask(f"/v1/changes?after={quote(mark)}").json
    assert (rest["data"], rest["next"], rest["more"]) == ([], mark, False)


def test_what_changed_again_comes_again():
    """A reader at the end sees what was recorded since, and nothing else."""
    with bank() as small:
        edge = ServerEdge(small)
        mark = edge.ask("/v1/changes?after=0&limit=500").json["next"]
        small.world.cancel("pay:core:P4")
        small.follow()
        got = edge.ask(f"/v1/changes?after={quote(mark)}").json
        assert [(row["id"], row["state"]) for row in got["data"]] == [("pay:core:P4", "cancelled")]


def test_a_position_that_an_answer_named_can_be_read_again():
    """`known_at` shows lists and items as they stood then."""
    with bank() as small:
        edge = ServerEdge(small)
        then = edge.ask("/v1/payments")
        small.world.cancel("pay:core:P4")
        small.follow()
        position = then.json["as_of"]["position"]
        again = edge.ask(f"/v1/payments?known_at=position:{position}")
        assert again.json["data"] == then.json["data"]
        p4 = "/v1/payments/pay:core:P4"
        assert edge.ask(p4).json["state"] == "cancelled"
        assert edge.ask(f"{p4}?known_at=position:{position}").json["state"] == "expected"


def test_a_reader_waits_for_what_was_written():
    """`at_least` waits while lists may still come, then says that they are behind."""
    with bank() as small:
        edge = ServerEdge(small)
        newest = int(edge.ask("/v1/payments").json["as_of"]["position"])
        assert edge.ask(f"/v1/payments?at_least={newest}").status == 200
        got = edge.ask(f"/v1/payments?at_least={newest + 1}")
        assert (got.slug, got.headers["retry-after"]) == ("projection-behind", "2")


def test_a_fault_of_ours_tells_nothing(edge: Edge, caplog: pytest.LogCaptureFixture):
    """500 with a trace; the reason is in the log under that trace, and nowhere else."""
    whole, edge.bank.grants.held = edge.bank.grants.held, None  # type: ignore[assignment]
    try:
        got = edge.ask("/v1/me", token=edge.bank.token("partner"))
    finally:
        edge.bank.grants.held = whole
    assert (got.status, got.slug) == (500, "unexpected")
    assert "NoneType" not in got.body
    assert got.json["trace_id"] in caplog.text
    assert "NoneType" in caplog.text


def test_every_refusal_of_a_query_is_a_problem():
    """Whatever a query can be refused for has a type; none ends as a fault of ours."""
    kinds = [kind for kind in WORDS if issubclass(kind, QueryRefusal)]
    made = [kind.__new__(kind) for kind in kinds]
    for each in made:
        for name in getattr(type(each), "__dataclass_fields__", {}):
            setattr(each, name, "x")
        assert problem_of(each) is not None, type(each)
    assert len(made) >= 9


def test_every_problem_has_its_page(edge: Edge):
    """In English and Spanish, for programs and for people."""
    for slug in KINDS:
        page = edge.ask(f"/v1/problems/{slug}", token="")
        shapes.ProblemType.model_validate_json(page.body)
        html = edge.ask(f"/v1/problems/{slug}", token="", headers={"accept": "text/html"})
        assert html.headers["content-type"] == "text/html; charset=utf-8"
        assert KINDS[slug].titulo.split()[0] in html.body
