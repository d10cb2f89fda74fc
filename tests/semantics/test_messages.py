"""What else may stand in the topic, and reading it again."""

import json
from collections.abc import Iterator

import pytest
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from sklad.waiting import wait_until
from tests.pipeline.stack import Pipeline
from tests.semantics.conftest import Verdict

GROUP = "clickhouse.stock_balances"
# Bytes. Kafka's limit of a batch is 1,048,588, some 70 of them for the batch itself.
LARGEST = 1_048_500


@pytest.fixture
def dealt_with(pipeline: Pipeline) -> Iterator[None]:
    yield
    pipeline.arrived()
    pipeline.forget_errors()


def change(warehouse: int, **after: object) -> bytes:
    """An update of the warehouse's first balance, as Debezium tells it, at a position that is far behind."""
    row = {"warehouse_id": warehouse, "product_id": 1, "quantity": 3, "updated_at": "2026-03-01T12:00:00Z"} | after
    source = {"lsn": 8, "txId": 7, "ts_us": 1772366400123456}
    return json.dumps({"op": "u", "before": None, "after": row, "source": source, "ts_ms": 1772366400200}).encode()


@pytest.mark.usefixtures("dealt_with")
@pytest.mark.row("a message that is no JSON, no envelope, or of an unknown operation")
@pytest.mark.parametrize(
    "message",
    [b"no json at all", b"\xff\xfe\x00", b"[]", b"{}", b'{"op": "x"}', b'{"op": "m", "source": {"lsn": 1}}'],
)
def test_unknown_messages(pipeline: Pipeline, warehouse: int, verdict: Verdict, message: bytes) -> None:
    pipeline.produce(message)
    pipeline.run(f"UPDATE stock_balances SET quantity = 4 WHERE warehouse_id = {warehouse}")
    pipeline.arrived()
    assert pipeline.state() == pipeline.source(), "the flow goes on"
    verdict.loud("1 messages could not be applied")


@pytest.mark.row("a message without content, such as a tombstone: it tells no change")
@pytest.mark.parametrize("message", [None, b""])
def test_empty_messages(pipeline: Pipeline, warehouse: int, verdict: Verdict, message: bytes | None) -> None:
    pipeline.produce(message)
    pipeline.run(f"UPDATE stock_balances SET quantity = 4 WHERE warehouse_id = {warehouse}")
    verdict.exact()


@pytest.mark.usefixtures("dealt_with")
@pytest.mark.row("a message whose quantity is no whole number")
@pytest.mark.parametrize("quantity", [3.7, -0.5, 1e300, 2147483648, "3.7", "three", None, [3], {"a": 1}])
def test_quantities_that_are_none(pipeline: Pipeline, warehouse: int, verdict: Verdict, quantity: object) -> None:
    pipeline.produce(change(warehouse, quantity=quantity))
    pipeline.arrived()
    assert pipeline.state() == pipeline.source()
    verdict.loud("1 messages could not be applied")


@pytest.mark.usefixtures("dealt_with")
@pytest.mark.row("a message as large as Kafka takes")
def test_large_message(pipeline: Pipeline, warehouse: int, verdict: Verdict) -> None:
    pipeline.produce(b"x" * LARGEST)
    pipeline.run(f"UPDATE stock_balances SET quantity = 4 WHERE warehouse_id = {warehouse}")
    verdict.loud("1 messages could not be applied")
    assert pipeline.ask("SELECT length(payload) FROM ingest_errors FINAL") == [(LARGEST,)]


@pytest.mark.row("the topic is read again from its start")
def test_replay(pipeline: Pipeline, warehouse: int, verdict: Verdict) -> None:
    pipeline.run(
        f"UPDATE stock_balances SET quantity = 4 WHERE warehouse_id = {warehouse}",
        f"DELETE FROM stock_balances WHERE (warehouse_id, product_id) = ({warehouse}, 2)",
        "TRUNCATE stock_balances",
        f"INSERT INTO stock_balances VALUES ({warehouse}, 1, 5), ({warehouse}, 2, 6)",
        f"UPDATE stock_balances SET product_id = 3 WHERE (warehouse_id, product_id) = ({warehouse}, 2)",
    )
    verdict.exact()
    kept = []
    for _ in range(2):
        read_from_the_start(pipeline)
        pipeline.arrived()
        # The messages that other tests put there come again, too.
        kept.append(pipeline.errors())
        pipeline.forget_errors()
        verdict.exact()
    assert kept[0] == kept[1]


def read_from_the_start(pipeline: Pipeline) -> None:
    """Have the topic read anew, as the runbook says."""
    admin = AdminClient({"bootstrap.servers": pipeline.settings.kafka_bootstrap_servers})

    def forgotten() -> bool:
        admin.delete_consumer_groups([GROUP])[GROUP].result(30)
        return True

    with pipeline.stopped("ingest"):
        # Kafka refuses while the group has a member.
        wait_until(forgotten, "the consumer has left its group", 90, pause=1, not_yet=(KafkaException,))
