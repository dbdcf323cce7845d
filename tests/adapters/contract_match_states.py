"""What every MatchStates promises. An adapter's test subclasses this and gives it an empty one."""

from __future__ import annotations

from abc import abstractmethod
from itertools import permutations

import pytest

from application.ports import Entry, FiledItem, MatchStates, Reminder
from domain.match_keys import AFTER, Key, Place, Span

ACCOUNT, OTHER = Key("payer", "0170001"), Key("payer", "0170002")
WIDE = Key("of", "bank/ours/ST1")
BY_AMOUNT = Key("names", "M1")


def filed(
    item: str, *places: Place | Key, version: int = 1, shared: Key | None = None
) -> FiledItem:
    """An item under these keys, or at these places."""
    return FiledItem(
        item=item,
        version=version,
        places=tuple(one if isinstance(one, Place) else Place(one) for one in places),
        shared=() if shared is None else (Place(shared, rank="ST1"),),
    )


def found(states: MatchStates, *keys: Key) -> list[list[str]]:
    """The items under each of these keys."""
    return [[entry.item for entry in some] for some in states.find([Span(key) for key in keys])]


class MatchStatesContract:
    """The laws of the port."""

    @abstractmethod
    @pytest.fixture
    def states(self) -> MatchStates:
        """The test's index, empty."""
        raise NotImplementedError

    def test_what_was_put_is_found_under_all_its_keys(self, states: MatchStates):
        """Two items with one key are found together; under another key stands nobody."""
        assert states.put([filed("pay:1", ACCOUNT, OTHER), filed("pay:2", ACCOUNT)]) == 2
        assert found(states, ACCOUNT, OTHER, BY_AMOUNT) == [["pay:1", "pay:2"], ["pay:1"], []]

    def test_spans_are_answered_in_their_order(self, states: MatchStates):
        """Each span has its own answer, asked together or alone, the same one twice."""
        states.put([filed("pay:1", ACCOUNT), filed("pay:2", OTHER)])
        assert found(states, OTHER, ACCOUNT, OTHER) == [["pay:2"], ["pay:1"], ["pay:2"]]
        assert states.find([]) == []

    def test_many_meet_under_one_key(self, states: MatchStates):
        """However a key is divided, all its items are found, in order, each with its version."""
        names = [f"set:{n:03d}" for n in range(60)]
        states.put([filed(name, WIDE, ACCOUNT, version=3) for name in reversed(names)])
        assert found(states, WIDE, ACCOUNT) == [names, names]
        assert {entry.version for entry in states.find([Span(WIDE)])[0]} == {3}

    def test_ranks_bound_what_is_found(self, states: MatchStates):
        """From the first rank to the last, both included; none counts as a part of another."""
        ranks = ("ARS/100", "ARS/1000", "ARS/-100", "USD/100")
        states.put([filed(f"set:{rank}", Place(BY_AMOUNT, rank)) for rank in ranks])
        exact, currency = ("ARS/100", "ARS/100"), ("ARS/", "ARS/" + AFTER)
        one, all_of_it = states.find([Span(BY_AMOUNT, *exact), Span(BY_AMOUNT, *currency)])
        assert [entry.item for entry in one] == ["set:ARS/100"]
        assert {entry.rank for entry in all_of_it} == set(ranks[:3])

    def test_one_is_enough_where_one_is_asked_for(self, states: MatchStates):
        """Of several that begin alike the first is given; what is asked about itself is not."""
        head = Key("head", "ORD0")
        ranks = ("ORD01", "ORD012", "ORD0123")
        states.put([filed(f"pay:{rank}", Place(head, rank)) for rank in ranks])
        longer, longest = states.find(
            [
                Span(head, "ORD010", "ORD01" + AFTER, one=True),
                Span(head, "ORD01230", "ORD0123" + AFTER, one=True),
            ]
        )
        assert [entry.rank for entry in longer] == ["ORD012"]
        assert longest == []

    def test_marks_pass_over_what_has_others(self, states: MatchStates):
        """A place is found by any of its marks, and by none that it does not have."""
        at = Key("shows", "000042")
        states.put(
            [
                filed("set:1", Place(at, marks=("FACTURA000042", "A000042"))),
                filed("set:2", Place(at, marks=("B000042",))),
                filed("set:3", Place(at)),
            ]
        )
        spans = [Span(at, mark=mark) for mark in ("A000042", "B000042", "C000042")]
        items = [[entry.item for entry in some] for some in states.find(spans)]
        assert items == [["set:1"], ["set:2"], []]
        assert found(states, at) == [["set:1", "set:2", "set:3"]]

    def test_the_same_again_changes_nothing(self, states: MatchStates):
        """A record that comes twice files nothing anew, even where it says something else."""
        assert states.put([filed("pay:1", ACCOUNT, version=2)]) == 1
        assert states.put([filed("pay:1", OTHER, version=2)]) == 0
        assert found(states, ACCOUNT, OTHER) == [["pay:1"], []]

    @pytest.mark.parametrize("order", list(permutations((1, 2, 3))), ids=str)
    def test_the_latest_version_stands_in_any_order(
        self, states: MatchStates, order: tuple[int, ...]
    ):
        """Late records do nothing: wherever an earlier version stood, the item is gone."""
        places = {1: (ACCOUNT, OTHER), 2: (BY_AMOUNT, WIDE), 3: (OTHER, WIDE)}
        for version in order:
            states.put([filed("pay:1", *places[version], version=version)])
        assert found(states, ACCOUNT, OTHER, BY_AMOUNT, WIDE) == [[], ["pay:1"], [], ["pay:1"]]
        assert states.find([Span(OTHER)]) == [[Entry("", "pay:1", 3)]]

    def test_what_was_removed_stays_out(self, states: MatchStates):
        """Late records of a removed item do nothing; a later version is filed again."""
        states.put([filed("pay:1", ACCOUNT, WIDE, version=2)])
        states.remove("pay:1", version=2)
        assert states.put([filed("pay:1", ACCOUNT, version=1), filed("pay:2", OTHER)]) == 1
        assert states.put([filed("pay:1", ACCOUNT, version=2)]) == 0
        assert found(states, ACCOUNT, WIDE, OTHER) == [[], [], ["pay:2"]]
        states.put([filed("pay:1", ACCOUNT, version=3)])
        assert found(states, ACCOUNT) == [["pay:1"]]

    def test_an_older_removal_takes_nothing_away(self, states: MatchStates):
        """Whoever removes what it knew does not remove what came since."""
        states.put([filed("pay:1", ACCOUNT, version=2)])
        states.remove("pay:1", version=1)
        states.remove("pay:9", version=1)
        assert found(states, ACCOUNT) == [["pay:1"]]

    def test_shared_places_outlive_their_items(self, states: MatchStates):
        """What many put once stands once, and stays when one of them goes."""
        states.put([filed(f"set:{n}", ACCOUNT, shared=OTHER) for n in range(3)])
        states.remove("set:1", version=1)
        states.put([filed("set:2", BY_AMOUNT, version=2)])
        assert states.find([Span(OTHER)]) == [[Entry("ST1", "", 0)]]

    def test_reminders_come_in_order_of_day(self, states: MatchStates):
        """Those of a reason through a day, the earliest first, no more than are asked for."""
        made = [Reminder("window", day, f"set:{n}#{day}") for day in (7, 5, 6) for n in range(5)]
        states.remind(made)
        states.remind([*made[:2], Reminder("large", 5, "set:x")])
        assert states.reminders("window", through=6, at_most=99) == sorted(made)[:10]
        assert states.reminders("window", through=9, at_most=3) == sorted(made)[:3]
        assert states.reminders("window", through=4, at_most=3) == []
        for at in (2, 4, 7):
            behind = states.reminders("window", through=9, at_most=4, after=sorted(made)[at])
            assert behind == sorted(made)[at + 1 : at + 5]
        states.forget([*sorted(made)[:2], Reminder("window", 9, "set:y")])
        assert states.reminders("window", through=9, at_most=1) == sorted(made)[2:3]

    def test_all_can_be_forgotten_and_filed_again(self, states: MatchStates):
        """An emptied index holds nothing, and takes the very versions that it held."""
        states.put([filed("pay:1", ACCOUNT, WIDE, shared=OTHER)])
        states.remind([Reminder("window", 5, "set:1")])
        states.clear()
        assert states.find([Span(ACCOUNT), Span(WIDE), Span(OTHER)]) == [[], [], []]
        assert states.reminders("window", through=9, at_most=9) == []
        assert states.put([filed("pay:1", ACCOUNT, shared=OTHER)]) == 1
        assert found(states, ACCOUNT, OTHER) == [["pay:1"], [""]]
