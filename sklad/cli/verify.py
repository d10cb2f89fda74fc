"""`sklad verify`: are the WMS and ClickHouse the same, row by row?"""

import json
from functools import partial
from typing import Annotated

import typer
from rich.console import Console

from sklad import clickhouse
from sklad.errors import SkladError
from sklad.faults import FAULTS, reason
from sklad.products import require
from sklad.settings import Settings, load_settings
from sklad.verify.history import record
from sklad.verify.repair import MOST, repair
from sklad.verify.report import Report
from sklad.verify.run import Links
from sklad.verify.run import verify as compare

EXIT_CODES = {"equal": 0, "different": 1, "undecided": 2}


def verify(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
    mend: Annotated[bool, typer.Option("--repair", help="Bring differing keys right, then compare again.")] = False,
    wait: Annotated[float, typer.Option(help="Seconds that Kafka and ClickHouse may each take to catch up.")] = 120,
    limit: Annotated[int, typer.Option(help="How many differences to show.")] = 20,
    times: Annotated[int, typer.Option(min=1, help="Compare so often; the worst verdict counts.")] = 1,
) -> None:
    """Compare stock_balances in the WMS and in ClickHouse exactly, while both are at work.

    Exit code 0: equal; 1: different, and where; 2: could not be decided, and why. Each run is kept in verify_runs.

    Example:  make verify
    Example:  sklad verify --repair
    Example:  sklad verify --times 100
    """
    worst = 0
    try:
        settings = load_settings()
        require(settings, "stock", "sklad verify compares the balances of stock")
        for _ in range(times):
            report = _run(settings, mend, wait, max(limit, MOST if mend else 0))
            _show(report, limit, as_json)
            worst = max(worst, EXIT_CODES[report.verdict])
    except SkladError as error:
        Console(stderr=True).print(f"sklad: could not decide. {error}", highlight=False, soft_wrap=True, markup=False)
        raise typer.Exit(EXIT_CODES["undecided"]) from error
    raise typer.Exit(worst)


def _show(report: Report, limit: int, as_json: bool) -> None:
    del report.differences[limit:]
    if as_json:
        typer.echo(json.dumps(report.as_dict(), indent=2))
        return
    for line in (report.summary(), *(f"  {line}" for line in report.lines())):
        typer.echo(line)
    if (hidden := sum(report.counts.values()) - limit) > 0:
        typer.echo(f"  … and {hidden:,} more (--limit)")


def _run(settings: Settings, mend: bool, wait: float, keep: int) -> Report:
    links = links_of(settings)
    report = compare(links, wait_seconds=wait, keep=keep)
    if mend and report.verdict == "different":
        report.repaired = repair(links, settings.wms_dsn("wms_app", settings.wms_app_password), report)
        _keep(links, report)
        typer.echo(f"{report.summary()}\nRepaired {report.repaired:,} keys; comparing again.", err=True)
        report = compare(links, wait_seconds=wait, keep=keep)
    _keep(links, report)
    return report


def links_of(settings: Settings) -> Links:
    """Both sides as their roles etl, which read."""
    return Links(
        wms_dsn=settings.wms_dsn("etl", settings.wms_etl_password),
        kafka=settings.kafka_bootstrap_servers,
        clickhouse=partial(clickhouse.etl_client, settings),
    )


def _keep(links: Links, report: Report) -> None:
    """Note the run; a ClickHouse that can't take it does not change the verdict."""
    try:
        with links.clickhouse() as client:
            record(client, report)
    except FAULTS as error:
        typer.echo(f"sklad: this run could not be noted in verify_runs: {reason(error)}", err=True)
