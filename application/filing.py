"""Where items are filed in match states."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from application.ports import FiledItem
from domain.match_keys import Key, Place, marker_of_line, places_of_line, places_of_payment
from domain.matching.items import LineItem, PaymentItem


def filed_items(items: Iterable[PaymentItem | LineItem]) -> Iterator[FiledItem]:
    """Each item under its keys; all deliveries of a settlement are one item, under its stream."""
    lines: dict[str, list[LineItem]] = {}
    for item in items:
        if isinstance(item, PaymentItem):
            places = _together(places_of_payment(item))
            yield FiledItem(item=item.id, version=item.version, places=places)
        else:
            lines.setdefault(_stream_of(item), []).append(item)
    for stream, some in lines.items():
        yield FiledItem(
            item=stream,
            version=some[0].version,
            places=_together(place for one in some for place in places_of_line(one)),
            shared=tuple(dict.fromkeys(map(marker_of_line, some))),
        )


def _stream_of(line: LineItem) -> str:
    # A cancelled line repeats itself; a second delivery the line that was first.
    return line.id if line.repeats is None else line.repeats


def _together(places: Iterable[Place]) -> tuple[Place, ...]:
    """Each place once, with the marks of all that stand there."""
    found: dict[tuple[Key, str], Place] = {}
    for place in places:
        at = place.key, place.rank
        known = found.get(at, place)
        found[at] = Place(*at, marks=tuple(dict.fromkeys((*known.marks, *place.marks))))
    return tuple(found.values())
