"""What the text of an MT940 line says: :86: by its structure, the supplementary line, :NS:.

Three structures are read, whichever bank wrote them:

    166?00GUTSCHRIFT?20EREF+…?30BIC?31IBAN?32NAME    subfields after ?, > or ~; SEPA words inside
    /TRTP/SEPA/IBAN/…/NAME/…/REMI/…/EREF/…           words between slashes
    anything else                                    free text

Sources: the German DK agreement on MT940 (annex 3), SWIFT's code words of field 86, and the forms
that Dutch, Polish and Hungarian banks publish. An end-to-end id stands after `EREF+` in ?20 to ?29,
or after /EREF/; nothing else is taken for one. It ends before the next such word; after
the last one with a subfield or a line that is not full.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from msgspec import Struct, structs

from adapters.statements.model import NAME_LENGTH_MAX, TEXT_LENGTH_MAX, Party, Unreadable
from adapters.statements.values import coelsa_id_in, is_iban, is_uetr, known
from domain.identity import is_valid_cbu, is_valid_cuit

END_TO_END_LENGTH_MAX: Final = 35
"""Signs of an end-to-end id (ISO 20022 Max35Text)."""

FULL_LINE: Final = 60
"""From this length on a line was folded, and its last word may go on in the next one."""

FULL_SUBFIELD: Final = 27
"""A subfield of this length may be the beginning of a word that goes on in the next one."""

COELSA_LENGTH: Final = 22

_PARTS: Final = dict.fromkeys(range(20, 30), 20) | {33: 32} | dict.fromkeys(range(60, 70), 60)
"""Subfields that go on in others: purpose, name, further purpose."""

_STRUCTURED: Final = re.compile(r"\s*(?:([0-9]{3})([?>~^<+|])|()([?>~]))(?=[0-9]{2})")
_SEPA_WORD: Final = re.compile(r"((?<![A-Z])BIC|[A-Z]{4})\+")
_SEPA: Final = {"MREF": "mandate", "KREF": "payment_information"}
_WORD: Final = re.compile(
    r"/{1,2}(ACCW|ADDR|BENM|BIC|CHGS|CNTP|CREF|CSID|EREF|EXCH|IBAN|ID|INIT|IREF|ISDT|KREF|MARF|NAME|"
    r"OCMT|ORDP|PREF|PURP|REMI|RTRN|SVCL|SVWZ|SWOD|TRCD|TRTP|UETR|ULTB|ULTC|ULTD)/"
)
_WORD_NAMES: Final = {"MARF": "mandate", "PREF": "payment_information", "IREF": "instr"}
_LIKE_IBAN: Final = re.compile(
    r"(?<![A-Z0-9])(?:DE[0-9]{20}|(?:GB|IE)[0-9]{2}[A-Z]{4}[0-9]{14}|(?:ME|RS)[0-9]{20})(?![A-Z0-9])"
)
"""An IBAN of 22 signs by its form alone, of countries whose banks write MT940."""

_LONG_NUMBER: Final = re.compile(
    r"(?<![0-9A-Za-z])([0-9]{22}|[0-9]{11}|[0-9]{2}-[0-9]{8}-[0-9])(?![0-9A-Za-z])"
)

_NOBODY: Final = Party()


class Narrative(Struct, frozen=True, kw_only=True):
    """What was found in the texts of one line; `code` is the business transaction code (GVC)."""

    remittance: str | None = None
    structured_remittance: str | None = None
    end_to_end_id: str | None = None
    uetr: str | None = None
    coelsa_id: str | None = None
    counterparty: Party | None = None
    references: tuple[tuple[str, str], ...] = ()
    return_reason: str | None = None
    code: str | None = None


def narrative_of(
    details: Sequence[Sequence[str]],
    *,
    supplementary: Sequence[str],
    notes: Sequence[Sequence[str]],
    currency: str,
    place: str,
) -> Narrative:
    """What the lines of each :86:, the supplementary lines and the lines of each :NS: say.

    Raises Unreadable for a text or a name that is longer than the model allows.
    """
    if sum(len(line) for lines in (*details, supplementary, *notes) for line in lines) > (
        TEXT_LENGTH_MAX
    ):
        raise Unreadable(place, f"its text has more than {TEXT_LENGTH_MAX} characters")
    joined = ["".join(lines) for lines in details]
    form = next(filter(None, map(_STRUCTURED.match, joined)), None)
    if form is not None:
        found = _of_subfields(joined, mark=form[2] or form[4], code=form[1])
    elif notes:
        found = _of_notes(notes, details)
    else:
        found = _of_text(joined, details)
    texts = [line for lines in (*details, supplementary) for line in lines]
    return _completed(found, texts, supplementary, currency=currency, place=place)


# The three structures.


def _of_subfields(texts: Iterable[str], *, mark: str, code: str | None) -> Narrative:
    pieces: list[tuple[int, str]] = []
    for text in texts:
        first, *rest = re.split(f"{re.escape(mark)}([0-9]{{2}})", text)
        if first.strip() and not _STRUCTURED.match(text):
            pieces.append((20, first))
        pieces += zip(map(int, rest[::2]), rest[1::2], strict=True)
    joined: dict[int, str] = {}
    for number, text in pieces:
        part = _PARTS.get(number, number)
        joined[part] = joined.get(part, "") + text
    purpose = joined.get(20, "")
    words, slashed = _sepa_words(_ended(pieces)), _words(purpose)
    shown = [known(joined.get(part)) for part in (0, 20, 60)]
    party = Party(
        name=known(joined.get(32)),
        account=known(joined.get(38)) or known(joined.get(31)),
        bank=known(joined.get(30)),
    )
    return Narrative(
        remittance=" ".join(filter(None, shown)) or None,
        end_to_end_id=_sepa_id(words) or _slashed_id(slashed),
        coelsa_id=_coelsa_id(
            part
            for text in (purpose, _parted(pieces))
            if len(text) >= COELSA_LENGTH
            for part in _SEPA_WORD.split(text)
        ),
        counterparty=party if party != _NOBODY else None,
        references=_named(words, _SEPA) + _named(slashed, _WORD_NAMES),
        return_reason=known(slashed.get("RTRN")),
        code=code,
    )


def _ended(pieces: Iterable[tuple[int, str]]) -> str:
    """The purpose, with a line end behind each subfield that was not full, so ended its word."""
    texts = (text for number, text in pieces if _PARTS.get(number) == 20)
    return "".join(text if len(text) >= FULL_SUBFIELD else f"{text}\n" for text in texts)


def _parted(pieces: Iterable[tuple[int, str]]) -> str:
    """The texts of subfields but those of the other side; one that is not full ended its word."""
    texts = (text for number, text in pieces if not 30 <= number <= 38)
    return "".join(text if len(text) >= FULL_SUBFIELD else f"{text} " for text in texts)


def _of_text(joined: Sequence[str], details: Sequence[Sequence[str]]) -> Narrative:
    text = " ".join(joined)
    ended = (line if len(line) >= FULL_LINE else f"{line}\n" for lines in details for line in lines)
    words, slashed = _sepa_words("".join(ended)), _words(text)
    party = _party_of_words(slashed)
    remitted = known(slashed.get("REMI", "").strip("/"))
    return Narrative(
        remittance=known(" ".join(map(_shown, details))),
        structured_remittance=_structured(remitted),
        end_to_end_id=_slashed_id(slashed) or _sepa_id(words),
        uetr=_uetr(slashed),
        coelsa_id=_coelsa_id([*joined, *(line for lines in details for line in lines)]),
        counterparty=party if party != _NOBODY else None,
        references=_named(slashed, _WORD_NAMES) + _named(words, _SEPA),
        return_reason=known(slashed.get("RTRN", "").strip("/")),
    )


def _of_notes(notes: Sequence[Sequence[str]], details: Sequence[Sequence[str]]) -> Narrative:
    """:NS: with two-digit line numbers: 01 to 14 purpose, 15 and 16 name, 33 bank, 34 account."""
    lines = [line for lines in notes for line in lines]

    def of(*numbers: int) -> str | None:
        parts = [line[2:] for line in lines if line[:2].isdigit() and int(line[:2]) in numbers]
        return known(" ".join(map(str.strip, parts)))

    party = Party(name=known(of(15, 16) or ""), account=of(34), bank=of(33))
    shown = (of(17), of(*range(1, 15)), *map(_shown, details))
    return Narrative(
        remittance=known(" ".join(filter(None, shown))),
        counterparty=party if party != _NOBODY else None,
    )


# Words inside a text.


def _sepa_words(text: str) -> dict[str, str]:
    """The text after each `EREF+`, up to the next four capitals and `+`."""
    return _after_each(_SEPA_WORD, text)


def _words(text: str) -> dict[str, str]:
    """The text after each /EREF/, up to the next word between slashes that banks use."""
    return _after_each(_WORD, text)


def _after_each(word: re.Pattern[str], text: str) -> dict[str, str]:
    if (pieces := word.split(text)[1:]) == []:
        return {}
    found: dict[str, str] = {}
    for name, after in zip(pieces[::2], pieces[1::2], strict=True):
        found.setdefault(name, after.strip())
    return found


def _sepa_id(words: dict[str, str]) -> str | None:
    """The id of `EREF+`: up to the next word; behind the last one stands what banks add as text."""
    text = words.get("EREF", "")
    if text and next(reversed(words)) == "EREF":
        text = text.partition("\n")[0].strip()
        if len(text) > END_TO_END_LENGTH_MAX:
            text = text.split()[0]
    return known(text.replace("\n", ""))


def _slashed_id(words: dict[str, str]) -> str | None:
    return known(words.get("EREF", "").strip("/ "))


def _uetr(words: dict[str, str]) -> str | None:
    text = words.get("UETR", "").strip("/ ")
    return text.lower() if is_uetr(text) else None


def _named(words: dict[str, str], names: dict[str, str]) -> tuple[tuple[str, str], ...]:
    if not words:
        return ()
    found = (
        (name, known(words.get(word, "").replace("\n", "").strip("/ ")))
        for word, name in names.items()
    )
    return tuple((name, text) for name, text in found if text is not None)


def _structured(remitted: str | None) -> str | None:
    """The creditor's reference of /REMI/STRD/CUR/…, as Dutch banks write it."""
    found = re.match(r"(?:STRD/)?(?:CUR|ISO|BBA)/+([^/]+)", remitted or "")
    return known(found[1]) if found else None


