"""From what `sklad status` found to what is wrong: the thresholds, each with the words for a person."""

from dataclasses import asdict, dataclass, field
from typing import Any

from sklad.connect import ConnectorState
from sklad.embedded.supervision import Process
from sklad.settings import Settings

REFERENCE_DAG = "wms_reference_daily"
# A heartbeat is written every two seconds: five that are missing are no jitter.
STALE_SECONDS = 10
HEALTHY_SLOT = ("reserved", "extended")
# Of the log that a stopped connector may hold back, the share that may be used before somebody is told.
WAL_SHARE = 0.5
# On two cores with everything on them, for as long as nothing was measured: changes that a stream catches up with,
# balances that a resync reads, and what stopping, the slot, starting and the comparison take.
CHANGES_PER_SECOND = 20_000
ROWS_PER_SECOND = 500_000
RESYNC_SECONDS = 30
WAL_BYTES_A_CHANGE = 250
MEGABYTE = 2**20


@dataclass
class Status:
    """All that `sklad status` shows. None: could not be asked; `problems` says why, and what else is wrong."""

    services: list[Process]
    memory_mb: int
    connectors: list[ConnectorState] | None = None
    slot: dict[str, Any] | None = None
    capture: list[str] | None = None
    last_reference_load: dict[str, Any] | None = None
    rows_in_source: int | None = None
    rows_in_clickhouse: int | None = None
    freshness: dict[str, Any] | None = None
    objective: dict[str, Any] | None = None
    unread_messages: int | None = None
    speeds: dict[str, Any] | None = None
    last_verify: dict[str, Any] | None = None
    stalled_refreshes: list[dict[str, Any]] | None = None
    products: list[dict[str, str]] | None = None
    disk_free_mb: int | None = None
    errors_kept: int | None = None
    problems: list[str] = field(default_factory=list)

    @property
    def is_healthy(self) -> bool:
        return not self.problems

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self) | {"is_healthy": self.is_healthy}


def problems(status: Status, settings: Settings) -> list[str]:
    """Everything that is wrong, in the order in which to look at it. What could not be asked is not judged here."""
    return [
        *_connectors(status),
        *_slot(status),
        *(status.capture or []),
        *_freshness(status),
        *_backlog(status, settings),
        *_disk(status, settings),
        *_data(status),
        *(told["problem"] for told in status.products or [] if told["problem"]),
    ]


def _connectors(status: Status) -> list[str]:
    if status.connectors == []:
        return ["no connector is registered. Register it with: make up"]
    return [
        f"connector {connector.name} is {connector.state}, tasks {list(connector.tasks)}: make logs s=connect"
        for connector in status.connectors or []
        if not connector.is_running
    ]


def _slot(status: Status) -> list[str]:
    slot = status.slot
    if slot is None:
        return []
    if slot["wal_status"] not in HEALTHY_SLOT:
        return [f"the replication slot is {slot['wal_status']}: changes no longer reach ClickHouse. Run: sklad resync"]
    found = []
    if not slot["active"]:
        found.append("nobody reads the replication slot: the WMS keeps its log for it. See: make logs s=connect")
    limit, kept = slot["bytes_until_lost"], slot["kept_wal_bytes"]
    if limit is not None and kept > WAL_SHARE * (kept + limit):
        found.append(
            f"the replication slot keeps {kept // MEGABYTE:,} MB of log; it is lost {max(limit, 0) // MEGABYTE:,} MB "
            "from now. Get the connector to read, or raise WMS_MAX_SLOT_WAL_KEEP_MB."
        )
    return found


def _freshness(status: Status) -> list[str]:
    found = []
    if status.freshness is not None:
        old = status.freshness["staleness_seconds"]
        if old is None:
            found.append("no heartbeat has come from the WMS yet: a first load is under way, or nothing flows.")
        elif old > STALE_SECONDS:
            found.append(f"data is {old:.0f} s old: the flow stands still somewhere.")
    return found


def _backlog(status: Status, settings: Settings) -> list[str]:
    """Whether reading the table anew is the shorter way, and the way through the stream a long one."""
    behind, speeds = _changes_behind(status), status.speeds or {}
    if status.rows_in_source is None:
        return []
    rate = speeds.get("changes_per_second") or CHANGES_PER_SECOND
    catching_up = behind / rate
    resync = RESYNC_SECONDS + status.rows_in_source / (speeds.get("rows_per_second") or ROWS_PER_SECOND)
    if catching_up <= max(settings.resync_after_seconds, resync):
        return []
    return [
        f"about {behind:,} changes are on their way: at {rate:,.0f} a second that takes {catching_up / 60:,.0f} "
        "minutes. sklad resync is faster than catching up: it reads "
        f"{status.rows_in_source:,} balances in about {resync:,.0f} s."
    ]


def _changes_behind(status: Status) -> int:
    """A guess from the log that Kafka has not got and the messages that ClickHouse has not read."""
    in_wms = status.slot["unread_wal_bytes"] // WAL_BYTES_A_CHANGE if status.slot else 0
    return int(in_wms or 0) + (status.unread_messages or 0)


def _disk(status: Status, settings: Settings) -> list[str]:
    if status.disk_free_mb is None or status.disk_free_mb >= settings.disk_free_mb:
        return []
    return [
        f"only {status.disk_free_mb:,} MB are free where {settings.state_dir} lies (DISK_FREE_MB): free some space."
    ]


def _data(status: Status) -> list[str]:
    found = []
    if status.rows_in_source == 0 and status.rows_in_clickhouse:
        found.append(
            f"the WMS has no balances, ClickHouse has {status.rows_in_clickhouse:,}: a snapshot of an empty table "
            "brings nothing that would remove them. Run: sklad resync"
        )
    if status.errors_kept:
        found.append(f"{status.errors_kept} messages could not be applied; they are kept in wms.ingest_errors.")
    last = status.last_verify
    if last and last["verdict"] == "different":
        found.append(
            f"WMS and ClickHouse differ: {last['missing']} rows missing, {last['extra']} extra, {last['different']} "
            f"different at {last['started_at']:%F %R} UTC. sklad verify names them, sklad verify --repair mends them."
        )
    elif last and last["verdict"] == "undecided":
        found.append(f"the last comparison could not decide: {last['reason']}")
    found += [
        f"{stalled['view_name']} could not be counted since {stalled['counted_at']:%F %R} UTC: dashboards show what "
        f"was counted then. See docs/operations.md, *A view could not be counted*. {stalled['reason']}"
        for stalled in status.stalled_refreshes or []
    ]
    if status.last_reference_load is not None and status.last_reference_load["state"] == "failed":
        found.append(f"the last run of {REFERENCE_DAG} failed. Airflow shows why; its doc says what to do.")
    return found
