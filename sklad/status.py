"""The state of the whole stack, gathered from its parts. What can't be asked is said, not guessed."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from typing import Any, TypeVar

import psutil
import psycopg

from sklad import clickhouse
from sklad.airflow.client import AirflowClient
from sklad.connect import ConnectClient, ConnectorState
from sklad.embedded.supervision import Process, Supervisor
from sklad.errors import SkladError
from sklad.faults import FAULTS, reason
from sklad.settings import Settings

T = TypeVar("T")

REFERENCE_DAG = "wms_reference_daily"
# A heartbeat is written every two seconds: five that are missing are no jitter.
STALE_SECONDS = 10
_FAILURES: tuple[type[Exception], ...] = (SkladError, *FAULTS)


@dataclass
class Status:
    """All that `sklad status` shows. None: could not be asked; `problems` says why, and what else is wrong."""

    services: list[Process]
    memory_mb: int
    connectors: list[ConnectorState] | None = None
    slot: dict[str, Any] | None = None
    last_reference_load: dict[str, Any] | None = None
    rows_in_source: int | None = None
    rows_in_clickhouse: int | None = None
    freshness: dict[str, Any] | None = None
    errors_kept: int | None = None
    problems: list[str] = field(default_factory=list)

    @property
    def is_healthy(self) -> bool:
        return not self.problems

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self) | {"is_healthy": self.is_healthy}


def gather(settings: Settings) -> Status:
    """Ask every part, all at once. Never raises for a part that is down: it becomes a problem."""
    processes = Supervisor(settings).processes()
    status = Status(services=processes, memory_mb=memory_mb(processes))
    if not processes and settings.runtime == "embedded":  # of containers, `docker compose ps` tells
        status.problems.append("nothing is running. Start it with: make up")
        return status
    for process in processes:
        if process.state != "RUNNING":
            status.problems.append(f"service {process.name} is {process.state}. See: make logs s={process.name}")
    questions: dict[str, Callable[[Settings], Any]] = {
        "connectors": _connectors,
        "slot": _slot,
        "last_reference_load": _last_reference_load,
        "rows_in_source": _rows_in_source,
        "rows_in_clickhouse": _rows_in_clickhouse,
        "freshness": _freshness,
        "errors_kept": _errors_kept,
    }
    with ThreadPoolExecutor(len(questions)) as pool:
        answers = {name: pool.submit(question, settings) for name, question in questions.items()}
    for name, answer in answers.items():
        try:
            setattr(status, name, answer.result())
        except _FAILURES as error:
            status.problems.append(f"{name.replace('_', ' ')} can't be asked: {reason(error).splitlines()[0]}")
    status.problems.extend(_judge(status))
    return status


def _judge(status: Status) -> list[str]:
    problems = []
    if status.connectors == []:
        problems.append("no connector is registered. Register it with: make up")
    for connector in status.connectors or []:
        if not connector.is_running:
            problems.append(
                f"connector {connector.name} is {connector.state}, tasks {list(connector.tasks)}: make logs s=connect"
            )
    if status.slot is not None and (
        not status.slot.get("active") or status.slot.get("wal_status") not in ("reserved", "extended")
    ):
        problems.append(f"replication slot: {status.slot}. A lost slot needs a new snapshot (docs/operations).")
    if status.freshness is not None and status.freshness["staleness_seconds"] > STALE_SECONDS:
        problems.append(f"data is {status.freshness['staleness_seconds']:.0f} s old: the flow stands still somewhere.")
    if status.errors_kept:
        problems.append(f"{status.errors_kept} messages could not be applied; they are kept in wms.ingest_errors.")
    if status.last_reference_load is not None and status.last_reference_load["state"] == "failed":
        problems.append(f"the last run of {REFERENCE_DAG} failed. Airflow shows why; its doc says what to do.")
    return problems


def memory_mb(processes: list[Process]) -> int:
    """Proportional set size of all services with their children, in MB: shared pages counted once."""
    total = 0
    for process in processes:
        try:
            family = (
                [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
                if process.pid
                else []
            )
            total += sum(member.memory_full_info().pss for member in family)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return total // 2**20


def _connectors(settings: Settings) -> list[ConnectorState]:
    return ConnectClient(settings.connect_url).states()


def _slot(settings: Settings) -> dict[str, Any]:
    # Connect may say RUNNING for half an hour after its slot is lost; PostgreSQL knows at once.
    with _wms(settings) as connection:
        row = connection.execute(
            "SELECT active, wal_status, pg_wal_lsn_diff(pg_current_wal_lsn(), confirmed_flush_lsn)::bigint"
            " FROM pg_replication_slots WHERE slot_name = 'sklad_stock'"
        ).fetchone()
    return (
        {"active": row[0], "wal_status": row[1], "unread_wal_bytes": row[2]}
        if row
        else {"active": False, "wal_status": "none"}
    )


def _last_reference_load(settings: Settings) -> dict[str, Any] | None:
    run = AirflowClient(settings.airflow_url, settings.airflow_user, settings.airflow_password).last_run(REFERENCE_DAG)
    return asdict(run) if run else None


def _rows_in_source(settings: Settings) -> int:
    with _wms(settings) as connection:
        return int(connection.execute("SELECT count(*) FROM stock_balances").fetchall()[0][0])


def _rows_in_clickhouse(settings: Settings) -> int:
    return int(_ask(settings, "SELECT count() FROM stock_balances_v")[0][0])


def _freshness(settings: Settings) -> dict[str, Any]:
    names = ("last_change_at", "latency_p50_seconds", "latency_p99_seconds", "staleness_seconds")
    row = _ask(settings, f"SELECT {', '.join(names)} FROM freshness_v")[0]  # noqa: S608 - our own names
    return dict(zip(names, row, strict=True))


def _errors_kept(settings: Settings) -> int:
    return int(_ask(settings, "SELECT count() FROM ingest_errors FINAL")[0][0])


def _wms(settings: Settings) -> psycopg.Connection:
    return psycopg.connect(settings.wms_dsn("etl", settings.wms_etl_password), connect_timeout=5)


def _ask(settings: Settings, query: str) -> list[Any]:
    with clickhouse.admin_client(settings) as client:
        return list(client.query(query).result_rows)
