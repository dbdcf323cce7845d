"""What every ViewStore promises. An adapter's test subclasses this and gives it an empty store."""

from __future__ import annotations

from abc import abstractmethod

import pytest

from application.ports import VersionConflict, ViewStore

ONE: dict[str, object] = {
    "id": "p1",
    "minor": 100,
    "ñ": 'say "ñ": 1.5',
    "lines": [1, {"a": None, "b": [True]}],
}
TWO: dict[str, object] = {"id": "p2", "minor": -1, "lines": []}


class ViewStoreContract:
    """The laws of the port."""

    @abstractmethod
    @pytest.fixture
    def views(self) -> ViewStore:
        """The test's store, empty."""
        raise NotImplementedError

    def test_it_begins_empty(self, views: ViewStore):
        """Nothing was applied: position 0, no documents."""
        assert views.position() == 0
        assert views.get_many("payment", ["p1"]) == {}
        assert list(views.all("payment")) == []

    def test_documents_come_back_as_they_went_in(self, views: ViewStore):
        """What was written is read by key and in order of keys, in its own model only."""
        views.apply(after=0, position=5, documents={"payment": {"p2": TWO, "p1": ONE}})
        assert views.position() == 5
        assert views.get_many("payment", ["p1", "p9", "p2"]) == {"p1": ONE, "p2": TWO}
        assert list(views.all("payment")) == [("p1", ONE), ("p2", TWO)]
        assert list(views.all("settlement")) == []

    def test_a_document_replaces_and_none_deletes(self, views: ViewStore):
        """A later document takes the place of the earlier one; None takes it away, also twice."""
        views.apply(after=0, position=1, documents={"payment": {"p1": ONE, "p2": TWO}})
        views.apply(after=1, position=2, documents={"payment": {"p1": TWO, "p2": None}})
        views.apply(after=2, position=3, documents={"payment": {"p2": None}})
        assert list(views.all("payment")) == [("p1", TWO)]

    def test_facts_are_applied_once(self, views: ViewStore):
        """Whoever comes from another position is refused, and nothing of it is kept."""
        views.apply(after=0, position=3, documents={"payment": {"p1": ONE}})
        for after in (0, 2, 4):
            with pytest.raises(VersionConflict):
                views.apply(after=after, position=9, documents={"payment": {"p1": TWO}})
        assert views.position() == 3
        assert views.get_many("payment", ["p1"]) == {"p1": ONE}

    def test_what_is_put_counts_at_the_end(self, views: ViewStore):
        """Documents that are put in pieces are read back at once, and stand when it is finished."""
        views.apply(after=0, position=1, documents={"payment": {"p1": ONE}})
        views.begin(after=1)
        views.put({"payment": {"p1": None, "p2": ONE}})
        assert views.get_many("payment", ["p1", "p2"]) == {"p2": ONE}
        views.put({"payment": {"p2": TWO}})
        views.finish(position=7)
        assert (views.position(), list(views.all("payment"))) == (7, [("p2", TWO)])

    def test_what_is_abandoned_leaves_no_trace(self, views: ViewStore):
        """Documents of an abandoned beginning are gone, and the next one may begin."""
        views.apply(after=0, position=1, documents={"payment": {"p1": ONE}})
        before = views.digest()
        views.begin(after=1)
        views.put({"payment": {"p1": TWO, "p2": ONE}})
        views.abandon()
        assert views.digest() == before
        with pytest.raises(VersionConflict):
            views.begin(after=0)
        views.apply(after=1, position=2, documents={"payment": {"p1": TWO}})
        assert views.position() == 2

    def test_no_float_comes_in(self, views: ViewStore):
        """A float anywhere in a document is refused, and the position stays."""
        for wrong in ({"a": 1.5}, {"a": [{"b": 1e30}]}, {"a": (1, -2.0)}):
            with pytest.raises(TypeError, match="payment/p1"):
                views.apply(after=0, position=1, documents={"payment": {"p1": wrong}})
        assert views.position() == 0

    def test_many_keys_at_once(self, views: ViewStore):
        """There is no number of keys that cannot be asked for."""
        many = {f"p{number:05}": {"number": number} for number in range(1_700)}
        views.apply(after=0, position=1, documents={"payment": many})
        assert views.get_many("payment", iter(many)) == many
        assert dict(views.all("payment")) == many

    def test_cleared_it_is_as_at_the_beginning(self, views: ViewStore):
        """After clearing nothing is left, and the digest is that of an empty store."""
        empty = views.digest()
        views.apply(after=0, position=1, documents={"payment": {"p1": ONE}})
        assert views.digest() != empty
        views.clear()
        assert (views.position(), views.digest()) == (0, empty)

    def test_equal_read_models_have_equal_digests(self, views: ViewStore):
        """The way to a state does not show: order, detours and member order leave no trace."""
        views.apply(after=0, position=9, documents={"payment": {"p1": ONE, "p2": TWO}})
        straight = views.digest()
        views.clear()
        views.apply(after=0, position=2, documents={"x": {"x": ONE}, "payment": {"p2": ONE}})
        views.apply(after=2, position=8, documents={"payment": {"p2": TWO}, "x": {"x": None}})
        turned = dict(reversed(ONE.items()))
        views.apply(after=8, position=9, documents={"payment": {"p1": turned}})
        assert views.digest() == straight

    def test_every_difference_shows_in_the_digest(self, views: ViewStore):
        """Position, model, key and content each count."""
        digests: set[str] = set()
        for position, model, key, document in (
            (1, "payment", "p1", ONE),
            (2, "payment", "p1", ONE),
            (1, "settlement", "p1", ONE),
            (1, "payment", "p2", ONE),
            (1, "payment", "p1", TWO),
        ):
            views.clear()
            views.apply(after=0, position=position, documents={model: {key: document}})
            digests.add(views.digest())
        assert len(digests) == 5
