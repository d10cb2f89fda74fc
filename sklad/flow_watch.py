"""Sees to what stands still though every service runs: failed connector tasks, a consumer that has lost its group.

A connector's task that loses its source retries without an end, but one that meets it dying while it connects anew
fails for good (Debezium 3.7 calls only some of those errors retriable), and Kafka Connect leaves it so. A failure of
any other kind stays: a person must see it.

ClickHouse's consumer, when a broker goes away in the middle of a commit and comes back later than a session lasts, may
go on asking for messages without ever joining its group again (26.9). Kafka knows: the group has no member.

python -m sklad.flow_watch
"""

import logging
import re
import time
from collections.abc import Callable

import httpx
from clickhouse_connect.driver.exceptions import ClickHouseError
from confluent_kafka import ConsumerGroupState, KafkaException
from confluent_kafka.admin import AdminClient

from sklad import clickhouse
from sklad.connect import ConnectClient, ConnectorState, cause
from sklad.errors import ServiceError
from sklad.settings import Settings, load_settings
from sklad.verify.tables import STOCK_BALANCES

PAUSE_SECONDS = 5.0
# A consumer that starts, or whose broker was away, has joined long before that.
ALONE_SECONDS = 30.0
KAFKA_SECONDS = 10
# Innermost causes that go away by themselves: connections refused, cut and timed out; PostgreSQL on its way down or up,
# or with a slot that it still counts as its dead reader's; brokers that don't answer, in Connect's own words as well.
_PASSING = re.compile(
    r"java\.(io|net|nio)\.[\w.]*Exception"
    r"|org\.postgresql\.util\.PSQLException: "
    r"(?=.*(connection|I/O error|is starting up|is shutting down|recovery mode|too many clients|is active for PID))"
    r"|org\.apache\.kafka\.common\.errors\.(Timeout|Disconnect|Network|Coordinator\w+|NotLeader\w+|Retriable)\w*Exception"
    r"|org\.apache\.kafka\.connect\.errors\.ConnectException: "
    r"(Failed to .*(config topic|zombie fencing|offsets)|Timed out while )"
)
_ALONE = (ConsumerGroupState.EMPTY, ConsumerGroupState.DEAD)
_NO_ANSWER = (httpx.HTTPError, KafkaException, ClickHouseError, ServiceError, TimeoutError)

log = logging.getLogger(__name__)


def passes(state: ConnectorState) -> bool:
    """Whether a connector has failed in a way that another try may mend."""
    return state.has_failed and _PASSING.match(cause(state.trace)) is not None


def has_members(kafka: AdminClient, group: str) -> bool:
    """Whether somebody reads for a group. Raises KafkaException, TimeoutError: Kafka does not answer."""
    # Not describe_consumer_groups: while a broker is away, that ends the process (an assertion of librdkafka).
    found = kafka.list_consumer_groups(request_timeout=KAFKA_SECONDS).result(2 * KAFKA_SECONDS)
    if found.errors:
        raise KafkaException(found.errors[0])
    return any(each.group_id == group and each.state not in _ALONE for each in found.valid)


class ConnectorTasks:
    """The tasks of all connectors."""

    def __init__(self, client: ConnectClient) -> None:
        self._client = client

    def look(self) -> None:
        """Restart what failed in passing. Raises httpx.HTTPError: Connect does not answer."""
        for state in filter(passes, self._client.states()):
            log.warning("connector %s failed, it is run again: %s", state.name, cause(state.trace))
            self._client.restart_failed(state.name)


class Consumer:
    """ClickHouse's consumer of the stock product (SINK=engine)."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        # Of brokers that are away others tell.
        self._kafka = AdminClient({"bootstrap.servers": settings.kafka_bootstrap_servers, "log_level": 0})
        self._group = STOCK_BALANCES.groups[0]
        self._queues: list[str] = []
        self._alone_since = 0.0

    def look(self) -> None:
        """Make the consumer anew if ClickHouse has had it all the while and its group has had no member.

        Raises:
            KafkaException, TimeoutError, ClickHouseError, ServiceError: one of the two does not answer. Time counts
                anew then.
        """
        before, self._queues = self._queues, []
        if has_members(self._kafka, self._group):
            return
        self._queues = clickhouse.queue_ids(self._settings, STOCK_BALANCES.product)
        if not self._queues or self._queues != before:  # none: somebody is at work on it
            self._alone_since = time.monotonic()
        elif time.monotonic() - self._alone_since > ALONE_SECONDS:
            log.warning("nobody reads for the group %s: ClickHouse's consumer is made anew", self._group)
            self._queues = []
            clickhouse.open_sink(self._settings, STOCK_BALANCES.product, anew=True)


def watched(settings: Settings) -> dict[str, Callable[[], None]]:
    """What is looked at, by the name of who answers."""
    looks: dict[str, Callable[[], None]] = {"Kafka Connect": ConnectorTasks(ConnectClient(settings.connect_url)).look}
    if settings.sink == "engine":
        looks["Kafka or ClickHouse"] = Consumer(settings).look
    return looks


def main() -> None:
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO)
    for name in ("httpx", "urllib3"):
        logging.getLogger(name).setLevel(logging.ERROR)
    silent: set[str] = set()
    looks = watched(load_settings())
    while True:
        for name, look in looks.items():
            try:
                look()
                silent.discard(name)
            except _NO_ANSWER as error:
                # Once is enough: of services that are down others tell.
                if name not in silent:
                    log.warning("%s does not answer: %s", name, error)
                silent.add(name)
        time.sleep(PAUSE_SECONDS)


if __name__ == "__main__":
    main()
