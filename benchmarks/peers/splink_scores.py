"""splink: a probabilistic model trained on the data, direct payments, best first, one to one."""

from __future__ import annotations

from pathlib import Path

import pandas
import splink.comparison_library as compare
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

from benchmarks.peers.rows import DIRECT, Rows, best_first, table

LIKELY = 0.9
FIELDS = ["amount", "currency", "reference", "end_to_end_id", "account", "tax_id", "name", "day"]


def load(folder: Path) -> tuple[pandas.DataFrame, pandas.DataFrame]:
    """Read the folder into two frames of the same columns."""
    payments = pandas.DataFrame(table(folder, "payments"))
    lines = pandas.DataFrame(table(folder, "settlements"))
    payments = payments[payments.method.isin(DIRECT)].rename(
        columns={
            "payment_id": "unique_id",
            "payer_account": "account",
            "payer_tax_id": "tax_id",
            "payer_name": "name",
            "expected_value_date": "day",
        }
    )
    lines = lines.drop(columns=["account"]).rename(
        columns={
            "settlement_id": "unique_id",
            "counterparty_account": "account",
            "counterparty_tax_id": "tax_id",
            "counterparty_name": "name",
            "value_date": "day",
        }
    )
    return payments[["unique_id", *FIELDS]], lines[["unique_id", *FIELDS]]


def match(frames: tuple[pandas.DataFrame, pandas.DataFrame]) -> Rows:
    """Train, score the pairs of equal amount, reference or account, and take the best."""
    rules = [block_on("amount", "currency"), block_on("reference"), block_on("account")]
    settings = SettingsCreator(
        link_type="link_only",
        comparisons=[
            compare.ExactMatch("amount"),
            compare.ExactMatch("reference"),
            compare.ExactMatch("end_to_end_id"),
            compare.ExactMatch("account"),
            compare.ExactMatch("tax_id"),
            compare.JaroWinklerAtThresholds("name", [0.9, 0.7]),
            compare.ExactMatch("day"),
        ],
        blocking_rules_to_generate_predictions=rules,
    )
    database = DuckDBAPI()
    linker = Linker([database.register(frame) for frame in frames], settings)
    training = linker.training
    training.estimate_probability_two_random_records_match([block_on("end_to_end_id")], recall=0.8)
    training.estimate_u_using_random_sampling(max_pairs=1_000_000, seed=1)
    training.estimate_parameters_using_expectation_maximisation(block_on("amount", "currency"))
    training.estimate_parameters_using_expectation_maximisation(block_on("reference"))
    scored = linker.inference.predict(threshold_match_probability=LIKELY).as_pandas_dataframe()
    payments = set(frames[0].unique_id)
    pairs = zip(scored.match_probability, scored.unique_id_l, scored.unique_id_r, strict=True)
    return best_first(
        (score, left, right) if left in payments else (score, right, left)
        for score, left, right in pairs
    )
