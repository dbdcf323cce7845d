"""The only wiring: which adapters stand behind the ports. Nothing else knows of SQLite.

open_embedded   an embedded store, with its read models        Embedded
read_batch      a folder of input files, checked whole; write_rows: the results
holidays        Argentina's, where no calendar was declared
copy_store      backup and its way back, restore_store; from one kind of store to another:
                conciliar/copying.py
write_demo_bank the demonstration's data
read_rules      a rule set in the bytes of its file; rules_schema: what editors check it by
"""

from __future__ import annotations

from collections.abc import (
    Callable,
    Collection,
    Container,
    Generator,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path

from adapters.backup import Backup, backup, restore
from adapters.data_folder import read_folder, write_results
from adapters.demo_bank import generate, write
from adapters.fact_export import Exported, export_facts
from adapters.holidays_ar import ArgentineHolidays
from adapters.sqlite_facts import SqliteFactStore
from adapters.sqlite_views import SqliteViewStore
from adapters.store_folder import DESCRIPTION, FACTS, StoreInfo, read_info
from adapters.system import Clock, Entropy
from adapters.verification import Verification, verify
from application.batch import Batch
from application.ports import Commit, Move, ViewStore
from application.projecting import Projector, ViewsAheadOfFacts
from application.results import ExceptionRow, MatchRow
from conciliar.settings import Settings
from domain.facts import Recorded
from domain.rules.language import RuleSetText
from projections import payment_status
from projections.payment_status import is_payment_status

TENANT = "bank"
"""Of a store that is made without a name for its bank."""

Counting = Callable[[int, int], None]
"""Told how much is done, and of how much."""


def is_store(folder: Path) -> bool:
    """Whether a store lies in the folder, whole or not."""
    return (folder / DESCRIPTION).is_file()


@contextmanager
def open_embedded(
    folder: Path, *, settings: Settings | None = None, create: bool = False
) -> Generator[Embedded]:
    """The store in `folder`, made there if it is not and `create` says so; closed at the end.

    Raises StoreUnusable: no store, another bank's, of a newer format, damaged, or not writable.
    """
    with ExitStack() as closing:
        embedded = Embedded(folder=folder, settings=settings or Settings())
        closing.callback(embedded.close)
        embedded.facts.connect(create=create)
        yield embedded


@dataclass(kw_only=True)
class Embedded:
    """A store and what works on it. Ports are connected when they are first asked for."""

    folder: Path
    settings: Settings
    clock: Clock = field(default_factory=Clock)
    entropy: Entropy = field(default_factory=Entropy)

    @cached_property
    def facts(self) -> ReconnectedFacts:
        """The facts."""
        return ReconnectedFacts(self._open_facts)

    @cached_property
    def views(self) -> SqliteViewStore:
        """The read models, as they stand; `current_views` brings them up to the facts."""
        return SqliteViewStore.open(self.folder)

    @cached_property
    def projector(self) -> Projector:
        """Keeps the read models up with the facts."""
        return Projector(facts=self.facts, views=self.views)

    @property
    def info(self) -> StoreInfo:
        """Format, tenant and time of creation."""
        return read_info(self.folder)

    def current_views(self, progress: Counting | None = None) -> ViewStore:
        """The read models with every fact in them; read models from elsewhere are made again."""
        try:
            self.projector.catch_up(progress)
        except ViewsAheadOfFacts:  # the facts are the truth; these views belong to others
            self.projector.rebuild(progress)
        return self.views

    def verify(self, progress: Counting | None = None) -> Verification:
        """Whether the store holds what it promises."""
        return verify(self.facts.store, progress=progress)

    def export(
        self, target: Path, *, after: int, personal: bool, progress: Counting | None = None
    ) -> Exported:
        """Write the facts after a position into a new file of JSON Lines. Raises StoreUnusable."""
        return export_facts(self.facts, target, after=after, personal=personal, progress=progress)

    def close(self) -> None:
        """Let all files go, until the next use."""
        self.facts.release()
        self.__dict__.pop("projector", None)
        views = self.__dict__.pop("views", None)
        if isinstance(views, SqliteViewStore):
            views.close()

    def _open_facts(self, *, create: bool) -> SqliteFactStore:
        return SqliteFactStore.open(
            self.folder,
            tenant=self.settings.tenant or _tenant_of(self.folder),
            clock=self.clock,
            entropy=self.entropy,
            create=create,
            master_key=self.settings.master_key,
        )


class ReconnectedFacts:
    """A FactStore whose files can be let go and taken up again.

    SQLite's locks do not survive a fork: whoever forks lets go first, else parent and child may
    ruin the file.
    """

    def __init__(self, opening: Callable[..., SqliteFactStore]) -> None:
        self._opening = opening
        self._store: SqliteFactStore | None = None

    @property
    def store(self) -> SqliteFactStore:
        """The store behind."""
        return self._store or self.connect(create=False)

    def connect(self, *, create: bool) -> SqliteFactStore:
        """Take the files up. Raises StoreUnusable."""
        self._store = self._store or self._opening(create=create)
        return self._store

    def release(self) -> None:
        """Let the files go until the next use."""
        store, self._store = self._store, None
        if store is not None:
            store.close()

    @property
    def commits_max(self) -> int:
        """As the port says."""
        return self.store.commits_max

    @property
    def numbers_at_once(self) -> bool:
        """As the port says."""
        return self.store.numbers_at_once

    def append(self, commits: Sequence[Commit]) -> tuple[Recorded, ...]:
        """As the port says."""
        return self.store.append(commits)

    def stream(self, stream: str, *, through_version: int | None = None) -> tuple[Recorded, ...]:
        """As the port says."""
        return self.store.stream(stream, through_version=through_version)

    def streams(self, streams: Iterable[str]) -> Mapping[str, tuple[Recorded, ...]]:
        """As the port says."""
        return self.store.streams(streams)

    def facts(self, *, after: int = 0, sealed: bool = False) -> Iterator[Recorded]:
        """As the port says."""
        return self.store.facts(after=after, sealed=sealed)

    def written(self, *, sealed: bool = False) -> Iterator[Move]:
        """As the port says."""
        return self.store.written(sealed=sealed)

    def head(self) -> int:
        """As the port says."""
        return self.store.head()


def _tenant_of(folder: Path) -> str:
    return read_info(folder).tenant if is_store(folder) else TENANT


# Input and output.


def read_batch(
    folder: Path,
    *,
    source: str,
    store: Path,
    settings: Settings | None = None,
    progress: Counting | None = None,
) -> Batch:
    """The folder's files, read whole and checked; what the store knows already counts.

    Raises InputRefused.
    """
    known = KnownReferences(store, settings=settings)
    return read_folder(folder, source=source, progress=progress, known_references=known)


class KnownReferences(Collection[str]):
    """References and end-to-end ids of a store's payments; looked up only when asked for.

    A text that holds one of them does not hold a card number.
    """

    def __init__(self, store: Path, *, settings: Settings | None = None) -> None:
        self._store = store
        self._settings = settings

    def __iter__(self) -> Iterator[str]:
        if not is_store(self._store) or not (self._store / FACTS).is_file():
            return  # there is none, or one whose creation was interrupted
        with open_embedded(self._store, settings=self._settings) as embedded:
            for _, document in embedded.current_views().all(payment_status.MODEL):
                assert is_payment_status(document)
                yield from filter(None, (document["reference"], document["end_to_end_id"]))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, reference: object) -> bool:
        return any(known == reference for known in self)


