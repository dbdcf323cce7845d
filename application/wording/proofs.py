"""A match in sentences: what it saw, what else there was, and what it was computed with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from application.explaining import MatchExplained
from application.shown import LineShown, PaymentShown
from application.wording.phrases import CONFIGURED, Phrases
from domain.matching.proof import Evidence, SumSearch
from domain.money import Money, format_money
from domain.rule_set import is_configured

NAMES_MAX: Final = 3
"""Items that a sentence names before it counts the rest."""

DETAILS_MAX: Final = 10
"""Candidates, and pieces of evidence, that get a sentence each."""

TERMS_MAX: Final = 5
"""Terms of an equation that are written one by one."""

_ID_KINDS = ("end_to_end_id", "reference")
_PAYER_KINDS = ("payer_account", "payer_tax_id", "reference-cut", "reference-typo")
_HEADLINES: Final[Mapping[str, tuple[str, ...]]] = {
    "payer": _PAYER_KINDS,
    "payer-fx": _PAYER_KINDS,
    "parts-by-payer": _PAYER_KINDS,
    "merchant": ("merchant", "reference-cut"),
    "payout": ("merchant", "group"),
}
"""Evidence that the first sentence tells, by rule; for other rules the ids."""


class ProofSpeaker:
    """Says the parts of a match in one language."""

    def __init__(self, words: Phrases) -> None:
        self._words = words

    # Why a match was the only possibility

    def why(self, match: MatchExplained) -> dict[str, str]:
        """What a match saw, and that there was nothing else, for a sentence of both."""
        return {"why": self.seen(match), "only": self.only(match)}

    def seen(self, match: MatchExplained) -> str:
        """What the match saw, by its rule."""
        posted, proof = match.posted, match.posted.proof
        base = base_of(posted.rule)
        rule = CONFIGURED if is_configured(base) else base
        residuals = [
            self._residual(residual.kind, residual.amount) for residual in posted.residuals
        ]
        return self._words.why.get(rule, "{shown}").format(
            shown=self._shown(rule, proof.evidence, lines=len(posted.settlements)),
            residuals=self._words.joined(residuals),
            payment_count=len(posted.payments),
            payments=self._words.count("of_group", len(posted.payments)),
            fx_day=proof.basis.fx_day,
        )

    def _shown(self, rule: str, evidence: Sequence[Evidence], *, lines: int) -> str:
        first = {one.kind: one for one in reversed(evidence)}
        kinds = [kind for kind in _HEADLINES.get(rule, _ID_KINDS) if kind in first] or [
            *dict.fromkeys(one.kind for one in evidence)
        ]
        what = self._words.joined([self._piece(first[kind]) for kind in kinds])
        return self._words.count("shows", lines, what=what)

    def _piece(self, evidence: Evidence) -> str:
        value = evidence.value or evidence.normalised or ""
        if evidence.kind == "group":
            value = self._words.groups.get(value, value)
        return self._words.meaning(self._words.evidence, evidence.kind).format(value=value)

    def only(self, match: MatchExplained) -> str:
        """That nothing else could be meant, and what was ruled out."""
        proof, count = match.posted.proof, match.alternatives
        codes = [code for one in proof.eliminated for code in one.contradictions]
        codes += [code for code, _ in proof.eliminated_by_rule]
        meanings = [self._words.code(code) for code in sorted(set(codes))]
        return self._words.count(
            "only" if count else "only_alone", count, codes=", ".join(meanings)
        )

    # Details

    def details(self, match: MatchExplained) -> Iterator[str]:
        """A sentence for each thing that the proof holds."""
        words, posted = self._words, match.posted
        if match.contradicted is not None and match.ended is None:
            rule = match.contradicted.reason
            yield words.say("contradicted", rule=rule, meaning=words.code(rule))
        yield self._equation(match)
        yield from self._evidence(match)
        yield from self._ruled_out(match)
        yield from self._conditions(match)
        yield words.say(
            "rule",
            rule=posted.rule,
            meaning=words.rule(posted.rule),
            class_=posted.evidence,
            class_meaning=words.meaning(words.classes, posted.evidence),
            status=words.meaning(words.statuses, posted.status),
        )
        proof = posted.proof
        candidates = words.count("candidates", proof.candidates)
        yield words.say(
            "recorded", fact=match.fact_id, candidates=candidates, hash=proof.candidates_hash[:12]
        )

    def _equation(self, match: MatchExplained) -> str:
        words, posted = self._words, match.posted
        left = [
            (line.amount, words.count("lines", 1, names=line.settlement_id)) for line in match.lines
        ]
        right = [
            (
                allocation.amount,
                words.say("named_payment", payment=name_of(match.names, allocation.payment)),
            )
            for allocation in posted.allocations
        ]
        if len(right) > TERMS_MAX:
            amounts = [amount for amount, _ in right]
            right = [(sum(amounts[1:], amounts[0]), self.payments(match))]
        right += [
            (one.amount, words.meaning(words.residuals, one.kind)) for one in posted.residuals
        ]
        return words.say("equation", left=self._sum(left), right=self._sum(right))

    def _sum(self, terms: Sequence[tuple[Money, str]]) -> str:
        written: list[str] = []
        for at, (amount, what) in enumerate(terms):
            size = -amount if at and amount.minor < 0 else amount
            sign = "" if not at else "− " if amount.minor < 0 else "+ "
            written.append(sign + self._words.say("term", amount=self.money(size), what=what))
        return " ".join(written)

    def _residual(self, kind: str, amount: Money) -> str:
        return self._words.say(
            "term",
            amount=self.money(amount),
            what=self._words.meaning(self._words.residuals, kind),
        )

    def _evidence(self, match: MatchExplained) -> Iterator[str]:
        words = self._words
        told: dict[str, None] = {}  # twins show the same for each of their pairs
        for one in match.posted.proof.evidence:
            line = words.count("lines", 1, names=name_of(match.names, one.line))
            place = words.meaning(words.places, one.place)
            told[words.say("evidence", line=line, what=self._piece(one), place=place)] = None
        yield from list(told)[:DETAILS_MAX]

    def _ruled_out(self, match: MatchExplained) -> Iterator[str]:
        words, proof = self._words, match.posted.proof
        for one in proof.eliminated[:DETAILS_MAX]:
            name = name_of(match.names, one.payment)
            yield words.say("ruled_out", payment=name, codes=self.coded(one.contradictions))
        yield from self.more("more_ruled_out", len(proof.eliminated))
        if proof.eliminated_by_rule:
            counts = [
                words.say("counted_code", code=code, meaning=words.code(code), count=count)
                for code, count in proof.eliminated_by_rule
            ]
            yield words.say("ruled_out_counts", codes="; ".join(counts))

    def _conditions(self, match: MatchExplained) -> Iterator[str]:
        words, proof = self._words, match.posted.proof
        window, basis = proof.window, proof.basis
        yield words.say(
            "window_open" if match.is_return else "window",
            first=window.first,
            last=window.last,
            value_date=window.value_date,
        )
        if proof.sealed:
            yield words.say("sealed", sealed=self._sealed(proof.sealed))
        if basis.schedules:
            days = words.joined([day.isoformat() for day in basis.schedules])
            yield words.say("basis_schedules", days=days)
        if basis.fx_day is not None:
            yield words.say("basis_fx", day=basis.fx_day, rate=basis.fx_rate)
        if proof.sums is not None:
            yield from self._sums(match, proof.sums)
        if basis.calendar is not None:
            yield words.say("basis_calendar", calendar=basis.calendar)

    def _sums(self, match: MatchExplained, found: SumSearch) -> Iterator[str]:
        words = self._words
        yield words.say(
            "sums",
            pool=found.pool,
            size=found.size_max,
            near=found.near_misses,
            accidents=found.lambda_ppm,
        )
        for what, ids in (("chosen", found.chosen), ("corroborated", found.corroborated_by)):
            if ids:
                names = words.joined([name_of(match.names, one) for one in ids])
                yield words.say(what, names=names)

    def _sealed(self, seal: str) -> str:
        sides: list[str] = []
        for part in seal.split("; "):
            side, known, day = part.partition(" through ")
            if not known:
                return seal  # a seal of another edge says it in its own words
            sides.append(
                self._words.say("sealed_side", side=self._words.feeds.get(side, side), day=day)
            )
        return self._words.joined(sides)

    def more(self, what: str, total: int) -> Iterator[str]:
        """How many of a list were not said, if any."""
        if total > DETAILS_MAX:
            yield self._words.count(what, total - DETAILS_MAX)

    # Words

    def coded(self, codes: Sequence[str]) -> str:
        """Contradictions, each with its code; or that there is none."""
        words = self._words
        if not codes:
            return words.say("uncontradicted")
        return "; ".join(words.say("coded", code=code, meaning=words.code(code)) for code in codes)

    def money(self, amount: Money) -> str:
        """An amount as the language writes it."""
        return format_money(amount, language=self._words.language)

    def named_line(self, line: LineShown) -> str:
        """A line by its row id and booking day."""
        return self._words.say("named_line", line=line.settlement_id, day=line.booking_date)

    def lines(self, match: MatchExplained) -> str:
        """The lines of a match: one with its day, several by their number and first ids."""
        lines, total = match.lines, len(match.posted.settlements)
        if total == 1 and lines:
            return self.named_line(lines[0])
        return self._words.count("lines", total, names=self._some(_ids(lines), total))

    def payments(self, match: MatchExplained) -> str:
        """The payments of a match: by their number, where they are several, and first ids."""
        total = len(match.posted.payments)
        return self._words.count("payments", total, names=self._some(_ids(match.payments), total))

    def _some(self, names: Sequence[str], total: int) -> str:
        some = names[:NAMES_MAX]
        if total <= len(some):
            return self._words.joined(some)
        return self._words.count("more", total - len(some), names=", ".join(some))


def _ids(items: Sequence[LineShown] | Sequence[PaymentShown]) -> list[str]:
    return [
        item.settlement_id if isinstance(item, LineShown) else item.payment_id for item in items
    ]


def name_of(names: Mapping[str, str], stream: str) -> str:
    """What the source calls an item; its stream where that was not read."""
    return names.get(stream, stream)


def base_of(rule: str) -> str:
    """A rule without its version."""
    return rule.partition("@")[0]
