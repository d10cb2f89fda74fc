"""`sklad status`: every service, connector and load, rows on both sides, freshness, errors kept."""

import json
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from sklad.health import Status
from sklad.settings import load_settings
from sklad.status import gather


def status(as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False) -> None:
    """Show the state of the stack. Exit code 0: all is well; 1: something is not, and what.

    Example:  make status
    Example:  sklad status --json | jq .freshness
    """
    found = gather(load_settings())
    if as_json:
        typer.echo(json.dumps(found.as_dict(), indent=2, default=str))
    else:
        _render(found, Console())
    if not found.is_healthy:
        raise typer.Exit(1)


def _render(found: Status, console: Console) -> None:
    services = Table("service", "state", "pid", "up for", box=None, header_style="dim")
    for process in found.services:
        colour = "green" if process.state == "RUNNING" else "red"
        services.add_row(
            process.name, f"[{colour}]{process.state}[/]", str(process.pid or ""), _duration(process.running_seconds)
        )
    if found.services:
        console.print(services)
        console.print(f"\n  memory (PSS)     {found.memory_mb:,} MB", highlight=False)
    for label, value in _facts(found):
        console.print(f"  {label:<16} {escape(value)}", highlight=False)
    console.print()
    for problem in found.problems:
        console.print(f"[red]✗[/] {escape(problem)}", highlight=False)
    if found.is_healthy:
        console.print("[green]✓[/] All is well.")


def _facts(found: Status) -> list[tuple[str, str]]:
    facts = []
    for connector in found.connectors or []:
        facts.append(
            ("connector", f"{connector.name}: {connector.state}, tasks {', '.join(connector.tasks) or 'none'}")
        )
    if slot := found.slot:
        state = f"{slot['wal_status']}, {'read' if slot['active'] else 'not read by anybody'}"
        left = (
            "" if slot["bytes_until_lost"] is None else f" of {_mb(slot['kept_wal_bytes'] + slot['bytes_until_lost'])}"
        )
        facts.append(("slot", f"{state}; keeps {_mb(slot['kept_wal_bytes'])}{left} MB of log"))
    if found.slot and found.unread_messages is not None:
        facts.append(
            (
                "lag",
                f"WMS to Kafka {_mb(found.slot['unread_wal_bytes'])} MB of log, "
                f"Kafka to ClickHouse {found.unread_messages:,} messages",
            )
        )
    if load := found.last_reference_load:
        facts.append(("reference load", f"{load['state']}, run {load['run_id']}. {load['note']}"))
    if found.rows_in_source is not None:
        facts.append(("rows in WMS", f"{found.rows_in_source:,}"))
    if found.rows_in_clickhouse is not None:
        facts.append(("in ClickHouse", f"{found.rows_in_clickhouse:,}"))
    if fresh := found.freshness:
        facts.append(
            (
                "freshness",
                f"{_seconds(fresh['staleness_seconds'], 1)} old; commit to visible over the last minute p50 "
                f"{_seconds(fresh['latency_p50_seconds'])}, p99 {_seconds(fresh['latency_p99_seconds'])}",
            )
            if fresh["staleness_seconds"] is not None
            else ("freshness", "no heartbeat has arrived yet")
        )
    if goal := found.objective:
        facts.append(
            (
                "objective",
                f"p99 {_seconds(goal['p99_seconds'])} over the last hour, {goal['late']} late and {goal['missing']} "
                f"missing heartbeats; burn {goal['burn']:.1f} of p99 under {goal['objective_seconds']:g} s"
                f"{'' if goal['burn'] <= 1 else ' (missed)'}",
            )
        )
    if last := found.last_verify:
        facts.append(("last verify", f"{last['verdict']}, {last['rows']:,} rows, {last['started_at']:%F %R} UTC"))
    facts.extend((told["label"], told["value"]) for told in found.products or [])
    if found.disk_free_mb is not None:
        facts.append(("disk free", f"{found.disk_free_mb:,} MB"))
    if found.errors_kept is not None:
        facts.append(("errors kept", str(found.errors_kept)))
    return facts


def _seconds(value: float | None, digits: int = 2) -> str:
    return "none" if value is None else f"{value:.{digits}f} s"


def _mb(size: int) -> str:
    return f"{size / 2**20:,.1f}"


def _duration(seconds: int) -> str:
    hours, rest = divmod(seconds, 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}"
