"""What the documents say after each kind of fact."""

from __future__ import annotations

from typing import get_args

from application.projecting import Projector
from domain import payment, settlement, statement
from projections.catalogue import MODELS, PROJECTIONS
from tests.domain.controls import LINE, REGISTERED
from tests.projections.memory_facts import MemoryFacts, personal_fields
from tests.projections.memory_views import MemoryViews
from tests.projections.world import MONDAY, World


def views_of(world: World) -> MemoryViews:
    views = MemoryViews()
    Projector(facts=world.facts, views=views).catch_up()
    return views


def shown(world: World, model: str, key: str, *names: str) -> tuple[object, ...]:
    document = views_of(world).one(model, key)
    return tuple(document[name] for name in names)


AMOUNTS = ("state", "allocated_minor", "open_minor", "returned_minor")


def test_a_payment_is_expected_until_its_break_day():
    """A registered payment is open as a whole, and breaks twelve days after it was due."""
    world = World()
    paid = world.register(1, 100)
    assert shown(world, "payment_status", paid, *AMOUNTS) == ("expected", 0, 100, 0)
    days = shown(world, "payment_status", paid, "created_day", "expected_day", "break_day")
    assert days == ("2026-03-02", "2026-03-03", "2026-03-15")


def test_a_payment_in_two_parts_is_settled_in_part_and_then_reconciled():
    """Each match takes its part of the payment; the last one leaves nothing open."""
    world = World()
    paid, first, second = world.register(1, 100), world.deliver(1, 60), world.deliver(2, 40)
    one = world.match([first], [paid])
    assert shown(world, "payment_status", paid, *AMOUNTS) == ("partly_allocated", 60, 40, 0)
    two = world.match([second], [paid])
    assert shown(world, "payment_status", paid, *AMOUNTS) == ("reconciled", 100, 0, 0)
    assert shown(world, "payment_status", paid, "matches") == (
        [
            {"match_id": one, "minor": 60, "settlements": [first]},
            {"match_id": two, "minor": 40, "settlements": [second]},
        ],
    )


def test_a_released_payment_is_open_again():
    """What a match gave, its release takes back, charges included."""
    world = World()
    paid, line = world.register(1, 100), world.deliver(1, 103)
    match = world.match([line], [paid])
    assert match is not None
    (charges,) = shown(world, "payment_status", paid, "charges")
    assert charges == [{"match_id": match, "currency": "ARS", "amounts": {"ACQ_FEE": 3}}]
    world.release(match)
    assert shown(world, "payment_status", paid, *AMOUNTS) == ("expected", 0, 100, 0)
    assert shown(world, "payment_status", paid, "matches", "charges") == ([], [])


def test_a_return_stands_beside_what_arrived():
    """Money that went back leaves the payment reconciled, and says of what kind it was."""
    world = World()
    paid, line, back = world.register(1, 100), world.deliver(1, 100), world.deliver(2, -30)
    world.match([line], [paid])
    match = world.take_back(back, paid, kind="chargeback")
    assert match is not None
    assert shown(world, "payment_status", paid, *AMOUNTS) == ("reconciled", 100, 0, 30)
    (returns,) = shown(world, "payment_status", paid, "returns")
    assert returns == [{"match_id": match, "kind": "chargeback", "minor": 30, "settlement": back}]
    world.release(match)
    assert shown(world, "payment_status", paid, *AMOUNTS) == ("reconciled", 100, 0, 0)


def test_an_announced_return_is_shown_and_changes_no_amount():
    """What somebody says of money stands beside the money that moved."""
    world = World()
    paid, line = world.register(1, 100), world.deliver(1, 100)
    world.match([line], [paid])
    world.announce(paid, 30)
    assert shown(world, "payment_status", paid, *AMOUNTS) == ("reconciled", 100, 0, 0)
    (announced,) = shown(world, "payment_status", paid, "announced")
    assert announced == [
        {"announcement_id": "R30", "minor": 30, "reason": "AC04", "day": MONDAY.isoformat()}
    ]


def test_a_cancelled_payment_is_open_no_more():
    """Nothing is expected of a cancelled payment."""
    world = World()
    paid = world.register(1, 100)
    world.cancel(paid)
    assert shown(world, "payment_status", paid, *AMOUNTS) == ("cancelled", 0, 0, 0)
    assert list(views_of(world).all("open_items")) == []


def test_every_line_of_a_match_knows_it():
    """Lines that join a match say by which rule, as its home does, and each its own part."""
    world = World()
    paid, first, second = world.register(1, 100), world.deliver(1, 60), world.deliver(2, 40)
    match = world.match([first, second], [paid], rule="parts@1")
    for line, minor in ((first, 60), (second, 40)):
        named = shown(world, "settlement_overview", line, "state", "match_id", "rule", "evidence")
        assert named == ("matched", match, "parts@1", "I")
        (postings,) = shown(world, "settlement_overview", line, "postings")
        assert postings == [
            {
                "match_id": match,
                "settled_minor": minor,
                "returned_minor": 0,
                "residuals": {},
                "shared": False,
            }
        ]


