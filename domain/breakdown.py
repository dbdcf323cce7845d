"""What a document says inside the amount of a line: gross and charges, and who is paid by it.

Charges come from the document and are never computed: gross + Σ charges = the line's amount. A
member list is the acquirer's or bank's own word on which payments the line pays together.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedCharge:
    """A charge of a glossary kind; `amount_minor` is signed, as it changes the gross amount."""

    kind: str
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One payment of a member list, by the ids that the list gives; `gross_minor` is what it paid.

    `gross_minor` is None where the list gives no amount for it.
    """

    gross_minor: int | None
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Breakdown:
    """The inside of a line, in its currency; `gross_minor` is None where no charge was stated."""

    gross_minor: int | None
    charges: tuple[StatedCharge, ...]
    members: tuple[Member, ...]
