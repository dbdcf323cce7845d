"""The store as an import sees it: what is known, and what is decided and written on top of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from application.known_lines import KnownLines
from application.ports import Commit, FactStore
from application.reconciling import append_all
from application.registry import Progress, Registry, loaded, untold
from domain import statement
from domain.facts import Context, Fact

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class ImportStore:
    """Facts, loaded when first needed and moved on with every decision.

    `instant` tells recorded time and never the same twice: files keep their order.
    """

    def __init__(
        self,
        facts: FactStore,
        *,
        actor: str,
        now_ms: Callable[[], int],
        progress: Progress | None = None,
    ) -> None:
        self._facts = facts
        self._actor = actor
        self._now_ms = now_ms
        self._progress = progress or untold
        self._last_ms = 0
        self._loaded: _Loaded | None = None

    @property
    def registry(self) -> Registry:
        """States and versions, what is decided included."""
        return self._known().registry

    @property
    def known(self) -> Registry | None:
        """What was loaded and moved on; None where it is not known, or not any more."""
        return None if self._loaded is None else self._loaded.registry

    @property
    def lines(self) -> KnownLines:
        """The lines by what tells them apart."""
        return self._known().lines

    def of_file(self, file_hash: str) -> Sequence[str]:
        """The statements that came in a file, by the SHA-256 of its bytes."""
        return self._known().files.get(file_hash, ())

    def of_account(self, account: str) -> Sequence[str]:
        """The statements of a source kind and account (see account_of), by stream."""
        return sorted(self._known().accounts.get(account, ()))

    def statement(self, stream: str) -> statement.Statement | None:
        """A statement's state."""
        return self.registry.statement(stream)

    def note(self, stream: str) -> None:
        """Remember a statement that was received."""
        self._known().note(stream)

    def forget(self) -> None:
        """Know nothing: what is stored is read again when it is next needed."""
        self._loaded = None

    def commit(
        self,
        stream: str,
        facts: tuple[Fact, ...],
        *,
        at: str,
        source: str | None,
        command: str,
        authority: str = "import",
    ) -> list[Commit]:
        """The commit of a decision, none where nothing was decided; states move on with it."""
        if not facts:
            return []
        context = Context(
            command_id=f"{(source or 'import')[:16]}:{command}",
            correlation_id=f"import:{source or stream}",
            actor=self._actor,
            authority=authority,
            sources=() if source is None else (source,),
        )
        return [self.registry.commit(stream, facts, business_time=at, context=context)]

    def write(self, commits: Sequence[Commit]) -> None:
        """Append commits, in transactions of bounded size. Raises VersionConflict."""
        total = len(commits)
        try:
            append_all(self._facts, commits, lambda done: self._progress("record", done, total))
        except BaseException:
            self.forget()  # what was decided on is not what is stored
            raise

    def instant(self) -> str:
        """Now, in UTC, later than the last time it was asked."""
        self._last_ms = max(self._now_ms(), self._last_ms + 1)
        moment = EPOCH + timedelta(milliseconds=self._last_ms)
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def _known(self) -> _Loaded:
        if self._loaded is None:
            self._loaded = _Loaded(loaded(self._facts, self._progress))
        return self._loaded


class _Loaded:
    """What the store holds, and where statements of a file and of an account stand."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self.lines = KnownLines(registry)
        self.files: defaultdict[str, list[str]] = defaultdict(list)
        self.accounts: defaultdict[str, set[str]] = defaultdict(set)
        for stream in registry.states:
            if stream.startswith("stm:"):
                self.note(stream)

    def note(self, stream: str) -> None:
        """Remember a statement that was received."""
        state = self.registry.statement(stream)
        if state is None or isinstance(state, statement.Refused):
            return
        self.accounts[account_of(stream)].add(stream)
        file_hash = state.content.file_hash
        if file_hash is not None and stream not in self.files[file_hash]:
            self.files[file_hash].append(stream)


def account_of(stream: str) -> str:
    """Source kind and account of a statement's stream, where its chain is kept."""
    return ":".join(stream.split(":", 3)[1:3])
