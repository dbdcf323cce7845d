"""splink on the same open items: the usual recipe, trained on everything, asked about what is open.

Optional: `IS_HERE` says whether the library is installed. It is no dependency of the project.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import logging
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from benchmarks.residue import Residue, Row, rows

IS_HERE: Final = importlib.util.find_spec("splink") is not None

PAIRS_SAMPLED_MAX = 300_000


def predicted(folder: Path, found: Residue) -> Mapping[tuple[str, str], int]:
    """By line and payment (their sources' ids), the probability of a match in a thousand."""
    splink: Any = importlib.import_module("splink")
    compare: Any = importlib.import_module("splink.comparison_library")
    duckdb: Any = importlib.import_module("duckdb")
    payments = [_payment(row) for row in rows(folder, "payments")]
    lines = [_line(row) for row in rows(folder, "settlements") if row["amount"] > 0]
    settings = splink.SettingsCreator(
        link_type="link_only",
        unique_id_column_name="unique_id",
        comparisons=[
            compare.ExactMatch("amount"),
            compare.JaroWinklerAtThresholds("reference", [0.95, 0.85]),
            compare.JaroWinklerAtThresholds("name", [0.95, 0.85]),
            compare.ExactMatch("account"),
            compare.ExactMatch("tax_id"),
            compare.ExactMatch("merchant"),
            compare.AbsoluteDateDifferenceAtThresholds(
                "day", input_is_string=False, metrics=["day", "day"], thresholds=[1, 5]
            ),
        ],
        blocking_rules_to_generate_predictions=[
            splink.block_on("amount"),
            splink.block_on("reference"),
            splink.block_on("account"),
            splink.block_on("tax_id"),
            splink.block_on("name"),
        ],
    )
    connection = duckdb.connect()
    backend = splink.DuckDBAPI(connection=connection)
    for name, made in (("payments", payments), ("lines", lines)):
        _fill(connection, name, made)
    linker = splink.Linker(
        [backend.register(name, dataset_display_name=name) for name in ("payments", "lines")],
        settings,
        log_level=logging.ERROR,
    )
    training = linker.training
    training.estimate_probability_two_random_records_match(
        [splink.block_on("reference"), splink.block_on("amount", "account")], recall=0.8
    )
    training.estimate_u_using_random_sampling(max_pairs=PAIRS_SAMPLED_MAX, seed=1)
    training.estimate_parameters_using_expectation_maximisation(splink.block_on("amount"))
    training.estimate_parameters_using_expectation_maximisation(splink.block_on("reference"))
    linked = linker.inference.predict(threshold_match_probability=0.005)
    return _of_open(linked.as_record_list(), found)


def _of_open(linked: list[Row], found: Residue) -> dict[tuple[str, str], int]:
    lines = {case.line.settlement_id for case in found.cases}
    payments = {
        key.rpartition(":")[2] for key in found.pool.index.by_id if key not in found.pool.settled
    }
    said: dict[tuple[str, str], int] = {}
    for row in linked:
        one, other = row["unique_id_l"], row["unique_id_r"]
        line, payment = (one, other) if one in lines else (other, one)
        if line in lines and payment in payments:
            said[line, payment] = round(1_000 * row["match_probability"])
    return said


def _payment(row: Row) -> Row:
    return {
        "unique_id": row["payment_id"],
        "amount": row["amount"],
        "reference": row["reference"],
        "name": (row["payer_name"] or "").upper() or None,
        "account": row["payer_account"],
        "tax_id": row["payer_tax_id"],
        "merchant": row["merchant_id"],
        "day": row["expected_value_date"],
    }


def _line(row: Row) -> Row:
    return {
        "unique_id": row["settlement_id"],
        "amount": row["amount"],
        "reference": row["reference"],
        "name": row["counterparty_name"],
        "account": row["counterparty_account"],
        "tax_id": row["counterparty_tax_id"],
        "merchant": row["merchant_id"],
        "day": row["value_date"],
    }


def _fill(connection: Any, name: str, made: list[Row]) -> None:
    connection.execute(
        f"CREATE TABLE {name} (unique_id TEXT, amount BIGINT, reference TEXT, name TEXT,"
        " account TEXT, tax_id TEXT, merchant TEXT, day DATE)"
    )
    with tempfile.TemporaryDirectory(prefix="conciliar-splink-") as folder:
        file = Path(folder) / "rows.jsonl"
        file.write_text("".join(json.dumps(row) + "\n" for row in made), encoding="utf-8")
        connection.execute(f"COPY {name} FROM '{file}' (FORMAT json)")
