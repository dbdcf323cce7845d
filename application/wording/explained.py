"""Explanations as sentences: the first says it all, the others give the details.

Payments and lines are called by their sources' ids. Accounts, tax ids and names are never said:
"the payer's account" is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import assert_never

from application.explaining import (
    Explanation,
    LineExplained,
    MatchExplained,
    PaymentExplained,
    Unproven,
)
from application.wording import phrases
from application.wording.phrases import Language, Phrases
from application.wording.proofs import DETAILS_MAX, ProofSpeaker, name_of


def sentences(explanation: Explanation, language: Language) -> tuple[str, ...]:
    """The explanation in sentences, the first of which says it all."""
    speaker = _Speaker(phrases.of(language))
    match explanation:
        case PaymentExplained():
            return tuple(speaker.payment(explanation))
        case LineExplained():
            return tuple(speaker.line(explanation))
        case MatchExplained():
            return tuple(speaker.match(explanation))
        case _:
            assert_never(explanation)


class _Speaker:
    """Says explanations in one language."""

    def __init__(self, words: Phrases) -> None:
        self._words = words
        self._proof = ProofSpeaker(words)

    # What is explained

    def payment(self, told: PaymentExplained) -> Iterator[str]:
        """A payment: its matches, or why it is open."""
        yield self._payment_headline(told)
        for match in told.settled_by[1:]:
            yield self._match_headline(match)
        for match in told.settled_by:
            yield from self._proof.details(match)
        for match in told.returns:
            yield self._went_back(match)
        for each in told.announced:
            yield self._words.say(
                "announced",
                amount=self._proof.money(each.amount),
                reason=each.reason or "–",
                day=each.business_date,
                id=each.announcement_id,
            )
        for contender in told.contenders[:DETAILS_MAX]:
            line = self._proof.named_line(contender.line)
            codes = self._proof.coded(contender.contradictions)
            yield self._words.say("contender", line=line, codes=codes)
        yield from self._proof.more("more_candidates", len(told.contenders))
        yield from self._past(told.former)
        yield self._words.say("history", id=told.shown.payment_id)

    def _payment_headline(self, told: PaymentExplained) -> str:
        words, shown = self._words, told.shown
        about = {"payment": shown.payment_id, "amount": self._proof.money(shown.amount)}
        if told.status == "cancelled":
            return words.say(
                "payment_cancelled",
                day=told.cancelled_since,
                reason=told.cancelled_because,
                **about,
            )
        if not told.settled_by:
            reason = words.meaning(words.reasons, told.reason or "pending").format(
                last_day=shown.last_day
            )
            return words.say("payment_open", reason=reason, **about)
        match = told.settled_by[0]
        part = "payment_settled" if told.status == "settled" else "payment_partly"
        returned = self._proof.money(told.returned)
        return words.say(
            part,
            lines=self._proof.lines(match),
            open=self._proof.money(told.open),
            back=words.say("back", amount=returned) if told.returned.minor else "",
            **about,
            **self._proof.why(match),
        )

    def line(self, told: LineExplained) -> Iterator[str]:
        """A line: its match, or what it repeats, or why it is open."""
        yield self._line_headline(told)
        if told.match is not None:
            yield from self._proof.details(told.match)
        if told.unproven is not None:
            yield from self._candidates(told.unproven)
        yield from self._past(told.former)
        yield self._words.say("history", id=told.shown.settlement_id)

    def _line_headline(self, told: LineExplained) -> str:
        words, shown = self._words, told.shown
        about = {
            "line": shown.settlement_id,
            "amount": self._proof.money(shown.amount),
            "day": shown.booking_date,
        }
        if told.cancelled is not None:
            since, reason = told.cancelled.business_date, told.cancelled.reason
            return words.say("line_cancelled", since=since, reason=reason, **about)
        if told.repeats is not None:
            rule, of = told.repeats.rule, told.repeats.of.settlement_id
            meaning = words.code(rule)
            return words.say("line_duplicate", of=of, rule=rule, meaning=meaning, **about)
        if told.match is not None:
            match = told.match
            others = len(match.posted.settlements) - 1
            return words.say(
                "line_returns"
                if match.is_return
                else ("line_reserves" if match.is_provisional else "line_settles"),
                payments=self._proof.payments(match),
                together=words.count("together", others) if others else "",
                rule=words.rule(match.posted.rule),
                **about,
                **self._proof.why(match),
            )
        if told.unproven is None:
            return words.say("line_unjudged", **about)
        rule, reason = told.unproven.rule, words.meaning(words.reasons, told.unproven.reason)
        meaning = words.code(rule)
        return words.say("line_open", reason=reason, rule=rule, meaning=meaning, **about)

    def match(self, told: MatchExplained) -> Iterator[str]:
        """A match: what it settles and why, or how it ended."""
        if told.ended is not None:
            yield self._ended("match_ended", told)
        yield self._match_headline(told)
        yield from self._proof.details(told)
        yield self._words.say("history", id=told.match_id)

    def _match_headline(self, told: MatchExplained) -> str:
        kind = "match_reserves" if told.is_provisional else "match_settles"
        kind = kind if told.ended is None else "match_settled"
        return self._words.say(
            "match_returns" if told.is_return else kind,
            match=told.match_id,
            payments=self._proof.payments(told),
            lines=self._proof.lines(told),
            rule=self._words.rule(told.posted.rule),
            **self._proof.why(told),
        )

    def _went_back(self, match: MatchExplained) -> str:
        posted = match.posted
        amounts = [allocation.payment_amount for allocation in posted.allocations]
        return self._words.say(
            "went_back",
            amount=self._proof.money(-sum(amounts[1:], amounts[0])),
            lines=self._proof.lines(match),
            rule=self._words.rule(posted.rule),
            why=self._proof.why(match)["why"],
        )

    def _past(self, former: Iterable[MatchExplained]) -> Iterator[str]:
        for match in former:
            yield self._ended("undone", match)

    def _ended(self, template: str, match: MatchExplained) -> str:
        ended = match.ended
        assert ended is not None, "a match that is not standing has ended"
        return self._words.say(
            template,
            match=match.match_id,
            payments=self._proof.payments(match),
            lines=self._proof.lines(match),
            cause=self._words.causes[ended.cause].format(reason=ended.reason),
        )

    def _candidates(self, unproven: Unproven) -> Iterator[str]:
        for one in unproven.candidates[:DETAILS_MAX]:
            name = name_of(unproven.names, one.payment)
            codes = self._proof.coded(one.contradictions)
            yield self._words.say("candidate", payment=name, codes=codes)
        yield from self._proof.more("more_candidates", unproven.candidates_total)
