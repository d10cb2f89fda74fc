"""`sklad restore`: a stack as a backup has it, brought to what the WMS is now."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.console import Console

from sklad.backup.places import opened
from sklad.backup.restore import check
from sklad.backup.restore import restore as bring_back
from sklad.cli.backup import require_running
from sklad.cli.verify import links_of
from sklad.embedded.lock import alone
from sklad.embedded.startup import Startup
from sklad.errors import ServiceError, StepError
from sklad.faults import FAILURES, FAULTS, reason
from sklad.settings import Settings, load_settings
from sklad.verify.run import verify


def restore(
    backup: Annotated[str, typer.Argument(help="What `sklad backup` printed: a folder, or s3://bucket/prefix/name.")],
    replace: Annotated[bool, typer.Option("--replace", help="Overwrite a stack that has a history.")] = False,
) -> None:
    """Put a backup into a running stack that has no history yet, read the WMS anew beside it, and compare.

    The backup is checked first, and refused if a byte of it is wrong. Changes since it was made are read from the WMS.

    Example:  LIVE_RATE=0 make up && LIVE_RATE=0 sklad restore /srv/backups/20260131T020000Z && make up
    """
    settings, console = load_settings(), Console()
    with alone(settings, "sklad restore"):
        require_running(settings)
        with opened(settings, backup) as folder:
            try:
                manifest = check(settings, folder, replace=replace)
            except FAULTS as error:
                raise StepError(f"restore: {reason(error)}\nNothing was restored.") from error
            console.print(f"The backup of {manifest.made_at:%F %R} UTC is whole. Restoring it.", highlight=False)
            with _told_how_to_go_on(backup):
                bring_back(settings, folder, manifest, lambda line: console.print(f"  {line}", highlight=False))
        console.print("Restored. Starting what was stopped for it; should that fail: make up", highlight=False)
        Startup(settings).run(console)
    if settings.captures_wms:
        _compare(settings, console)


def _compare(settings: Settings, console: Console) -> None:
    report = verify(links_of(settings))
    console.print(report.summary(), highlight=False, soft_wrap=True)
    if report.verdict == "different":
        raise ServiceError("the restored stack differs from the WMS: this is a defect. sklad verify names the rows.")
    if report.verdict == "undecided":
        raise typer.Exit(1)


@contextmanager
def _told_how_to_go_on(backup: str) -> Iterator[None]:
    try:
        yield
    except FAILURES as error:
        raise StepError(
            f"restore: {reason(error)}\n"
            f"The stack is half restored. Mend it and run: sklad restore --replace {backup}\nIt begins again."
        ) from error
