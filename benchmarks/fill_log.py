"""Puts a past of any size into a running stack's change log, to see what its dashboards cost then:

PYTHONPATH=. .venv/bin/python -m benchmarks.fill_log --changes 100000000 --days 28

The balances are the stack's own; only the log is made up, in ClickHouse, below the positions that the WMS has written
since: a hundred millions through the whole path would take an hour. For a stack that is thrown away afterwards: its log
tells things that never happened.
"""

from typing import Annotated

import typer
from clickhouse_connect.driver.client import Client
from rich.console import Console
from rich.progress import track

from sklad import clickhouse
from sklad.errors import ServiceError
from sklad.settings import load_settings

# Positions in the WAL are multiples of 8; where there are too few of them, made-up ones stand closer together.
_LSN_STEP = 8

# What is made up is put together beside the log and moved into it, so that no view behind it takes it for news.
_PAST = "stock_balances_past"

# A day's changes, in order of time: more at noon than at night, more at warehouses and products with small ids; a tenth
# empties a shelf or fills an empty one.
_DAY = """
INSERT INTO stock_balances_past
WITH
    {first:UInt64} + number AS change,
    (SELECT groupArray(warehouse_id) FROM (SELECT warehouse_id FROM warehouses ORDER BY warehouse_id)) AS warehouse_ids,
    (SELECT groupArray(product_id) FROM (SELECT product_id FROM products ORDER BY product_id)) AS product_ids,
    pow(rand(1) / 4294967296, 1.3) AS warehouse_chance,
    pow(rand(2) / 4294967296, 1.3) AS product_chance,
    (number + rand(3) / 4294967296) / {changes:UInt64} AS share_of_day,
    rand(4) % 20 AS chance,
    1 + rand(5) % 40 AS units,
    addMicroseconds({day:DateTime64(6, 'UTC')},
        toUInt64(86400e6 * (share_of_day - 0.1 * sin(2 * pi() * share_of_day)))) AS moment
SELECT
    {lsn:UInt64} + change * {step:UInt64} AS lsn,
    warehouse_ids[1 + toUInt32(floor(warehouse_chance * length(warehouse_ids)))] AS warehouse_id,
    product_ids[1 + toUInt32(floor(product_chance * length(product_ids)))] AS product_id,
    'u' AS op,
    multiIf(chance = 0, 0, chance = 1, units, chance < 14, units, units * 3) AS quantity,
    multiIf(chance = 0, units, chance = 1, 0, chance < 14, units * 3, units) AS quantity_before,
    moment AS updated_at,
    addSeconds(moment, -86400) AS updated_at_before,
    1000 + change AS tx_id,
    moment AS committed_at,
    addMilliseconds(moment, 20) AS captured_at,
    addMilliseconds(moment, 40) AS queued_at,
    addMilliseconds(moment, 150) AS arrived_at,
    'made up' AS kafka_topic,
    0 AS kafka_partition,
    -- Before the snapshot's: what stands behind it in the topic counts as overtaken by it (migration 0040).
    0 AS kafka_offset
FROM numbers({changes:UInt64})
SETTINGS min_insert_block_size_rows = 2000000, min_insert_block_size_bytes = 0
"""
_DAYS_OF_PAST = (
    "SELECT DISTINCT partition FROM system.parts"
    " WHERE active AND database = currentDatabase() AND table = {past:String}"
)


def main(
    changes: Annotated[int, typer.Option(help="How many changes.")] = 100_000_000,
    days: Annotated[int, typer.Option(help="Over how many days, up to now.")] = 28,
) -> None:
    """Fill the change log, and let the snapshot be older than it."""
    with clickhouse.admin_client(load_settings()) as client:
        if client.command("SELECT count() FROM kafka_wms_stock_balances WHERE kafka_topic = 'made up'"):
            raise ServiceError("this change log has a past already. Start anew: make reset, make up")
        fill(client, changes, days)
        client.command("SYSTEM REFRESH VIEW stock_activity_mv")
    Console().print(f"{changes:,} changes in the last {days} days")


def fill(client: Client, changes: int, days: int) -> None:
    """Put so many changes before everything that the log holds.

    Raises:
        ServiceError: there are not as many positions in the WAL before the first load.
    """
    # With LOAD=bulk the log begins with the first change.
    begins = "SELECT lsn FROM kafka_wms_stock_balances UNION ALL SELECT slot_lsn FROM stock_balances_loads"
    first_of_all = int(client.query(f"SELECT min(lsn) FROM ({begins})").result_rows[0][0])
    step = min(_LSN_STEP, (first_of_all - 1) // changes)
    if not step:
        raise ServiceError(
            f"the WMS has written too little for so many changes before its snapshot: {first_of_all - 1:,} at most"
        )
    _date_back(client, days)
    client.command(f"DROP TABLE IF EXISTS {_PAST} SYNC")
    client.command(f"CREATE TABLE {_PAST} AS kafka_wms_stock_balances")
    for number in track(range(days), "days"):
        first, last = changes * number // days, changes * (number + 1) // days
        client.command(
            _DAY,
            parameters={
                "first": first,
                "changes": last - first,
                "day": client.query(
                    "SELECT now64(6, 'UTC') - toIntervalDay({days:UInt32}) - INTERVAL 1 HOUR", {"days": days - number}
                ).result_rows[0][0],
                "lsn": first_of_all - changes * step,
                "step": step,
            },
        )
    for (day,) in client.query(_DAYS_OF_PAST, {"past": _PAST}).result_rows:
        client.command(f"ALTER TABLE {_PAST} MOVE PARTITION '{day}' TO TABLE kafka_wms_stock_balances")
    client.command(f"DROP TABLE {_PAST} SYNC")


def _date_back(client: Client, days: int) -> None:
    """The snapshot, and bulk loads if there were any, are older than the first of the changes."""
    interval = f"INTERVAL {days + 1} DAY"
    for statement in (
        f"ALTER TABLE stock_balances_truncates UPDATE committed_at = committed_at - {interval} WHERE 1",
        f"INSERT INTO stock_balances_loads SELECT * REPLACE (loaded_at - {interval} AS loaded_at)"
        " FROM stock_balances_loads",
        f"ALTER TABLE stock_balances_loads DELETE WHERE loaded_at > now() - {interval}",
    ):
        client.command(statement, settings={"mutations_sync": 1})


if __name__ == "__main__":
    typer.run(main)
