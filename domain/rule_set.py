"""A rule set: the text of the rules that matching went by, version by version, and their life.

    ── propose ──▶ proposed ── shadow ──▶ shadow ── approve ──▶ approved ── activate ──▶ active
                      ▲                    │  ▲                                            │
                      └── (a changed text is another version)                              │
    active ── demote ──▶ demoted: suggests only ── retire ──▶ retired                      │
       └── retire, or another version is activated ──▶ retired ◀────────────────────────────┘

The text is what people read and approve; its hash is what a proof can name. `core@2` is built in:
its first activation is the first fact of a store.

Laws
    One version has one text for ever; another text for it is refused, with both hashes.
    Only what was replayed over history can be approved, by somebody else than its author, who names
    the hash of what was read; only what is approved can be activated.
    A rule that is demoted or retired does not come back: it needs a new version.
    Repeating a decision changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from hashlib import sha256
from typing import ClassVar, Final, Literal, assert_never

from domain.errors import Refusal

CORE_NAME: Final = "core"
CORE_VERSION: Final = 2
CORE_2: Final = """\
core@2
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
    more than 12 days after the expected value date; what a payout held back may come later
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
L1  one set of up to 3 payments explains it, and few other sums come near: a hundredth of an
    accident is to be expected at most; provisional all the same, until something else confirms it
L2  one set explains it, and it could be an accident: provisional. Final when other payouts release
    all that is held and nothing else, or an id, a list or people say so; open again when it is not
    the only set any more, when its payments settle something else, or after 90 days
L3  outside of a group a sum is a suggestion

Stages, each over what the earlier ones left
0   admit: duplicates out, ids read, the unreadable set aside and named
1   identity: one line, one payment
2   groups: lists, parts, payouts
3   composite: payer, then merchant
4   explained differences: each named
5   sums: payments held back from a payout, or released with a later one
6   returns: reversals, refunds, chargebacks, within the payment's amount
8   residue: pending, missing, unexpected, amount break, duplicate, ambiguous, contradicted, search
    exhausted
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


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSetProposed:
    """Somebody wrote this version; nothing goes by it yet."""

    TOPIC: ClassVar[str] = "rule_set.proposed"
    name: str
    version: int
    text: str
    text_hash: str
    author: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSetShadowed:
    """The version was replayed over the history from `since` up to position `through`.

    Counts of matches beside every decision that was really taken: `newly` matched, `lost`, `moved`
    to other items, and `contradicted` by what people undid later.
    """

    TOPIC: ClassVar[str] = "rule_set.shadowed"
    name: str
    version: int
    text_hash: str
    since: date
    through: int
    newly: int
    lost: int
    moved: int
    contradicted: int
    replayed_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSetApproved:
    """A second person approved the text with this hash."""

    TOPIC: ClassVar[str] = "rule_set.approved"
    name: str
    version: int
    text_hash: str
    approved_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSetDemoted:
    """From here on these rules of the version, or all where none is named, suggest and do not post.

    Where their matches were measured: `false` of `of` were false, at most `upper_ppm` parts a
    million (the exact upper bound of 95 %).
    """

    TOPIC: ClassVar[str] = "rule_set.demoted"
    name: str
    version: int
    rules: tuple[str, ...]
    reason: str
    demoted_by: str
    false: int | None = None
    of: int | None = None
    upper_ppm: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSetRetired:
    """The version is gone: it neither posts nor suggests."""

    TOPIC: ClassVar[str] = "rule_set.retired"
    name: str
    version: int
    reason: str
    retired_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSetMatchReviewed:
    """A person looked at a match of the rule `rule` and found it `correct`, or false."""

    TOPIC: ClassVar[str] = "rule_set.match_reviewed"
    name: str
    version: int
    rule: str
    match_id: str
    correct: bool
    reviewed_by: str


RuleSetFact = (
    RuleSetActivated
    | RuleSetProposed
    | RuleSetShadowed
    | RuleSetApproved
    | RuleSetDemoted
    | RuleSetRetired
    | RuleSetMatchReviewed
)


# State.

