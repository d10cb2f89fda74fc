"""Reads Kafka and writes ClickHouse until it is stopped; whatever is away meanwhile is waited for."""

import logging
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import closing

from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError
from confluent_kafka import KafkaException

from sklad import clickhouse
from sklad.connect import SINK, ConnectClient
from sklad.ingest.changes import COLUMNS, log_row
from sklad.ingest.topics import Delivered, batches
from sklad.settings import Settings, load_settings
from sklad.verify.tables import STOCK_BALANCES
from sklad.waiting import wait_until

LOG = "kafka_wms_stock_balances"
QUEUE = "stock_balances_queue"
QUEUE_COLUMNS = ("message", "_topic", "_partition", "_offset", "_timestamp_ms")
PAUSE_SECONDS = 1.0
# Without an answer by then the process ends, and is started again.
ANSWER_SECONDS = 120

log = logging.getLogger(__name__)


def write(client: Client, delivered: Sequence[Delivered]) -> None:
    """Insert a batch: changes into the log if all are plain, everything else into the queue, for its view to judge.

    Changes among which there is something else go into the queue with it: their order is kept, and a truncate, or the
    end of a snapshot, does not show before or after what it stands between.

    Raises:
        ClickHouseError: nothing, or only a part of it, was inserted. All of it may be written again.
    """
    arrived_ms = time.time_ns() // 1_000_000
    changes = [each for each in delivered if each.topic == STOCK_BALANCES.topic]
    judged = [each for each in delivered if each.topic != STOCK_BALANCES.topic]
    rows = [row for each in changes if (row := log_row(each, arrived_ms)) is not None]
    if len(rows) < len(changes):
        rows, judged = [], list(delivered)
    if rows:
        client.raw_insert(LOG, COLUMNS, b"".join(rows), fmt="RowBinary")
    if judged:
        client.insert(QUEUE, judged, QUEUE_COLUMNS)


def ingest(settings: Settings) -> None:
    """Go on from where the group stands, without an end.

    Raises:
        KafkaException, ClickHouseError: one of the two refuses or is away.
    """
    kafka = settings.kafka_bootstrap_servers
    # Whatever ends it, the group is left at once, and not when somebody clears the generator away.
    with (
        clickhouse.etl_client(settings) as client,
        closing(batches(kafka, settings.ingest_interval_ms / 1000)) as reading,
    ):
        log.info("reading %s", kafka)
        for delivered in reading:
            write(client, delivered)


def is_wanted(settings: Settings) -> bool:
    """Whether this process is the one to read.

    SINK=connect is refused where Connect lacks the plugin. Containers have been made anew by then, this one too:
    whoever read before goes on.

    Raises:
        DeadlineError: Connect or ClickHouse did not answer in time.
    """
    if settings.sink != "connect":
        return settings.sink == "ingest"
    connect = ConnectClient(settings.connect_url)
    (is_taken,) = wait_until(
        lambda: (connect.has_plugin(SINK) or _clickhouse_reads(settings),),  # a tuple: "no" is an answer, too
        "Kafka Connect and ClickHouse answer",
        ANSWER_SECONDS,
        not_yet=(ClickHouseError,),
    )
    return not is_taken


def _clickhouse_reads(settings: Settings) -> bool:
    query = "SELECT count() FROM system.tables WHERE database = 'wms' AND name = {queue:String} AND engine = 'Kafka'"
    with clickhouse.etl_client(settings) as client:
        return client.query(query, {"queue": QUEUE}).result_rows == [(1,)]


def main() -> None:
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO)
    settings = load_settings()
    # An orderly end leaves the group, so that whoever reads next need not wait for this one.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    if not is_wanted(settings):
        log.info("SINK=%s: somebody else reads", settings.sink)
        signal.pause()
    said = ""
    while True:
        try:
            ingest(settings)
        except (KafkaException, ClickHouseError) as error:
            # Once is enough: of services that are down others tell.
            if str(error) != said:
                log.warning("to be tried again: %s", error)
            said = str(error)
        time.sleep(PAUSE_SECONDS)


if __name__ == "__main__":
    main()