def write_rows(
    out: Path, *, matches: Iterable[MatchRow], exceptions: Iterable[ExceptionRow]
) -> None:
    """Write matches.jsonl and exceptions.jsonl into a folder, each whole or not at all."""
    write_results(out, matches=matches, exceptions=exceptions)


def holidays() -> Container[date]:
    """Argentina's public and bank holidays: they hold where no calendar was declared."""
    return ArgentineHolidays()


def stopwatch() -> Callable[[], int]:
    """Starts now; each call tells the milliseconds since."""
    clock = Clock()
    started_ns = clock.monotonic_ns()
    return lambda: (clock.monotonic_ns() - started_ns) // 1_000_000


def read_rules(content: bytes) -> RuleSetText:
    """The rule set in the bytes of a YAML file. Raises RulesUnreadable with every fault."""
    from adapters.rule_files import read_rules as read  # only here: most runs have no rules to read

    return read(content)


def rules_schema() -> str:
    """The JSON Schema of files of rules."""
    from adapters.rule_files import schema_text

    return schema_text()


def copy_store(source: Path, target: Path, *, progress: Counting | None = None) -> Backup:
    """Back a store up into a folder that is empty or not there, while it runs.

    Raises StoreUnusable.
    """
    return backup(source, target, progress=progress)


def restore_store(
    source: Path, target: Path, *, settings: Settings, progress: Counting | None = None
) -> Verification:
    """Make a store of a backup, verified before it takes its name. Raises StoreUnusable."""
    return restore(
        source,
        target,
        clock=Clock(),
        entropy=Entropy(),
        master_key=settings.master_key,
        progress=progress,
    )


def write_demo_bank(folder: Path, *, payments: int, days: int, seed: str, first_day: date) -> None:
    """Make a bank that does not exist, and write its files into a folder.

    Raises ValueError for numbers out of range.
    """
    bank = generate(payments=payments, days=days, seed=seed, first_day=first_day)
    write(bank, folder=folder)
