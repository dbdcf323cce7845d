"""The number of lanes holds for an epoch, and lanes are numbered on through all of them."""

from domain import log_lanes as l
from domain.errors import BadValue
from tests.domain.spec import given

ONE = l.LanesOpened(first=0, count=1)
END = l.LanesClosed(positions=(41,))


def test_the_first_epoch_begins_at_lane_0():
    """A log that was never opened gets its lanes; the same number again is nothing new."""
    given(l.evolve).when(l.open_lanes, count=1).then(ONE)
    given(l.evolve, ONE).when(l.open_lanes, count=1).then()


def test_an_epoch_ends_before_the_next_begins():
    """Another number is refused while lanes are open; lanes that follow have new numbers."""
    given(l.evolve, ONE).when(l.open_lanes, count=4).refuses(l.EpochIsOpen(lanes=1))
    given(l.evolve, ONE).when(l.close_lanes, positions=(41,)).then(END)
    given(l.evolve, ONE, END).when(l.open_lanes, count=4).then(l.LanesOpened(first=1, count=4))
    wider = l.LanesClosed(positions=(3, 0, 5, 9))
    given(l.evolve, ONE, END, l.LanesOpened(first=1, count=4), wider).when(
        l.open_lanes, count=8
    ).then(l.LanesOpened(first=5, count=8))


def test_nothing_is_closed_twice():
    """Where no lane is open there is no end to note."""
    given(l.evolve).when(l.close_lanes, positions=(1,)).then()
    given(l.evolve, ONE, END).when(l.close_lanes, positions=(41,)).then()


def test_there_are_no_more_lanes_than_can_be_named():
    """No lane at all and more than are left are both refused."""
    for count in (0, -1, l.LANES_MAX + 1):
        given(l.evolve).when(l.open_lanes, count=count).refuses(
            BadValue(field="lanes", reason="out-of-range")
        )
    given(l.evolve, ONE, END).when(l.open_lanes, count=l.LANES_MAX).refuses(
        BadValue(field="lanes", reason="out-of-range")
    )
