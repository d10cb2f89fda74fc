"""The `sklad` command: one module a verb. Errors meant for a person come without a traceback, with exit code 1."""

import sys

import typer
from rich.console import Console
from rich.markup import escape

from sklad.cli import apply, backup, bench, down, env, logs, reset, restore, resync, status, superset, test, up, verify
from sklad.errors import SkladError

INTERRUPTED = 130

app = typer.Typer(
    name="sklad",
    help="Real-time stock analytics: PostgreSQL, Debezium, Kafka, ClickHouse, Airflow and Superset with one command.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
app.command()(up.up)
app.command()(down.down)
app.command()(status.status)
app.command()(verify.verify)
app.command()(resync.resync)
app.command()(backup.backup)
app.command()(restore.restore)
app.command()(logs.logs)
app.command()(env.env)
app.command()(reset.reset)
app.command()(test.test)
app.command()(apply.apply)
app.add_typer(bench.app, name="bench")
app.add_typer(superset.app, name="superset")


def main() -> None:
    """Entry point: run the command line."""
    try:
        app()
    except SkladError as error:
        Console(stderr=True).print(f"[bold red]sklad:[/] {escape(str(error))}", highlight=False, soft_wrap=True)
        sys.exit(1)
    except SystemExit as ended:
        # Typer makes this of Ctrl-C.
        if ended.code == INTERRUPTED:
            Console(stderr=True).print(
                "Interrupted. Services that were started run on: make up goes on, make down stops them."
            )
        raise
