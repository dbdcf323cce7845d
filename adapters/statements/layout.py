"""Where the fields of a profile stand in one header."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from adapters.statements.profiles import Columns, Profile
from adapters.statements.table import normalised

_LEFT_OUT = frozenset({"de", "del", "la", "el", "en"})
_SAME = {
    word: words.split()[0]
    for words in (
        "n nro num numero no nr",
        "mov movim movimiento movimientos mvto",
        "oper op operacion",
        "descripcion desc descrip",
        "comprobante cpbte cbte comprob compr comp",
        "referencia ref refer",
        "fecha fec fch f",
    )
    for word in words.split()
}
_MONEY = re.compile(r" (ars|pesos?|usd|u s|us|dolares|dolar|eur|euros?)$")
_CURRENCY = {"a": "ARS", "p": "ARS", "u": "USD", "d": "USD", "e": "EUR"}
_SINGLE = (
    "booking_date", "value_date", "amount", "debit", "credit", "indicator", "balance", "currency",
    "account", "bank_reference", "end_to_end_id", "uetr", "coelsa_id", "status", "reversal",
    "counterparty_name", "counterparty_account", "counterparty_tax_id", "counterparty_bank",
)  # fmt: skip
_DECISIVE = ("booking_date", "amount", "debit", "credit", "balance", "currency", "account")


@dataclass(frozen=True, kw_only=True)
class Layout:
    """The column of each field that the header has, by the field's name in `Columns`.

    `texts` are the columns of text, `extras` those that the profile does not name. `currency` is
    one that the header says beside a column's name. `doubtful` is a field that two columns claim.
    """

    header: tuple[str, ...]
    at: dict[str, int]
    texts: tuple[int, ...]
    extras: tuple[int, ...]
    currency: str | None
    doubtful: str | None

    @property
    def is_complete(self) -> bool:
        """Whether there is a date, and an amount or both of a debit and a credit."""
        at = self.at
        return "booking_date" in at and ("amount" in at or ("debit" in at and "credit" in at))

    @property
    def is_spanish(self) -> bool:
        """Whether the day is named in Spanish, as the layouts of Argentina do."""
        return column_key(self.header[self.at["booking_date"]]).split()[:1] in (["fecha"], ["dia"])

    @property
    def amounts(self) -> tuple[int, ...]:
        """The columns that hold amounts."""
        return tuple(
            self.at[name] for name in ("amount", "debit", "credit", "balance") if name in self.at
        )


def layout_of(header: Sequence[str], profile: Profile) -> Layout:
    """Where the profile's fields stand in a header, as written or normalised."""
    columns = profile.columns
    keys = [column_key(name) for name in header]
    at: dict[str, int] = {}
    doubtful = None
    for field in _SINGLE:
        for name in _names(columns, field):
            if (key := column_key(name)) in keys:
                at[field] = keys.index(key)
                if keys.count(key) > 1 and field in _DECISIVE:
                    doubtful = field
                break
    words = {column_key(name) for name in columns.text}
    taken = set(at.values())
    texts = tuple(i for i, key in enumerate(keys) if key in words and i not in taken)
    taken.update(texts)
    ignored = {column_key(name) for name in columns.ignored}
    return Layout(
        header=tuple(header),
        at=at,
        texts=texts,
        extras=tuple(
            i for i, key in enumerate(keys) if i not in taken and key and key not in ignored
        ),
        currency=_currency_in(header),
        doubtful=doubtful,
    )


def _names(columns: Columns, field: str) -> tuple[str, ...]:
    return getattr(columns, field)


@lru_cache(maxsize=4_096)
def column_key(name: str) -> str:
    """What two spellings of one column name share: "Nro. de Comprobante ($)" is "n comprobante"."""
    plain = _MONEY.sub("", normalised(name))
    words = (word for word in plain.split() if word not in _LEFT_OUT)
    return " ".join(_SAME.get(word, word) for word in words)


def _currency_in(header: Sequence[str]) -> str | None:
    found = {_CURRENCY[said[1][0]] for name in header if (said := _MONEY.search(normalised(name)))}
    return found.pop() if len(found) == 1 else None
