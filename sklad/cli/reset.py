"""`sklad reset`: stop and delete all data."""

import shutil
from typing import Annotated

import typer
from rich.console import Console

from sklad.embedded.lock import alone
from sklad.embedded.supervision import Supervisor
from sklad.errors import ServiceError
from sklad.settings import load_settings


def reset(yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")] = False) -> None:
    """Stop everything and delete its data: databases, topics, logs. Installed engines and `.env` stay.

    Example:  make reset
    """
    settings = load_settings()
    console = Console()
    if not settings.state_dir.exists():
        console.print(f"There is nothing to delete: {settings.state_dir} does not exist.")
        return
    if not yes:
        typer.confirm(
            f"Delete {settings.state_dir} with all data of the WMS, Kafka, ClickHouse, Airflow and Superset?",
            abort=True,
        )
    with alone(settings, "sklad reset"):
        Supervisor(settings).stop()
        try:
            shutil.rmtree(settings.state_dir)
        except OSError as error:
            raise ServiceError(
                f"{settings.state_dir} could not be deleted altogether: {error}. Delete the rest by hand."
            ) from error
    console.print(f"Deleted {settings.state_dir}. `make up` starts afresh.")
