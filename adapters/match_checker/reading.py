"""What the data says: its five files, and what every line shows (R1 to R6, U1 to U3)."""

from __future__ import annotations

import gzip
import json
import re
import unicodedata
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache
from pathlib import Path
from typing import Any

Row = dict[str, Any]  # JSON as it stands in a file: each value is tested where it is used
Ids = frozenset[str]
Ruling = tuple[object, str]  # what must hold, and what is wrong where it does not
NONE: Ids = frozenset()
RULES: dict[str, str] = dict(  # evidence class and levels of each rule
    each.split("=")
    for each in [
        "identity@1=I14",
        "identity-rounding@1=I14",
        "identity-fx@1=I14",
        "identity-net@1=I14",
        "list@1=I24",
        "parts@1=I24",
        "payout@1=G2",
        "payer@1=C3",
        "payer-fx@1=C3",
        "twins@1=C34",
        "parts-by-payer@1=C34",
        "merchant@1=C4",
        "payout-held@2=G5",
        "payout-released@2=G5",
        "reversal@1=I6",
        "refund@1=I6",
        "chargeback@1=I6",
    ]
)
WEIGHTS = {1: 3, 2: 3, 3: 2, 4: 1, 5: 3, 6: 3}  # weakest rival: 3 identity, 2 payer, 1 merchant
CONTENT = [
    "source",
    "account",
    "amount",
    "currency",
    "booking_date",
    "value",
    "reference",
    "end_to_end_id",
    "reversal",
    "merchant_id",
    "remittance_information",
    "counterparty_name",
    "counterparty_account",
    "counterparty_tax_id",
]
TEXT, EXPECTED, LOCAL = "remittance_information", "expected value date", "local day"
METHODS = {"TARJETAS": ["card"], "QR": ["qr"], "VENTAS": ["card", "qr"]}
OWN = {"account": "payout_account", "tax_id": "tax_id"}  # what a merchant is known by
NUMBERS = {"account": "[0-9]{22}", "tax_id": "[0-9]{2}-?[0-9]{8}-?[0-9]"}
ALIKE = [
    "merchant_id",
    "payer_account",
    "payer_tax_id",
    "amount",
    "currency",
    "created",
    "expected",
]


@lru_cache(maxsize=100_000)
def fold(text: str | None) -> str:
    """NFKD without combining marks, upper case (R1)."""
    if text is None or text.isascii():
        return (text or "").upper()
    spread = unicodedata.normalize("NFKD", text or "")
    return "".join([each for each in spread if not unicodedata.combining(each)]).upper()


@lru_cache(maxsize=100_000)
def keys_of(text: str | None) -> tuple[str, str]:
    """The alnum key of a text, and the one without the zeros that its runs begin with (R1)."""
    runs = re.findall("[A-Z0-9]+", fold(text))
    return "".join(runs), "".join([run.lstrip("0") for run in runs])


def _valid(digits: str) -> bool:
    if len(digits) == 22:  # both blocks of a CBU, weighed from the check digit backwards
        blocks = (
            zip(block[::-1], "13179317931793", strict=False) for block in (digits[:8], digits[8:])
        )
        return not any(sum(int(d) * int(w) for d, w in block) % 10 for block in blocks)
    rest = sum(int(d) * int(w) for d, w in zip(digits, "5432765432", strict=False)) % 11
    known = digits[:2] in ["20", "23", "24", "25", "26", "27", "30", "33", "34", "50", "51", "55"]
    return known and int(digits[10]) == (0, 9, *range(9, 0, -1))[rest]


def is_typo(left: str, right: str) -> bool:
    """One character replaced, or two neighbours exchanged (R4)."""
    off = [at for at, (one, other) in enumerate(zip(left, right, strict=False)) if one != other]
    swapped = len(off) == 2 and off[1] - off[0] == 1 and left[off[0]] == right[off[1]]
    swapped = swapped and left[off[1]] == right[off[0]]
    return len(left) == len(right) and (len(off) == 1 or swapped)


def half_up(numerator: int, scale: int = 10_000) -> int:
    """Rounded half up, for a numerator of zero or more (section 6)."""
    return (2 * numerator + scale) // (2 * scale)


def charges(schedule: Row, grosses: Iterable[int]) -> Counter[str]:
    """What a schedule takes of each gross, by kind and below zero."""
    taken: Counter[str] = Counter()
    vat = {2100: "VAT_21", 1050: "VAT_10_5"}.get(schedule["vat_on_fee_bps"], "OTHER")
    named = {"PERC_IIBB": "iibb_bps", "WH_VAT_140": "iva_wh_bps", "WH_INC_4011": "gan_wh_bps"}
    for gross in grosses:
        fee = half_up(gross * schedule["mdr_bps"])
        taken.update({"ACQ_FEE": -fee, vat: -half_up(fee * schedule["vat_on_fee_bps"])})
        taken.update({kind: -half_up(gross * schedule[rate]) for kind, rate in named.items()})
    return taken


def ordinal(text: str) -> int:
    """A day as its ordinal."""
    return date.fromisoformat(text).toordinal()


