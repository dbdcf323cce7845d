"""A bank that does not exist, from a seed: its payments, its statements, and the truth about them.

`generate` makes the tables, `write` the files of the labelled data format, `scoring` measures a
result against the truth. All people, shops and accounts are invented.

    dice · people · days · merchants        chance, identities, calendar and rates, terms
    items · books · shown · texts · scenes  what is made, and the means to make it
    identified · unidentified               the noise classes of the labelled data
    proofs · refusals                       our own: what the rules prove, what they forbid
    payouts · irregular                     groups paid out together, and what is odd about some
    oracle · arrivals · rows · tables       accidents, deliveries and ids, rows and files
"""

from __future__ import annotations

from adapters.demo_bank.generation import generate
from adapters.demo_bank.rows import DemoBank
from adapters.demo_bank.shares import Shares
from adapters.demo_bank.tables import write

__all__ = ["DemoBank", "Shares", "generate", "write"]
