"""The command line: one command a data product, and `live`. Errors meant for a person come without a traceback."""

import secrets
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import Annotated

import typer
from psycopg.conninfo import make_conninfo

from data_generator.errors import GeneratorError
from data_generator.live import LiveOptions, LiveRun
from data_generator.randomness import stream
from data_generator.stock_options import StockOptions
from data_generator.stock_workload import StockWorkload
from data_generator.web_options import Faults, WebOptions, last_midnight
from sklad.errors import SkladError
from sklad.settings import load_settings

_ROOT = Path(__file__).resolve().parent.parent
_SEED_FOLDER = _ROOT / "wms" / "csv"
_SAMPLES_FOLDER = _ROOT / "data" / "samples"
_DEFAULTS = StockOptions()
_WEB_DEFAULTS = WebOptions()

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
)


@app.callback()
def _root() -> None:
    """Make the demo's source data: files to start from, and live changes."""


@app.command(
    epilog="""Examples:

python -m data_generator stock

python -m data_generator stock --out /tmp/csv --warehouses 400 --products 27778 --seed 7

python -m data_generator stock --out /tmp/csv --fill 1 --zeros 0
"""
)
def stock(
    *,
    out: Annotated[Path, typer.Option(help="Folder for the four files.")] = _SEED_FOLDER,
    seed: Annotated[int, typer.Option(help="The same seed and sizes give the same bytes.")] = _DEFAULTS.seed,
    regions: Annotated[int, typer.Option(help="Number of regions.")] = _DEFAULTS.regions,
    warehouses: Annotated[int, typer.Option(help="Number of warehouses.")] = _DEFAULTS.warehouses,
    products: Annotated[int, typer.Option(help="Number of products.")] = _DEFAULTS.products,
    fill: Annotated[
        float, typer.Option(help="Share of warehouse-product pairs that have a balance; the rest is missing.")
    ] = _DEFAULTS.fill,
    zeros: Annotated[float, typer.Option(help="Share of the balances that are 0: out of stock.")] = _DEFAULTS.zeros,
) -> None:
    """Write regions.csv, warehouses.csv, products.csv and stock_balances.csv for wms/on_start.sh."""
    # Here, because `live` runs for days and would keep 30 MB of CSV machinery in memory.
    from data_generator.stock import generate  # noqa: PLC0415

    options = StockOptions(seed=seed, regions=regions, warehouses=warehouses, products=products, fill=fill, zeros=zeros)
    for name, rows in generate(options, out).items():
        typer.echo(f"{rows:>12,} rows in {out / name}")


@app.command(
    epilog="""Examples:

python -m data_generator web

python -m data_generator web --out /tmp/feeds --events 10000000 --days 30 --until 2026-11-20 --seed 7

python -m data_generator web --late 0.02 --duplicates 0.01 --missing 0.01 --nulls 0.005 --malformed 0.001
"""
)
def web(
    *,
    out: Annotated[Path, typer.Option(help="Folder for the four files.")] = _SAMPLES_FOLDER,
    seed: Annotated[
        int, typer.Option(help="The same seed, sizes and --until give the same bytes.")
    ] = _WEB_DEFAULTS.seed,
    events: Annotated[int, typer.Option(help="About how many events.")] = _WEB_DEFAULTS.events,
    users: Annotated[
        int, typer.Option(help="Number of visitors; by default one to twenty events.", show_default=False)
    ] = _WEB_DEFAULTS.users,
    days: Annotated[int, typer.Option(help="Days that the events spread over.")] = _WEB_DEFAULTS.days,
    until: Annotated[
        datetime | None, typer.Option(help="Where these days end, UTC; by default last midnight.", show_default=False)
    ] = None,
    bots: Annotated[float, typer.Option(help="Share of the visitors that are bots.")] = _WEB_DEFAULTS.bots,
    duplicates: Annotated[float, typer.Option(help="Share of a feed's records that come twice.")] = 0.0,
    late: Annotated[float, typer.Option(help="Share that comes later than its neighbours.")] = 0.0,
    missing: Annotated[float, typer.Option(help="Share that never comes: events lack a partner.")] = 0.0,
    nulls: Annotated[float, typer.Option(help="Share with a null where a value should be.")] = 0.0,
    malformed: Annotated[
        float, typer.Option(help="Share that is no record: cut off, no JSON, impossible times.")
    ] = 0.0,
) -> None:
    """Write browser_events, device_events, geo_events and location_events as JSON lines."""
    from data_generator.web import generate  # noqa: PLC0415 - as above

    faults = Faults(duplicates=duplicates, late=late, missing=missing, nulls=nulls, malformed=malformed)
    end = until.replace(tzinfo=UTC) if until else last_midnight()
    options = WebOptions(seed=seed, events=events, users=users, days=days, until=end, bots=bots, faults=faults)
    made = generate(options, out)
    for feed, lines in made.lines.items():
        wrong = ", ".join(f"{kind} {count:,}" for kind, count in made.faults[feed].items() if count)
        typer.echo(f"{lines:>12,} lines in {out / feed}.jsonl{f' ({wrong})' if wrong else ''}")


@app.command(
    epilog="""Examples:

python -m data_generator live --rate 50

python -m data_generator live --rate 10000 --duration 60 --seed 1

WMS_APP_DSN='host=wms port=5432 dbname=wms user=wms_app password=…' python -m data_generator live --rate 0.1
"""
)
def live(
    *,
    rate: Annotated[
        float | None, typer.Option(help="Row changes a second, 0.1 or 10000; LIVE_RATE of .env by default.")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, help="Draw the same movements each time; random by default.")
    ] = None,
    duration: Annotated[float | None, typer.Option(help="Seconds to run; until SIGTERM by default.")] = None,
    dsn: Annotated[
        str | None,
        typer.Option(
            envvar="WMS_APP_DSN",
            help="The WMS's connection string; built from .env by default. Put passwords into the variable, "
            "since other users can see arguments.",
        ),
    ] = None,
    application_name: Annotated[str, typer.Option(help="Name shown in pg_stat_activity.")] = "sklad-live",
    report_every: Annotated[float, typer.Option(help="Seconds between summary lines.")] = 30.0,
    reconnect_for: Annotated[float, typer.Option(help="Seconds to try for when the WMS is away.")] = 300.0,
) -> None:
    """Move stock in the WMS at a steady rate: receipts, picks, returns, adjustments, transfers, de- and relistings."""
    options = LiveOptions(
        dsn=dsn or _dsn_from_settings(),
        rate=load_settings().live_rate if rate is None else rate,
        duration=duration,
        application_name=application_name,
        report_every=report_every,
        reconnect_for=reconnect_for,
    )
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    random = stream(secrets.randbits(64) if seed is None else seed, "live")
    LiveRun(StockWorkload(random), options, stop, lambda line: print(f"live: {line}", flush=True)).run()


def _dsn_from_settings() -> str:
    settings = load_settings()
    return make_conninfo(
        host=settings.wms_host,
        port=settings.wms_port,
        dbname=settings.wms_db,
        user="wms_app",
        password=settings.wms_app_password,
    )


def main() -> None:
    """Run the command line; exit with 1 after an error meant for a person."""
    try:
        app()
    except (GeneratorError, SkladError) as error:
        typer.echo(f"data_generator: {error}", err=True)
        sys.exit(1)
