"""`sklad logs`: what a service printed."""

import os
import shutil
from typing import Annotated

import typer

from sklad.embedded import services
from sklad.embedded.layout import Layout
from sklad.errors import ServiceError
from sklad.settings import load_settings


def logs(
    service: Annotated[str, typer.Argument(help="Which service, as `sklad status` names it.")],
    lines: Annotated[int, typer.Option("--lines", "-n", help="How many lines of the past.")] = 100,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with new lines as they come.")] = False,
) -> None:
    """Show a service's log.

    Example:  make logs s=connect
    """
    settings = load_settings()
    names = services.names(settings)
    if service not in names:
        raise ServiceError(f"there is no service {service!r}. Services: {', '.join(names)}.")
    log = Layout.of(settings).logs / f"{service}.log"
    if not log.exists():
        raise ServiceError(f"{service} has not written a log yet ({log}). Start it with: make up")
    tail = shutil.which("tail") or "/usr/bin/tail"
    # -F goes on when supervisor rotates the file.
    os.execv(tail, [tail, "-n", str(lines), *(["-F"] if follow else []), str(log)])  # noqa: S606
