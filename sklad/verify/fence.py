"""Proof that ClickHouse has all that was committed before a position of the WMS's log: WMS → Kafka → ClickHouse.

Kafka: Connect moves the slot on only past what Kafka acknowledged (the heartbeat moves it while nothing else does).
ClickHouse: its consumer commits an offset only after every view behind it has written. Order between topics, partitions
and views plays no part, and no clock.
"""

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager

import psycopg
from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from sklad.errors import DeadlineError
from sklad.verify.errors import UndecidedError
from sklad.verify.tables import CapturedTable
from sklad.waiting import wait_until

PAUSE_SECONDS = 0.05
KAFKA_SECONDS = 15
LOOK_BACK = 100


def lsn_text(lsn: int) -> str:
    """A log position as PostgreSQL writes it: 0/16B3748."""
    return f"{lsn >> 32:X}/{lsn & 0xFFFFFFFF:X}"


def wait_until_in_kafka(dsn: str, table: CapturedTable, lsn: int, seconds: float) -> None:
    """Wait until Kafka has all that was committed before `lsn`.

    Raises:
        UndecidedError: the slot is gone or lost, or does not get there within `seconds`.
    """
    stood_at = "nowhere"
    with psycopg.connect(dsn, connect_timeout=10, autocommit=True) as wms:

        def passed() -> bool:
            nonlocal stood_at
            row = wms.execute(table.source_sql("slot"), {"slot": table.slot}).fetchone()
            if row is None or row[1] == "lost":
                raise UndecidedError(
                    f"the replication slot {table.slot} is {'lost' if row else 'missing'}: changes no longer reach "
                    "ClickHouse. Run: sklad resync"
                )
            stood_at = f"{lsn_text(row[2])}, {'active' if row[0] else 'inactive'}"
            return bool(row[2] >= lsn)

        try:
            wait_until(passed, f"the slot {table.slot} passes the fence", seconds, PAUSE_SECONDS)
        except DeadlineError as error:
            raise UndecidedError(
                f"Kafka does not have all changes up to {lsn_text(lsn)} after {seconds:.0f} s: the slot {table.slot} "
                f"stands at {stood_at}. Is the connector running, and how far behind is it? See: make status"
            ) from error


class Reader:
    """ClickHouse's consumer of the table's topic, asked from outside: its groups are not joined."""

    def __init__(self, bootstrap_servers: str, table: CapturedTable) -> None:
        self._servers = bootstrap_servers
        self._table = table

    def unread_messages(self) -> int:
        """How many messages of the topic ClickHouse has not finished with.

        Raises:
            UndecidedError: Kafka does not answer.
        """
        try:
            with self._groups() as groups:
                return self._behind(groups, self._positions_after_last_message())
        except KafkaException as error:
            raise UndecidedError(f"Kafka at {self._servers} does not answer: {error}. See: make status") from error

    def wait_until_read(self, seconds: float) -> None:
        """Wait until ClickHouse has finished with all that the topic holds at this moment.

        Raises:
            UndecidedError: it has not after `seconds`, or Kafka does not answer all the while.
        """
        wanted: dict[int, int] | None = None
        behind = 0
        with self._groups() as groups:

            def read() -> bool:
                nonlocal wanted, behind
                wanted = self._positions_after_last_message() if wanted is None else wanted
                behind = self._behind(groups, wanted)
                return behind == 0

            try:
                # A broker that is restarting or overloaded is asked again.
                wait_until(read, "ClickHouse has read the topic", seconds, PAUSE_SECONDS, not_yet=(KafkaException,))
            except DeadlineError as error:
                raise UndecidedError(
                    f"ClickHouse has not read {f'about {behind:,} messages' if behind else 'all'} of "
                    f"{self._table.topic}: {error}. Run it again when it has caught up, and see docs/operations.md, "
                    "'Data is old'."
                ) from error

    def _consumer(self, group: str) -> Consumer:
        return Consumer(
            {
                "bootstrap.servers": self._servers,
                "group.id": group,
                "enable.auto.commit": False,
                "enable.partition.eof": True,
                "isolation.level": "read_committed",
                "auto.offset.reset": "earliest",
                "fetch.wait.max.ms": 10,
                "log_level": 3,
            }
        )

    @contextmanager
    def _groups(self) -> Iterator[list[Consumer]]:
        """A consumer for each group that never subscribes: it can ask for the group's offsets, and no more."""
        with ExitStack() as stack:
            yield [stack.enter_context(closing(self._consumer(group))) for group in self._table.groups]

    def _positions_after_last_message(self) -> dict[int, int]:
        """For each partition the offset behind its last message now; 0 where there is none.

        Kafka's own end lies further on: the marks that end transactions have offsets too and are never delivered.
        """
        topic = self._table.topic
        with closing(self._consumer("sklad-verify")) as consumer:
            partitions = consumer.list_topics(topic, timeout=KAFKA_SECONDS).topics[topic].partitions
            return {number: _last_message(consumer, TopicPartition(topic, number)) + 1 for number in partitions}

    def _behind(self, groups: list[Consumer], wanted: dict[int, int]) -> int:
        """Messages up to `wanted` that none of the groups has finished with: each reads all into the same tables."""
        asked = [TopicPartition(self._table.topic, number) for number in wanted]
        done = dict.fromkeys(wanted, 0)
        for group in groups:
            for place in group.committed(asked, timeout=KAFKA_SECONDS):
                done[place.partition] = max(done[place.partition], place.offset)
        return sum(max(0, offset - done[number]) for number, offset in wanted.items())


def _last_message(consumer: Consumer, place: TopicPartition) -> int:
    """Offset of the partition's last message now, -1 if there is none. Looks back further and further."""
    low, end = consumer.get_watermark_offsets(place, timeout=KAFKA_SECONDS)
    look_back, found = LOOK_BACK, -1
    while found < 0 and end > low:
        start = max(low, end - look_back)
        consumer.assign([TopicPartition(place.topic, place.partition, start)])
        while (message := consumer.poll(KAFKA_SECONDS)) is not None:
            if error := message.error():
                if error.code() == KafkaError._PARTITION_EOF:
                    break
                raise KafkaException(error)
            offset: int = message.offset() or 0
            if offset >= end:
                break
            found = offset
        else:
            raise UndecidedError(f"Kafka did not deliver the end of {place.topic} within {KAFKA_SECONDS} s.")
        if start == low:
            break
        look_back *= 10
    return found
