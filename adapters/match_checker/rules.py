"""What contradicts, explains and groups: the rules X, F, R5 and L, worked out once more."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Sequence
from datetime import date
from itertools import combinations
from typing import Any

from adapters.match_checker.reading import (
    EXPECTED,
    LOCAL,
    METHODS,
    NONE,
    OWN,
    RULES,
    TEXT,
    Ids,
    Items,
    Row,
    charges,
    fold,
    half_up,
    is_typo,
    iso,
)


class Rules(Items):
    """Items beside the matches of a run; `of` are the matches of a line or payment."""

    def __init__(self, data: Row, matches: Sequence[Row], *, closed: Container[date] = ()) -> None:
        self.of: defaultdict[str, list[Row]] = defaultdict(list)
        for match in matches:
            for item in (*match["settlements"], *match["payments"]):
                self.of[item].append(match)
        super().__init__(data, closed=closed)

    @staticmethod
    def _ends_in(line: Row, p: Row) -> bool:
        return any(key.startswith(tail) for key in p["keys"] for tail in line["tail"] if tail)

    @staticmethod
    def _is_payer(line: Row, p: Row) -> bool:
        return any(value == p[f"payer_{kind}"] for kind, _, value in line["parties"])

    def _against(
        self, line: Row, p: Row, active: Sequence[Any], *, slack: int, typo: bool
    ) -> set[str]:
        payment, home = p["payment_id"], self.merchants[p["merchant_id"]]
        foreign = (
            line["currency"] != p["currency"] != self.fx["pair"].removesuffix(line["currency"])
        )
        found = {"X1"} if foreign else set[str]()
        found |= {"X3"} if line["merchant_id"] not in {None, p["merchant_id"]} else set()
        for kind, _, value in line["parties"]:
            if value not in {p[f"payer_{kind}"], home[OWN[kind]]}:
                other = "X3" if (OWN[kind], value) in self.by else p[f"payer_{kind}"] and "X4"
                found |= {other} if other else set()
        named = bool(line["ids"]) and all(payment in owners for _, owners in line["ids"])
        other = any(payment not in hit[1] for hit in active) or (line["ids"] and not named)
        if line["free"] and not (named or self._is_cut(line, p)):
            slip = is_typo(fold(line["reference"]), fold(p["reference"]))
            other = other or not (typo and (slip or is_typo(line["free"], p["keys"][0])))
        loose = line["tail"] and not named and not active
        if other or (
            loose and not any(k.startswith(t) for k in p["keys"] for t in line["tail"] if t)
        ):
            found.add("X5")
        late = line["amount"] > 0 and line["value"] > p["expected"] + 12
        return found | ({"X7"} if late or line["value"] < p["created"] - slack else set())

    @staticmethod
    def _is_cut(line: Row, p: Row) -> bool:
        fits = any(key.startswith(line["free"]) for key in p["keys"])
        return fits and len(line["reference"]) in {16, 35}

    def _explain(
        self, line: Row, p: Row, *, strong: bool, payer: bool
    ) -> tuple[str, int, Row, Row] | None:
        amount, gross, home = (
            line["amount"],
            p["amount"],
            self.fx["pair"].removeprefix(p["currency"]),
        )
        if line["currency"] == p["currency"]:
            net = self._net([p["payment_id"]], "item") if strong and amount < gross - 2 else None
            if amount == gross:
                return "", amount, {}, {}
            if strong and abs(amount - gross) <= 2:
                return "-rounding", gross, {"ROUNDING": amount - gross}, {}
            return (
                ("-net", gross, net[1], {"schedules": net[2]}) if net and net[0] == amount else None
            )
        known = (strong or payer) and line["currency"] == home
        for day in map(iso, (line["value"], line["value"] - 1) if known else ()):
            converted = half_up(gross * self.fx["rates"].get(day, 0), self.fx["scale"])
            if converted and abs(amount - converted) <= 1:
                used = {"fx_day": day, "fx_rate": self.fx["rates"][day]}
                return "-fx", converted, {"FX_SPREAD": amount - converted}, used
        return None

    def _taken(self, item: str, level: int) -> bool:  # X8
        return any(
            match["status"] == "final" and int(RULES.get(match["rule"], "-9")[1]) < level
            for match in self.of.get(item, ())
        )

    def _active(self, line: Row, level: int) -> list[Any]:
        """The references that a line shows and that count: none that is refuted (R5, 2a)."""
        if (place := (line["settlement_id"], level)) not in self.memo:
            hits, back = line["hits"], line["amount"] <= 0
            listed = self._is_list(line, level)
            self.memo[place] = [
                hit
                for hit in hits
                if back
                or listed
                or any(self._stands(line, self.payments[o], level) for o in hit[1])
            ]
        return self.memo[place]

    def _is_list(self, line: Row, level: int) -> bool:
        owners = {o for hit in line["hits"] for o in hit[1]}
        paid = [self.payments[o] for o in owners]
        alone = len(owners) > 1 and all(len(hit[1]) == 1 for hit in line["hits"])
        if not alone or sum(p["amount"] for p in paid) != line["amount"]:
            return False
        taken = any(self._taken(o, level) for o in owners)
        return not taken and not any(self._against(line, p, (), slack=1, typo=False) for p in paid)

    def _stands(self, line: Row, p: Row, level: int) -> bool:
        part = self._is_part(line, p) and not self._taken(p["payment_id"], level)
        part = part and not self._against(line, p, (), slack=1, typo=False)
        return part or self._explain(line, p, strong=True, payer=True) is not None

    @staticmethod
    def _is_part(line: Row, p: Row) -> bool:
        return line["currency"] == p["currency"] and 0 < line["amount"] < p["amount"]

    def _fits(self, line: Row, p: Row, level: int, *, part: bool = False) -> int:
        """How strongly a line may pay a payment, whole or in part; 0 where it may not."""
        active, payment = self._active(line, level), p["payment_id"]
        strong = any(payment in hit[1] for hit in (*active, *line["ids"]))
        payer = self._is_payer(line, p)
        typo = payer and line["amount"] == p["amount"] and line["currency"] == p["currency"]
        amount = (
            self._is_part(line, p) if part else self._explain(line, p, strong=strong, payer=payer)
        )
        alone = not strong and p["method"] in METHODS["VENTAS"]
        if not amount or alone or self._against(line, p, active, slack=int(strong), typo=typo):
            return 0
        by_merchant = payment in line["reach"] and len(active) == len(line["hits"])
        return 3 if strong else 2 if payer else int(by_merchant)

    def _net(
        self, payments: Iterable[str], rounding: str = ""
    ) -> tuple[int, Row, list[str]] | None:
        grosses: defaultdict[str, list[int]] = defaultdict(list)  # F1, F2: by schedule version
        versions: dict[str, Row] = {}
        for p in map(self.payments.__getitem__, payments):
            merchant = self.merchants[p["merchant_id"]]
            known = {one["effective_from"]: one for one in merchant["schedules"]}
            start = max((day for day in known if day <= iso(p["created"])), default="")
            rounding, versions = rounding or merchant["fee_rounding"], known
            grosses[start].append(p["amount"])
        if "" in grosses:
            return None
        taken: Counter[str] = Counter()
        for start, some in grosses.items():
            taken.update(charges(versions[start], some if rounding == "item" else [sum(some)]))
        return sum(map(sum, grosses.values())) + sum(taken.values()), taken, sorted(grosses)

    def _groups(self, line: Row, level: int) -> set[tuple[str, Ids]]:
        """The open groups that a line names by merchant, method and value day."""
        if (place := ("groups", line["settlement_id"], level)) in self.memo:
            return self.memo[place]
        words = METHODS.keys() & {*re.findall("[A-Z0-9]+", fold(line[TEXT]))}
        said, day, found = [METHODS[word] for word in words], self._roll(line["value"]), set[Any]()
        for code in line["merchants"]:
            apart = (
                said if len(said) == 1 and len(said[0]) == 1 else [["card"], ["qr"], ["card", "qr"]]
            )
            every = apart if self.merchants[code]["payout_per_method"] else [["card", "qr"]]
            for methods, how in ((methods, how) for methods in every for how in (EXPECTED, LOCAL)):
                places = ((how, code, line["currency"], method, day) for method in methods)
                group = NONE.union(*(self.by.get(place, NONE) for place in places))
                found.add((how, frozenset(o for o in group if not self._taken(o, level))))
        self.memo[place] = {one for one in found if one[1]}
        return self.memo[place]

    def _pays(self, line: Row, group: Ids) -> bool:
        paid, net = [self.payments[o] for o in group], self._net(group)
        fits = all(any(k.startswith(t) for k in p["keys"] for t in line["tail"] if t) for p in paid)
        timely = all(p["created"] <= line["value"] for p in paid)
        return bool(net and net[0] == line["amount"] and timely and (fits or not line["tail"]))

    def _held(self) -> set[str]:
        """What earlier payouts held back: it may come after its last day."""
        if "held" not in self.memo:
            every = (m for some in self.of.values() for m in some if m["rule"] == "payout-held@2")
            named = (one for m in every for one in m["proof"]["sums"]["chosen"])
            self.memo["held"] = {one.split(":", 2)[-1] for one in named}
        return self.memo["held"]

    def _pool(self, line: Row, group: Ids, *, held: bool) -> Ids:
        first = self.payments[next(iter(group))]
        if held:
            return group
        methods, day = {self.payments[o]["method"] for o in group}, self._roll(line["value"])
        every = self.by["group", first["merchant_id"], first["currency"]] - group
        return frozenset(
            o
            for o in every
            if (p := self.payments[o])["method"] in methods
            and p["expected"] < day
            and (line["value"] <= p["expected"] + 12 or o in self._held())
            and not self._taken(o, 5)
        )

    def _searched(self, line: Row, group: Ids, pool: Ids, *, held: bool) -> tuple[set[Ids], int]:
        """All sets of payments of the pool that explain the line, and how many are combined."""
        base, most = self._net(group), self.merchants[min(line["merchants"])]["max_held"]
        size = min(most, 3 if len(pool) <= 60 else 2 if len(pool) <= 400 else 1)
        nets = {o: net[0] for o in pool if (net := self._net([o], "item"))}
        target = abs(line["amount"] - base[0]) if base else 0
        slack = 20 if self.merchants[min(line["merchants"])]["fee_rounding"] == "batch" else 0
        found = {
            group ^ frozenset(some)
            for count in range(1, size + 1)
            for some in combinations(nets, count)
            if abs(sum([nets[o] for o in some]) - target) <= slack
        }
        right = base is not None and (line["amount"] < base[0]) == held
        return {one for one in found if right and one and self._pays(line, one)}, size

    def _sums(self, line: Row) -> set[Ids]:
        if (place := ("sums", line["settlement_id"])) not in self.memo:
            found = set[Ids]()
            for _, group in self._groups(line, 5):
                for held in (True, False):
                    pool = self._pool(line, group, held=held)
                    spent = {o for o in pool if self._is_summed(o, line)}
                    found |= self._searched(line, group, pool if held else pool - spent, held=held)[
                        0
                    ]
            self.memo[place] = found
        return self.memo[place]

    def _is_summed(self, payment: str, line: Row) -> bool:
        others = (m for m in self.of[payment] if m["settlements"][0] != line["settlement_id"])
        return any(RULES.get(m["rule"]) == "G5" for m in others)