Phase = Literal["proposed", "shadow", "approved", "active", "demoted", "retired"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version of a rule set: its text, how far it has come, and on whose word.

    `suggesting` are rules of an active version that were demoted one by one; `reviews` say of
    matches whether they were correct.
    """

    text: str
    text_hash: str
    phase: Phase
    author: str | None = None
    approved_by: str | None = None
    shadowed: RuleSetShadowed | None = None
    suggesting: frozenset[str] = frozenset()
    reviews: Mapping[str, bool] = field(default_factory=dict[str, bool])


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet:
    """A rule set: all its versions, and which one is active or demoted (0: none)."""

    name: str
    active_version: int
    versions: Mapping[int, Version]

    @property
    def text_hashes(self) -> Mapping[int, str]:
        """The hash of every version's text."""
        return {number: version.text_hash for number, version in self.versions.items()}


def stream_of(*, name: str) -> str:
    """The rule set's stream: `rul:core`."""
    return f"rul:{name}"


def is_configured(rule: str) -> bool:
    """Whether a match's rule is a configured one: <set>.<id>@<version>."""
    return "." in rule


def evolve(rule_set: RuleSet | None, fact: RuleSetFact) -> RuleSet:
    """The rule set after `fact`. It only remembers: every stored fact is accepted."""
    known = rule_set or RuleSet(name=fact.name, active_version=0, versions={})
    match fact:
        case RuleSetActivated():
            return _activated(known, fact)
        case RuleSetProposed():
            version = Version(
                text=fact.text, text_hash=fact.text_hash, phase="proposed", author=fact.author
            )
            return _with(known, fact.version, version)
        case _:
            return _with(known, fact.version, _moved(known.versions[fact.version], fact))


def _moved(
    version: Version,
    fact: RuleSetShadowed
    | RuleSetApproved
    | RuleSetDemoted
    | RuleSetRetired
    | RuleSetMatchReviewed,
) -> Version:
    match fact:
        case RuleSetShadowed():
            phase: Phase = "shadow" if version.phase == "proposed" else version.phase
            return replace(version, phase=phase, shadowed=fact)
        case RuleSetApproved():
            return replace(version, phase="approved", approved_by=fact.approved_by)
        case RuleSetDemoted(rules=()):
            return replace(version, phase="demoted")
        case RuleSetDemoted():
            return replace(version, suggesting=version.suggesting | set(fact.rules))
        case RuleSetRetired():
            return replace(version, phase="retired")
        case RuleSetMatchReviewed():
            return replace(version, reviews={**version.reviews, fact.match_id: fact.correct})
        case _:
            assert_never(fact)


def _activated(rule_set: RuleSet, fact: RuleSetActivated) -> RuleSet:
    """The version that was active before is retired."""
    before = rule_set.versions.get(fact.version)
    version = before or Version(text=fact.text, text_hash=fact.text_hash, phase="active")
    versions = {
        number: replace(each, phase="retired") if each.phase in _IN_FORCE else each
        for number, each in rule_set.versions.items()
    }
    versions[fact.version] = replace(version, phase="active")
    return RuleSet(name=rule_set.name, active_version=fact.version, versions=versions)


def _with(rule_set: RuleSet, number: int, version: Version) -> RuleSet:
    active = rule_set.active_version
    if number == active and version.phase == "retired":
        active = 0
    versions = {**rule_set.versions, number: version}
    return RuleSet(name=rule_set.name, active_version=active, versions=versions)


_IN_FORCE: Final = ("active", "demoted")


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
        rule_set, name=CORE_NAME, version=CORE_VERSION, text=CORE_2, activated_by=activated_by
    )


def propose(
    rule_set: RuleSet | None, *, name: str, version: int, text: str, author: str
) -> tuple[RuleSetFact, ...]:
    """Propose a version, later than every one there was; the same text again is nothing new.

    Raises RuleTextReplaced, RuleVersionNotLater, RuleNameReserved.
    """
    if name == CORE_NAME:
        raise RuleNameReserved(name=name, version=version)
    text_hash = hash_of(text)
    hashes: Mapping[int, str] = rule_set.text_hashes if rule_set else {}
    known = hashes.get(version)
    if known is not None and known != text_hash:
        raise RuleTextReplaced(name=name, version=version, known_hash=known, other_hash=text_hash)
    if known is not None:
        return ()
    latest = max(hashes, default=0)
    if version <= latest:
        raise RuleVersionNotLater(name=name, version=version, latest=latest)
    return (
        RuleSetProposed(name=name, version=version, text=text, text_hash=text_hash, author=author),
    )


def shadow(rule_set: RuleSet | None, *, replayed: RuleSetShadowed) -> tuple[RuleSetFact, ...]:
    """Note what a replay over history found, before the version is approved, or once more after.

    Raises RuleVersionUnknown, RuleTextReplaced, RulePhaseWrong.
    """
    version = _known(rule_set, replayed.name, replayed.version)
    _demand_hash(version, replayed.name, replayed.version, replayed.text_hash)
    if version.phase not in {"proposed", "shadow"}:
        raise _wrong(replayed.name, replayed.version, version, needed="proposed")
    return () if version.shadowed == replayed else (replayed,)


def approve(
    rule_set: RuleSet | None, *, name: str, version: int, text_hash: str, approved_by: str
) -> tuple[RuleSetFact, ...]:
    """Approve the text with this hash. What is approved already is nothing new.

    Raises RuleVersionUnknown, RuleTextReplaced, RulePhaseWrong (not replayed yet, or beyond), and
    RuleAuthorApproves.
    """
    known = _known(rule_set, name, version)
    _demand_hash(known, name, version, text_hash)
    if known.phase == "approved":
        return ()
    if known.phase != "shadow":
        raise _wrong(name, version, known, needed="shadow")
    if known.author is None or _person(known.author) == _person(approved_by):
        raise RuleAuthorApproves(name=name, version=version, person=approved_by)
    return (
        RuleSetApproved(name=name, version=version, text_hash=text_hash, approved_by=approved_by),
    )


