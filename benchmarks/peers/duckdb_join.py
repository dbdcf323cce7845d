"""duckdb: the same three joins in SQL."""

from __future__ import annotations

from pathlib import Path

import duckdb

from benchmarks.peers.rows import WITHIN_A_PESO, Rows, rates

ONE_TO_ONE = """
CREATE TEMP TABLE {name} AS
SELECT payment_id, settlement_id
FROM payments p JOIN lines s ON {on}
WHERE payment_id NOT IN (SELECT payment_id FROM taken)
  AND settlement_id NOT IN (SELECT settlement_id FROM taken)
QUALIFY row_number() OVER (PARTITION BY payment_id ORDER BY settlement_id) = 1
"""
TAKE = """
INSERT INTO taken SELECT payment_id, settlement_id FROM {name}
QUALIFY row_number() OVER (PARTITION BY settlement_id ORDER BY payment_id) = 1
"""
SHARE = "((2 * {amount} * {bps} + 10000) // 20000)"


def load(folder: Path) -> duckdb.DuckDBPyConnection:
    """Read the folder into tables."""
    db = duckdb.connect()
    for name, file in (("payments", "payments"), ("lines", "settlements")):
        path = str(folder / f"{file}.jsonl")
        db.execute(
            f"CREATE TABLE {name} AS SELECT * FROM read_json_auto(?, sample_size=-1,"
            " convert_strings_to_integers=false)",
            [path],
        )
    db.execute(
        "CREATE TABLE rates (merchant_id TEXT, mdr BIGINT, vat BIGINT, iibb BIGINT, iva BIGINT,"
        " gan BIGINT)"
    )
    db.executemany(
        "INSERT INTO rates VALUES (?,?,?,?,?,?)", [list(one.values()) for one in rates(folder)]
    )
    db.execute("CREATE TABLE taken (payment_id TEXT, settlement_id TEXT)")
    return db


def match(db: duckdb.DuckDBPyConnection) -> Rows:
    """Three joins, each over what the ones before left."""
    same = "p.amount = s.amount AND p.currency = s.currency AND "
    for name, on in (
        ("named", same + "p.reference = s.reference"),
        ("dated", same + "p.expected_value_date = s.value_date"),
    ):
        db.execute(ONE_TO_ONE.format(name=name, on=on))
        db.execute(TAKE.format(name=name))
    found = db.execute("SELECT payment_id, settlement_id FROM taken").fetchall()
    return [([payment], [line]) for payment, line in found] + _payouts(db)


def _payouts(db: duckdb.DuckDBPyConnection) -> Rows:
    fee = SHARE.format(amount="amount", bps="mdr")
    parts = [fee, SHARE.format(amount=fee, bps="vat")]
    parts += [SHARE.format(amount="amount", bps=name) for name in ("iibb", "iva", "gan")]
    rows = db.execute(
        f"""
        WITH groups AS (
            SELECT merchant_id, currency, method, expected_value_date AS day,
                   sum(amount - {" - ".join(parts)}) AS net, list(payment_id) AS ids
            FROM payments JOIN rates USING (merchant_id)
            WHERE method IN ('card', 'qr') AND payment_id NOT IN (SELECT payment_id FROM taken)
            GROUP BY ALL)
        SELECT any_value(ids), settlement_id
        FROM groups g JOIN lines s ON g.merchant_id = s.merchant_id AND g.currency = s.currency
             AND g.day = s.value_date AND abs(g.net - s.amount) <= {WITHIN_A_PESO}
        WHERE settlement_id NOT IN (SELECT settlement_id FROM taken)
        GROUP BY settlement_id
        """
    ).fetchall()
    return [(ids, [line]) for ids, line in rows]
