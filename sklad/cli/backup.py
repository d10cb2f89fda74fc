"""`sklad backup`: all that a stack has, into a folder or a bucket, while it works."""

from typing import Annotated

import typer
from rich.console import Console

from sklad.backup.places import save
from sklad.embedded.lock import alone
from sklad.embedded.supervision import Supervisor
from sklad.errors import ServiceError, StepError
from sklad.faults import FAULTS, reason
from sklad.settings import Settings, load_settings


def backup(
    place: Annotated[str, typer.Argument(help="Where backups lie: a folder, or s3://bucket/prefix.")],
    keep: Annotated[int, typer.Option(min=0, help="Delete all but so many, this one included. 0: keep all.")] = 0,
) -> None:
    """Back up ClickHouse, the demo's WMS, Airflow's and Superset's metadata, while all runs and changes go on.

    It has personal data and password hashes: only its owner can read it. `.env` is not in it: keep that elsewhere.

    Example:  sklad backup /srv/backups --keep 7
    Example:  sklad backup s3://bucket/sklad --keep 7
    """
    settings, console = load_settings(), Console()
    with alone(settings, "sklad backup"):
        require_running(settings)
        try:
            made = save(settings, place, keep, lambda line: console.print(f"  {line}", highlight=False))
        except FAULTS as error:
            raise StepError(
                f"backup: {reason(error)}\nMend it and run sklad backup again. Half a backup is not kept."
            ) from error
    console.print(f"Restore it with: sklad restore {made}", highlight=False, soft_wrap=True)


def require_running(settings: Settings) -> None:
    """Raises ServiceError: there is no running stack that this command could work on."""
    if settings.runtime == "containers":
        raise ServiceError("containers are backed up and restored by commands in docs/operations.md, *Restore*.")
    if not Supervisor(settings).is_running():
        raise ServiceError("nothing is running. Start it with: make up")
