"""Whatever is done to a good file, it is accepted or refused: never anything else."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from adapters.data_folder import read_folder
from adapters.data_folder.faults import Unusable
from adapters.data_folder.rows import payment_of, settlement_of
from application.batch import InputRefused
from domain.calendar import local_day
from domain.money import EXPONENTS
from tests.fixtures.folders import CALENDAR, FX, MERCHANT, PAYMENT, SETTLEMENT, Row, write_folder

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-(10**30), 10**30)
    | st.floats()
    | st.text(max_size=30)
    | st.dates().map(str)
    | st.datetimes().map(lambda at: f"{at.isoformat()}Z")
    | st.sampled_from(
        ("ARS", "USD", "JPY", "card", "daily", "item", "M1", "bank:1", "\0", "\u202e")
    )
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)


def accepted(read: Callable[[], Any]) -> Any:
    """What was read, or None where it was refused."""
    try:
        return read()
    except Unusable:
        return None


@st.composite
def spoilt(draw: st.DrawFn, row: Row) -> bytes:
    """The row with a few fields replaced, dropped, added, or its bytes disturbed."""
    changed = dict(row)
    for name in draw(st.lists(st.sampled_from(sorted(row)), max_size=3)):
        if draw(st.booleans()):
            changed[name] = draw(VALUES)
        else:
            changed.pop(name, None)
    if draw(st.integers(0, 9)) == 0:
        changed[draw(st.text(max_size=8))] = draw(VALUES)
    line = json.dumps(changed, ensure_ascii=draw(st.booleans())).encode(errors="surrogatepass")
    for _ in range(draw(st.integers(0, 2))):
        at = draw(st.integers(0, len(line)))
        cut = draw(st.integers(0, 3))
        put = draw(st.binary(max_size=3) | st.sampled_from((b'"', b"\\", b"{", b",", b"\xff")))
        line = line[:at] + put + line[at + cut :]
    return line


@given(spoilt(PAYMENT))
@example(b"")
@example(b"\x00")
def test_law_a_payment_row_is_right_or_refused(line: bytes):
    """What comes out is a payment that the domain can trust."""
    found = accepted(
        lambda: payment_of(line, source="core", merchants={"M1"}, flag=lambda *_: None)
    )
    if found is not None:
        assert 0 < found.amount.minor < 10**18
        assert found.amount.currency in EXPONENTS
        assert found.local_day == local_day(found.created_at)
        assert found.payment_id.isprintable()
        assert found.reference is None or found.reference.strip()


@given(spoilt(SETTLEMENT))
def test_law_a_settlement_row_is_right_or_refused(line: bytes):
    """What comes out is a line that the domain can trust."""
    found = accepted(lambda: settlement_of(line, merchants={"M1"}, flag=lambda *_: None))
    if found is not None:
        assert abs(found.amount.minor) < 10**18
        assert found.amount.currency in EXPONENTS
        assert found.source.count(":") == 1
        assert found.bank_entry_id is None or found.bank_entry_id.strip()


@given(spoilt(PAYMENT))
def test_law_what_is_accepted_has_each_key_once(line: bytes):
    """Nothing that a parser would have dropped silently is ever accepted."""
    found = accepted(
        lambda: payment_of(line, source="core", merchants={"M1"}, flag=lambda *_: None)
    )
    if found is not None:
        pairs: list[tuple[str, Any]] = json.loads(line, object_pairs_hook=list)
        assert len(pairs) == len(dict(pairs))


@given(st.lists(st.sampled_from(sorted(PAYMENT)), max_size=2), st.data())
def test_law_a_key_twice_is_always_found(left_out: list[str], data: st.DataObject):
    """Whatever is missing besides, and whatever the texts hold."""
    nullable = ("reference", "end_to_end_id", "payer_name", "payer_account", "payer_tax_id")
    texts = st.none() | st.text(max_size=12)
    row = PAYMENT | {name: data.draw(texts, label=name) for name in nullable[:3]}
    for name in left_out:
        if name in nullable:
            row.pop(name, None)
    repeated = data.draw(st.sampled_from(sorted(row)))
    member = f"{json.dumps(repeated)}: {json.dumps(data.draw(texts))}"
    line = f"{json.dumps(row)[:-1]}, {member}}}".encode()
    with pytest.raises(Unusable):
        payment_of(line, source="core", merchants={"M1"}, flag=lambda *_: None)


@st.composite
def spoilt_document(draw: st.DrawFn, document: Any) -> bytes:
    """The document with some value in it replaced, or its bytes disturbed."""
    changed = json.loads(json.dumps(document))
    place: Any = [changed]
    key: Any = 0
    while isinstance(place[key], dict | list) and place[key] and draw(st.integers(0, 4)):
        place = place[key]
        key = draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
    place[key] = draw(VALUES)
    text = json.dumps(changed).encode()
    if draw(st.integers(0, 3)) == 0:
        at = draw(st.integers(0, len(text)))
        text = text[:at] + draw(st.binary(max_size=3)) + text[at + 1 :]
    return text


@given(
    st.sampled_from(("merchants.json", "calendar.json", "fx.json")),
    st.data(),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_law_reference_data_are_right_or_refused(tmp_path: Path, name: str, data: st.DataObject):
    """No content of a reference file is met by anything but an answer."""
    good = {"merchants.json": [MERCHANT, MERCHANT], "calendar.json": CALENDAR, "fx.json": FX}
    folder = write_folder(tmp_path, raw={name: data.draw(spoilt_document(good[name]))})
    try:
        read_folder(folder)
    except InputRefused as refusal:
        said = (refusal.file, refusal.place, refusal.reason)
    else:
        said = ("accepted",)
    assert all(said)


@given(st.binary(max_size=200), st.sampled_from((b"", b"\x1f\x8b\x08", b"{")))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_law_any_bytes_are_an_answer(tmp_path: Path, content: bytes, start: bytes):
    """A file of whatever bytes, plain or called gzip, is refused by name."""
    for name in ("payments.jsonl", "payments.jsonl.gz"):
        folder = write_folder(tmp_path / name.replace(".", "-"), raw={name: start + content})
        if name.endswith(".gz"):
            (folder / "payments.jsonl").unlink()
        with pytest.raises(InputRefused):
            read_folder(folder)
