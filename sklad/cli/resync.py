"""`sklad resync`: bring stock_balances back after a lost slot, or when the stream is hopelessly behind."""

import time

import typer
from rich.console import Console

from sklad.cli.verify import links_of
from sklad.connect import SOURCE
from sklad.embedded.lock import alone
from sklad.errors import ServiceError, StepError
from sklad.faults import FAULTS, reason
from sklad.products import require
from sklad.resync.links import resync_links
from sklad.resync.run import resync as run
from sklad.settings import load_settings
from sklad.verify.run import verify


def resync() -> None:
    """Read stock_balances anew beside a new replication slot, go on streaming, then compare. Readers keep reading.

    Cut off anywhere, it is simply run again. The WMS's data is only read.

    Example:  sklad resync
    """
    settings = load_settings()
    require(settings, "stock", "sklad resync reads the balances of stock anew")
    console = Console()
    began = time.monotonic()
    with alone(settings, "sklad resync"):
        try:
            run(resync_links(settings), SOURCE, lambda line: console.print(f"  {line}", highlight=False))
        except FAULTS as error:
            raise StepError(f"resync: {reason(error)}\nMend it and run sklad resync again: it begins anew.") from error
    report = verify(links_of(settings))
    console.print(report.summary(), highlight=False, soft_wrap=True)
    if report.verdict == "different":
        raise ServiceError(
            "the table was loaded anew and still differs: this is a defect. sklad verify names the rows."
        )
    if report.verdict == "undecided":
        raise typer.Exit(1)
    console.print(f"In sync again after {time.monotonic() - began:.0f} s.")
