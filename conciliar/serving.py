"""What the HTTP interface reads from, out of an embedded store: lists, grants, facts, keys."""

from __future__ import annotations

import hmac
import logging
from collections.abc import Generator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from pathlib import Path
from threading import Event, Thread
from typing import TypeGuard

from adapters.sqlite_queries import SqliteQueryStore
from adapters.tokens import LocalIssuer, TokenVerifier
from application.grants import GrantsOfFacts
from application.history import history
from application.lookup import Target
from application.lookup import target_of as exact_target
from application.ports import StoreUnusable, VersionConflict
from application.projecting import Projector
from application.queries import Queries, Role
from application.query_refusals import ItemUnknown
from application.undoing import MatchUnknown
from application.wording.explained import sentences
from application.wording.phrases import LANGUAGES
from conciliar.asking import explanation
from conciliar.composition import Counting, Embedded
from domain.money import Money
from domain.payment import PaymentUnknown
from domain.settlement import SettlementUnknown
from projections.listed import amount

FOLLOW_MS = 200
"""Milliseconds between two looks for facts that other processes recorded."""

STOP_S = 10
"""Seconds that the follower has to end."""

TOKEN_LIFE_S = 8 * 3_600
"""Seconds for which a token of this machine is good: a day of work."""

LOCAL_ISSUER = "urn:conciliar:this-process"
LOCAL_AUDIENCE = "conciliar"
SEED_BYTES = 32

log = logging.getLogger(__name__)


@contextmanager
def reading(embedded: Embedded, progress: Counting | None = None) -> Generator[Queries]:
    """Queries over an embedded store whose lists follow its facts until the end.

    Raises StoreUnusable.
    """
    embedded.current_views(progress)
    with closing(SqliteQueryStore.open(embedded.views)) as store, _following(embedded):
        yield Queries(store=store, tenant=embedded.info.tenant, key=_cursor_key(embedded))


def _cursor_key(embedded: Embedded) -> bytes:
    """What signs cursors: of this store alone, and the same when it is served again."""
    master = embedded.facts.store.folder.master_key
    return hmac.digest(master, b"conciliar cursors 1", "sha256")


@contextmanager
def _following(embedded: Embedded) -> Generator[None]:
    stop = Event()
    projector = Projector(facts=embedded.facts, views=embedded.views)

    def follow() -> None:
        while not stop.wait(FOLLOW_MS / 1_000):
            try:
                if embedded.facts.head() > embedded.views.position():
                    projector.catch_up()
            except (StoreUnusable, VersionConflict) as passing:
                log.warning("lists do not follow for now: %s", passing)

    thread = Thread(target=follow, name="follows facts", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(STOP_S)


def grants(embedded: Embedded) -> GrantsOfFacts:
    """The grants of a store."""
    return GrantsOfFacts(facts=embedded.facts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recalled:
    """The past and the reasons of one thing, from its facts."""

    embedded: Embedded

    def facts(self, id_: str) -> Mapping[str, object]:
        """Every fact about it, in order, with the state after each. Raises ItemUnknown."""
        target = self._target(id_)
        steps = history(self.embedded.facts, target)
        return {"id": target.id, "kind": target.kind, "facts": [_plain(each) for each in steps]}

    def explanation(self, id_: str) -> Mapping[str, object]:
        """Why it is what it is, in English and Spanish. Raises ItemUnknown."""
        target = self._target(id_)
        try:
            found = explanation(self.embedded.facts, self.embedded.views, target)
        except (PaymentUnknown, SettlementUnknown, MatchUnknown) as unknown:
            raise ItemUnknown from unknown
        said = {language: sentences(found, language) for language in LANGUAGES}
        return {"id": target.id, "kind": target.kind, "sentences": said}

    def _target(self, id_: str) -> Target:
        try:
            return exact_target(id_)
        except KeyError:
            raise ItemUnknown from None


def _plain(value: object, name: str = "") -> object:
    """A value as JSON shows it: amounts as text, like everywhere else in the interface."""
    match value:
        case Money():
            return amount(value.minor, value.currency)
        case {"minor": int() as minor, "currency": str() as currency}:
            return amount(minor, currency)
        case int() if name.endswith("_minor") and not isinstance(value, bool):
            return str(value)
        case date():
            return value.isoformat()
        case _ if _is_mapping(value):
            return {key: _plain(each, key) for key, each in value.items()}
        case _ if _is_sequence(value):
            return [_plain(each, name) for each in value]
        case _ if is_dataclass(value):
            return {
                each.name: _plain(getattr(value, each.name), each.name) for each in fields(value)
            }
        case _:
            return value


def _is_mapping(value: object) -> TypeGuard[Mapping[str, object]]:
    return isinstance(value, Mapping)


def _is_sequence(value: object) -> TypeGuard[list[object] | tuple[object, ...]]:
    return isinstance(value, list | tuple)


# Tokens.


def verifier(*, issuer: str, audience: str, keys: Path) -> TokenVerifier:
    """Checks tokens against the key set in a file. Raises OSError, KeysUnusable."""
    return TokenVerifier(issuer=issuer, audience=audience, keys=keys.read_bytes())


def local_issuer(embedded: Embedded) -> LocalIssuer:
    """An issuer whose key lives as long as this process."""
    seed = embedded.entropy.token_bytes(SEED_BYTES)
    return LocalIssuer(issuer=LOCAL_ISSUER, audience=LOCAL_AUDIENCE, seed=seed)


def local_verifier(issuer: LocalIssuer) -> TokenVerifier:
    """Checks the tokens of that issuer."""
    return TokenVerifier(issuer=LOCAL_ISSUER, audience=LOCAL_AUDIENCE, keys=issuer.keys)


def local_token(
    issuer: LocalIssuer, embedded: Embedded, *, role: Role, scopes: str, partner: str | None
) -> str:
    """A token of that issuer for the store's bank, good for TOKEN_LIFE_S seconds."""
    claims: dict[str, object] = {
        "sub": f"local:{partner or role}",
        "tenant": embedded.info.tenant,
        "role": role,
        "scope": scopes,
    }
    if partner is not None:
        claims["partner"] = partner
    return issuer.issue(claims, now_s=embedded.clock.now_ms() // 1_000, life_s=TOKEN_LIFE_S)
