"""A matching result, judged by the truth of labelled data (matching rules, section 12).

Every payment x line of a row is one pair, judged once, final rows first:

    right     both are in one truth group labelled `match`, and its pairing allows the pair
    neutral   both are in one group labelled `neutral`
    false     anything else in a final row; `guessed` where both are in one `ambiguous` group,
              `duplicates` where another copy of the line was taken already
    resolved  a row that equals a whole k:k group, or a whole `ambiguous` one, claims no pair

Pairs of provisional rows (evidence G only) are counted apart, as right or wrong.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, NotRequired, TypedDict

from adapters.demo_bank.rows import TruthRow

PPM = 1_000_000


class ResultRow(TypedDict):
    """What is needed of a row of matches.jsonl; a row without a status is final."""

    payments: list[str]
    settlements: list[str]
    evidence: NotRequired[str]
    status: NotRequired[str]


Verdict = Literal["right", "neutral", "false", "guessed", "duplicate"]


@dataclass(slots=True, kw_only=True)
class ClassScore:
    """Pairs of one noise class: those that its groups need, and those that were found."""

    groups: int = 0
    needed: int = 0
    right: int = 0
    provisional: int = 0
    false: int = 0

    @property
    def recall_ppm(self) -> int:
        """Final right pairs in a million needed ones; a class that needs none has all of them."""
        return _ppm(self.right, self.needed)

    @property
    def recall_with_provisional_ppm(self) -> int:
        """Right pairs, final or provisional, in a million needed ones."""
        return _ppm(self.right + self.provisional, self.needed)


@dataclass(slots=True, kw_only=True)
class Score(ClassScore):
    """Pairs of a whole result. `false` includes `guessed` and `duplicates`.

    `false_pairs` names them: the payment, and the line that was taken for it.
    """

    guessed: int = 0
    duplicates: int = 0
    neutral: int = 0
    provisional_wrong: int = 0
    by_class: dict[str, ClassScore] = field(default_factory=dict[str, ClassScore])
    false_pairs: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    @property
    def precision_ppm(self) -> int:
        """Right pairs in a million final pairs that are right or false."""
        return _ppm(self.right, self.right + self.false)


def score(*, truth: Iterable[TruthRow], result: Iterable[ResultRow]) -> Score:
    """Judge the rows of a result. Ids that the truth does not know make false pairs."""
    judge = _Judge(truth)
    rows = list(result)
    for row in rows:
        if not _is_provisional(row):
            judge.hear(row, provisional=False)
    for row in rows:
        if _is_provisional(row):
            judge.hear(row, provisional=True)
    return judge.total


def _is_provisional(row: ResultRow) -> bool:
    return row.get("status") == "provisional" and row.get("evidence", "").startswith("G")


def _ppm(part: int, whole: int) -> int:
    return PPM if whole == 0 else part * PPM // whole


@dataclass(slots=True, eq=False, kw_only=True)
class _Group:
    """A truth group and what was found of it so far."""

    label: str
    pairing: str
    noise_class: str
    payments: frozenset[str]
    lines: frozenset[str]
    pairs: frozenset[tuple[str, str]] | None
    found: int = 0
    resolved: bool = False
    used: set[str] = field(default_factory=set[str])

    @classmethod
    def of(cls, row: TruthRow) -> _Group:
        pairs = row.get("pairs")
        return cls(
            label=row["label"],
            pairing=row["pairing"],
            noise_class=row["noise_class"],
            payments=frozenset(row["payments"]),
            lines=frozenset(row["settlements"]),
            pairs=frozenset((each[0], each[1]) for each in pairs) if pairs else None,
        )

    @property
    def needed(self) -> int:
        """Pairs that a perfect result has of this group."""
        if self.label != "match":
            return 0
        if self.pairs is not None:
            return len(self.pairs)
        if self.pairing == "all":
            return len(self.payments) * len(self.lines)
        return len(self.payments) if self.pairing == "any_bijection" else 1

    def holds(self, payment: str, line: str) -> bool:
        """Whether the pair lies inside the group."""
        return payment in self.payments and (self.pairs is None or (payment, line) in self.pairs)

    def accepts_whole(self) -> bool:
        """Whether a row that equals the group is accepted as a set."""
        many_to_many = len(self.payments) > 1 and len(self.lines) > 1
        return self.label == "ambiguous" or (many_to_many and self.label in ("match", "neutral"))


class _Judge:
    """Hears the rows of a result one after the other."""

    def __init__(self, truth: Iterable[TruthRow]) -> None:
        self.total = Score()
        self._group_of: dict[str, _Group] = {}
        self._first: Mapping[str, str] = {}
        self._taken: dict[str, str] = {}
        self._heard: set[tuple[str, str]] = set()
        first: dict[str, str] = {}
        for row in truth:
            group = _Group.of(row)
            copies = row.get("copies", {})
            first |= copies
            self._group_of |= dict.fromkeys((*group.lines, *copies), group)
            for counted in (self.total, self._class(group.noise_class)):
                counted.groups += 1
                counted.needed += group.needed
        self._first = first

    def hear(self, row: ResultRow, *, provisional: bool) -> None:
        """Judge the pairs of one row that were not judged before."""
        payments = list(dict.fromkeys(row["payments"]))
        lines = list(dict.fromkeys(row["settlements"]))
        if not payments or not lines or self._resolves(payments, lines, provisional=provisional):
            return
        for line in lines:
            for payment in payments:
                if (payment, line) not in self._heard:
                    self._heard.add((payment, line))
                    self._count(payment, line, provisional=provisional)

    def _resolves(self, payments: list[str], lines: list[str], *, provisional: bool) -> bool:
        """Whether the row is exactly one whole group; what the group still needs is then found."""
        group = self._group_of.get(lines[0])
        firsts = [self._first.get(line, line) for line in lines]
        if (
            group is None
            or not group.accepts_whole()
            or group.payments != frozenset(payments)
            or group.lines != frozenset(firsts)
            or len(firsts) != len(group.lines)
            or any(
                self._taken.get(first, line) != line
                for first, line in zip(firsts, lines, strict=True)
            )
        ):
            return False
        self._taken |= dict(zip(firsts, lines, strict=True))
        if not group.resolved:
            self._find(group, max(0, group.needed - group.found), provisional=provisional)
            group.used |= group.payments | group.lines
        group.resolved = True
        return True

    def _verdict(self, payment: str, line: str) -> Verdict:
        group, first = self._group_of.get(line), self._first.get(line, line)
        if group is None or not group.holds(payment, first):
            return "false"
        if self._taken.setdefault(first, line) != line:
            return "duplicate"
        if group.label == "neutral":
            return "neutral"
        if group.label != "match":
            return "guessed" if group.label == "ambiguous" else "false"
        if group.pairing == "all":
            return "right"
        fresh = payment not in group.used and first not in group.used
        group.used |= {payment, first}
        if fresh:
            return "right"
        return "duplicate" if group.pairing == "any_one" else "false"

    def _count(self, payment: str, line: str, *, provisional: bool) -> None:
        verdict, group = self._verdict(payment, line), self._group_of.get(line)
        if verdict == "right" and group is not None:
            self._find(group, 1, provisional=provisional)
        elif verdict == "neutral":
            self.total.neutral += 1
        elif provisional:
            self.total.provisional_wrong += 1
        else:
            self.total.false += 1
            self.total.false_pairs.append((payment, line))
            self.total.guessed += verdict == "guessed"
            self.total.duplicates += verdict == "duplicate"
            self._class("unknown id" if group is None else group.noise_class).false += 1

    def _find(self, group: _Group, pairs: int, *, provisional: bool) -> None:
        group.found += pairs
        for counted in (self.total, self._class(group.noise_class)):
            if provisional:
                counted.provisional += pairs
            else:
                counted.right += pairs

    def _class(self, name: str) -> ClassScore:
        return self.total.by_class.setdefault(name, ClassScore())