def _party_of_words(words: dict[str, str]) -> Party:
    """/IBAN/, /BIC/ and /NAME/; or /CNTP/ with account, bank and name between slashes."""
    account, bank, name, *_ = [*words.get("CNTP", "").split("/"), "", "", ""]
    return Party(
        name=known(words.get("NAME", "").strip("/ ")) or known(name),
        account=known(words.get("IBAN", "").strip("/ ")) or known(account),
        bank=known(words.get("BIC", "").strip("/ ")) or known(bank),
    )


def _shown(lines: Sequence[str]) -> str:
    """The lines as people read them: a short line ended with its word."""
    ended = (line if len(line) >= FULL_LINE else f"{line.rstrip()} " for line in lines)
    return "".join(ended).strip()


# What every structure may hold.


def _completed(
    found: Narrative,
    texts: Sequence[str],
    supplementary: Sequence[str],
    *,
    currency: str,
    place: str,
) -> Narrative:
    shown = [text for text in (found.remittance, known(_shown(supplementary))) if text]
    party = found.counterparty or _NOBODY
    if party.name is not None and len(party.name) > NAME_LENGTH_MAX:
        raise Unreadable(place, f"a name has more than {NAME_LENGTH_MAX} characters")
    tax_id, cbu = _argentine(" ".join(texts)) if currency == "ARS" else (None, None)
    account = party.account or next(filter(is_iban, map(str.strip, supplementary)), cbu)
    party = structs.replace(party, account=account, tax_id=tax_id)
    return structs.replace(
        found,
        remittance=" ".join(shown) or None,
        coelsa_id=found.coelsa_id or _coelsa_id(["".join(supplementary), *supplementary]),
        counterparty=party if party != _NOBODY else None,
    )


def _coelsa_id(texts: Iterable[str]) -> str | None:
    """The first COELSA id. A masked account has the form of an IBAN still, and is none."""
    return coelsa_id_in(_LIKE_IBAN.sub(" ", text) for text in texts if len(text) >= COELSA_LENGTH)


def _argentine(text: str) -> tuple[str | None, str | None]:
    """The first CUIT and the first CBU of the text whose check digits are right."""
    numbers = [number.replace("-", "") for number in _LONG_NUMBER.findall(text)]
    return next(filter(is_valid_cuit, numbers), None), next(filter(is_valid_cbu, numbers), None)
