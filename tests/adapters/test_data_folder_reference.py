"""Each fault of the reference data has its JSON path and its reason."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from adapters.data_folder import read_folder, stored
from application.batch import InputRefused
from tests.fixtures.folders import CALENDAR, FX, MERCHANT, write_folder

NAMES = {"merchants": "merchants.json", "calendar": "calendar.json", "fx": "fx.json"}


def refused(folder: Path, file: str) -> tuple[str, str]:
    """Place and reason of the refusal of this file."""
    with pytest.raises(InputRefused) as caught:
        read_folder(folder)
    assert caught.value.file == str(folder / NAMES[file])
    return caught.value.place, caught.value.reason


def merchant(**changed: Any) -> list[Any]:
    """Two merchants, the second one changed."""
    second = deepcopy(MERCHANT) | {"merchant_id": "M2"} | changed
    return [MERCHANT, second]


def schedule(**changed: Any) -> list[Any]:
    """Two merchants, the only schedule of the second one changed."""
    return merchant(schedules=[MERCHANT["schedules"][0] | changed])


MERCHANTS: list[tuple[Any, str, str]] = [
    ({}, "$", "wrong-type (an object)"),
    ([7], "$[0]", "not an object"),
    (merchant(merchant_id=""), "$[1].merchant_id", "empty"),
    (merchant(merchant_id=" "), "$[1].merchant_id", "empty"),
    (merchant(merchant_id="M\n"), "$[1].merchant_id", "control-character"),
    (merchant(merchant_id="M\u200b"), "$[1].merchant_id", "unsafe-text"),
    (merchant(name="A\0"), "$[1].name", "control-character"),
    (merchant(name="x" * 2_001), "$[1].name", "too-long"),
    (merchant(tax_id=33), "$[1].tax_id", "wrong-type (a number)"),
    (merchant(tax_id="3\0"), "$[1].tax_id", "control-character"),
    (merchant(foo=1), "$[1]", 'unknown field "foo"'),
    (merchant(mdr_bps="1"), "$[1].mdr_bps", 'not-an-integer ("1")'),
    (
        merchant(fee_rounding="x"),
        "$[1].fee_rounding",
        "fee-rounding-unknown (not 'item' or 'batch')",
    ),
    (merchant(settlement_delay_bd=-1), "$[1].settlement_delay_bd", "negative"),
    (merchant(payout_per_method=1), "$[1].payout_per_method", "wrong-type (a number)"),
    (merchant(payout_schedule="monthly"), "$[1].payout_schedule", "payout-schedule-unknown"),
    (merchant(timezone="ART"), "$[1].timezone", 'offset-format (not as "-03:00")'),
    (merchant(schedules=[]), "$[1].schedules", "missing"),
    (schedule(mdr_bps=1.5), "$[1].schedules[0].mdr_bps", "not-an-integer (1.5)"),
    (schedule(mdr_bps=-1), "$[1].schedules[0].mdr_bps", "negative"),
    (schedule(gan_wh_bps=9_999), "$[1].schedules[0]", "rates-exceed-gross"),
    (schedule(effective_from="2026"), "$[1].schedules[0].effective_from", "date"),
    (
        merchant(merchant_id="M1", max_held=1),
        "$[1].merchant_id",
        "merchant_id repeated with other content (first at $[0])",
    ),
]


@pytest.mark.parametrize("merchants, place, reason", MERCHANTS)
def test_a_fault_of_merchants(tmp_path: Path, merchants: Any, place: str, reason: str):
    """What is wrong with a merchant is refused with its path."""
    assert refused(write_folder(tmp_path, merchants=merchants), "merchants") == (place, reason)


def test_two_schedules_of_one_day_contradict_each_other(tmp_path: Path):
    """A payment is priced by one schedule."""
    first = MERCHANT["schedules"][0]
    folder = write_folder(tmp_path, merchants=merchant(schedules=[first, first | {"mdr_bps": 1}]))
    place, reason = refused(folder, "merchants")
    assert (place, reason.split()[0]) == ("$[1].schedules", "schedule-contradiction")


@pytest.mark.parametrize("name", sorted(MERCHANT.keys() - {"tax_id", "payout_account", "mdr_bps"}))
def test_a_missing_field_of_a_merchant(tmp_path: Path, name: str):
    """Only ids and the flat rates, which repeat the first schedule, may be left out."""
    without = {key: value for key, value in MERCHANT.items() if key != name}
    folder = write_folder(tmp_path, merchants=[without])
    if name.endswith("_bps"):
        assert read_folder(folder).warnings == ()
    else:
        assert refused(folder, "merchants") == (f"$[0].{name}", "missing")


def test_a_merchant_twice_is_one(tmp_path: Path):
    """The same merchant again is nothing new; ids that were not said are None."""
    row = MERCHANT | {"tax_id": None, "payout_account": " "}
    batch = read_folder(write_folder(tmp_path, merchants=[row, row]))
    [found] = batch.merchants
    assert (found.registered.tax_id, found.registered.payout_account) == (None, None)


TABLES: list[tuple[str, Any, str, str]] = [
    ("calendar", [], "$", "not an object"),
    ("calendar", CALENDAR | {"x": 1}, "$", 'unknown field "x"'),
    ("calendar", {"holidays": []}, "$.business_days", "missing"),
    ("calendar", CALENDAR | {"holidays": "x"}, "$.holidays", "wrong-type (a text)"),
    ("calendar", CALENDAR | {"holidays": [3]}, "$.holidays[0]", "wrong-type (a number)"),
    (
        "calendar",
        CALENDAR | {"holidays": ["2026-02-30"]},
        "$.holidays[0]",
        "date (2026-02-30)",
    ),
    (
        "calendar",
        CALENDAR | {"holidays": ["2026-03-03"]},
        "$.business_days[1]",
        "2026-03-03 is also a holiday",
    ),
    ("fx", FX | {"pair": "USDBRL"}, "$.pair", "pair-unknown (not a currency and ARS, as USDARS)"),
    ("fx", FX | {"pair": "ARSARS"}, "$.pair", "pair-unknown (not a currency and ARS, as USDARS)"),
    ("fx", FX | {"scale": 0}, "$.scale", "not-positive (0)"),
    ("fx", FX | {"scale": "1"}, "$.scale", 'not-an-integer ("1")'),
    ("fx", FX | {"rates": []}, "$.rates", "not an object"),
    ("fx", FX | {"rates": {"2026-03-02": -1}}, '$.rates["2026-03-02"]', "not-positive (-1)"),
    ("fx", FX | {"rates": {"2026-03-02": 1.5}}, '$.rates["2026-03-02"]', "not-an-integer (1.5)"),
    ("fx", FX | {"rates": {"2026-03-99": 1}}, "$.rates", "date (2026-03-99)"),
    ("fx", FX | {"rates": {"Juan": 1}}, "$.rates", "date"),
]


@pytest.mark.parametrize("file, content, place, reason", TABLES)
def test_a_fault_of_a_table(tmp_path: Path, file: str, content: Any, place: str, reason: str):
    """What is wrong with the calendar or the rates is refused with its path."""
    folder = write_folder(tmp_path, raw={NAMES[file]: json.dumps(content).encode()})
    assert refused(folder, file) == (place, reason)


@pytest.mark.parametrize("file", NAMES)
@pytest.mark.parametrize(
    "spoil, place, reason",
    [
        (lambda _: b"", "$", "empty file"),
        (lambda _: b" \n", "$", "empty file"),
        (lambda text: text[:-1], "line 1", "malformed JSON: EOF while parsing"),
        (lambda text: b"\n\n" + text + b"x", "line 3", "malformed JSON: trailing characters"),
        (lambda _: b"[" * 100_000, "line 1", "malformed JSON: recursion limit exceeded"),
        (lambda _: b"\xff", "$", "not UTF-8"),
        (lambda text: text.replace(b"{", b'{"a": NaN, ', 1), "$", "malformed JSON: NaN"),
        (lambda text: text.replace(b"{", b'{"a": 1, "a": 1, ', 1), "$", 'duplicate key "a"'),
    ],
)
def test_what_is_no_json_document(
    tmp_path: Path, file: str, spoil: Callable[[bytes], bytes], place: str, reason: str
):
    """Empty, truncated, nested, misencoded and ambiguous documents are refused."""
    folder = write_folder(tmp_path)
    path = folder / NAMES[file]
    path.write_bytes(spoil(path.read_bytes()))
    found = refused(folder, file)
    assert found[0] == place
    assert found[1].startswith(reason)


def test_a_key_twice_in_good_data(tmp_path: Path):
    """A day with two rates is refused, although a parser would keep the last."""
    text = json.dumps(FX).replace('"2026-03-02": ', '"2026-03-02": 1, "2026-03-02": ')
    folder = write_folder(tmp_path, raw={"fx.json": text.encode()})
    assert refused(folder, "fx") == ("$", 'duplicate key "2026-03-02"')


def test_a_document_has_a_largest_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A document past the limit is not read to its end."""
    monkeypatch.setattr(stored, "DOCUMENT_BYTES_MAX", 100)
    assert refused(write_folder(tmp_path), "merchants") == ("$", "larger than 100 bytes")


def test_a_mark_and_empty_tables_are_accepted(tmp_path: Path):
    """A byte order mark, no holidays and no rates are nothing wrong."""
    folder = write_folder(
        tmp_path,
        calendar={"holidays": [], "business_days": []},
        raw={"fx.json": b"\xef\xbb\xbf" + json.dumps(FX | {"rates": {}}).encode()},
    )
    batch = read_folder(folder)
    assert (batch.fx.rates, batch.calendar.holidays) == ((), ())
