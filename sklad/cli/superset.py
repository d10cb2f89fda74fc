"""`sklad superset …`: dashboards between Superset and their files."""

from typing import Annotated

import typer
from rich.console import Console

from sklad.settings import load_settings
from sklad.superset.client import administrator

app = typer.Typer(help="Dashboards between Superset and their files.", no_args_is_help=True)


@app.callback()
def superset() -> None:
    """Dashboards between Superset and their files."""


@app.command()
def export(
    slugs: Annotated[
        list[str] | None, typer.Argument(help="Dashboards, by the end of their addresses. None: ours.")
    ] = None,
) -> None:
    """Bring dashboards that were edited in Superset back into superset/assets and superset/queries.

    Files that say the same already are not touched. Look at the rest with `git diff`; `sklad apply dashboards` is the
    way back. Naming a dashboard that users made takes it into the project.

    Example:  sklad superset export
    Example:  sklad superset export my-dashboard
    """
    # The jobs in containers import this command, and have neither its YAML library nor the files to write to.
    from sklad.superset.export import export as export_dashboards  # noqa: PLC0415

    with administrator(load_settings()) as client:
        changed = export_dashboards(client, slugs or [])
    console = Console()
    for name in changed or ["Nothing has changed."]:
        console.print(name, highlight=False, soft_wrap=True)
