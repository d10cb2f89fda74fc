"""One change followed through the whole path: when it was committed, read, queued, inserted and seen."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime

import psycopg
from clickhouse_connect.driver.client import Client

from sklad import clickhouse
from sklad.latency import Key, probed_keys, touch
from sklad.settings import ROOT, Settings
from sklad.waiting import wait_until

HOP_SQL = ROOT / "clickhouse" / "stock" / "status" / "hops.sql"
VISIBLE_SECONDS = 60
# Between two looks: the last hop is too long by up to this and the time of an answer.
REST_SECONDS = 0.002
# At another moment of the pipeline's own intervals each time.
PAUSE_SECONDS = 0.137


@dataclass(frozen=True)
class Trace:
    """Seconds of each hop, in the order of the way. The clocks are those of the machines on it: here they are one."""

    hops: dict[str, float]


def follow(settings: Settings, times: int) -> list[Trace]:
    """Change a balance so often, one after the other, without changing what it says.

    Raises:
        ServiceError: the WMS has too few balances.
        DeadlineError: a change did not show within a minute.
    """
    dsn = settings.wms_dsn("wms_app", settings.wms_app_password)
    found: list[Trace] = []
    with psycopg.connect(dsn, autocommit=True) as connection, clickhouse.admin_client(settings) as client:
        keys = probed_keys(connection)
        while len(found) < times:
            key = keys[len(found) % len(keys)]
            if updated_at := touch(connection, key):  # None: the workload has deleted it
                found.append(_follow(client, key, updated_at))
            time.sleep(PAUSE_SECONDS)
    return found


def _follow(client: Client, key: Key, updated_at: datetime) -> Trace:
    parameters = {"warehouse": key[0], "product": key[1], "updated_at": updated_at}
    query = (
        "SELECT updated_at >= {updated_at:DateTime64(6, 'UTC')} FROM stock_balances_v"
        " WHERE warehouse_id = {warehouse:Int32} AND product_id = {product:Int32}"
    )
    wait_until(
        lambda: client.query(query, parameters).result_rows == [(1,)],
        f"the change of balance {key} is visible (see: make status)", VISIBLE_SECONDS, REST_SECONDS,
    )  # fmt: skip
    seen = datetime.now(UTC)
    moments = client.query(HOP_SQL.read_text(), parameters).result_rows[0]
    stations = [*(moment.replace(tzinfo=UTC) for moment in moments), seen]
    names = ("commit to Debezium", "Debezium to Kafka", "Kafka to ClickHouse", "ClickHouse to visible")
    pairs = zip(names, stations, stations[1:], strict=False)
    return Trace({name: (after - before).total_seconds() for name, before, after in pairs})
