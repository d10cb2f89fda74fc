"""A throw-away Kafka, as the embedded runtime runs it."""

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import rmtree

from sklad.embedded import kafka
from sklad.embedded.layout import Layout
from sklad.embedded.service import base_environment
from sklad.ports import free_ports
from sklad.settings import Settings, load_settings
from sklad.waiting import listens, wait_until

START_SECONDS = 60
STOP_SECONDS = 60


class Broker:
    """Its data stay in `folder` from one start to the next."""

    def __init__(self, folder: Path) -> None:
        port, controller_port = free_ports(2)
        own = {"state_dir": folder, "kafka_port": port, "kafka_controller_port": controller_port}
        self.settings: Settings = load_settings().model_copy(update=own)
        self.data = Layout.of(self.settings).data("kafka")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *options: str) -> None:
        """`options`: further ones of its command."""
        service = kafka.broker(self.settings)
        self.data.parent.mkdir(exist_ok=True)
        service.prepare()
        log = self.settings.state_dir / "kafka.log"
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [*service.command, *options],
                env=base_environment(self.settings.state_dir) | dict(service.environment),
                stdout=output,
                stderr=output,
            )
        wait_until(lambda: listens("127.0.0.1", self.settings.kafka_port), f"Kafka listens (log: {log})", START_SECONDS)

    def stop(self) -> None:
        if self._process:
            self._process.terminate()
            self._process.wait(STOP_SECONDS)


@contextmanager
def running_broker(*options: str) -> Iterator[Broker]:
    """Empty; gone at the end."""
    folder = Path(tempfile.mkdtemp(prefix="sklad-kafka-"))
    broker = Broker(folder)
    try:
        broker.start(*options)
        yield broker
    finally:
        broker.stop()
        rmtree(folder)
