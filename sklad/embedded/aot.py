"""Caches that Kafka and Kafka Connect start from: classes as they were loaded and linked, methods as they were used, in
a run for training (JDK Enhancement Proposals 483, 514, 515). Without them, half of a start's CPU time goes into that.

A cache that does not fit the program any more is left alone by the JVM, which then starts as it would without one.
"""

import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from sklad.embedded import install, kafka
from sklad.embedded.children import die_with_parent
from sklad.embedded.layout import Layout
from sklad.embedded.service import Service, base_environment
from sklad.errors import InstallError, SkladError
from sklad.ports import free_ports
from sklad.settings import Settings
from sklad.waiting import answers, listens, wait_until

START_SECONDS = 120
# The JVM writes its cache when it ends.
END_SECONDS = 120


def train(settings: Settings) -> str:
    """Have both programs' caches in `tools/jvm`, once per version and command; says so if there are none.

    Whatever goes wrong here only makes starts slower, so it is told and does not raise; the next call tries again.
    """
    layout = Layout.of(settings)
    released = (layout.java().parents[1] / "release").read_bytes()
    commands = repr([service.command for service in (kafka.broker(settings), kafka.connect(settings))])
    try:
        install.once(
            layout.jvm_caches,
            b"".join((released, commands.encode(), install.made_of(install.KAFKA))),
            lambda folder: _train(settings, folder),
        )
    except (SkladError, OSError) as error:
        return f"none, so starts take longer: {error}"
    return ""


def _train(settings: Settings, folder: Path) -> None:
    with tempfile.TemporaryDirectory(dir=folder) as state, ExitStack() as running:
        own = settings.model_copy(
            update={
                "bind_address": "127.0.0.1",
                **dict(zip(("kafka_port", "kafka_controller_port", "connect_port"), free_ports(3), strict=True)),
                "state_dir": Path(state),
            }
        )
        broker = kafka.broker(own, kafka.record)
        broker.prepare()
        running.enter_context(_running(own, broker, lambda: listens(own.bind_address, own.kafka_port)))
        connect = kafka.connect(own, kafka.record)
        # It answers once it has made its topics, joined its group, and read what is there: what every start does.
        running.enter_context(_running(own, connect, lambda: answers(f"{own.connect_url}/connectors")))
    for service in ("kafka", "connect"):
        if not (cache := kafka.cache(Layout.of(settings), service)).exists():
            raise InstallError(f"the JVM has written no {cache}")


@contextmanager
def _running(settings: Settings, service: Service, is_ready: Callable[[], bool]) -> Iterator[None]:
    """A service without a supervisor; it ends in good order, since only then its cache is written."""
    log = settings.state_dir / f"{service.name}.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            service.command,
            env=base_environment(settings.state_dir) | dict(service.environment),
            cwd=service.folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            preexec_fn=die_with_parent,  # noqa: PLW1509 - only a system call
        )
    try:
        wait_until(lambda: process.poll() is not None or is_ready(), f"{service.name} is ready", START_SECONDS)
        if process.poll() is not None:
            raise InstallError(f"{service.name} has ended: {log.read_text(errors='replace')[-1000:].strip()}")
        yield
    finally:
        process.terminate()
        try:
            process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
