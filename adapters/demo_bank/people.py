"""Made-up people and shops, with account numbers and tax ids whose check digits are right.

The digits are computed as formats of the BCRA (CBU: weights 7 1 3 9 from the right) and of ARCA
(CUIT: weights 2 to 7 from the right, modulo 11) say. Names are common ones; whoever bears one is
not meant.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache

from adapters.demo_bank.dice import Dice

BANKS = ("007", "011", "014", "017", "027", "034", "072", "150", "191", "285", "299")
WALLETS = ("0000003", "0000007", "0000076", "0000031")
"""First seven digits of a CVU: 000 and the payment company."""

GIVEN_NAMES = (
    *("Abril", "Agustín", "Ana", "Belén", "Bruno", "Camila", "Emilia", "Facundo", "Inés"),
    *("Joaquín", "José", "Julieta", "Lautaro", "Lucía", "Martín", "Mía", "Nicolás", "Sofía"),
)
FAMILY_NAMES = (
    *("Acuña", "Aguirre", "Benítez", "Cáceres", "Domínguez", "Fernández", "Giménez", "Ibáñez"),
    *("Ledesma", "Martínez", "Muñoz", "Núñez", "Ojeda", "Peralta", "Quiroga", "Ríos", "Yáñez"),
)
TRADES = (
    *("Almacén", "Bazar", "Carnicería", "Dietética", "Farmacia", "Ferretería", "Gomería"),
    *("Heladería", "Juguetería", "Librería", "Mueblería", "Óptica", "Panadería", "Pinturería"),
)
FORMS = ("SA", "SRL", "SAS", "")


@dataclass(frozen=True, slots=True)
class Payer:
    """Who pays: a person with an account (CBU or CVU) and a tax id (CUIL)."""

    name: str
    account: str
    tax_id: str

    @property
    def bank(self) -> str:
        """The bank that the line comes through; a wallet's money comes through its sponsor."""
        return BANKS[0] if self.account.startswith("000") else self.account[:3]


@dataclass(slots=True)
class Registry:
    """Hands out identities. No tax id is given twice, so that no stranger looks like a payer."""

    dice: Dice
    tax_ids: set[str] = field(default_factory=set[str])

    def payer(self) -> Payer:
        """A person nobody has seen before; one in four pays from a wallet."""
        name = f"{self.dice.pick(GIVEN_NAMES)} {self.dice.pick(FAMILY_NAMES)}"
        account = self.wallet_account() if self.dice.percent(25) else self.bank_account()
        return Payer(name, account, self.tax_id("20", "23", "24", "27"))

    def shop_name(self) -> str:
        """The name of a company, perhaps borne by others too."""
        form = self.dice.pick(FORMS)
        return f"{self.dice.pick(TRADES)} {self.dice.pick(FAMILY_NAMES)} {form}".strip()

    def bank_account(self) -> str:
        """A CBU."""
        return cbu(self.dice.pick(BANKS) + self.dice.digits(4), self.dice.digits(13))

    def wallet_account(self) -> str:
        """A CVU; this bank's wallets give theirs the check digits of a CBU."""
        return cbu(self.dice.pick(WALLETS), self.dice.digits(13))

    def tax_id(self, *prefixes: str) -> str:
        """A CUIT or CUIL that begins with one of `prefixes`."""
        while True:
            person = self.dice.between(5_000_000, 49_999_999)
            number = f"{self.dice.pick(prefixes)}{person:08d}"
            check = 11 - _weighted(number, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11
            found = f"{number}{check % 11}"
            if check != 10 and found not in self.tax_ids:
                self.tax_ids.add(found)
                return found


def cbu(branch: str, account: str) -> str:
    """The 22 digits of a branch (7: entity and office) and an account (13), with check digits."""
    return f"{branch}{_branch_check(branch)}{account}{_account_check(account)}"


def spoilt_tax_id(tax_id: str) -> str:
    """The same number with a wrong check digit."""
    return tax_id[:-1] + str((int(tax_id[-1]) + 1) % 10)


def hyphenated(tax_id: str) -> str:
    """A tax id as people write it: 20-12345678-3."""
    return f"{tax_id[:2]}-{tax_id[2:10]}-{tax_id[10]}"


def plain_capitals(text: str) -> str:
    """`text` as old systems print it: capitals without accents."""
    return unaccented(text).upper()


@lru_cache(maxsize=1 << 12)
def unaccented(text: str) -> str:
    """`text` with accents and the marks of ñ and ü left out."""
    return "".join(
        mark for mark in unicodedata.normalize("NFKD", text) if not unicodedata.combining(mark)
    )


@lru_cache(maxsize=1 << 12)
def _branch_check(branch: str) -> int:
    return -_weighted(branch, (7, 1, 3, 9, 7, 1, 3)) % 10


def _account_check(account: str) -> int:
    return -_weighted(account, (3, 9, 7, 1, 3, 9, 7, 1, 3, 9, 7, 1, 3)) % 10


def _weighted(digits: str, weights: tuple[int, ...]) -> int:
    return sum([int(digit) * weight for digit, weight in zip(digits, weights, strict=True)])
