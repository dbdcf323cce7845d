"""Which column of a table tells debits from credits by a word beside amounts that have no sign.

A word of common use in Spanish, English or Portuguese is known by itself, or by the word it stands
against: SALE is a debit beside ENTRA, and a sale beside nothing. What looks like a direction and is
not known is refused: taken for nothing, it would make credits of all debits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from adapters.statements.cells import ReadAmount
from adapters.statements.chain import value_of
from adapters.statements.layout import Layout, column_key
from adapters.statements.model import Unreadable
from adapters.statements.profiles import Profile
from adapters.statements.table import Row, normalised

WORD_LENGTH_MAX = 20
"""Characters of a word for debit or credit."""

_PAIRS: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (("sale", "salen"), ("entra", "entran", "ingresa", "entrada", "ingreso")),
    (("e",), ("i",)),  # egreso, ingreso
    (("s",), ("e", "i")),  # salida or saída, entrada or ingreso
    (("c",), ("a",)),  # cargo, abono
    (("d",), ("a",)),  # debe or deudor, abono or acreedor
    (("n",), ("p",)),  # negativo, positivo
    (("out",), ("in",)),
    (("envio", "enviado", "enviada"), ("recepcion", "recibido", "recibida")),
    (("sent",), ("received",)),
)
"""Words that are a debit and a credit where both kinds stand in one column, and no others."""

_LIKELY = frozenset(
    {
        *("tipo", "tipo mov", "tipo oper", "tipo transaccion", "tipo registro", "tipo asiento"),
        *("naturaleza", "natureza", "sentido", "lado", "direccion", "flujo", "efecto", "clase"),
        *("cargo abono", "ingreso egreso", "entrada salida", "entrada saida", "e s", "i e", "c a"),
        *("mov", "oper", "lancamento", "tipo lancamento", "sinal", "accion"),
        *("type", "transaction type", "entry type", "direction", "flow", "side", "in out"),
    }
)
"""Columns that may hold the words for debit and credit, and often hold something else."""

_OTHER = frozenset(
    {
        *("tarjeta", "marca", "medio", "producto", "plan", "card", "brand"),
        *("payment", "method", "product", "scheme", "canal", "channel", "sucursal"),
        *("branch", "agencia", "oficina", "estado", "status", "situacion", "moneda"),
        *("currency", "divisa", "banco", "bank", "red", "cliente", "client"),
        *("customer", "nombre", "name", "titular", "usuario", "user", "operador"),
        *("empresa", "comercio", "merchant", "tienda", "store", "terminal", "pais"),
        *("country", "provincia", "ciudad", "city", "region", "zona", "rubro"),
        *("categoria", "category", "origen", "source", "sistema", "system", "aplicacion"),
        *("cuenta", "account", "beneficiario", "contraparte", "ordenante", "forma"),
    }
)
"""Words in the name of a column that is about something else, whatever stands in it."""


def indicator_key(word: str) -> str:
    """A word for debit or credit without case and accents; a bare sign as it is."""
    return word if word in {"+", "-"} else normalised(word)


def words_of(profile: Profile) -> dict[str, int]:
    """The sign of each word that a column of debits and credits may hold."""
    return {indicator_key(word): -1 for word in (*profile.debit_words, "-")} | {
        indicator_key(word): 1 for word in (*profile.credit_words, "+")
    }


def words_in(
    column: int,
    cells: Sequence[Sequence[str]],
    read: ReadAmount,
    layout: Layout,
    words: Mapping[str, int],
) -> dict[str, int]:
    """The same, with the words of the column that say it by what they stand against."""
    said = {*said_beside(column, cells, read, layout)} - {""}
    for debits, credits_ in _PAIRS:
        if said <= {*debits, *credits_} and not (
            said.isdisjoint(debits) or said.isdisjoint(credits_)
        ):
            return {**words, **dict.fromkeys(debits, -1), **dict.fromkeys(credits_, 1)}
    return dict(words)


def said_beside(
    column: int, cells: Sequence[Sequence[str]], read: ReadAmount, layout: Layout
) -> list[str]:
    """What a column says beside each amount that is not 0."""
    amount = layout.at["amount"]
    return [indicator_key(each[column]) for each in cells if value_of(each[amount], read)]


def likely_indicator(
    cells: Sequence[Sequence[str]], read: ReadAmount, layout: Layout, words: Mapping[str, int]
) -> int | None:
    """A column that tells debits from credits beside amounts that have no sign at all.

    One that is named for nothing else does if any of its words is known: the others are refused.
    Another does if all its words are known, and both sides stand in it or its name is likely.
    """
    named = layout.at.get("indicator")
    if named is not None:
        known = words_in(named, cells, read, layout, words)
        if not known.keys().isdisjoint(said_beside(named, cells, read, layout)):
            return named
    for column in (*layout.extras, *layout.texts):
        key = column_key(layout.header[column])
        said = said_beside(column, cells, read, layout)
        known = words_in(column, cells, read, layout, words)
        if not said or not known.keys() >= {*said} or not _OTHER.isdisjoint(key.split()):
            continue
        if key in _LIKELY or len({known[word] for word in said}) == 2:
            return column
    return None


def refuse_unknown_words(
    rows: Sequence[Row], read: ReadAmount, layout: Layout, words: Mapping[str, int]
) -> None:
    """Refuse amounts without a sign beside a column that may tell it in words nobody knows.

    That is a column named for it; one that may be, with some words that are known; and one of two
    words that come again. Raises Unreadable with the column and the word.
    """
    cells = [each for _, each in rows]
    for column in (layout.at.get("indicator"), *layout.extras, *layout.texts):
        if column is None:
            continue
        said = said_beside(column, cells, read, layout)
        word = _unknown(column, said, layout, words)
        if word is not None:
            line = next(line for line, row in rows if indicator_key(row[column]) == word)
            raise Unreadable(
                f"line {line}",
                f"{layout.header[column]} says '{word[:WORD_LENGTH_MAX]}', and no amount has a"
                " sign: a profile has to say which words are debits",
            )


def _unknown(
    column: int, said: Sequence[str], layout: Layout, words: Mapping[str, int]
) -> str | None:
    """The first unknown word of a column that may tell directions; None if it tells none."""
    unknown = [word for word in said if word and word not in words]
    key = column_key(layout.header[column])
    if not unknown or not _OTHER.isdisjoint(key.split()):
        return None
    if column == layout.at.get("indicator"):
        return unknown[0]
    likely = key in _LIKELY
    if likely and any(word.split()[0] in words for word in said if word):
        return unknown[0]
    kinds = {*said} - {""}
    spaces = "" if column in layout.texts else " "
    if not all(word.replace(spaces, "").isalpha() for word in kinds):
        return None
    is_pair = len(kinds) == 2 or (likely and "" in said and len(kinds) == 1)
    if not is_pair or max(map(len, kinds)) > WORD_LENGTH_MAX or not (likely or len(said) > 2):
        return None
    return unknown[0]
