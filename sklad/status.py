"""The state of the whole stack, gathered from its parts. What can't be asked is said, not guessed."""

import math
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from typing import Any, TypeVar

import psycopg

from sklad import clickhouse, products
from sklad.airflow.client import AirflowClient
from sklad.connect import ConnectClient, ConnectorState
from sklad.embedded.supervision import Supervisor, memory_bytes
from sklad.faults import FAILURES, reason
from sklad.health import REFERENCE_DAG, Status, problems
from sklad.settings import ROOT, Settings
from sklad.verify.fence import Reader
from sklad.verify.history import last_run
from sklad.verify.tables import STOCK_BALANCES

T = TypeVar("T")


def gather(settings: Settings) -> Status:
    """Ask every part, all at once. Never raises for a part that is down: it becomes a problem."""
    processes = Supervisor(settings).processes()
    status = Status(services=processes, memory_mb=memory_bytes(processes) // 2**20)
    if not processes and settings.runtime == "embedded":  # of containers, `docker compose ps` tells
        status.problems.append("nothing is running. Start it with: make up")
        return status
    for process in processes:
        if process.state != "RUNNING":
            status.problems.append(f"service {process.name} is {process.state}. See: make logs s={process.name}")
    questions: dict[str, Callable[[Settings], Any]] = {
        "connectors": _connectors,
        "slot": _slot,
        "capture": _capture,
        "last_reference_load": _last_reference_load,
        "rows_in_source": _rows_in_source,
        "rows_in_clickhouse": _rows_in_clickhouse,
        "freshness": _freshness,
        "objective": _objective,
        "unread_messages": _unread_messages,
        "speeds": _speeds,
        "last_verify": _last_verify,
        "stalled_refreshes": _stalled_refreshes,
        "errors_kept": _errors_kept,
    }
    if not settings.captures_wms:
        questions.clear()
    questions |= {"products": _products, "disk_free_mb": _disk_free_mb}
    with ThreadPoolExecutor(len(questions)) as pool:
        answers = {name: pool.submit(question, settings) for name, question in questions.items()}
    for name, answer in answers.items():
        try:
            setattr(status, name, answer.result())
        except FAILURES as error:
            status.problems.append(f"{name.replace('_', ' ')} can't be asked: {reason(error).splitlines()[0]}")
    status.problems.extend(problems(status, settings))
    return status


def _connectors(settings: Settings) -> list[ConnectorState]:
    return ConnectClient(settings.connect_url).states()


def _slot(settings: Settings) -> dict[str, Any]:
    # Connect may say RUNNING for half an hour after its slot is lost; PostgreSQL knows at once.
    names = ("active", "wal_status", "kept_wal_bytes", "unread_wal_bytes", "bytes_until_lost")
    with _wms(settings) as connection:
        row = connection.execute((ROOT / "wms/status/slot.sql").read_text(), {"slot": STOCK_BALANCES.slot}).fetchone()
    return dict(zip(names, row or (False, "missing", 0, 0, None), strict=True))


def _capture(settings: Settings) -> list[str]:
    """What keeps changes from being captured whole, and whether the WMS's log went back."""
    # ClickHouse first: the WMS's log only grows, so whatever ClickHouse has by now stands before the WMS's answer.
    # The log is sorted by LSN: its end is read, not the whole of it.
    newest = max(
        (row[0] for row in _ask(settings, "SELECT lsn FROM kafka_wms_stock_balances ORDER BY lsn DESC LIMIT 1")),
        default=0,
    )
    with _wms(settings) as connection:
        position = int(connection.execute("SELECT (pg_current_wal_lsn() - '0/0'::pg_lsn)::bigint").fetchall()[0][0])
        problems = [str(row[0]) for row in connection.execute((ROOT / "wms/checks/capture.sql").read_bytes())]
    if newest > position:
        problems.append(
            f"the WMS's log stands at {position}, before {newest}, which ClickHouse has: the WMS was restored from a "
            "backup. Its changes are not captured until it is read anew. Run: sklad resync"
        )
    return problems


def _last_reference_load(settings: Settings) -> dict[str, Any] | None:
    run = AirflowClient(settings.airflow_url, settings.airflow_user, settings.airflow_password).last_run(REFERENCE_DAG)
    return asdict(run) if run else None


def _rows_in_source(settings: Settings) -> int:
    with _wms(settings) as connection:
        return int(connection.execute("SELECT count(*) FROM stock_balances").fetchall()[0][0])


def _rows_in_clickhouse(settings: Settings) -> int:
    return int(_ask(settings, "SELECT count() FROM stock_balances_v")[0][0])


def _freshness(settings: Settings) -> dict[str, Any]:
    """All None before the first heartbeat has arrived."""
    names = ("last_change_at", "latency_p50_seconds", "latency_p99_seconds", "staleness_seconds")
    query = f"SELECT (SELECT count() FROM heartbeats), {', '.join(names)} FROM freshness_v"  # noqa: S608 - our own names
    beats, *row = _ask(settings, query)[0]
    return {name: _known(value) if beats else None for name, value in zip(names, row, strict=True)}


def _objective(settings: Settings) -> dict[str, Any]:
    names = ("objective_seconds", "p99_seconds", "late", "missing", "burn")
    row = _ask(settings, f"SELECT {', '.join(names)} FROM freshness_objective_v")[0]  # noqa: S608 - our own names
    return {name: _known(value) for name, value in zip(names, row, strict=True)}


def _known(value: Any) -> Any:  # noqa: ANN401 - whatever ClickHouse answers
    """What JSON has a word for: a quantile of nothing is NaN."""
    return None if isinstance(value, float) and math.isnan(value) else value


def _unread_messages(settings: Settings) -> int:
    return Reader(settings.kafka_bootstrap_servers, STOCK_BALANCES).unread_messages()


def _speeds(settings: Settings) -> dict[str, Any]:
    """Changes a second while catching up, rows a second of the last bulk load; None where there was none."""
    with clickhouse.admin_client(settings) as client:
        row = client.query((ROOT / "clickhouse/stock/status/speeds.sql").read_text()).result_rows[0]
    return dict(zip(("changes_per_second", "rows_per_second"), row, strict=True))


def _last_verify(settings: Settings) -> dict[str, Any] | None:
    with clickhouse.admin_client(settings) as client:
        run = last_run(client, STOCK_BALANCES.name)
    return asdict(run) if run else None


def _stalled_refreshes(settings: Settings) -> list[dict[str, Any]]:
    names = ("view_name", "counted_at", "reason")
    rows = _ask(settings, f"SELECT {', '.join(names)} FROM stalled_refreshes_v")  # noqa: S608 - our own names
    return [dict(zip(names, row, strict=True)) for row in rows]


def _products(settings: Settings) -> list[dict[str, str]]:
    """What products say of themselves: label, value, and the problem, if there is one."""
    told: list[dict[str, str]] = []
    for product in products.selected(settings):
        query = ROOT / "clickhouse" / product.name / "status" / "product.sql"
        if query.exists():
            with clickhouse.admin_client(settings, product.database) as client:
                told += client.query(query.read_text()).named_results()
    return told


def _disk_free_mb(settings: Settings) -> int | None:
    # Containers keep their data in volumes, which are elsewhere.
    return shutil.disk_usage(settings.state_dir).free // 2**20 if settings.runtime == "embedded" else None


def _errors_kept(settings: Settings) -> int:
    return int(_ask(settings, "SELECT count() FROM ingest_errors FINAL")[0][0])


def _wms(settings: Settings) -> psycopg.Connection:
    return psycopg.connect(settings.wms_dsn("etl", settings.wms_etl_password), connect_timeout=5)


def _ask(settings: Settings, query: str) -> list[Any]:
    with clickhouse.admin_client(settings) as client:
        return list(client.query(query).result_rows)
