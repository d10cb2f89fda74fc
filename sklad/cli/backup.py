"""`sklad backup`: all that a stack has, into a folder, while it works."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from sklad.backup import folder as folders
from sklad.backup.save import backup as save
from sklad.embedded.lock import alone
from sklad.embedded.supervision import Supervisor
from sklad.errors import ServiceError, StepError
from sklad.faults import FAULTS, reason
from sklad.products import require
from sklad.settings import Settings, load_settings


def backup(
    folder: Annotated[Path, typer.Argument(help="Where backups lie; each gets a folder of its own there.")],
    keep: Annotated[int, typer.Option(min=0, help="Delete all but so many, this one included. 0: keep all.")] = 0,
) -> None:
    """Back up ClickHouse, the demo's WMS, Airflow's and Superset's metadata, while all runs and changes go on.

    It has personal data and password hashes: only its owner can read it. `.env` is not in it: keep that elsewhere.

    Example:  sklad backup /srv/backups --keep 7
    """
    settings, console = load_settings(), Console()
    with alone(settings, "sklad backup"):
        require_running(settings)
        try:
            made = save(settings, folder, lambda line: console.print(f"  {line}", highlight=False))
            deleted = folders.prune(folder, keep) if keep else 0
        except FAULTS as error:
            raise StepError(
                f"backup: {reason(error)}\nMend it and run sklad backup again. Half a backup is not kept."
            ) from error
    if deleted:
        console.print(f"  {deleted} older backups deleted", highlight=False)
    console.print(f"Restore it with: sklad restore {made}", highlight=False, soft_wrap=True)


def require_running(settings: Settings) -> None:
    """Raises SettingsError or ServiceError: there is no running stack that this command could work on."""
    require(settings, "stock", "a backup goes by the stream of stock")
    if settings.runtime == "containers":
        raise ServiceError("containers are backed up and restored by commands in docs/operations.md, *Restore*.")
    if not Supervisor(settings).is_running():
        raise ServiceError("nothing is running. Start it with: make up")
