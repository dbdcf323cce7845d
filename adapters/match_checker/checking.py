"""Whether a match holds: every ruling on it, in the order in which they are asked."""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any

from adapters.match_checker.reading import (
    ALIKE,
    EXPECTED,
    LOCAL,
    RULES,
    WEIGHTS,
    Ids,
    Row,
    Ruling,
    fold,
    is_typo,
    ordinal,
)
from adapters.match_checker.rules import Rules


class Checker(Rules):
    """The matches of a run beside its data; `fault` says why one of them does not hold."""

    def fault(self, match: Row) -> str:
        """Why a match holds at no level of its rule; "" where it holds."""
        why = "its rule cannot be checked from the data"
        for level in map(int, RULES.get(match["rule"], "")[1:]):
            try:
                why = next((why for holds, why in self._rulings(match, level) if not holds), "")
            except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
                why = f"unreadable: {error!r}"
            if not why:
                break
        return why

    def _rulings(self, match: Row, level: int) -> Iterator[Ruling]:
        lines = [self.lines[key] for key in match["settlements"]]
        paid = [self.payments[key] for key in match["payments"]]
        rule, back = match["rule"].partition("@")[0], level == 6
        statuses = {"final", "provisional"} if level == 5 else {"final"}
        yield match["evidence"] == RULES[match["rule"]][0], "class of evidence"
        yield match["status"] in statuses, "status"
        yield (
            all(self.of[key] == [match] for key in match["settlements"]),
            "a line is matched twice",
        )
        settling = [
            m for p in paid for m in self.of[p["payment_id"]] if RULES.get(m["rule"]) != "I6"
        ]
        yield back or len(settling) == len(paid), "a payment is settled twice"
        yield self.repeats.isdisjoint(match["settlements"]), "takes a repeated line (U1 to U3)"
        yield all((one["amount"] < 0) == back for one in lines), "X2: direction"
        sizes = len(lines), len(paid)
        yield sizes[0] == sizes[1] or min(sizes) == 1, "neither n:1 nor 1:n nor k:k"
        if rule in {"parts", "parts-by-payer"}:
            yield from self._of_parts(match, lines, paid[0], level)
        elif rule in {"list", "payout", "payout-held", "payout-released"}:
            yield from self._of_one_line(match, lines[0], paid, level)
        elif back:
            yield from self._of_return(rule, lines[0], paid[0])
            yield from self._equation(match["proof"], [(lines[0], paid[0])], [], {}, {})
        else:
            yield from self._of_edges(match, lines, paid, level)
        yield from self._recorded(match, lines, paid, level)
        yield from self._shown(match["proof"], lines, paid, level)
        yield from self._alternatives(match, lines, level)
        for p in paid if level < 5 else ():
            yield from self._rivals(match, p, level)

    def _equation(
        self,
        proof: Row,
        pairs: Sequence[tuple[Row, Row]],
        amounts: Sequence[tuple[int, int]],
        residuals: Row,
        used: Row,
    ) -> Iterator[Ruling]:
        """Allocations and residuals as worked out here; without `amounts`, of each line all."""
        amounts = amounts or [(line["amount"],) * 2 for line, _ in pairs]
        own = [
            [line["settlement_id"], p["payment_id"], *some]
            for (line, p), some in zip(pairs, amounts, strict=True)
        ]
        yield proof["allocations"] == own, "allocations"
        named: Counter[str] = Counter()
        for kind, amount in proof["residuals"]:
            named.update({kind: amount})
        kinds = {*named, *residuals}
        yield all(named[kind] == residuals.get(kind, 0) for kind in kinds), "residuals"
        lines = {line["settlement_id"]: line["amount"] for line, _ in pairs}
        total = sum(one[2] for one in own) + sum(named.values())
        yield total == sum(lines.values()), "the amounts do not add up"
        nothing: Row = {"calendar": None, "schedules": [], "fx_day": None, "fx_rate": None}
        yield proof["basis"] == nothing | used, "versions of schedules, rate or calendar"

    def _of_parts(self, match: Row, lines: Sequence[Row], p: Row, level: int) -> Iterator[Ruling]:
        want = 3 if match["rule"] == "parts@1" else 2
        yield len(match["payments"]) == 1 < len(lines), "parts of more than one payment"
        yield (
            all(self._fits(one, p, level, part=True) == want for one in lines),
            "no part (X1 to X7)",
        )
        yield sum(one["amount"] for one in lines) == p["amount"], "parts do not sum up"
        yield from self._equation(match["proof"], [(one, p) for one in lines], [], {}, {})

    def _of_one_line(
        self, match: Row, line: Row, paid: Sequence[Row], level: int
    ) -> Iterator[Ruling]:
        proof, group, used = match["proof"], frozenset(match["payments"]), dict[str, Any]()
        residuals: Row = {}
        yield len(match["settlements"]) == 1, "more than one line"
        if match["rule"] == "list@1":
            owners = {tuple(hit[1]) for hit in line["hits"]}
            yield owners == {(o,) for o in group} and len(group) > 1, "2a: not what the line lists"
            found = [self._against(line, p, (), slack=1, typo=False) for p in paid]
            yield not any(found), f"contradicted: {found}"
        else:
            yield not self._active(line, level) and not line["ids"], "the line shows an id"
            yield from self._of_group(match, line, group, level)
            net, calendar = self._net(group), proof["basis"]["calendar"]
            yield net and self._pays(line, group), "X6: not the net of the schedules"
            residuals, used["schedules"] = net[1:] if net else ({}, [])
            used["calendar"] = calendar
            yield re.fullmatch("cal:.+@[1-9][0-9]*", calendar), "version of the calendar"
        gross = [(p["amount"], p["amount"]) for p in paid]
        yield from self._equation(proof, [(line, p) for p in paid], gross, residuals, used)

    def _of_edges(
        self, match: Row, lines: Sequence[Row], paid: Sequence[Row], level: int
    ) -> Iterator[Ruling]:
        rule = match["rule"].partition("@")[0]
        want = {"i": 3, "p": 2, "m": 1}.get(rule[0], 0)
        fits = {self._fits(one, p, level) for one in lines for p in paid}
        yield min(fits) >= WEIGHTS[level], "contradicted (X1 to X7), or nothing says so"
        yield not want or fits == {want}, "the line shows other evidence"
        alike = [tuple(map(p.get, [*ALIKE, "reference", "end_to_end_id"])) for p in paid]
        twins = len({*alike}) == 1 < len(paid) and alike[0][-2:] == (None, None)
        yield len(paid) == len(lines) == 1 if want else twins, "E3: ids or terms tell them apart"
        pairs = list(zip(lines, paid, strict=True))
        told = [self._explain(*pair, strong=want == 3, payer=want != 1) for pair in pairs]
        explained = [one for one in told if one]
        yield len(explained) == len(pairs), "X6: the amount is not explained"
        how = explained[0][0]
        yield not want or rule.partition("-")[1:] == how.partition("-")[1:], "another explanation"
        residuals: Counter[str] = Counter()
        for one in explained:
            residuals.update(one[2])
        amounts = [(one[1], p["amount"]) for one, p in zip(explained, paid, strict=True)]
        used = explained[0][3] if want else {}
        yield from self._equation(match["proof"], pairs, amounts, residuals, used)

    def _of_return(self, rule: str, line: Row, p: Row) -> Iterator[Ruling]:
        kind = "chargeback" if line["source"].startswith("acquirer:") else "refund"
        kind = "reversal" if kind == "refund" and line["reversal"] else kind
        yield rule == kind, "another kind of return"
        keys = self.reached[p["payment_id"]] - self.repeats
        back = [one for one in map(self.lines.__getitem__, keys) if self._returns(one) == [p]]
        yield line in back, "2a or X1 to X7: not a return of this payment alone"
        days: Counter[str] = Counter()
        for one in back:
            days[one["booking_date"]] -= one["amount"]
        total = 0
        for day in sorted(days):  # what one day brings is returned together or not at all
            fits = total + days[day] <= p["amount"]
            total += days[day] if fits else 0
            yield fits or day != line["booking_date"], "more is returned than was paid"

    def _returns(self, line: Row) -> list[Row]:
        owners = [self.payments[o] for o in sorted(line["reach"])] if line["amount"] < 0 else []
        owners = [
            p for p in owners if not self._against(line, p, line["hits"], slack=1, typo=False)
        ]
        return [
            p
            for p in owners
            if -line["amount"] <= p["amount"] and line["currency"] == p["currency"]
        ]

    def _of_group(self, match: Row, line: Row, paid: Ids, level: int) -> Iterator[Ruling]:
        evidence = match["proof"]["evidence"]
        how = [one["normalised"] for one in evidence if one["kind"] == "group"]
        groups = self._groups(line, level)
        if level == 2:
            other = {group for _, group in groups if self._pays(line, group)} - {paid}
            fit = [group for by, group in groups if [by] == how and group == paid]
        else:
            other, held = self._sums(line) - {paid}, match["rule"] == "payout-held@2"
            near = [group for by, group in groups if [by] == how]
            fit = [group for group in near if (paid < group if held else group < paid)]
        yield not other, "E1: another group or sum explains the line"
        yield fit, "not the open payments of a group that the line names"
        rivals = set[str]().union(*(self.reached[code] for code in line["merchants"]))
        for key in rivals - self.repeats - {line["settlement_id"]}:
            one = self.lines[key]
            if self._taken(key, level) or self._active(one, level) or one["ids"]:
                continue
            every = (group for _, group in self._groups(one, 2)) if level == 2 else ()
            same = {group for group in every if group & paid and self._pays(one, group)}
            if level == 5 and not self.of[key]:
                same = self._sums(one)
            yield all(paid.isdisjoint(group) for group in same), f"E1: line {key} fits them too"
        if level == 5:
            yield from self._of_sum(match, line, paid, fit[0])

    def _of_sum(self, match: Row, line: Row, paid: Ids, group: Ids) -> Iterator[Ruling]:
        sums, held, prefix = match["proof"]["sums"], paid < group, _prefix(match)
        pool, chosen = self._pool(line, group, held=held), group ^ paid
        if sums["pool_ids"]:
            named = frozenset(one.removeprefix(prefix) for one in sums["pool_ids"])
            spent = {o for o in pool - chosen if self.of[o]}
            yield named <= pool and pool - spent <= named, "the pool of the sum"
            pool = named
        found, size = self._searched(line, group, pool, held=held)
        yield found == {paid}, "the sum has another solution, or none"
        gross = {o: self.payments[o]["amount"] for o in pool}
        target = sum(gross[o] for o in chosen)
        every = (some for count in range(1, size + 1) for some in combinations(gross, count))
        off = [sum([gross[o] for o in some]) - target for some in every if {*some} != {*chosen}]
        near = sum(abs(each) <= 1_000_000 and each % 10_000 == 0 for each in off)
        nets = [self._net(one) for one in {one for _, one in self._groups(line, 5)}]
        asked = sum(net is not None and (line["amount"] < net[0]) == held for net in nets)
        own = {"pool": len(pool), "size_max": size, "solutions": 1, "near_misses": near}
        own |= {"searches": asked, "lambda_ppm": (near + 1) * 5_000 * asked}
        yield own.items() <= sums.items(), f"pool, size, near misses or lambda: {own}"
        yield {prefix + o for o in chosen} == {*sums["chosen"]}, "what the sum chose"
        others = {id(m): m for o in chosen for m in self._sums_choosing(prefix + o)}.values()
        by = [m for m in others if m is not match]
        times = Counter(o for m in by for o in m["proof"]["sums"]["chosen"])
        sure = by and all(times[o] == 1 for o in sums["chosen"])
        sure = sure and all(m["rule"] != match["rule"] and m["status"] == "final" for m in by)
        streams = {self.lines[m["settlements"][0]]["stream"] for m in by} if sure else set[str]()
        final = match["status"] == "final"
        yield not final or (sure and streams == {*sums["corroborated_by"]}), "L1: uncorroborated"

    def _sums_choosing(self, payment: str) -> list[Row]:
        if "choosing" not in self.memo:
            by: defaultdict[str, list[Row]] = defaultdict(list)
            every = {id(m): m for some in self.of.values() for m in some}.values()
            for m in (m for m in every if RULES.get(m["rule"]) == "G5"):
                for one in m["proof"]["sums"]["chosen"]:
                    by[one].append(m)
            self.memo["choosing"] = by
        return self.memo["choosing"].get(payment, [])

    # What the proof says beside the amounts

    def _recorded(
        self, match: Row, lines: Sequence[Row], paid: Sequence[Row], level: int
    ) -> Iterator[Ruling]:
        proof, prefix, letter = match["proof"], _prefix(match), match["evidence"]
        streams = [one["stream"] for one in lines] + [prefix + p["payment_id"] for p in paid]
        yield sorted(one for one, _ in proof["items"]) == sorted(streams), "items"
        yield all(version > 0 for _, version in proof["items"]), "versions of the items"
        sums = proof["sums"] or {"chosen": ()}
        usual = [p for p in paid if prefix + p["payment_id"] not in sums["chosen"]]
        first = max(p["created"] for p in usual) - (letter == "I")
        last = min(p["expected"] for p in usual) + 12
        window = {name: ordinal(day) for name, day in proof["window"].items()}
        values = {one["value"] for one in lines}
        right = (window["first"], window["last"]) == (first, last) and window[
            "value_date"
        ] in values
        yield right, "window of days"
        said = re.findall("[0-9]{4}-[0-9]{2}-[0-9]{2}", proof["sealed"] or "")
        seal = [ordinal(day) for day in said]
        latest = max(p["created"] for p in paid), max(ordinal(one["booking_date"]) for one in lines)
        closed = len(seal) == 2 and seal[0] >= latest[0] and seal[1] >= latest[1]
        yield closed or (letter != "C" and not seal), "E9: not sealed"
        yield level == 5 or proof["sums"] is None, "a sum that nothing needed"

    def _shown(
        self, proof: Row, lines: Sequence[Row], paid: Sequence[Row], level: int
    ) -> Iterator[Ruling]:
        by_stream = {line["stream"]: line for line in lines}
        for one in proof["evidence"]:
            line, wanted = by_stream[one["line"]], (one["payment"] or "").split(":", 2)[-1]
            p = next((p for p in paid if p["payment_id"] == wanted), None)
            raw = {None, line[one["place"]], *line["merchants"]}
            shown = one["value"] in raw and (p or not one["payment"])
            yield shown and self._is_shown(one, line, p, level), f"the line does not show {one}"
        need = {"I": ("reference", "end_to_end_id"), "G": ("group",)}
        kinds = {(one["line"], one["kind"]) for one in proof["evidence"]}
        weak = ("payer_account", "payer_tax_id", "merchant")
        some = need["I"] if level in {1, 6} else need["G"] if level in {2, 5} else weak
        some = (*some, *need["I"])
        yield all(any((line, kind) in kinds for kind in some) for line in by_stream), "no evidence"

    def _is_shown(self, one: Row, line: Row, p: Row | None, level: int) -> bool:
        kind, place = one["kind"], one["place"]
        if kind == "group":
            return one["normalised"] in {EXPECTED, LOCAL}
        if kind == "merchant":
            code = line["merchant_id"] or one["value"]
            own = p is None or p["merchant_id"] == code
            known = code in line["merchants"] | {line["merchant_id"]}
            at = "merchant_id" if line["merchant_id"] else "counterparty"
            return own and known and (place, one["value"]) == (at, code)
        if p is None:
            return False
        if kind == "reference-cut":
            return self._is_cut(line, p) if place == "reference" else self._ends_in(line, p)
        if kind == "reference-typo":
            slip = is_typo(fold(line["reference"]), fold(p["reference"]))
            return slip or is_typo(line["free"], p["keys"][0])
        if kind in {"reference", "end_to_end_id"}:
            hits = self._active(line, level) if kind == "reference" else line["ids"]
            return any(hit[0] == place and p["payment_id"] in hit[1] for hit in hits)
        return (kind.removeprefix("payer_"), place, p[kind]) in line["parties"]

    # E1: nothing else was possible

    def _alternatives(self, match: Row, lines: Sequence[Row], level: int) -> Iterator[Ruling]:
        """Whatever else the lines lead to stands in the proof, with a contradiction that is so."""
        proof, prefix, chosen = match["proof"], _prefix(match), {*match["payments"]}
        said = {
            (one["line"], one["payment"].removeprefix(prefix)): {*one["contradictions"]}
            for one in proof["eliminated"]
        }
        own = {(line["stream"], o): line for line in lines for o in line["reach"] - chosen}
        inline = not proof["eliminated_hash"]
        strange = own.keys() ^ said.keys()
        yield not (inline and strange), f"alternatives that are left out, or made up: {strange}"
        candidates = chosen | {o for _, o in own}
        texts = "\n".join(sorted(prefix + o for o in candidates))
        digest = hashlib.sha256(texts.encode()).hexdigest()
        yield proof["candidates"] == len(candidates), "number of candidates"
        yield proof["candidates_hash"] == digest, "hash of the candidates"
        for (stream, o), line in own.items():
            p, strength = self.payments[o], self._fits(line, self.payments[o], level)
            gone = self._taken(o, level + (match["rule"] == "twins@1"))
            yield gone or strength < WEIGHTS[level], f"E1: payment {o} is possible too"
            named = any(o in hit[1] for hit in (*line["hits"], *line["ids"]))
            active, payer = self._active(line, level), self._is_payer(line, p)
            typo = payer and self._is_near(line, p)
            codes = self._against(line, p, active, slack=int(named), typo=typo)
            codes |= {"X8"} if gone else set()
            codes |= set() if self._explain(line, p, strong=named, payer=payer) else {"X6"}
            codes |= {"X6"} if -line["amount"] > p["amount"] else set()
            codes = codes or {"weaker-evidence"}
            yield (
                not inline or {"X"} < {"X"} | said[stream, o] <= {"X"} | codes,
                (f"payment {o} is contradicted by {codes}, not by {said.get((stream, o))}"),
            )

    def _rivals(self, match: Row, p: Row, level: int) -> Iterator[Ruling]:
        """No other line could pay the payment, whole or in parts."""
        keys = self.reached[p["payment_id"]] - self.repeats - {*match["settlements"]}
        lines = [self.lines[key] for key in sorted(keys) if not self._taken(key, level)]
        whole = [
            one["settlement_id"] for one in lines if self._fits(one, p, level) >= WEIGHTS[level]
        ]
        yield not whole, f"E1: lines {whole} fit payment {p['payment_id']} too"
        parts = [one["amount"] for one in lines if self._fits(one, p, level, part=True) == 3]
        could = match["rule"] == "parts@1" or (len(parts) > 1 and sum(parts) == p["amount"])
        yield not (parts and could), f"E1: other lines are parts of payment {p['payment_id']}"


def _prefix(match: Row) -> str:
    stream = next(one for one, _ in match["proof"]["items"] if one.startswith("pay:"))
    return ":".join(stream.split(":")[:2]) + ":"


def sample(matches: Sequence[Row], most: int | None) -> list[Row]:
    """All matches, or `most` of them: those whose items have the lowest hashes."""

    def rank(match: Row) -> bytes:
        items = repr((match["settlements"], match["payments"]))
        return hashlib.sha256(items.encode()).digest()

    return list(matches) if most is None else sorted(matches, key=rank)[:most]
