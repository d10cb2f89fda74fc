"""`sklad up`: from nothing to a live dashboard."""

import time

from rich.console import Console

from sklad.embedded.lock import alone
from sklad.embedded.startup import Startup
from sklad.settings import ENV_FILE, Settings, load_settings


def up() -> None:
    """Install what is missing, start everything, load the data, check that a change arrives. Safe to run again.

    Example:  make up
    Example:  LIVE_RATE=0 make up
    """
    settings = load_settings()
    console = Console()
    began = time.monotonic()
    with alone(settings, "sklad up"):
        Startup(settings).run(console)
    console.print(f"\n[bold green]Sklad is up[/] in {time.monotonic() - began:.0f} s.\n")
    _say_where(settings, console)


def _say_where(settings: Settings, console: Console) -> None:
    capturing = [
        ("Kafka Connect", settings.connect_url, ""),
        ("WMS", f"{settings.wms_host}:{settings.wms_port}/{settings.wms_db}", settings.wms_user),
    ]
    for what, url, user in (
        (
            "Dashboard",
            f"{settings.superset_url}/superset/dashboard/{settings.product_names[0]}/",
            settings.superset_user,
        ),
        ("Airflow", settings.airflow_url, settings.airflow_user),
        ("ClickHouse", settings.clickhouse_url, "admin, etl, bi"),
        ("Kafka", settings.kafka_bootstrap_servers, ""),
        *(capturing if settings.captures_wms else ()),
    ):
        console.print(f"  {what:<14} {url:<52} {f'user {user}' if user else ''}", highlight=False, soft_wrap=True)
    console.print(
        f'\n  Passwords: {ENV_FILE} (or: eval "$(make -s env)").   State: make status   Stop: make down',
        highlight=False,
        soft_wrap=True,
    )
