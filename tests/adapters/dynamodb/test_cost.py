"""What the commonest commands cost: one write unit each, with room to spare."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import pytest

from adapters.dynamodb.facts import stored_fact
from adapters.dynamodb.items import Authorship, CommitItem, encode_commit, stream_key
from adapters.dynamodb.sizes import item_bytes, write_units
from adapters.fact_sealing import FreshSalt, Sealer
from adapters.sealing import Salts, Vault
from adapters.system import SeededEntropy
from adapters.topics import REGISTRY
from application.ports import Commit
from domain.facts import Context, Fact
from tests.adapters.contract_samples import LINE, REGISTERED, allocated

COMMONEST_BYTES_MAX = 1_000
"""Of the commonest commands' items: below the 1,024 at which the second unit begins."""

PAYMENT = replace(
    REGISTERED,
    payment_id="9F2K8V7Q3M1X5Z0T4R6W2Y",
    source="coelsa",
    merchant_id="mer:core:MER-00042",
    reference="FACT-0001-00012345",
    end_to_end_id="E2E20261116-0001234567",
    payer_tax_id="24667649214",
    received_at="2026-11-16T10:20:31-03:00",
)
PAYMENT_STREAM = "pay:coelsa:9F2K8V7Q3M1X5Z0T4R6W2Y"
SETTLEMENT_STREAM = "set:bank:2856344207377634584363:20261117-000123"

ALLOCATED = replace(
    allocated(1), match_id=f"mat:{SETTLEMENT_STREAM}:1", settlements=(SETTLEMENT_STREAM,)
)
SETTLEMENT = replace(
    LINE, settlement_id="20261117-000123", counterparty_account="0177792125336137481863"
)

CONTEXT = Context(
    command_id="4b9f6a39f1d24c0e:12345",
    correlation_id="4b9f6a39f1d24c0e",
    actor="svc:import",
    authority="role/import",
    sources=("5f" * 32,),
)


class KeysInMemory:
    """Salts in a list."""

    def __init__(self) -> None:
        self.rows: list[FreshSalt] = []

    def salts(self, streams: Iterable[str]) -> Salts:
        return Salts(self.rows)

    def provide(self, fresh: Sequence[FreshSalt]) -> Sequence[FreshSalt]:
        self.rows += fresh
        return fresh


def item_of(stream: str, *facts: Fact) -> dict[str, object]:
    """The item that these facts of one command become."""
    sealer = Sealer(
        keys=KeysInMemory(),
        vault=Vault(master_key=b"k" * 32, tenant="bank-01"),
        entropy=SeededEntropy("cost"),
        registry=REGISTRY,
    )
    commit = Commit(
        stream=stream,
        expected_version=0,
        business_time="2026-11-16",
        context=CONTEXT,
        facts=facts,
    )
    drafts = sealer.drafts([commit])
    nonces, boxes = sealer.sealed(drafts)
    return encode_commit(
        CommitItem(
            key=stream_key("bank-01", stream),
            version=1,
            write_id=b"w" * 16,
            recorded_at_ms=1_794_835_230_000,
            facts=tuple(map(stored_fact, drafts, nonces, boxes)),
            position=12_345_678,
            authorship=Authorship("2026-11-16", CONTEXT),
        )
    )


@pytest.mark.parametrize(
    "stream, facts, size",
    [
        (PAYMENT_STREAM, (PAYMENT,), 753),
        (PAYMENT_STREAM, (PAYMENT, ALLOCATED), 968),
        (PAYMENT_STREAM, (ALLOCATED,), 423),
        (SETTLEMENT_STREAM, (SETTLEMENT,), 696),
    ],
    ids=["register", "register-and-allocate", "allocate", "record-settlement"],
)
def test_the_commonest_commands_cost_one_unit(stream: str, facts: tuple[Fact, ...], size: int):
    """Ids as long as life's, three sealed fields: below a thousand bytes, one unit."""
    item = item_of(stream, *facts)
    assert item_bytes(item) == size
    assert size < COMMONEST_BYTES_MAX
    assert write_units(item, transaction=False) == 1


def test_three_sealed_fields_cost_one_box():
    """Sealing all personal fields together costs 28 bytes and their names, once."""
    nameless = replace(PAYMENT, payer_name=None, payer_account=None, payer_tax_id=None)
    sealed = item_bytes(item_of(PAYMENT_STREAM, PAYMENT))
    assert sealed - item_bytes(item_of(PAYMENT_STREAM, nameless)) == 128 + len("p") + 1
