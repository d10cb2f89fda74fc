"""A ceiling for streaming: the same Debezium and Kafka, and a consumer that only looks for the mark."""

import json
import multiprocessing
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.synchronize import Event
from threading import Thread
from typing import Any

from confluent_kafka import Consumer

from benchmarks.stack import MARK
from benchmarks.systems.system import Sightings, System
from sklad import topics
from sklad.settings import ROOT
from sklad.verify.tables import STOCK_BALANCES

_KEY = json.dumps({"warehouse_id": MARK[0], "product_id": MARK[1]}, separators=(",", ":")).encode()


class BareConsumer(System):
    """It has no state: there is nothing to compare, and no first load."""

    name = "Debezium to a bare consumer"

    def begin(self) -> None:
        self.stack.pipeline.apply_connector(snapshot__mode="no_data")

    def end(self) -> None:
        pipeline = self.stack.pipeline
        pipeline.remove_connector()
        pipeline.drop_slot()
        # Nobody else is to read all that at the beginning of a measurement.
        topics.empty(pipeline.settings.kafka_bootstrap_servers, ROOT / "kafka" / "topics" / "stock.json")

    @contextmanager
    def watch(self) -> Iterator[Sightings]:
        """Consume in a process of its own, which tells of each mark at once."""
        sightings = Sightings()
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe(duplex=False)
        stopped = context.Event()
        servers = self.stack.pipeline.settings.kafka_bootstrap_servers
        process = context.Process(target=_consume, args=(servers, theirs, stopped), daemon=True)
        process.start()
        theirs.close()
        ready = ours.recv()
        assert ready == "ready"

        def listen() -> None:
            try:
                while True:
                    sightings.seen.append(ours.recv())
            except EOFError:
                return

        listener = Thread(target=listen, name="marks")
        listener.start()
        try:
            yield sightings
        finally:
            stopped.set()
            process.join(30)
            listener.join(30)


def _consume(servers: str, out: Any, stopped: Event) -> None:  # noqa: ANN401 - a connection of multiprocessing
    consumer = Consumer(
        {
            "bootstrap.servers": servers,
            "group.id": "sklad-bench",
            "auto.offset.reset": "latest",
            "enable.auto.commit": False,
            "isolation.level": "read_committed",
            "fetch.wait.max.ms": 10,
        }
    )
    assigned = []
    consumer.subscribe([STOCK_BALANCES.topic], on_assign=lambda *_: assigned.append(1))
    while not assigned:
        consumer.poll(0.1)
    out.send("ready")
    while not stopped.is_set():
        for message in consumer.consume(5000, 0.01):
            if message.key() == _KEY and (value := message.value()):
                out.send((json.loads(value)["after"]["quantity"], time.monotonic()))
    consumer.close()
    out.close()