def activate_approved(
    rule_set: RuleSet | None, *, name: str, version: int, activated_by: str
) -> tuple[RuleSetFact, ...]:
    """Go by an approved version; the one before it is retired. Raises as `approve` does."""
    known = _known(rule_set, name, version)
    if known.phase == "active":
        return ()
    if known.phase != "approved":
        raise _wrong(name, version, known, needed="approved")
    return activate(
        rule_set, name=name, version=version, text=known.text, activated_by=activated_by
    )


def demote(rule_set: RuleSet | None, *, demoted: RuleSetDemoted) -> tuple[RuleSetFact, ...]:
    """Let rules of the active version, or all of it, only suggest.

    Rules that do so already are nothing new. Raises RuleVersionUnknown, RulePhaseWrong.
    """
    known = _known(rule_set, demoted.name, demoted.version)
    if known.phase == "demoted":
        return ()
    if known.phase != "active":
        raise _wrong(demoted.name, demoted.version, known, needed="active")
    still = tuple(rule for rule in demoted.rules if rule not in known.suggesting)
    if demoted.rules and not still:
        return ()
    return (replace(demoted, rules=still),)


def retire(
    rule_set: RuleSet | None, *, name: str, version: int, reason: str, retired_by: str
) -> tuple[RuleSetFact, ...]:
    """Let a version go, in whatever phase it is. Raises RuleVersionUnknown, RuleNameReserved."""
    if name == CORE_NAME:
        raise RuleNameReserved(name=name, version=version)
    if _known(rule_set, name, version).phase == "retired":
        return ()
    return (RuleSetRetired(name=name, version=version, reason=reason, retired_by=retired_by),)


def review(rule_set: RuleSet | None, *, reviewed: RuleSetMatchReviewed) -> tuple[RuleSetFact, ...]:
    """Note what a person says of a match; who says otherwise later is heard.

    Raises RuleVersionUnknown.
    """
    known = _known(rule_set, reviewed.name, reviewed.version)
    return () if known.reviews.get(reviewed.match_id) == reviewed.correct else (reviewed,)


def _known(rule_set: RuleSet | None, name: str, version: int) -> Version:
    known = rule_set.versions.get(version) if rule_set else None
    if known is None:
        raise RuleVersionUnknown(name=name, version=version)
    return known


def _demand_hash(known: Version, name: str, version: int, text_hash: str) -> None:
    if known.text_hash != text_hash:
        raise RuleTextReplaced(
            name=name, version=version, known_hash=known.text_hash, other_hash=text_hash
        )


def _wrong(name: str, version: int, known: Version, *, needed: str) -> RulePhaseWrong:
    return RulePhaseWrong(name=name, version=version, phase=known.phase, needed=needed)


def _person(name: str) -> str:
    """Names of people are compared without case and blanks: one person has one vote."""
    return "".join(name.split()).casefold()


def hash_of(text: str) -> str:
    """The SHA-256 (hex) of a rule set's text in UTF-8."""
    return sha256(text.encode()).hexdigest()


# Refusals.
#
#   RuleSetRefusal
#     RuleTextReplaced · RuleVersionUnknown · RuleVersionNotLater · RulePhaseWrong
#     RuleAuthorApproves · RuleNameReserved


@dataclass(unsafe_hash=True, kw_only=True)
class RuleSetRefusal(Refusal):
    """A decision about a version of a rule set that was not taken, and why."""

    name: str
    version: int


@dataclass(unsafe_hash=True, kw_only=True)
class RuleTextReplaced(RuleSetRefusal):
    """The version has another text already; a changed text needs a new version."""

    known_hash: str
    other_hash: str


@dataclass(unsafe_hash=True, kw_only=True)
class RuleVersionUnknown(RuleSetRefusal):
    """No such version was ever proposed."""


@dataclass(unsafe_hash=True, kw_only=True)
class RuleVersionNotLater(RuleSetRefusal):
    """A new version has to be later than `latest`."""

    latest: int


@dataclass(unsafe_hash=True, kw_only=True)
class RulePhaseWrong(RuleSetRefusal):
    """The version is in `phase`, and has to be in `needed` for this."""

    phase: str
    needed: str


@dataclass(unsafe_hash=True, kw_only=True)
class RuleAuthorApproves(RuleSetRefusal):
    """`person` wrote the version: somebody else has to approve it."""

    person: str


@dataclass(unsafe_hash=True, kw_only=True)
class RuleNameReserved(RuleSetRefusal):
    """The built-in rules are neither proposed nor retired."""
