"""A rule set: the text of the rules that matching went by, version by version.

    ── activate ──▶ RuleSet ── activate another version ──▶ RuleSet

The text is what people read and approve; its hash is what a proof can name. `core@1` is built in:
its first activation is the first fact of a store.

Laws
    One version has one text for ever; another text for it is refused, with both hashes.
    Repeating a decision changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import ClassVar, Final

from domain.errors import Refusal

CORE_NAME: Final = "core"
CORE_VERSION: Final = 1
CORE_1: Final = """\
core@1
A match is posted when nothing else is possible, never because it looks best.

Evidence
I   identity: an id of the payment itself, with the amount explained
G   group: payments named by a list or derived from merchant, method and value day; amount exact
C   composite: payer, else merchant, with amount and window; unique on both sides, in sealed windows
D   decision: two people, bound to the candidates they saw; never undone by the engine

Contradictions: the only thing that removes a candidate
X1  currency: another one, unless exchange explains it
X2  direction: credits pay, debits give back
X3  merchant: the line names another one, by code, payout account or tax id
X4  payer: the line shows another account or tax id
X5  id: the line shows an id of another payment, or a reference that is not this payment's
X6  amount: not exact, nor within 2 minor units with identity, nor by exchange within 1, nor net of
    the schedule, nor an exact sum
X7  date: the value date is before the local creation day (one day earlier only with identity), or
    more than 12 days after the expected value date
X8  consumed: settled by a final match of an earlier stage

Exactness
E1  only a candidate that is the only one of its line and of its payment
E2  only contradictions eliminate; scores, nearness and weaker evidence never do
E3  payments alike in everything and without ids, and as many lines: the set as one match
E4  as many lines as payments, of different payers: ambiguous as a whole, never paired
E5  fewer or more lines than payments: ambiguous, with all candidates
E6  an id leads to one payment and the rest elsewhere: neither
E7  identity needs no seal; a second line with the same id is an exception
E8  what is unique among arrivals is not identified by that
E9  composite evidence waits until feed and statements of its window are sealed
E10 what arrives later re-opens its component; a match is contradicted by a fact, never in silence

References
R1  compared folded, by letters and digits, with and without leading zeros
R2  in text, by runs of up to 6 neighbouring tokens of 6 characters or more; the longest hit counts
R3  of 16 characters, or ending a text of 35, it may be cut: it must fit, and does not identify
R4  one typing error is forgiven with payer and exact amount, if the reference is nobody else's
R5  a reference whose owners the amount rules out proves nothing about them
R6  a reference belongs to its merchant, an end-to-end id to its scheme

Fees
F1  rounded by payment or by payout, as the merchant's terms say; each concept once, halves up
F2  by the schedule in force on the payment's local creation day
F3  gross is found from net by trial over all that round to it
F4  value day: local day rolled, plus the delay in business days, to the payout's weekday, rolled
F5  a value date without business counts as the next business day
F6  cards and QR apart where the terms say so; the text's word tells which

Duplicates
U1  same source, account and bank entry id: one entry
U2  a statement contained in an earlier one of its account, source kind and day: delivered twice
U3  within a statement, a line alike in all content that shows a payment's own id: delivered twice

Sums, inside a derived group only
L1  held or released payments: one small set explains the payout, and few others come near

Stages, each over what the earlier ones left
0   admit: duplicates out, ids read, the unreadable set aside and named
1   identity: one line, one payment
2   groups: lists, parts, payouts
3   composite: payer, then merchant
4   explained differences: each named
5   sums: payments held back from a payout, or released with a later one
6   returns: reversals, refunds, chargebacks, within the payment's amount
8   residue: pending, missing, unexpected, amount break, duplicate, ambiguous, contradicted
"""
"""The built-in rules, by id. A change of meaning is a new version, never an edit of this text."""


# Facts. Topics and field names are storage format: they only ever gain optional fields or new
# versions.


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSetActivated:
    """From here on matching goes by `name`@`version`; `text_hash` is the text's SHA-256 (hex)."""

    TOPIC: ClassVar[str] = "rule_set.activated"
    name: str
    version: int
    text: str
    text_hash: str
    activated_by: str


RuleSetFact = RuleSetActivated


# State.


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet:
    """A rule set: which version is active, and the hash of every version's text."""

    name: str
    active_version: int
    text_hashes: Mapping[int, str]


def stream_of(*, name: str) -> str:
    """The rule set's stream: `rul:core`."""
    return f"rul:{name}"


def evolve(rule_set: RuleSet | None, fact: RuleSetFact) -> RuleSet:
    """The rule set after `fact`. It only remembers: every stored fact is accepted."""
    known: Mapping[int, str] = rule_set.text_hashes if rule_set else {}
    return RuleSet(
        name=fact.name,
        active_version=fact.version,
        text_hashes={**known, fact.version: fact.text_hash},
    )


# Decisions.


def activate(
    rule_set: RuleSet | None, *, name: str, version: int, text: str, activated_by: str
) -> tuple[RuleSetFact, ...]:
    """Go by this version from now on; the active one is nothing new, whoever activates it again."""
    text_hash = hash_of(text)
    known = rule_set.text_hashes.get(version) if rule_set else None
    if known is not None and known != text_hash:
        raise RuleTextReplaced(name=name, version=version, known_hash=known, other_hash=text_hash)
    if known is not None and rule_set is not None and rule_set.active_version == version:
        return ()
    return (
        RuleSetActivated(
            name=name, version=version, text=text, text_hash=text_hash, activated_by=activated_by
        ),
    )


def activate_core(rule_set: RuleSet | None, *, activated_by: str) -> tuple[RuleSetFact, ...]:
    """Activate the built-in rules, unless the store goes by a version of them already."""
    if rule_set is not None and rule_set.active_version > CORE_VERSION:
        return ()
    return activate(
        rule_set, name=CORE_NAME, version=CORE_VERSION, text=CORE_1, activated_by=activated_by
    )


def hash_of(text: str) -> str:
    """The SHA-256 (hex) of a rule set's text in UTF-8."""
    return sha256(text.encode()).hexdigest()


# Refusals.
#
#   RuleSetRefusal
#     RuleTextReplaced


@dataclass(unsafe_hash=True)
class RuleSetRefusal(Refusal):
    """A decision about a rule set that was not taken, and why."""


@dataclass(unsafe_hash=True, kw_only=True)
class RuleTextReplaced(RuleSetRefusal):
    """The version has another text already; a changed text needs a new version."""

    name: str
    version: int
    known_hash: str
    other_hash: str