def test_an_open_line_says_why():
    """A verdict stands with its candidates until a match answers it; a release brings none back."""
    world = World()
    paid, line = world.register(1, 100), world.deliver(1, 100)
    world.leave_open(line, reason="ambiguous", candidates=(paid,))
    named = ("state", "reason", "open_rule", "candidates", "candidates_total")
    candidates = [{"payment": paid, "contradictions": []}]
    assert shown(world, "settlement_overview", line, *named) == (
        "open",
        "ambiguous",
        "E5",
        candidates,
        1,
    )
    match = world.match([line], [paid])
    assert match is not None
    assert shown(world, "settlement_overview", line, *named) == ("matched", None, None, [], 0)
    world.release(match)
    assert shown(world, "settlement_overview", line, *named) == ("open", None, None, [], 0)


def test_a_duplicate_is_neither_open_nor_matched():
    """A duplicate names what it repeats, and is an open line again when that is taken back."""
    world = World()
    line, copy = world.deliver(1, 100), world.deliver(2, 100)
    world.mark_duplicate(copy, of=line)
    assert shown(world, "settlement_overview", copy, "state", "duplicate_of") == ("duplicate", line)
    assert [key for key, _ in views_of(world).all("open_items")] == [line]
    world.clear_duplicate(copy)
    assert {key for key, _ in views_of(world).all("open_items")} == {copy, line}


def test_a_withdrawn_line_is_open_no_more():
    """A line that its source declared void settles nothing, and says why."""
    world = World()
    line = world.deliver(1, 100)
    world.cancel_line(line)
    named = shown(world, "settlement_overview", line, "state", "cancelled_on", "cancelled_because")
    assert named == ("cancelled", "2026-03-02", "booked in error")
    assert list(views_of(world).all("open_items")) == []


def test_a_match_remembers_what_it_was():
    """A released match keeps its terms, says why it fell, and points to the fact with its proof."""
    world = World()
    paid, line = world.register(1, 100), world.deliver(1, 97)
    match = world.match([line], [paid], rule="net@1", evidence="G")
    assert match is not None
    document = views_of(world).one("matches", match)
    assert (document["state"], document["minor"], document["rule"]) == ("active", 97, "net@1")
    assert document["fact_id"] == f"{line}@2"
    world.release(match)
    named = shown(world, "matches", match, "state", "released_because", "released_cause", "minor")
    assert named == ("released", "unmatched", "person", 97)


def test_a_contradiction_stays_open_though_all_is_matched_anew():
    """A contradicted match is an open item of its own, until a person closes it."""
    world = World()
    paid, line = world.register(1, 100), world.deliver(1, 100)
    match = world.match([line], [paid])
    assert match is not None
    world.release(match, contradicted=True)
    world.match([line], [paid])
    ((key, document),) = views_of(world).all("open_items")
    assert key == f"contradiction:{match}"
    assert (document["kind"], document["item"], document["minor"]) == ("contradiction", match, 100)


def test_versions_are_those_of_the_own_stream():
    """A document's version is its aggregate's, whatever other streams said about it."""
    world = World()
    paid, first, second = world.register(1, 103), world.deliver(1, 60), world.deliver(2, 40)
    world.match([first, second], [paid])
    assert shown(world, "payment_status", paid, "version", "position") == (2, 6)
    assert shown(world, "settlement_overview", second, "version", "position") == (2, 5)


def test_repeated_deliveries_are_one_line():
    """An entry that comes again under another row id is one line, found under both."""
    world = World()
    line = world.deliver(1, 100)
    world.deliver(1, 100, copy=1)
    views = views_of(world)
    assert views.one("settlement_overview", line)["rows"] == ["S1", "S1'"]
    assert views.one("alias", "settlement:S1'") == {"names": [line]}


def test_no_personal_data_is_in_a_document():
    """Even of facts whose personal fields can be read, none reaches a document."""
    world = World(facts=MemoryFacts(sealed=False))
    world.match([world.deliver(1, 100)], [world.register(1, 100)])
    views = views_of(world)
    text = repr([document for model in MODELS for _, document in views.all(model)])
    for fact in (REGISTERED, LINE):
        for name in personal_fields(type(fact)):
            assert str(getattr(fact, name) or "nothing") not in text


def test_every_fact_of_payments_lines_and_statements_is_read():
    """No kind of fact about these is overlooked by the models that show them."""
    read = {kind for projection in PROJECTIONS for kind in projection.READS}
    unions = (payment.PaymentFact, settlement.SettlementFact, statement.StatementFact)
    assert {kind for union in unions for kind in get_args(union)} <= read
