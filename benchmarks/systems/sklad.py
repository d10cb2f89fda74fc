"""Ours: Debezium, Kafka, ClickHouse, begun by the very job that `make up` runs."""

from contextlib import suppress

from confluent_kafka.admin import AdminClient

from benchmarks.stack import Stack
from benchmarks.systems.system import System, parts_of
from sklad import jobs
from sklad.connect import SINK
from sklad.errors import SkladError
from sklad.flow_watch import has_members
from sklad.ingest.topics import GROUP
from sklad.waiting import wait_until
from tests.pipeline.stack import NAME

JOIN_SECONDS = 60


class Sklad(System):
    """With a SINK and a LOAD of .env."""

    state = "SELECT warehouse_id, product_id, quantity, updated_at FROM wms.stock_balances_v"

    def __init__(self, stack: Stack, sink: str, load: str) -> None:
        super().__init__(stack)
        self.name = f"sklad, SINK={sink}" + ("" if load == "bulk" else f", LOAD={load}")
        self.first_load_only = load != "bulk"
        self._settings = stack.pipeline.settings.model_copy(update={"sink": sink, "load": load})

    def prepare(self) -> None:
        if self._settings.sink == "ingest":
            self.stack.pipeline.supervisor.start("ingest")
            kafka = AdminClient({"bootstrap.servers": self._settings.kafka_bootstrap_servers})
            wait_until(lambda: has_members(kafka, GROUP), "sklad.ingest has joined its group", JOIN_SECONDS)

    def begin(self) -> None:
        jobs.register_connectors(self._settings)

    def pause(self) -> None:
        self.stack.pipeline.rest("PUT", f"/connectors/{NAME}/stop")

    def resume(self) -> None:
        self.stack.pipeline.rest("PUT", f"/connectors/{NAME}/resume")

    def end(self) -> None:
        pipeline = self.stack.pipeline
        with suppress(SkladError):
            pipeline.connect.remove(SINK)
        # What Kafka still holds is below the next load's version, and is read before it.
        pipeline.forget()
        self.stack.leave_kafka_unread()

    def storage(self) -> dict[str, float]:
        return {
            **parts_of(self.stack.admin, "state", "wms", "stock_balances"),
            **parts_of(self.stack.admin, "log", "wms", "kafka_wms_stock_balances"),
        }