def iso(day: int) -> str:
    """An ordinal as its day."""
    return date.fromordinal(day).isoformat()


class Items:
    """Payments and lines, each with its keys; `reached` are the lines that lead to a payment."""

    def __init__(self, data: Row, *, closed: Container[date] = ()) -> None:
        self.merchants, self.calendar, self.fx = data["merchants"], data["calendar"], data["fx"]
        self.payments, self.lines, self.closed = data["payments"], data["settlements"], closed
        self.work = dict.fromkeys(sorted(map(ordinal, self.calendar["business_days"])))
        self.memo: dict[Any, Any] = {}
        by: defaultdict[Any, set[str]] = defaultdict(set)
        for key, p in self.payments.items():
            moved = datetime.fromisoformat(p["created_at"]).astimezone(
                timezone(timedelta(hours=-3))
            )
            p["created"] = moved.date().toordinal()
            p["expected"] = ordinal(p["expected_value_date"] or iso(p["created"]))
            p["keys"] = keys_of(p["reference"])
            for each in self._filed(p):
                by[each].add(key)
        for code, merchant in self.merchants.items():
            for kind in OWN.values():
                by[kind, merchant[kind]].add(code)
        self.by = {key: frozenset(some) for key, some in by.items() if key[1]}
        self.references = sorted(key[1] for key in self.by if key[0] == "reference")
        self.reached: defaultdict[str, set[str]] = defaultdict(set)  # lines by payment and merchant
        for key, line in self.lines.items():
            line["value"] = ordinal(line["value_date"] or line["booking_date"])
            entry = line["bank_entry_id"] or f"{line['booking_date']}#{key}"
            line["stream"] = f"set:{line['source']}:{line['account']}:{entry}"
            at = datetime.fromisoformat(line["received_at"]) if line["received_at"] else None
            line["at"] = at.astimezone(UTC).isoformat() if at else ""
            self._read(line)
            for item in line["reach"] | line["merchants"]:
                self.reached[item].add(key)
        self.repeats = set(self._repeats())

    def _filed(self, p: Row) -> Iterator[tuple[Any, ...]]:
        yield from (("reference", each) for each in p["keys"])
        if (key := keys_of(p["end_to_end_id"])[0]) not in {"NOTPROVIDED", "NONREF"}:
            yield "end_to_end_id", key
        whose = (p["merchant_id"], p["currency"])
        if p["method"] in METHODS["VENTAS"]:
            yield "group", *whose
            yield from ((how, *whose, p["method"], self._paid(p, how)) for how in (EXPECTED, LOCAL))
        else:
            yield from ((f"payer_{kind}", p[f"payer_{kind}"]) for kind in OWN)
            yield "amount", *whose, p["amount"]

    def _roll(self, day: int) -> int:
        if day not in self.memo:
            at, days = date.fromordinal(day), self.work
            rest = (
                at.weekday() > 4 or at in self.closed or at.isoformat() in self.calendar["holidays"]
            )
            inside = days and next(iter(days)) <= day <= next(reversed(days))
            self.memo[day] = self._roll(day + 1) if (day not in days if inside else rest) else day
        return self.memo[day]

    def _paid(self, p: Row, how: str) -> int:  # F4
        if how == EXPECTED:
            return self._roll(p["expected"])
        merchant, day = self.merchants[p["merchant_id"]], self._roll(p["created"])
        for _ in range(merchant["settlement_delay_bd"]):
            day = self._roll(day + 1)
        on = merchant["payout_schedule"].partition(":")[2]
        ahead = (
            (["mon", "tue", "wed", "thu", "fri", "sat", "sun"].index(on) + 1 - day) % 7 if on else 0
        )
        return self._roll(day + ahead)

    def _owners(self, kind: str, *keys: object) -> Ids:
        return NONE.union(*(self.by.get((kind, key), NONE) for key in keys))

    def _begins(self, keys: Iterable[str]) -> bool:  # some longer reference
        after = ((key, bisect_right(self.references, key)) for key in keys if len(key) > 3)
        return any("".join(self.references[at : at + 1]).startswith(key) for key, at in after)

    def _read(self, line: Row) -> None:
        """What a line shows: `hits` (references), `ids`, `parties`, and the payments it reaches."""
        keys, folded, shown = keys_of(line["reference"]), fold(line[TEXT]), self._owners
        cut, last = len(line["reference"] or "") in {16, 35}, len(line[TEXT] or "") == 35
        whole = shown("reference", *keys) and not (cut and self._begins(keys))
        hits: list[Any] = [("reference", shown("reference", *keys))] if whole else []
        runs = list(re.finditer("[A-Z0-9]+", folded))
        found: dict[tuple[int, int], Ids] = {}
        for a, first in enumerate(runs):
            for end in (run.end() for run in runs[a : a + 6]):
                pair = keys_of(folded[first.start() : end])
                if len(pair[0]) >= 6 and (owners := shown("reference", *pair)):
                    found[first.start(), end] = owners
        for a, b in list(found):
            if any(c <= a and b <= d and (c, d) != (a, b) for c, d in found):
                continue
            if not (last and b == runs[-1].end() and self._begins(keys_of(folded[a:b]))):
                hits.append((TEXT, found[a, b], a, b))
        line["free"] = "" if whole else keys[0]
        ids = [("end_to_end_id", keys_of(line["end_to_end_id"])[0]), ("reference", line["free"])]
        ids += [(TEXT, run.group()) for run in runs if len(run.group()) > 11]
        line["ids"] = [(at, some) for at, key in ids if (some := shown("end_to_end_id", key))]
        line["hits"] = hits
        parties: list[tuple[str, str, str]] = []
        spans = [hit[2:] for hit in hits if hit[0] == TEXT]
        for kind, pattern in NUMBERS.items():
            tokens = re.finditer(f"(?<![A-Z0-9]){pattern}(?![A-Z0-9])", folded)
            free = [m for m in tokens if not any(a < m.end() and m.start() < b for a, b in spans)]
            valid = {number for m in free if _valid(number := m.group().replace("-", ""))}
            field = line[f"counterparty_{kind}"]
            parties += [(kind, f"counterparty_{kind}", field)] if field else []
            parties += [(kind, TEXT, valid.pop())] if len(valid) == 1 else []
        line["parties"] = parties
        ends = [run.start() for run in runs[-6:] if all(b <= run.start() for _, b in spans)]
        tails = [pair for at in ends if len((pair := keys_of(folded[at:]))[0]) > 3 and last]
        line["tail"] = next((pair for pair in tails if self._begins(pair)), ())
        merchants = [shown(OWN[kind], value) for kind, _, value in parties]
        reach = NONE.union(*(hit[1] for hit in hits + line["ids"]))
        if line["amount"] > 0:
            for code in NONE.union(*merchants) | {line["merchant_id"]}:
                reach |= self.by.get(("amount", code, line["currency"], line["amount"]), NONE)
            paid = NONE.union(*(shown(f"payer_{kind}", value) for kind, _, value in parties))
            reach |= {o for o in paid if self._is_near(line, self.payments[o])}
        merchants += [frozenset({line["merchant_id"]})] if line["merchant_id"] else []
        named: Ids = merchants[0].intersection(*merchants) if merchants else NONE
        line["reach"], line["merchants"] = reach, named & self.merchants.keys()

    @staticmethod
    def _is_near(line: Row, p: Row) -> bool:
        return line["amount"] == p["amount"] or line["currency"] != p["currency"]

    def _repeats(self) -> Iterator[str]:  # U1, U3, U2
        known: set[Any] = set()
        statements: defaultdict[tuple[str, ...], list[Row]] = defaultdict(list)
        for key, line in sorted(
            self.lines.items(), key=lambda o: (o[1]["at"], o[1]["stream"], o[0])
        ):
            kind, line["content"] = (
                line["source"].partition(":")[0],
                tuple([line[name] for name in CONTENT]),
            )
            delivery = (line["account"], kind, line["statement_id"] or f"@{line['at']}")
            alike = (delivery, line["content"]) if line["hits"] or line["ids"] else key
            if not known.isdisjoint({line["stream"], alike}):
                yield key
            known |= {line["stream"], alike}
            statements[delivery].append(line)
        earlier: defaultdict[tuple[str, ...], list[Counter[Any]]] = defaultdict(list)
        for delivery, lines in sorted(statements.items(), key=lambda o: (o[1][0]["at"], o[0])):
            contents = Counter(line["content"] for line in lines)
            same = earlier[(*delivery[:2], *sorted({line["booking_date"] for line in lines}))]
            if any(contents <= before for before in same):
                yield from (line["settlement_id"] for line in lines)
            same.append(contents)


