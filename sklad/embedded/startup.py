"""`make up` without Docker: the steps from nothing to a live dashboard, and what each builds on."""

from collections.abc import Callable, Sequence

from rich.console import Console

from sklad import jobs
from sklad.connect import ConnectClient
from sklad.embedded import airflow, aot, databases, install, leftovers, preflight, services, superset
from sklad.embedded.children import call
from sklad.embedded.layout import Layout
from sklad.embedded.service import base_environment
from sklad.embedded.supervision import Supervisor
from sklad.settings import Settings
from sklad.steps import Step, run_steps
from sklad.waiting import answers, listens, wait_until

START_SECONDS = 300  # seconds on a machine of its own; minutes where others crowd it


def engines(settings: Settings, after: Sequence[str] = ()) -> list[Step]:
    """What has to be installed besides our own environment, side by side."""
    return [
        Step("Install Kafka", lambda: install.kafka(settings), after),
        Step("Install Debezium", lambda: install.debezium(settings), after),
        Step("Install Superset", lambda: install.superset(settings), after),
        Step("Install Airflow", lambda: install.airflow(settings), after),
        Step("Quicker starts of Kafka", lambda: aot.train(settings), ["Install Kafka", "Install Debezium"]),
    ]


# Left out where nothing is captured.
OF_WMS = {
    *("Install Debezium", "WMS: tables and seed data", "Kafka Connect", "Ingest", "Connectors", "Live workload"),
    *("Reference data: first load", "First snapshot in ClickHouse", "Check: a change arrives"),
}


class Startup:
    """One run of `make up`. Every step may be run again at any time: it adds what is missing."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.supervisor = Supervisor(settings)
        self.layout = Layout.of(settings)

    def run(self, console: Console) -> None:
        """Run all steps. Raises the first failure."""
        run_steps(self.steps(), console)

    def steps(self) -> list[Step]:
        """The table of contents."""
        settings = self.settings

        def job(action: Callable[[Settings], str]) -> Callable[[], str]:
            return lambda: action(settings)

        steps = [
            Step("Pre-flight checks", self.preflight),
            *engines(settings, after=["Pre-flight checks"]),
            Step("Supervisor", self.supervise, ["Pre-flight checks"]),
            Step("WMS: tables and seed data", self.wms, ["Supervisor"]),
            Step("Metadata databases", self.metadata, ["Supervisor"]),
            Step("ClickHouse", self.clickhouse, ["Supervisor"]),
            Step("Kafka and its topics", self.kafka, ["Supervisor", "Quicker starts of Kafka"]),
            Step("ClickHouse: tables and views", job(jobs.migrate), ["ClickHouse", "Kafka and its topics"]),
            Step("Ingest", self.ingest, ["ClickHouse: tables and views"]),
            Step("Kafka Connect", self.connect, ["Kafka and its topics", "Install Debezium"]),
            Step(
                "Connectors",
                self.connectors,
                ["Kafka Connect", "WMS: tables and seed data", "Ingest"],
            ),
            Step("Superset: metadata", self.superset_bootstrap, ["Metadata databases", "Install Superset"]),
            Step("Superset", self.superset, ["Superset: metadata"]),
            Step("Superset: dashboards", job(jobs.import_dashboards), ["Superset", "ClickHouse: tables and views"]),
            Step("Airflow: metadata", self.airflow_bootstrap, ["Metadata databases", "Install Airflow"]),
            Step("Airflow", self.airflow, ["Airflow: metadata"]),
            Step(
                "Reference data: first load",
                job(jobs.load_reference_data),
                ["Airflow", "ClickHouse: tables and views", "WMS: tables and seed data"],
            ),
            Step("First snapshot in ClickHouse", job(jobs.await_snapshot), ["Connectors"]),
        ]
        if "live" in services.names(settings):
            steps.append(Step("Live workload", self.live, ["First snapshot in ClickHouse"]))
        last = [step.name for step in steps]
        steps.append(Step("Check: a change arrives", job(jobs.check_arrival), last))
        return steps if settings.captures_wms else _without(OF_WMS, steps)

    def preflight(self) -> str:
        ended = 0 if self.supervisor.is_running() else leftovers.end(self.settings)
        preflight.check(self.settings)
        return f"ended {ended} processes that a killed start had left" if ended else ""

    def supervise(self) -> str:
        """Boot supervisord. Settings or engines that changed since it was booted take effect by a restart of all."""
        if self.supervisor.runs_as_defined():
            return "was running"
        self.supervisor.stop()
        self.supervisor.boot()
        return ""

    def wms(self) -> str:
        settings = self.settings
        if settings.wms_external:
            return jobs.check_source(settings)
        databases.start(settings, "wms", START_SECONDS)
        return f"{databases.prepare_wms(settings):,} balances"

    def metadata(self) -> None:
        databases.start(self.settings, "metadata", START_SECONDS)
        databases.prepare_metadata(self.settings)

    def kafka(self) -> str:
        self._start("kafka", self.settings.kafka_port)
        return jobs.create_topics(self.settings)

    def clickhouse(self) -> None:
        self._start_web("clickhouse", f"{self.settings.clickhouse_url}/ping")

    def connect(self) -> None:
        self._start("connect", self.settings.connect_port)
        client = ConnectClient(self.settings.connect_url)
        wait_until(client.is_ready, f"Kafka Connect answers on {self.settings.connect_url}", START_SECONDS)

    def connectors(self) -> str:
        self.supervisor.start("flow-watch")
        return jobs.register_connectors(self.settings)

    def ingest(self) -> str:
        """Whoever brings messages from Kafka: with another SINK it is no process of ours."""
        if "ingest" not in services.names(self.settings):
            return f"SINK={self.settings.sink}"
        self.supervisor.start("ingest")
        return ""

    def airflow_bootstrap(self) -> None:
        self.layout.data("airflow").mkdir(parents=True, exist_ok=True)
        call(
            airflow.bootstrap_command(self.settings),
            base_environment(self.layout.state) | airflow.environment(self.settings),
        )

    def airflow(self) -> None:
        for name in ("airflow-scheduler", "airflow-dag-processor"):
            self.supervisor.start(name)
        self._start_web("airflow-apiserver", f"{self.settings.airflow_url}/execution/health")

    def superset_bootstrap(self) -> None:
        self.layout.data("superset").mkdir(parents=True, exist_ok=True)
        call(
            superset.bootstrap_command(self.settings),
            base_environment(self.layout.state) | superset.environment(self.settings),
        )

    def superset(self) -> None:
        self._start_web("superset", f"{self.settings.superset_url}/health")

    def live(self) -> str:
        self.supervisor.start("live")
        return f"{self.settings.live_rate:g} changes/s"

    def _start(self, name: str, port: int) -> None:
        self.supervisor.start(name)
        host = self.settings.bind_address
        self.supervisor.wait_ready(name, lambda: listens(host, port), f"{name} listens on port {port}", START_SECONDS)

    def _start_web(self, name: str, health_url: str) -> None:
        self.supervisor.start(name)
        self.supervisor.wait_ready(name, lambda: answers(health_url), f"{name} answers on {health_url}", START_SECONDS)


def _without(left_out: set[str], steps: list[Step]) -> list[Step]:
    """The other steps, which build on nothing of these."""
    kept = [step for step in steps if step.name not in left_out]
    for step in kept:
        step.after = [name for name in step.after if name not in left_out]
    return kept
