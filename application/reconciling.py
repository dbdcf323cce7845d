"""Reconciling a batch: take in what is new, judge what it could change, post the difference.

Every step is idempotent. A run that dies between any two commits is finished by the next one: what
was recorded is known, what was recorded and not judged is judged, and what is posted already is not
posted again.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from application.batch import Batch
from application.intake import CALENDAR, Intake, Reasons
from application.items import is_visible, line_items, payment_item, statement_stream_of
from application.ports import AppendTooLarge, Commit, FactStore
from application.posting import Posting
from application.registry import Progress, Registry, kind_of, loaded, untold
from application.rule_budget import demotions
from application.rules_in_force import ReadRules, book
from application.windows import Windows, advanced
from domain import business_calendar, fx, judgement
from domain.facts import Context, Recorded
from domain.matching.engine import Matcher
from domain.matching.holding import expires
from domain.matching.items import FxTable, MerchantItem, ReferenceData
from domain.matching.verdicts import MatchFound
from domain.merchant import Merchant, terms
from domain.payment import Cancelled, Expected
from domain.settlement import PROVISIONAL, Settlement

HOME_CURRENCY = "ARS"

Written = Callable[[], int]
"""Waits until commits are durable, and counts their facts; raises what the store raised."""

Record = Callable[[Sequence[Commit]], Written]
"""Begins to write commits, perhaps beside what goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a run did: facts recorded, items judged, and the registry as it then was."""

    recorded: int
    judged: int
    registry: Registry


class Reconciler:
    """Runs batches against one store; `read_rules` reads the configured rules that it goes by."""

    def __init__(
        self,
        facts: FactStore,
        *,
        actor: str,
        reason_of: Reasons,
        holidays: Container[date],
        read_rules: ReadRules,
        progress: Progress | None = None,
        record: Record | None = None,
    ) -> None:
        self._facts = facts
        self._record = record or self._record_now
        self._actor = actor
        self._reason_of = reason_of
        self._holidays = holidays
        self._read_rules = read_rules
        self._progress = progress or untold
        self._recorded = 0
        self._posted = 0
        self._too_large: AppendTooLarge | None = None

    def run(self, batch: Batch) -> Outcome:
        """Reconcile a batch; raises InputRefused before anything of it is recorded."""
        registry = loaded(self._facts, self._progress)
        correlation = f"run:{batch.payments_file.sha256[:12]}:{batch.lines_file.sha256[:12]}"
        intake = Intake(
            registry, actor=self._actor, correlation=correlation, reason_of=self._reason_of
        )
        # Everything is decided before anything is written: a refused row leaves no trace.
        commits = list(intake.commits(batch))
        written = self._record(commits) if commits else _nothing
        del commits  # they are many, and what comes next needs room
        judged = self._judge(registry, correlation, written)
        return Outcome(recorded=self._recorded, judged=judged, registry=registry)

    def judge_again(self, *, correlation: str, known: Registry | None = None) -> Outcome:
        """Judge what changed since the last judgement, as after an unmatch or a cancellation.

        What the caller has loaded and moved on is `known`; it counts where it is all that is
        stored, and nothing else.
        """
        is_all = known is not None and self._is_all(known)
        registry = known if known and is_all else loaded(self._facts, self._progress)
        judged = self._judge(registry, correlation, _nothing)
        return Outcome(recorded=self._recorded, judged=judged, registry=registry)

    # Judging

    def _judge(self, registry: Registry, correlation: str, written: Written) -> int:
        known = registry.of(judgement.STREAM, judgement.Judged)
        judged_through = known.through if known else 0
        written = self._demoting(registry, correlation, written)
        touched: list[str] | None = [*_touched(registry, judged_through), *_expired(registry)]
        if not touched and registry.rules_changed <= judged_through:
            self._recorded += written()
            return 0
        seal = seal_of(registry)
        through = day_of(registry)
        engine = self._engine(registry)
        changed = max(registry.reference_changed, registry.rules_changed)
        everything = known is None or changed > judged_through
        lines = len(engine.lines.all())
        if everything or 2 * len(touched) > lines:
            touched = None
        durable = _Once(written)
        posting = Posting(registry, actor=self._actor, correlation=correlation)

        def post(matches: Sequence[MatchFound]) -> None:
            durable()
            self._write(posting.matches(matches), total=lines)

        # Where nothing was decided, nothing falls: what is certain need not wait for the rest.
        first = not registry.matches and not _repeats(registry)
        verdicts = engine.judge(
            seal=seal,
            through=through,
            touched=touched,
            progress=lambda done: self._progress("match", done, lines),
            found=post if first else None,
        )
        self._recorded += durable()
        units = posting.rest(verdicts) if first else posting.units(verdicts)
        self._write(units, total=len(verdicts.matches))
        if self._too_large is not None:
            raise self._too_large  # all others are written; what was judged is judged again
        self._complete(registry, seal, correlation, through=self._known_through(registry))
        return len(verdicts.lines)

    def _demoting(self, registry: Registry, correlation: str, written: Written) -> Written:
        """Rules over their budget lose the right to post before anything is judged by them."""
        commits = demotions(
            registry, self._read_rules, correlation=correlation, at=sealed_through(registry)
        )
        if not commits:
            return written
        count = written()
        self._write([commits], total=1)
        return lambda: count

    def _record_now(self, commits: Sequence[Commit]) -> Written:
        total = len(commits)
        count = append_all(self._facts, commits, lambda done: self._progress("record", done, total))
        return lambda: count

    def _engine(self, registry: Registry) -> Matcher:
        reference = reference_data(registry, holidays=self._holidays)
        engine = Matcher(reference, rules=book(registry, self._read_rules))
        engine.bar(registry.barred)
        admit_all(engine, registry)
        return engine

    def _known_through(self, registry: Registry) -> int:
        """The last position of which everything up to it was known here.

        What others recorded meanwhile was not: where more is stored than is known, only what was
        loaded counts, and the rest is judged again.
        """
        if self._is_all(registry):
            return self._facts.head()
        if self._facts.numbers_at_once:
            return registry.head
        through = registry.head
        for recorded in self._facts.facts(after=through, sealed=True):
            if recorded.version > registry.versions.get(recorded.stream, 0):
                break
            through = recorded.position
        return through

    def _is_all(self, known: Registry) -> bool:
        """Whether this is all that is stored, as far as counting tells.

        Where facts are numbered later it tells nothing: some of them may be known and have no
        position, while others have one.
        """
        if not self._facts.numbers_at_once:
            return False
        return sum(known.versions.values()) == self._facts.head()

    def _complete(self, registry: Registry, seal: str, correlation: str, *, through: int) -> None:
        facts = judgement.complete(
            registry.of(judgement.STREAM, judgement.Judged), through=through, seal=seal
        )
        context = Context(
            command_id=f"judged:{through}",
            correlation_id=correlation,
            actor=self._actor,
            authority="reconcile",
        )
        commit = registry.commit(
            judgement.STREAM, facts, business_time=sealed_through(registry), context=context
        )
        self._write([[commit]], total=1)

    def _write(self, units: Iterable[Iterable[Commit]], *, total: int) -> None:
        for chunk in _chunks(units, most=self._facts.commits_max):
            try:
                self._post(chunk, total=total)
            except AppendTooLarge:
                for unit in chunk:  # those that fit by themselves are written
                    try:
                        self._post([unit], total=total)
                    except AppendTooLarge as refused:
                        self._too_large = self._too_large or refused

    def _post(self, units: Sequence[Sequence[Commit]], *, total: int) -> None:
        self._recorded += len(self._facts.append([commit for unit in units for commit in unit]))
        self._posted += len(units)
        self._progress("post", self._posted, max(total, self._posted))


def admit_all(engine: Matcher, registry: Registry) -> None:
    """Make every payment and every visible line known to an engine."""
    windows = Windows(registry)
    for stream, state in registry.states.items():
        if isinstance(state, Expected | Cancelled):
            engine.admit_payment(payment_item(stream, state, registry.judged_versions[stream]))
        elif isinstance(state, Settlement) and is_visible(registry, state):
            version, sealed = registry.judged_versions[stream], windows.closed(state)
            for item in line_items(stream, state, version, sealed=sealed):
                engine.admit_line(item)


def append_all(
    facts: FactStore,
    commits: Sequence[Commit],
    progress: Callable[[int], None] | None = None,
    *,
    take: Callable[[Sequence[Recorded]], None] | None = None,
) -> int:
    """Append commits in transactions of bounded size; how many facts. `take` is given each."""
    count, most = 0, facts.commits_max
    for at in range(0, len(commits), most):
        recorded = facts.append(commits[at : at + most])
        count += len(recorded)
        if take:
            take(recorded)
        if progress:
            progress(min(len(commits), at + most))
    return count


class _Once:
    """What is judged must be durable before anything is posted on it: waits for it, once."""

    def __init__(self, written: Written) -> None:
        self._written = written
        self._count: int | None = None

    def __call__(self) -> int:
        if self._count is None:
            self._count = self._written()
        return self._count


def _nothing() -> int:
    return 0


def _repeats(registry: Registry) -> bool:
    """Whether any line is marked as a duplicate, which what came since may have to take back."""
    settlements = (state for state in registry.states.values() if isinstance(state, Settlement))
    return any(state.duplicate_of is not None for state in settlements)


def _chunks(units: Iterable[Iterable[Commit]], *, most: int) -> Iterator[list[tuple[Commit, ...]]]:
    """Units that are appended together: `most` commits, unless one of them alone has more."""
    chunk: list[tuple[Commit, ...]] = []
    count = 0
    for unit in map(tuple, units):
        if chunk and count + len(unit) > most:
            yield chunk
            chunk, count = [], 0
        chunk.append(unit)
        count += len(unit)
    if chunk:
        yield chunk


def _touched(registry: Registry, through: int) -> list[str]:
    """Items that changed after the last judgement, or whose statement was sealed since.

    And lines that waited for their window, once any source has come further.
    """
    found = [stream for stream, at in registry.changed.items() if at > through]
    further = advanced(registry, after=through)
    seen = set(found)
    for stream, state in registry.states.items():
        if not isinstance(state, Settlement):
            continue
        statements = [statement_stream_of(line) for line in state.deliveries]
        sealed = max(registry.positions.get(name, 0) if name else 0 for name in statements)
        waited = further and state.left_open is not None and state.left_open.rule == "E9"
        if stream not in seen and (sealed > through or waited):
            found.append(stream)
    return found


def _expired(registry: Registry) -> list[str]:
    """The lines of provisional matches that stand no longer on the day that is judged."""
    through = day_of(registry)
    homes = [
        match.settlements[0] for match in registry.matches.values() if match.status == PROVISIONAL
    ]
    return [
        home
        for home in homes
        if (state := registry.settlement(home)) is not None
        and through is not None
        and through > expires(state.line.value_date.toordinal())
    ]


def day_of(registry: Registry) -> int | None:
    """The last day of any feed, as an ordinal; None where none ever came."""
    day = sealed_through(registry)
    return date.fromisoformat(day).toordinal() if day else None


def reference_data(registry: Registry, *, holidays: Container[date]) -> ReferenceData:
    """Merchants, calendar and rates, as the engine reads them.

    `holidays` hold where no calendar was declared.
    """
    merchants: dict[str, MerchantItem] = {}
    tables: dict[str, FxTable] = {}
    for stream, state in registry.states.items():
        if isinstance(state, Merchant) and state.schedules:  # else its first terms are on their way
            registered = state.registered
            merchants[registered.merchant_id] = MerchantItem(
                code=registered.merchant_id,
                payout_account=registered.payout_account,
                tax_id=registered.tax_id,
                terms=terms(state),
            )
        elif kind_of(stream) == "fx" and isinstance(state, fx.FxTable):
            rates = {day.toordinal(): rate for day, rate in state.rates.items()}
            tables[state.pair.removesuffix(HOME_CURRENCY)] = FxTable(
                home=HOME_CURRENCY, scale=state.scale, rates=rates
            )
    stream = business_calendar.stream_of(name=CALENDAR)
    declared = registry.of(stream, business_calendar.DeclaredCalendar)
    return ReferenceData(
        merchants=merchants,
        calendar=business_calendar.business_calendar(declared, fallback_holidays=holidays),
        calendar_version=f"{stream}@{registry.versions.get(stream, 0)}",
        fx=tables,
    )


def sealed_through(registry: Registry) -> str:
    """The last day of any feed, ISO 8601: the day as of which a run speaks."""
    days = [state.through for _, state in registry.feeds()]
    return max(days).isoformat() if days else ""


def seal_of(registry: Registry) -> str:
    """What closes the windows of class C (E9).

    The end of the input, by the day each side is complete through.
    """
    days: dict[str, date] = {}
    for stream, state in registry.feeds():
        side = "payments" if stream.startswith("feed:payments:") else "statements"
        days[side] = max(state.through, days.get(side, state.through))
    return "; ".join(f"{side} through {day.isoformat()}" for side, day in sorted(days.items()))