def read(folder: Path) -> Row:
    """The five files of a data folder."""
    data: Row = {
        name: json.loads((folder / f"{name}.json").read_text("utf-8-sig"))
        for name in ("merchants", "calendar", "fx")
    }
    data["merchants"] = {one["merchant_id"]: _row(one) for one in data["merchants"]}
    for name, key in (("payments", "payment_id"), ("settlements", "settlement_id")):
        data[name] = {one[key]: one for one in rows(folder / f"{name}.jsonl")}
    return data


def rows(file: Path) -> list[Row]:
    """The rows of a file of JSON Lines, gzipped or not; what is blank or left out is None."""
    zipped = file.with_name(f"{file.name}.gz")
    text = gzip.decompress(zipped.read_bytes()) if zipped.exists() else file.read_bytes()
    return [_row(json.loads(line)) for line in text.decode("utf-8-sig").split("\n") if line.strip()]


def _row(said: Row) -> Row:
    blank = {name for name, value in said.items() if isinstance(value, str) and not value.strip()}
    tidy = {name: _plain(name, value) for name, value in said.items() if name not in blank}
    return defaultdict(lambda: None, tidy)


def _plain(name: str, value: Any) -> Any:
    marks = ".-" if name.endswith("tax_id") else "-" if name.endswith("_account") else ""
    return (
        value.translate(str.maketrans("", "", f" \t\r\n\u00a0{marks}"))
        if marks and value
        else value
    )
